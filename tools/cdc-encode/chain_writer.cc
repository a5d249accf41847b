#include "tools/cdc-encode/chain_writer.h"

#include "common/json_scan.h"
#include "common/json_writer.h"
#include "common/record_line.h"

namespace cdc::encode {

std::vector<std::pair<std::string, std::string>> SplitHeaders(std::string_view headers) {
  std::vector<std::pair<std::string, std::string>> pairs;
  const std::string array = "[" + std::string(headers) + "]";
  JsonElements elements(array);
  while (elements.Next()) {
    std::string name;
    AppendUnescaped(name, elements.value());
    if (elements.Next()) pairs.emplace_back(std::move(name), elements.value());
  }
  return pairs;
}

/// Rows that transforms gave another shape are no rows to a sink of tables.
void ChainWriter::Announce(const std::string& topic, std::string_view schema_line) {
  std::string line = "{\"@cdc\":\"schema\",\"topic\":";
  AppendJsonString(line, topic);
  const size_t rest = schema_line.find(",\"db\":");
  if (rest != std::string_view::npos && settings_.chain->keeps_rows())
    line += schema_line.substr(rest);
  else
    line += ",\"shape\":\"other\",\"columns\":[]}";
  std::string& last = announced_[topic];
  if (last == line) return;
  writer_.Control(line);
  last = std::move(line);
}

void ChainWriter::Write(ConnectRecord* record, std::string_view schema_line) {
  // The connector makes a tombstone with the headers of its delete, one object for both.
  if (!schema_line.empty() && record->value.is_null() && !record->value.has_schema())
    record->headers.insert(record->headers.end(), of_delete_.begin(), of_delete_.end());
  const bool written = settings_.chain->Apply(record);
  of_delete_ = std::move(record->shared);
  if (!written) return;
  Announce(record->topic, schema_line);
  std::string key, value, headers;
  const std::optional<std::string> key_bytes = record->key.Bytes(settings_.key_schemas);
  const std::optional<std::string> value_bytes = record->value.Bytes(settings_.value_schemas);
  AppendRecordBytes(key, {!key_bytes, key_bytes.value_or("")});
  AppendRecordBytes(value, {!value_bytes, value_bytes.value_or("")});
  for (const auto& [name, json] : record->headers) {
    headers += headers.empty() ? '[' : ',';
    AppendJsonString(headers, name);
    headers += ',';
    headers += json;
  }
  if (!headers.empty()) headers += ']';
  // The connector itself chooses a partition only for records that are no rows, where there is no choice.
  const int partition = schema_line.empty() ? -1 : record->partition.value_or(-1);
  AppendRecordText(writer_.buffer(), {record->topic, key, value, headers, record->ts_ms.value_or(-1), partition},
                   writer_.control_lines());
  writer_.RowWritten();
}

}  // namespace cdc::encode
