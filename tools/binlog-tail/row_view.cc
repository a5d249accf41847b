#include "tools/binlog-tail/row_view.h"

#include <algorithm>

#include "common/binary_text.h"
#include "common/calendar.h"
#include "common/change_line.h"
#include "common/error.h"
#include "common/json_scan.h"

namespace cdc::tail {
namespace {

constexpr size_t kMostShownBytes = 60;

std::string Unescaped(std::string_view between_quotes) {
  return UnescapeJsonString("\"" + std::string(between_quotes) + "\"", "a change line");
}

std::string ShownValue(std::string_view raw) {
  if (raw == "null") return "NULL";
  std::string text;
  if (const std::string_view digits = HexDigits(raw); digits.data() != nullptr)
    return Shown("0x" + std::string(digits), kMostShownBytes);
  if (raw.empty() || raw.front() != '"' || !AppendUnescaped(text, raw)) text = raw;
  return Shown(text, kMostShownBytes);
}

void AppendRow(std::string& out, std::string_view row) {
  for (JsonMembers members(row); members.Next();)
    out += " " + Unescaped(members.name()) + "=" + ShownValue(members.value());
}

}  // namespace

void RowView::Learn(const TableSchema& table) {
  keys_[table.db + "." + table.table] = table.key.empty() ? table.unique : table.key;
}

bool RowView::IsKey(const std::string& table, std::string_view name) const {
  const auto found = keys_.find(table);
  return found != keys_.end() && std::find(found->second.begin(), found->second.end(), name) != found->second.end();
}

/// The key, and what changes.
void RowView::AppendDifference(std::string& out, const std::string& table, std::string_view before,
                               std::string_view after) {
  std::map<std::string_view, std::string_view> old;
  for (JsonMembers members(before); members.Next();) old[members.name()] = members.value();
  for (JsonMembers members(after); members.Next();) {
    const auto found = old.find(members.name());
    const bool same = found != old.end() && found->second == members.value();
    const std::string name = Unescaped(members.name());
    if (same && !IsKey(table, name)) continue;
    out += " " + name;
    if (same)
      out += "=" + ShownValue(members.value());
    else
      out += ": " + (found == old.end() ? "?" : ShownValue(found->second)) + " → " + ShownValue(members.value());
  }
}

void RowView::AppendLine(std::string& out, std::string_view line) {
  ChangeLine change;
  ParseChangeLine(line, "a change line", &change);
  const char* colour = change.op == 'c' ? "32" : change.op == 'u' ? "33" : change.op == 'r' ? "36" : "31";
  const char sign = change.op == 'c' ? '+' : change.op == 'u' ? '~' : change.op == 'r' ? '=' : '-';
  constexpr int64_t kDayUs = 86'400'000'000;
  if (colours_) out += std::string("\033[") + colour + "m";
  AppendTime(out, change.ts_us % kDayUs / 1000 * 1000, 3);
  const std::string table = Unescaped(change.table);
  out += std::string(" ") + sign + " " + table;
  if (change.op == 't')
    out += " (all rows)";
  else if (change.op == 'u')
    AppendDifference(out, Unescaped(change.db) + "." + table, change.before, change.after);
  else
    AppendRow(out, change.op == 'd' ? change.before : change.after);
  if (colours_) out += "\033[0m";
  out += '\n';
}

void RowView::Append(std::string& out, std::string_view lines) {
  while (!lines.empty()) {
    const size_t end = std::min(lines.find('\n'), lines.size());
    AppendLine(out, lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
}

}  // namespace cdc::tail
