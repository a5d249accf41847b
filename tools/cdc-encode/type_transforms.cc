#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "common/calendar.h"
#include "common/error.h"
#include "common/java_number.h"
#include "common/json_scan.h"
#include "common/json_writer.h"
#include "tools/cdc-encode/connect_header.h"
#include "tools/cdc-encode/java_date_format.h"
#include "tools/cdc-encode/transform.h"

namespace cdc::encode {
namespace {

constexpr char kDecimal[] = "org.apache.kafka.connect.data.Decimal";
constexpr char kDate[] = "org.apache.kafka.connect.data.Date";
constexpr char kTime[] = "org.apache.kafka.connect.data.Time";
constexpr char kTimestamp[] = "org.apache.kafka.connect.data.Timestamp";
constexpr int64_t kDayMs = 86400000;

ConnectData* PartOf(ConnectRecord* record, RecordPart part) {
  return part == RecordPart::kKey ? &record->key : &record->value;
}

[[noreturn]] void Stop(const char* transform, const std::string& why) {
  Fail(ExitStatus::kData, ": " + std::string(transform) + ": " + why);
}

/// The characters of a JSON string; other text as it is.
std::string Quoted(std::string_view text) {
  std::string json;
  AppendJsonString(json, text);
  return json;
}

/// Fields to other primitive types.
class Cast : public Transform {
 public:
  Cast(RecordPart part, TransformOptions* options) : part_(part) {
    for (const std::string& item : options->GetList("spec")) {
      const size_t colon = item.rfind(':');
      const std::string type = item.substr(colon == std::string::npos ? 0 : colon + 1);
      static const char* const kTypes[] = {"int8",    "int16",   "int32",   "int64",
                                           "float32", "float64", "boolean", "string"};
      if (std::find(std::begin(kTypes), std::end(kTypes), type) == std::end(kTypes))
        options->Refuse("spec", "has a type that cannot be cast to: " + type);
      types_[colon == std::string::npos ? "" : item.substr(0, colon)] = type;
    }
    if (types_.empty()) options->Required("spec");
    if (types_.count("") > 0 && types_.size() > 1)
      options->Refuse("spec", "casts the whole as well as fields", "one or the other");
    options->GetFlag("replace.null.with.default", true);
  }
  bool keeps_rows() const override { return false; }

  bool Apply(ConnectRecord* record) const override {
    ConnectData* data = PartOf(record, part_);
    if (data->is_null()) return true;
    ConnectSchema schema = ConnectSchema::Parse(data->schema);
    if (const auto whole = types_.find(""); whole != types_.end()) {
      data->value = Convert(schema, data->value, whole->second);
      data->schema = Target(schema, whole->second).Text();
      return true;
    }
    if (!schema.is_struct()) Stop("Cast", "what it is to cast is no struct");
    std::vector<std::string> values = SplitStruct(data->value);
    for (size_t i = 0; i < schema.fields.size(); ++i) {
      const auto type = types_.find(schema.fields[i].field);
      if (type == types_.end()) continue;
      values[i] = Convert(schema.fields[i], values[i], type->second);
      schema.fields[i] = Target(schema.fields[i], type->second);
    }
    data->value = JoinStruct(schema, values);
    data->schema = schema.Text();
    return true;
  }

 private:
  static ConnectSchema Target(const ConnectSchema& from, const std::string& type) {
    ConnectSchema to = ConnectSchema::Simple(type == "float32"   ? "float"
                                             : type == "float64" ? "double"
                                                                 : type,
                                             from.optional, from.field);
    if (!from.default_value.empty()) to.default_value = Convert(from, from.default_value, type);
    return to;
  }

  static std::string Convert(const ConnectSchema& from, const std::string& json, const std::string& type) {
    if (json == "null") return json;
    std::string text = PlainText(json);
    if (from.type == "bytes") {
      if (from.name != kDecimal) Stop("Cast", "the field " + from.field + " of type bytes cannot be cast");
      text = DecimalText(from, json);
    }
    const bool truth = text == "true";
    if (from.type == "boolean" && type != "string" && type != "boolean") text = truth ? "1" : "0";
    if (type == "string") return Quoted(ConnectText(from, json));
    if (type == "boolean") return Truth(from, text) ? "true" : "false";
    std::string out;
    if (type == "float32" || type == "float64") {
      const double value = Real(from, text);
      type == "float32" ? AppendJavaFloat(out, static_cast<float>(value)) : AppendJavaDouble(out, value);
      return out;
    }
    return std::to_string(Integer(from, text, type));
  }

  static double Real(const ConnectSchema& from, const std::string& text) {
    double value = 0;
    if (!ParseReal(text, &value)) Stop("Cast", "the field " + from.field + " holds no number");
    return value;
  }
  static bool Truth(const ConnectSchema& from, const std::string& text) {
    if (from.type == "boolean") return text == "true";
    if (from.type == "string")
      return text.size() == 4 &&
             std::equal(text.begin(), text.end(), "true", [](char a, char b) { return (a | 0x20) == b; });
    return std::fabs(Real(from, text)) >= 1;
  }
  /// Java's narrowing: the low bits of a whole number; a real is cut and held within the type first.
  static int64_t Integer(const ConnectSchema& from, const std::string& text, const std::string& type) {
    int64_t value = 0;
    if (!ParseJsonInteger(text, &value)) {
      if (from.type == "string") Stop("Cast", "the field " + from.field + " holds no whole number");
      const double real = std::trunc(Real(from, text));
      const double low = from.type == "bytes" || type == "int64" ? -9223372036854775808.0 : -2147483648.0;
      const double high = from.type == "bytes" || type == "int64" ? 9223372036854775807.0 : 2147483647.0;
      value = real <= low                   ? static_cast<int64_t>(low)
              : real >= high && high > 1e18 ? INT64_MAX
                                            : static_cast<int64_t>(std::min(real, high));
    }
    if (type == "int8") return static_cast<int8_t>(value);
    if (type == "int16") return static_cast<int16_t>(value);
    if (type == "int32") return static_cast<int32_t>(value);
    return value;
  }

