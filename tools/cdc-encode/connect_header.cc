#include "tools/cdc-encode/connect_header.h"

#include "common/decimal.h"
#include "common/error.h"
#include "common/java_number.h"
#include "common/json_scan.h"
#include "common/json_writer.h"
#include "common/record_line.h"
#include "tools/cdc-encode/java_date_format.h"

namespace cdc::encode {
namespace {

constexpr std::string_view kData = "org.apache.kafka.connect.data.";
constexpr int64_t kDayMs = 86400000;

/// The characters of a JSON string; other text as it is.
bool IsLogical(const ConnectSchema& schema, std::string_view name) {
  return schema.name.size() == kData.size() + name.size() && schema.name.rfind(kData, 0) == 0 &&
         schema.name.compare(kData.size(), name.size(), name) == 0;
}

/// Connect's own choice of a format: a time within the first day (and before it), a date at midnight, else both.
std::string MomentText(const ConnectSchema& schema, const std::string& json) {
  int64_t ms = 0;
  ParseJsonInteger(json, &ms);
  if (IsLogical(schema, "Date")) ms *= kDayMs;
  const char* const pattern = ms < kDayMs        ? "HH:mm:ss.SSS'Z'"
                              : ms % kDayMs == 0 ? "yyyy-MM-dd"
                                                 : "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'";
  JavaDateFormat format;
  std::string error;
  format.Compile(pattern, &error);
  return format.Format(ms);
}

}  // namespace

std::string DecimalText(const ConnectSchema& schema, const std::string& json) {
  std::string scale = "0", bytes, text;
  JsonMembers parameters(schema.parameters);
  while (parameters.Next())
    if (parameters.name() == "scale") scale = PlainText(std::string(parameters.value()));
  if (json[0] != '"') return json;  // decimal.format=NUMERIC
  if (!DecodeBase64(PlainText(json), &bytes))
    Fail(ExitStatus::kData, ": the field " + schema.field + " holds no decimal");
  int64_t digits = 0;
  ParseJsonInteger(scale, &digits);
  std::string plain;
  AppendDecimalText(plain, bytes, static_cast<int>(digits));
  AppendJavaBigDecimal(text, plain);
  return text;
}

std::string PlainText(const std::string& json) {
  std::string text;
  return json[0] == '"' && AppendUnescaped(text, json) ? text : json;
}

std::string ConnectText(const ConnectSchema& schema, const std::string& json) {
  if (IsLogical(schema, "Decimal")) return DecimalText(schema, json);
  if (IsLogical(schema, "Date") || IsLogical(schema, "Time") || IsLogical(schema, "Timestamp"))
    return MomentText(schema, json);
  return PlainText(json);
}

void AddHeader(ConnectRecord* record, const std::string& name, const ConnectSchema& schema, const std::string& json,
               const HeaderForm& form) {
  std::string text;
  if (form.json)
    text = form.schemas ? "{\"schema\":" + schema.Text() + ",\"payload\":" + json + "}" : json;
  else if (json != "null")
    text = ConnectText(schema, json);
  std::string bytes;
  AppendRecordBytes(bytes, {!form.json && json == "null", text});
  record->headers.emplace_back(name, std::move(bytes));
}

}  // namespace cdc::encode
