#include "common/position.h"

#include <algorithm>

#include "common/error.h"
#include "common/json_scan.h"
#include "common/json_writer.h"

namespace cdc {
namespace {

[[noreturn]] void BadPosition(std::string_view text, const std::string& why) {
  Fail(ExitStatus::kUsage, "not a position: " + Shown(std::string(text)), why,
       "a POSITION is the JSON that --print-position prints, FILE:POS, or a GTID set; see cdc-stream(5)");
}

void ParseKafka(std::string_view raw, std::string_view whole, Position* position) {
  JsonMembers topics(raw);
  while (topics.Next()) {
    auto& partitions = position->kafka[UnescapeJsonString(topics.raw_name(), "position")];
    JsonMembers members(topics.value());
    while (members.Next()) {
      int64_t partition, offset;
      if (!ParseJsonInteger(members.name(), &partition) || partition < 0 || partition > INT32_MAX ||
          !ParseJsonInteger(members.value(), &offset))
        BadPosition(whole, "bad partition or offset in \"kafka\"");
      partitions[static_cast<int32_t>(partition)] = offset;
    }
    if (!members.ok()) BadPosition(whole, "bad member \"kafka\"");
  }
  if (!topics.ok()) BadPosition(whole, "bad member \"kafka\"");
}

Position ParseJsonPosition(std::string_view text) {
  Position position;
  JsonMembers members(text);
  while (members.Next()) {
    const std::string_view name = members.name(), value = members.value();
    const auto number = [&]() -> uint64_t {
      uint64_t parsed = 0;
      if (!ParseJsonUnsigned(value, &parsed)) BadPosition(text, "\"" + std::string(name) + "\" is not a whole number");
      return parsed;
    };
    if (value == "null") continue;
    if (name == "ts_sec")
      position.ts_sec = static_cast<int64_t>(number());
    else if (name == "file")
      position.file = UnescapeJsonString(value, "position");
    else if (name == "pos")
      position.pos = number();
    else if (name == "gtids")
      position.gtids = GtidSet::Parse(UnescapeJsonString(value, "position"));
    else if (name == "row")
      position.row = number();
    else if (name == "event")
      position.event = number();
    else if (name == "server_id")
      position.server_id = number();
    else if (name == "server_uuid")
      position.server_uuid = UnescapeJsonString(value, "position");
    // Debezium before 3.0.2 wrote true.
    else if (name == "snapshot")
      position.snapshot = value == "true" ? "INITIAL" : UnescapeJsonString(value, "position");
    else if (name == "xa")
      position.xa = value;
    else if (name == "kafka")
      ParseKafka(value, text, &position);
    else if (name == "end")
      position.end = number();
  }
  if (!members.ok()) BadPosition(text, "malformed JSON at byte " + std::to_string(members.offset() + 1));
  if (position.file.empty() && !position.gtids && position.kafka.empty())
    BadPosition(text, "it has neither \"file\" nor \"gtids\" nor \"kafka\"");
  return position;
}

std::pair<std::string_view, uint64_t> SplitLogName(std::string_view name) {
  const size_t dot = name.rfind('.');
  uint64_t number = 0;
  if (dot == std::string_view::npos || !ParseJsonUnsigned(name.substr(dot + 1), &number)) return {name, 0};
  return {name.substr(0, dot), number};
}

PositionOrder Order(int sign) {
  return sign < 0 ? PositionOrder::kBefore : sign > 0 ? PositionOrder::kAfter : PositionOrder::kEqual;
}

PositionOrder CompareKafka(const Position& a, const Position& b) {
  bool less = false, greater = false;
  const auto offset_in = [](const Position& position, const std::string& topic, int32_t partition) -> int64_t {
    const auto found = position.kafka.find(topic);
    if (found == position.kafka.end()) return 0;
    const auto offset = found->second.find(partition);
    return offset == found->second.end() ? 0 : offset->second;
  };
  const auto look = [&](const Position& from) {
    for (const auto& [topic, partitions] : from.kafka) {
      for (const auto& [partition, unused] : partitions) {
        const int64_t left = offset_in(a, topic, partition), right = offset_in(b, topic, partition);
        less = less || left < right;
        greater = greater || left > right;
      }
    }
  };
  look(a);
  look(b);
  if (less && greater) return PositionOrder::kUnordered;
  return Order(less ? -1 : greater ? 1 : 0);
}

}  // namespace

Position Position::Parse(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  if (text.empty()) BadPosition(text, "it is empty");
  if (text.front() == '{') return ParseJsonPosition(text);
  Position position;
  const size_t colon = text.rfind(':');
  // A UUID is 36 long and has a dash at 8; a log name followed by digits does not look so.
  const bool gtid = text.find(',') != std::string_view::npos ||
                    (text.size() > 36 && text[8] == '-' && text[36] == ':') ||
                    (colon == std::string_view::npos && std::count(text.begin(), text.end(), '-') == 2);
  if (gtid) {
    position.gtids = GtidSet::Parse(text);
    return position;
  }
  if (colon == std::string_view::npos || colon == 0 || !ParseJsonUnsigned(text.substr(colon + 1), &position.pos))
    BadPosition(text, "");
  position.file = text.substr(0, colon);
  return position;
}

Position ReadingStart(const Position& position) {
  if (position.xa.empty()) {
    Position start = position;
    start.end = 0;
    return start;
  }
  JsonMembers members(position.xa);
  while (members.Next())
    if (members.name() == "from") return Position::Parse(members.value());
  Fail(ExitStatus::kUsage, "not a position: member \"xa\" has no \"from\"", Shown(position.xa));
}

void Position::AppendJson(std::string& out) const {
  char separator = '{';
  const auto name = [&](std::string_view member) {
    out += separator;
    separator = ',';
    out += '"';
    out += member;
    out += "\":";
  };
  if (is_kafka()) {
    name("kafka");
    char outer = '{';
    for (const auto& [topic, partitions] : kafka) {
      out += outer;
      outer = ',';
      AppendJsonString(out, topic);
      char inner = '{';
      out += ':';
      for (const auto& [partition, offset] : partitions) {
        out += inner;
        inner = ',';
        out += '"';
        AppendInteger(out, partition);
        out += "\":";
        AppendInteger(out, offset);
      }
      out += inner == '{' ? "{}" : "}";
    }
    out += '}';
    if (end != 0) name("end"), AppendInteger(out, end);
    out += '}';
    return;
  }
  if (ts_sec) name("ts_sec"), AppendInteger(out, *ts_sec);
  if (!file.empty()) {
    name("file"), AppendJsonString(out, file);
    name("pos"), AppendInteger(out, pos);
  }
  if (gtids) name("gtids"), AppendJsonString(out, gtids->ToString());
  if (row != 0) name("row"), AppendInteger(out, row);
  if (server_id != 0) name("server_id"), AppendInteger(out, server_id);
  if (event != 0) name("event"), AppendInteger(out, event);
  if (!snapshot.empty()) name("snapshot"), AppendJsonString(out, snapshot);
  if (!server_uuid.empty()) name("server_uuid"), AppendJsonString(out, server_uuid);
  if (!xa.empty()) name("xa"), out += xa;
  if (end != 0) name("end"), AppendInteger(out, end);
  out += separator == '{' ? "{}" : "}";
}

std::string Position::ToJson() const {
  std::string out;
  AppendJson(out);
  return out;
}

int CompareLogNames(std::string_view a, std::string_view b) {
  const auto [a_base, a_number] = SplitLogName(a);
  const auto [b_base, b_number] = SplitLogName(b);
  if (const int order = a_base.compare(b_base); order != 0) return order;
  return a_number < b_number ? -1 : a_number > b_number ? 1 : 0;
}

namespace {

PositionOrder ComparePlaces(const Position& a, const Position& b) {
  if (a.is_kafka() || b.is_kafka()) {
    if (a.is_kafka() != b.is_kafka()) return PositionOrder::kUnordered;
    return CompareKafka(a, b);
  }
  if (a.gtids && b.gtids) {
    const bool a_in_b = b.gtids->Contains(*a.gtids), b_in_a = a.gtids->Contains(*b.gtids);
    if (a_in_b && b_in_a) return PositionOrder::kEqual;
    return a_in_b ? PositionOrder::kBefore : b_in_a ? PositionOrder::kAfter : PositionOrder::kUnordered;
  }
  if (a.file.empty() || b.file.empty()) return PositionOrder::kUnordered;
  if (!a.server_uuid.empty() && !b.server_uuid.empty() && a.server_uuid != b.server_uuid)
    return PositionOrder::kUnordered;
  const int order = CompareLogNames(a.file, b.file);
  if (order != 0) return Order(order);
  return Order(a.pos < b.pos ? -1 : a.pos > b.pos ? 1 : 0);
}

}  // namespace

PositionOrder ComparePositions(const Position& a, const Position& b) {
  const PositionOrder order = ComparePlaces(a, b);
  return order == PositionOrder::kEqual ? Order(a.end < b.end ? -1 : a.end > b.end ? 1 : 0) : order;
}

}  // namespace cdc
