#include "common/control_line.h"

#include "common/error.h"
#include "common/json_scan.h"

namespace cdc {
namespace {

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

constexpr std::pair<std::string_view, ControlKind> kKinds[] = {
    {"begin", ControlKind::kBegin},         {"mark", ControlKind::kMark},         {"hello", ControlKind::kHello},
    {"table", ControlKind::kTable},         {"ddl", ControlKind::kDdl},           {"schema", ControlKind::kSchema},
    {"heartbeat", ControlKind::kHeartbeat}, {"snapshot", ControlKind::kSnapshot}, {"end", ControlKind::kEnd}};

}  // namespace

LineKind KindOfLine(std::string_view line) {
  if (StartsWith(line, "{\"topic\":") || StartsWith(line, "{\"@len\":")) return LineKind::kRecord;
  if (StartsWith(line, "{\"op\":")) return LineKind::kChange;
  if (StartsWith(line, "{\"@cdc\":")) return LineKind::kControl;
  return LineKind::kOther;
}

void ControlLine::Bad(const std::string& why) const {
  Fail(ExitStatus::kData, where_ + ": malformed control line: " + why, Shown(std::string(line_)),
       "control lines are described in cdc-stream(5)");
}

void ControlLine::Parse(std::string_view line, const std::string& where) {
  line_ = line;
  where_ = where;
  members_.clear();
  JsonMembers members(line);
  while (members.Next()) members_.emplace_back(members.name(), members.value());
  if (!members.ok() || members.end_offset() != line.size())
    Bad("not one JSON object, stopped at byte " + std::to_string(members.offset() + 1));
  if (members_.empty() || members_[0].first != "@cdc" || members_[0].second.size() < 3 ||
      members_[0].second.front() != '"')
    Bad("@cdc is not a string");
  kind_name_ = members_[0].second.substr(1, members_[0].second.size() - 2);
  kind_ = ControlKind::kUnknown;
  for (const auto& [name, kind] : kKinds)
    if (name == kind_name_) kind_ = kind;
}

std::string_view ControlLine::Raw(std::string_view member) const {
  for (const auto& [name, value] : members_)
    if (name == member) return value;
  return {};
}

std::string ControlLine::Text(std::string_view member) const {
  std::string text;
  if (!AppendUnescaped(text, Raw(member))) Bad("\"" + std::string(member) + "\" is missing or not a string");
  return text;
}

uint64_t ControlLine::Number(std::string_view member) const {
  uint64_t value = 0;
  if (!ParseJsonUnsigned(Raw(member), &value)) Bad("\"" + std::string(member) + "\" is missing or not a whole number");
  return value;
}

Position ControlLine::PositionOf(std::string_view member) const {
  const std::string_view raw = Raw(member);
  if (raw.empty()) Bad("\"" + std::string(member) + "\" is missing");
  try {
    return Position::Parse(raw);
  } catch (const Failure& failure) {
    Bad(failure.error().what + (failure.error().detail.empty() ? "" : ", " + failure.error().detail));
  }
}

}  // namespace cdc
