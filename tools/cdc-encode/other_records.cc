#include "tools/cdc-encode/other_records.h"

#include "common/json_writer.h"
#include "common/record_line.h"

namespace cdc::encode {
namespace {

void WithSchema(bool with_schema, std::string_view schema, std::string_view payload, std::string* out) {
  out->clear();
  if (!with_schema) {
    *out += payload;
    return;
  }
  *out += "{\"schema\":";
  *out += schema;
  *out += ",\"payload\":";
  *out += payload;
  *out += '}';
}

}  // namespace

void OtherRecords::Announce(const std::string& topic, bool ahead) {
  if (!announced_.insert(topic).second) return;
  std::string line = "{\"@cdc\":\"schema\",\"topic\":";
  AppendJsonString(line, topic);
  writer_.Control(line + ",\"shape\":\"other\"" + (ahead ? ",\"ahead\":true" : "") + ",\"columns\":[]}");
}

void OtherRecords::Write(const std::string& topic, std::string_view key_schema, std::string_view key,
                         std::string_view value_schema, std::string_view value, std::optional<int> partition) {
  if (settings_.chain) {
    ConnectRecord record;
    record.topic = topic;
    record.partition = partition;
    record.key = {std::string(key_schema), std::string(key)};
    record.value = {std::string(value_schema), std::string(value)};
    return chain_.Write(&record, {});
  }
  Announce(topic, false);
  WithSchema(settings_.key_schemas, key_schema, key, &key_);
  WithSchema(settings_.value_schemas, value_schema, value, &value_);
  AppendRecordText(writer_.buffer(), {topic, key_, value_, {}}, writer_.control_lines());
  writer_.RowWritten();
}

void OtherRecords::WriteHistory(const std::string& topic, std::string_view value) {
  Announce(topic, true);
  value_.clear();
  AppendRecordBytes(value_, {false, value});
  AppendRecordText(writer_.buffer(), {topic, "null", value_, {}}, writer_.control_lines());
  writer_.RowWritten();
}

}  // namespace cdc::encode
