#include "common/connector_config.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "common/error.h"
#include "common/json_scan.h"
#include "common/log.h"
#include "common/property_file.h"

namespace cdc {
namespace {

struct OldName {
  std::string_view old_name, new_name;
  bool is_prefix;
};

// Debezium's release notes for 1.x to 2.0: what 3.0 no longer knows, and what took its place. First match wins.
constexpr OldName kOldNames[] = {
    {"database.server.name", "topic.prefix", false},
    {"database.history.store.only.monitored.tables.ddl", "schema.history.internal.store.only.captured.tables.ddl",
     false},
    {"database.history.", "schema.history.internal.", true},
    {"database.history", "schema.history.internal", false},
    {"database.whitelist", "database.include.list", false},
    {"database.blacklist", "database.exclude.list", false},
    {"table.whitelist", "table.include.list", false},
    {"table.blacklist", "table.exclude.list", false},
    {"column.whitelist", "column.include.list", false},
    {"column.blacklist", "column.exclude.list", false},
    {"transaction.topic", "topic.transaction", false},
    {"heartbeat.topics.prefix", "topic.heartbeat.prefix", false},
    {"snapshot.minimal.locking", "snapshot.locking.mode", false},
    {"database.serverTimezone", "database.connectionTimeZone", false},
    {"sanitize.field.names", "field.name.adjustment.mode", false},
};

int LineOf(std::string_view text, size_t offset) {
  return 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

size_t OffsetIn(std::string_view whole, std::string_view part) {
  return static_cast<size_t>(part.data() - whole.data());
}

/// A JSON value as Connect sees it in a configuration: a string's characters, a number's or boolean's text.
std::string ValueText(std::string_view raw, const std::string& where) {
  if (raw.front() == '"') return UnescapeJsonString(raw, where);
  if (raw.front() == '{' || raw.front() == '[')
    Fail(ExitStatus::kConfig, where + ": a property's value cannot be an object or a list", Shown(std::string(raw)));
  return raw == "null" ? "" : std::string(raw);
}

}  // namespace

std::string CurrentPropertyName(const std::string& name) {
  for (const auto& old : kOldNames) {
    if (old.is_prefix && name.rfind(old.old_name, 0) == 0)
      return std::string(old.new_name) + name.substr(old.old_name.size());
    if (!old.is_prefix && name == old.old_name) return std::string(old.new_name);
  }
  return name;
}

/// A value that replaces what an expression matched, in which ${name} is a group of that expression, as in Java.
static bool IsReplacement(const std::string& property) {
  constexpr std::string_view kEnd = ".replacement";
  return property.size() > kEnd.size() && property.compare(property.size() - kEnd.size(), kEnd.size(), kEnd) == 0;
}

std::string ExpandEnvironment(std::string_view text, const std::string& where, bool groups) {
  std::string out;
  size_t at = 0;
  for (;;) {
    const size_t start = text.find("${", at);
    if (start == std::string_view::npos) break;
    const size_t end = text.find('}', start);
    if (end == std::string_view::npos) break;
    out.append(text, at, start - at);
    std::string variable(text.substr(start + 2, end - start - 2));
    at = end + 1;
    if (groups && variable.rfind("env:", 0) != 0) {
      out += text.substr(start, end + 1 - start);
      continue;
    }
    const bool name_like = !variable.empty() && std::all_of(variable.begin(), variable.end(), [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == ':';
    });
    if (variable.rfind("env:", 0) == 0)
      variable.erase(0, 4);
    else if (!name_like || variable.find(':') != std::string::npos)
      Fail(ExitStatus::kConfig, where + ": cannot resolve \"${" + variable + "}\"",
           "only ${NAME} and ${env:NAME} are known");
    const char* value = std::getenv(variable.c_str());
    if (value == nullptr)
      Fail(ExitStatus::kConfig, where + ": environment variable \"" + variable + "\" is not set", "",
           "set it: export " + variable + "=...");
    out += value;
  }
  out.append(text, at, text.size() - at);
  return out;
}

void ConnectorConfig::Add(const std::string& written, std::string value, const std::string& where) {
  const std::string property = CurrentPropertyName(written);
  if (property != written)
    LogWarning(where + ": \"" + written + "\" is a name of Debezium 1.x; taken as \"" + property + "\"");
  // Old properties whose values have other names as well.
  if (written == "sanitize.field.names" && property != written) value = value == "true" ? "avro" : "none";
  if (written == "snapshot.minimal.locking") value = value == "true" ? "minimal" : "extended";
  const auto [entry, fresh] = entries_.try_emplace(property);
  try {
    if (!fresh)
      Fail(ExitStatus::kConfig, where + ": property \"" + written + "\" is given twice",
           "first at " + entry->second.where);
    entry->second = {value, where, property == written ? "" : written, {}};
    entry->second.value = ExpandEnvironment(value, where, IsReplacement(property));
  } catch (const Failure& failure) {
    if (!keep_problems_) throw;
    if (!entry->second.problem) entry->second.problem = failure.error();
  }
}

ConnectorConfig ConnectorConfig::Parse(std::string_view text, const std::string& path) {
  return Read(text, path, false);
}

ConnectorConfig ConnectorConfig::Read(std::string_view text, const std::string& path, bool keep_problems) {
  ConnectorConfig config;
  config.keep_problems_ = keep_problems;
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) text.remove_prefix(kByteOrderMark.size());
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || text[first] != '{') {
    for (const auto& entry : ParsePropertyFile(text, path))
      config.Add(entry.name, entry.value, path + ":" + std::to_string(entry.line));
  } else {
    const std::string_view whole = text.substr(first);
    bool enveloped = false;
    for (JsonMembers members(whole); members.Next();)
      enveloped = enveloped || (members.name() == "config" && members.value().front() == '{');
    const auto add_members = [&](std::string_view object, bool top) {
      JsonMembers members(object);
      while (members.Next()) {
        const std::string where = path + ":" + std::to_string(LineOf(text, OffsetIn(text, members.raw_name())));
        const std::string name = UnescapeJsonString(members.raw_name(), where);
        // Beside "config" may stand what other programs keep there; only its name is ours.
        if (top && enveloped && name != "name") continue;
        if (top && name == "name") {
          config.name_ = ValueText(members.value(), where);
          continue;
        }
        config.Add(name, ValueText(members.value(), where), where);
      }
      if (!members.ok())
        Fail(ExitStatus::kConfig,
             path + ":" + std::to_string(LineOf(text, OffsetIn(text, object) + members.offset())) + ": malformed JSON",
             "after: " + Shown(std::string(object.substr(0, members.offset()))
                                   .substr(members.offset() > 40 ? members.offset() - 40 : 0)));
      return members.end_offset();
    };
    const size_t end = add_members(whole, true);
    if (whole.find_first_not_of(" \t\r\n", end) != std::string_view::npos)
      Fail(ExitStatus::kConfig,
           path + ":" + std::to_string(LineOf(text, first + end)) + ": text after the JSON object");
    JsonMembers members(whole);
    while (members.Next())
      if (members.name() == "config" && members.value().front() == '{') add_members(members.value(), false);
  }
  if (config.name_.empty()) config.name_ = config.Get("name");
  return config;
}

