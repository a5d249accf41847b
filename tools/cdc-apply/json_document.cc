#include "tools/cdc-apply/json_document.h"

#include <charconv>

#include "common/json_scan.h"

namespace cdc::apply {
namespace {

constexpr int kDeepest = 200;  // MySQL allows 100

bool AppendDouble(std::string& out, std::string_view raw) {
  double value;
  const auto parsed = std::from_chars(raw.data(), raw.data() + raw.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != raw.data() + raw.size()) return false;
  char digits[40];
  const auto result = std::to_chars(digits, digits + sizeof digits, value);
  std::string text(digits, result.ptr);
  std::erase(text, '+');  // MySQL writes 1e300
  out += text;
  // It stays a DOUBLE.
  if (text.find_first_of(".e") == std::string::npos) out += ".0";
  return true;
}

bool AppendValue(std::string& out, std::string_view raw, int depth);

/// {"@date":"…"} and the like.
bool AppendTagged(std::string& out, std::string_view type, std::string_view raw) {
  if (type == "changes" || raw.empty()) return false;
  if (type != "opaque") {
    out += raw;
    return true;
  }
  JsonElements parts(raw);
  if (!parts.Next()) return false;
  const std::string number(parts.value());
  if (!parts.Next() || parts.value().size() < 2) return false;
  // MySQL's own text of a value that JSON cannot hold.
  out += "\"base64:type" + number + ":";
  out += parts.value().substr(1);
  return true;
}

bool AppendArray(std::string& out, std::string_view raw, int depth) {
  JsonElements elements(raw);
  out += '[';
  for (bool first = true; elements.Next(); first = false) {
    if (!first) out += ',';
    if (!AppendValue(out, elements.value(), depth + 1)) return false;
  }
  out += ']';
  return elements.ok();
}

bool AppendObject(std::string& out, std::string_view raw, int depth) {
  JsonMembers members(raw);
  out += '{';
  for (bool first = true; members.Next(); first = false) {
    const std::string_view name = members.name();
    if (first && name.size() > 1 && name[0] == '@' && name[1] != '@') {
      out.pop_back();
      return AppendTagged(out, name.substr(1), members.value());
    }
    if (!first) out += ',';
    if (name.substr(0, 2) == "@@") {
      out += '"';
      out += members.raw_name().substr(2);
    } else {
      out += members.raw_name();
    }
    out += ':';
    if (!AppendValue(out, members.value(), depth + 1)) return false;
  }
  out += '}';
  return members.ok();
}

bool AppendValue(std::string& out, std::string_view raw, int depth) {
  if (raw.empty() || depth > kDeepest) return false;
  if (raw[0] == '{') return AppendObject(out, raw, depth);
  if (raw[0] == '[') return AppendArray(out, raw, depth);
  if (raw[0] != '"' && raw != "false" && raw.find_first_of("eE") != std::string_view::npos && raw != "true")
    return AppendDouble(out, raw);
  out += raw;
  return true;
}

}  // namespace

bool AppendPlainJson(std::string& out, std::string_view tagged) {
  return AppendValue(out, tagged, 0);
}

void AppendWithoutBlanks(std::string& out, std::string_view json) {
  bool in_string = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (!in_string && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) continue;
    out += c;
    if (c == '"') in_string = !in_string;
    if (in_string && c == '\\' && i + 1 < json.size()) out += json[++i];
  }
}

}  // namespace cdc::apply
