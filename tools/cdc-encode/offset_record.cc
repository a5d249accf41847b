#include "tools/cdc-encode/offset_record.h"

#include "common/json_scan.h"
#include "common/json_writer.h"

namespace cdc::encode {

void AppendOffsetMember(std::string& out, const ControlLine& mark, std::string_view connector_name,
                        std::string_view topic_prefix) {
  std::string key = "[";
  AppendJsonString(key, connector_name);
  key += ",{\"server\":";
  AppendJsonString(key, topic_prefix);
  key += "}]";
  std::string value;
  // The order in which the connector's map gives its members.
  for (const std::string_view wanted : {"ts_sec", "file", "pos", "gtids", "snapshot", "row", "server_id", "event"}) {
    std::string_view raw;
    std::string seconds;
    JsonMembers members(mark.Raw("pos"));
    while (members.Next())
      if (members.name() == wanted) raw = members.value();
    if (raw.empty() && wanted == "ts_sec" && mark.Has("ts_us")) {
      AppendInteger(seconds, mark.Number("ts_us") / 1000000);
      raw = seconds;
    }
    if (raw.empty()) continue;
    value += value.empty() ? "{\"" : ",\"";
    value += wanted;
    value += "\":";
    value += raw;
  }
  value += value.empty() ? "{}" : "}";
  out += ",\"offset\":{\"key\":";
  AppendJsonString(out, key);
  out += ",\"value\":";
  AppendJsonString(out, value);
  out += '}';
}

}  // namespace cdc::encode