  RecordPart part_;
  std::map<std::string, std::string> types_;  // by field; an empty name: the whole
};

/// Times from one of Connect's forms to another: text, a count since 1970, Date, Time, Timestamp.
class TimestampConverter : public Transform {
 public:
  TimestampConverter(RecordPart part, TransformOptions* options)
      : part_(part), field_(options->Get("field")), target_(options->Required("target.type")) {
    static const char* const kTargets[] = {"string", "unix", "Date", "Time", "Timestamp"};
    if (std::find(std::begin(kTargets), std::end(kTargets), target_) == std::end(kTargets))
      options->Refuse("target.type", "has an unknown value: " + target_, "string, unix, Date, Time or Timestamp");
    const std::string precision = options->Get("unix.precision", "milliseconds");
    if (precision == "seconds")
      per_ms_ = 0;
    else if (precision == "microseconds")
      per_ms_ = 1000;
    else if (precision == "nanoseconds")
      per_ms_ = 1000000;
    else if (precision != "milliseconds")
      options->Refuse("unix.precision", "has an unknown value: " + precision,
                      "seconds, milliseconds, microseconds or nanoseconds");
    const std::string format = options->Get("format");
    if (format.empty() && target_ == "string") options->Required("format");
    std::string error;
    if (!format.empty() && !format_.Compile(format, &error)) options->Refuse("format", error);
    has_format_ = !format.empty();
    options->GetFlag("replace.null.with.default", true);
  }
  bool keeps_rows() const override { return false; }

  bool Apply(ConnectRecord* record) const override {
    ConnectData* data = PartOf(record, part_);
    if (!data->has_schema()) return true;
    ConnectSchema schema = ConnectSchema::Parse(data->schema);
    if (field_.empty()) {
      data->value = Convert(schema, data->value);
      data->schema = Target(schema).Text();
      return true;
    }
    if (!schema.is_struct()) Stop("TimestampConverter", "the record is no struct");
    const size_t at = schema.Find(field_);
    std::vector<std::string> values;
    if (!data->is_null()) values = SplitStruct(data->value);
    if (at != std::string::npos) {
      if (!data->is_null()) values[at] = Convert(schema.fields[at], values[at]);
      schema.fields[at] = Target(schema.fields[at]);
    }
    if (!data->is_null()) data->value = JoinStruct(schema, values);
    data->schema = schema.Text();
    return true;
  }

 private:
  ConnectSchema Target(const ConnectSchema& from) const {
    const bool logical = target_ != "string" && target_ != "unix";
    ConnectSchema to = ConnectSchema::Simple(target_ == "string"                           ? "string"
                                             : target_ == "unix" || target_ == "Timestamp" ? "int64"
                                                                                           : "int32",
                                             from.optional, from.field);
    if (!logical) return to;
    to.name = target_ == "Date" ? kDate : target_ == "Time" ? kTime : kTimestamp;
    to.version = "1";
    return to;
  }

  std::string Convert(const ConnectSchema& from, const std::string& json) const {
    if (json == "null") return json;
    const int64_t ms = Milliseconds(from, json);
    if (target_ == "string") return Quoted(format_.Format(ms));
    if (target_ == "Date") return std::to_string(FloorDiv(ms, kDayMs));
    if (target_ == "Time") return std::to_string(ms - FloorDiv(ms, kDayMs) * kDayMs);
    if (target_ == "Timestamp") return std::to_string(ms);
    return std::to_string(per_ms_ == 0 ? ms / 1000 : Times(ms, per_ms_));
  }

  int64_t Milliseconds(const ConnectSchema& from, const std::string& json) const {
    int64_t value = 0;
    if (from.type == "string") {
      if (!has_format_) Stop("TimestampConverter", "text cannot be read without the option format");
      if (!format_.Parse(PlainText(json), &value))
        Stop("TimestampConverter", "the field " + from.field + " does not read by the format: " + json);
      return value;
    }
    ParseJsonInteger(json, &value);
    if (from.name == kDate) return value * kDayMs;
    if (from.name == kTimestamp || from.name == kTime) return value;
    if (from.type != "int64")
      Stop("TimestampConverter", "the field " + from.field + " is of type " + from.type + ", which is no time");
    return per_ms_ == 0 ? Times(value, 1000) : value / per_ms_;
  }

  /// As java.util.concurrent.TimeUnit: what is too large becomes the largest.
  static int64_t Times(int64_t value, int64_t factor) {
    int64_t product = 0;
    if (!__builtin_mul_overflow(value, factor, &product)) return product;
    return value < 0 ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max();
  }

  RecordPart part_;
  std::string field_, target_;
  int64_t per_ms_ = 1;  // of unix.precision; 0: seconds
  JavaDateFormat format_;
  bool has_format_ = false;
};

}  // namespace

std::unique_ptr<Transform> MakeTypeTransform(const std::string& name, RecordPart part, TransformOptions* options) {
  if (name == "Cast") return std::make_unique<Cast>(part, options);
  if (name == "TimestampConverter") return std::make_unique<TimestampConverter>(part, options);
  return nullptr;
}

}  // namespace cdc::encode
