#include "tools/cdc-sql/connect/source_datagen.h"

#include <algorithm>
#include <cmath>

#include "common/json_writer.h"
#include "common/line_input.h"
#include "common/stop.h"
#include "tools/cdc-sql/connect/datagen_options.h"
#include "tools/cdc-sql/run/temporal.h"
#include "tools/cdc-sql/run/value_text.h"
#include "tools/cdc-sql/run/wide.h"

namespace cdc::sql {

namespace {

constexpr Int128 kNanosAMilli = 1'000'000;
constexpr int64_t kMillisADay = 86'400'000;

int64_t NowMillis() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

DatagenRows::DatagenRows(const TableDef& table)
    : table_(table.name),
      fields_(DatagenFields(table)),
      random_(std::random_device{}()),
      rows_per_second_(DatagenNumber(table, "rows-per-second", 10'000, 1)),
      number_of_rows_(DatagenNumber(table, "number-of-rows", -1, 0)),
      started_(std::chrono::steady_clock::now()) {}

int64_t DatagenRows::WaitMillis() {
  if (made_ == number_of_rows_) return 0;
  const auto due = started_ + std::chrono::microseconds(static_cast<int64_t>(static_cast<double>(made_) * 1e6 /
                                                                             static_cast<double>(rows_per_second_)));
  const auto left = due - std::chrono::steady_clock::now();
  return left.count() <= 0 ? 0 : std::chrono::duration_cast<std::chrono::milliseconds>(left).count() + 1;
}

std::string DatagenRows::Where() const {
  return "row " + std::to_string(made_) + " of datagen";
}

bool DatagenRows::Next(std::string_view* line) {
  if (made_ == number_of_rows_ || StopRequested()) return false;
  for (const Field& field : fields_)
    if (field.sequence && field.next > field.end) return false;
  line_.clear();
  AppendObject(line_, fields_);
  for (Field& field : fields_) field.next += field.sequence ? 1 : 0;
  ++made_;
  const size_t size = line_.size();
  line_.append(LineInput::kPadding, ' ');
  *line = std::string_view(line_).substr(0, size);
  return true;
}

void DatagenRows::AppendObject(std::string& out, const std::vector<Field>& fields) {
  out += '{';
  for (const Field& field : fields) {
    if (out.back() != '{') out += ',';
    out += field.json_name;
    AppendValue(out, field);
  }
  out += '}';
}

void DatagenRows::AppendValue(std::string& out, const Field& field) {
  if (field.null_rate > 0 && std::uniform_real_distribution<double>(0, 1)(random_) < field.null_rate) {
    out += "null";
    return;
  }
  const SqlType& type = field.type;
  if (field.sequence) {
    const std::string number = std::to_string(field.next);
    out += type.is_string() ? '"' + number + '"' : number;
    return;
  }
  const auto real = [&] { return std::uniform_real_distribution<double>(field.low / 2, field.high / 2)(random_) * 2; };
  const auto length = [&] {
    return field.variable_length ? std::uniform_int_distribution<size_t>(1, field.length)(random_) : field.length;
  };
  switch (type.kind) {
    case TypeKind::kBoolean: out += random_() % 2 == 0 ? "true" : "false"; return;
    case TypeKind::kFloat: AppendJavaFloat(out, static_cast<double>(static_cast<float>(real()))); return;
    case TypeKind::kDouble: AppendJavaDouble(out, real()); return;
    case TypeKind::kDecimal: {
      // A double has 15 digits that say something; the others are zeros of chance enough.
      const double limit = std::pow(10.0, type.precision - type.scale);
      char text[400];
      double value = real();
      while (std::fabs(value) >= limit) value /= 2;
      std::snprintf(text, sizeof text, "%.*f", type.scale, std::trunc(value * 1e6) / 1e6);
      out += text;
      return;
    }
    case TypeKind::kChar:
    case TypeKind::kVarchar: {
      constexpr std::string_view kHex = "0123456789abcdef";
      out += '"';
      for (size_t left = length(); left > 0; --left) out += kHex[random_() % kHex.size()];
      out += '"';
      return;
    }
    case TypeKind::kBinary:
    case TypeKind::kVarbinary: {
      std::string bytes;
      for (size_t left = length(); left > 0; --left) bytes += static_cast<char>(random_() % 256);
      out += '"';
      AppendBase64(out, bytes);
      out += '"';
      return;
    }
    case TypeKind::kDate:
    case TypeKind::kTime: {
      std::string text;
      AppendTimestampText(text, NowMillis() / 1000 * 1000 * kNanosAMilli, 0);
      out += '"' + (type.kind == TypeKind::kDate ? text.substr(0, 10) : text.substr(11)) + '"';
      return;
    }
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz: {
      const int64_t past = std::uniform_int_distribution<int64_t>(0, field.max_past_ms)(random_);
      out += '"';
      AppendTimestampText(out, (NowMillis() - past) * kNanosAMilli, 3);
      out += type.kind == TypeKind::kTimestampLtz ? "Z\"" : "\"";
      return;
    }
    case TypeKind::kRow: AppendObject(out, field.parts); return;
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kMultiset: {
      AppendCollection(out, field);
      return;
    }
    default: out += std::to_string(std::uniform_int_distribution<int64_t>(field.least, field.most)(random_)); return;
  }
}

void DatagenRows::AppendCollection(std::string& out, const Field& field) {
  const bool array = field.type.kind == TypeKind::kArray;
  const size_t size = field.variable_length ? random_() % (field.length + 1) : field.length;
  out += array ? '[' : '{';
  for (size_t i = 0; i < size; ++i) {
    if (i > 0) out += ',';
    AppendValue(out, field.parts[0]);
    if (array) continue;
    out += ':';
    if (field.type.kind == TypeKind::kMap) {
      AppendValue(out, field.parts[1]);
    } else {
      out += '1';
    }
  }
  out += array ? ']' : '}';
}

}  // namespace cdc::sql
