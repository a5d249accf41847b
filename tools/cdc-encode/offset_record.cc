#include "tools/cdc-encode/offset_record.h"

#include <algorithm>

#include "common/json_scan.h"
#include "common/json_writer.h"

namespace cdc::encode {
namespace {

/// A GTID set as the connector writes it while streaming: one transaction is "uuid:5-5", where the server says
/// "uuid:5".
std::string WithFullIntervals(std::string_view raw) {
  std::string full;
  for (size_t at = 0; at < raw.size();) {
    const size_t end = std::min(raw.find_first_of(":,\"", at), raw.size());
    const std::string_view part = raw.substr(at, end - at);
    full += part;
    const bool number = !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
    if (number && at > 0 && raw[at - 1] == ':') {
      full += '-';
      full += part;
    }
    if (end < raw.size()) full += raw[end];
    at = end + 1;
  }
  return full;
}

}  // namespace

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
    std::string gtids;
    if (wanted == "gtids" && !mark.Flag("snapshot")) raw = gtids = WithFullIntervals(raw);
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

void AppendHistoryPosition(std::string& out, const ControlLine& ddl, bool in_group, bool with_transaction) {
  const bool snapshot = ddl.Flag("snapshot");
  const Position before = ddl.PositionOf("before"), after = ddl.PositionOf("after");
  // Inside a transaction the connector goes on from its start.
  const Position& place = in_group ? before : after;
  out += '{';
  if (with_transaction && in_group && ddl.Has("gtid"))
    out += "\"transaction_id\":" + std::string(ddl.Raw("gtid")) + ",";
  out += "\"ts_sec\":";
  AppendInteger(out, ddl.Number("ts_us") / 1000000);
  out += ",\"file\":";
  AppendJsonString(out, place.file);
  out += ",\"pos\":";
  AppendInteger(out, place.pos);
  // Of a statement in the log: the transactions before it.
  const auto& gtids = snapshot ? after.gtids : before.gtids;
  if (gtids && !gtids->empty()) {
    const std::string text = gtids->ToString();
    std::string raw;
    AppendJsonString(raw, text);
    out += ",\"gtids\":" + (snapshot ? raw : WithFullIntervals(raw));
  }
  if (snapshot) {
    out += ",\"snapshot\":\"INITIAL\"}";
    return;
  }
  if (ddl.Has("server_id")) out += ",\"server_id\":" + std::string(ddl.Raw("server_id"));
  out += in_group ? ",\"event\":1}" : "}";
}

}  // namespace cdc::encode