ConnectorConfig ConnectorConfig::Load(const std::string& path) {
  return Parse(ReadFile(path), path);
}

ConnectorConfig ConnectorConfig::LoadToExplain(const std::string& path) {
  return Read(ReadFile(path), path, true);
}

void ConnectorConfig::Set(const std::string& assignment) {
  const size_t equals = assignment.find('=');
  if (equals == 0 || equals == std::string::npos)
    Fail(ExitStatus::kUsage, "--set needs name=value, not \"" + Shown(assignment) + "\"");
  const std::string written = assignment.substr(0, equals);
  const std::string property = CurrentPropertyName(written);
  entries_[property] = {assignment.substr(equals + 1), "--set", property == written ? "" : written, {}};
  if (property == "name") name_ = entries_[property].value;
}

std::string ConnectorConfig::Get(const std::string& property, const std::string& otherwise) const {
  const auto found = entries_.find(property);
  return found == entries_.end() ? otherwise : found->second.value;
}

std::string ConnectorConfig::Where(const std::string& property) const {
  const auto found = entries_.find(property);
  return found == entries_.end() ? "default" : found->second.where;
}

void ConnectorConfig::Refuse(const std::string& property, const std::string& why, const std::string& hint) const {
  throw RefusedProperty(
      property, Error{ExitStatus::kConfig, Where(property) + ": property \"" + property + "\" " + why, "", hint});
}

bool ConnectorConfig::GetFlag(const std::string& property, bool otherwise) const {
  const std::string value = Get(property, otherwise ? "true" : "false");
  if (value == "true" || value == "TRUE" || value == "True") return true;
  if (value == "false" || value == "FALSE" || value == "False") return false;
  Refuse(property, "cannot be \"" + Shown(value) + "\": true or false");
}

int64_t ConnectorConfig::GetInteger(const std::string& property, int64_t otherwise, int64_t low, int64_t high) const {
  if (!Has(property)) return otherwise;
  const std::string value = Get(property);
  int64_t number = 0;
  const auto result = std::from_chars(value.data(), value.data() + value.size(), number);
  if (result.ec != std::errc() || result.ptr != value.data() + value.size() || number < low || number > high)
    Refuse(property, "cannot be \"" + Shown(value) + "\": a whole number from " + std::to_string(low) + " to " +
                         std::to_string(high));
  return number;
}

std::string ConnectorConfig::GetChoice(const std::string& property, const std::string& otherwise,
                                       const std::vector<std::string>& allowed) const {
  std::string value = Get(property, otherwise);
  std::transform(value.begin(), value.end(), value.begin(), [](unsigned char c) { return std::tolower(c); });
  if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return value;
  std::string list;
  for (const auto& choice : allowed) list += (list.empty() ? "" : ", ") + choice;
  Refuse(property, "cannot be \"" + Shown(value) + "\": one of " + list);
}

}  // namespace cdc
