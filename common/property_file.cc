#include "common/property_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "common/error.h"
#include "common/json_scan.h"

namespace cdc {
namespace {

bool IsBlank(char c) {
  return c == ' ' || c == '\t' || c == '\f';
}

/// Joins continued lines; returns the logical line that starts at *at.
std::string LogicalLine(std::string_view text, size_t* at, int* line) {
  std::string out;
  bool continued = false;
  while (*at < text.size()) {
    size_t end = text.find('\n', *at);
    if (end == std::string_view::npos) end = text.size();
    std::string_view natural = text.substr(*at, end - *at);
    if (!natural.empty() && natural.back() == '\r') natural.remove_suffix(1);
    *at = end + 1;
    ++*line;
    size_t skip = 0;
    while (skip < natural.size() && IsBlank(natural[skip])) ++skip;
    natural.remove_prefix(skip);
    if (!continued && (natural.empty() || natural[0] == '#' || natural[0] == '!')) return {};
    size_t backslashes = 0;
    while (backslashes < natural.size() && natural[natural.size() - 1 - backslashes] == '\\') ++backslashes;
    continued = backslashes % 2 == 1;
    if (continued) natural.remove_suffix(1);
    out += natural;
    if (!continued) break;
  }
  return out;
}

std::string Unescape(std::string_view text, const std::string& where) {
  std::string json = "\"";
  // \u escapes may be surrogate pairs; JSON's rules for them are the same, so its decoder serves.
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      json += "\\\"";
    } else if (c != '\\') {
      json += c;
    } else if (++i < text.size()) {
      switch (text[i]) {
        case 't': json += '\t'; break;
        case 'n': json += '\n'; break;
        case 'r': json += '\r'; break;
        case 'f': json += '\f'; break;
        case 'u': json += "\\u"; break;
        case '"': json += "\\\""; break;
        case '\\': json += "\\\\"; break;
        default: json += text[i];
      }
    }
  }
  json += '"';
  std::string out;
  if (!AppendUnescaped(out, json))
    Fail(ExitStatus::kConfig, where + ": malformed \\u escape", Shown(std::string(text)));
  return out;
}

}  // namespace

std::vector<PropertyEntry> ParsePropertyFile(std::string_view text, const std::string& path) {
  std::vector<PropertyEntry> entries;
  size_t at = 0;
  int line = 0;
  while (at < text.size()) {
    const int first_line = line + 1;
    const std::string logical = LogicalLine(text, &at, &line);
    if (logical.empty()) continue;
    size_t name_end = 0;
    while (name_end < logical.size() && !IsBlank(logical[name_end]) && logical[name_end] != '=' &&
           logical[name_end] != ':')
      name_end += logical[name_end] == '\\' ? 2 : 1;
    if (name_end > logical.size()) name_end = logical.size();
    size_t value_at = name_end;
    while (value_at < logical.size() && IsBlank(logical[value_at])) ++value_at;
    if (value_at < logical.size() && (logical[value_at] == '=' || logical[value_at] == ':')) ++value_at;
    while (value_at < logical.size() && IsBlank(logical[value_at])) ++value_at;
    const std::string where = path + ":" + std::to_string(first_line);
    entries.push_back({Unescape(std::string_view(logical).substr(0, name_end), where),
                       Unescape(std::string_view(logical).substr(value_at), where), first_line});
  }
  return entries;
}

std::string ReadFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) Fail(ExitStatus::kNoInput, "cannot read \"" + path + "\": " + ErrnoText(errno));
  std::string text;
  char block[65536];
  for (;;) {
    const ssize_t count = read(fd, block, sizeof block);
    if (count > 0) {
      text.append(block, static_cast<size_t>(count));
    } else if (count == 0) {
      close(fd);
      return text;
    } else if (errno != EINTR) {
      const int error_number = errno;
      close(fd);
      Fail(ExitStatus::kNoInput, "cannot read \"" + path + "\": " + ErrnoText(error_number));
    }
  }
}

}  // namespace cdc
