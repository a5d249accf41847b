#include "common/error.h"

#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "common/json_writer.h"

namespace cdc {

void Fail(ExitStatus status, std::string what, std::string detail, std::string hint) {
  throw Failure(Error{status, std::move(what), std::move(detail), std::move(hint)});
}

static void AppendPart(std::string& out, const char* label, const std::string& text) {
  if (text.empty()) return;
  out += "  ";
  out += label;
  out += ": ";
  const std::string indent(std::strlen(label) + 4, ' ');
  for (char c : text) {
    out += c;
    if (c == '\n') out += indent;
  }
  out += '\n';
}

std::string RenderError(const std::string& tool, const Error& error) {
  std::string out = tool + ": error: " + error.what + "\n";
  AppendPart(out, "detail", error.detail);
  AppendPart(out, "hint", error.hint);
  return out;
}

std::string ErrnoText(int error_number) {
  char buffer[256];
  return strerror_r(error_number, buffer, sizeof buffer);
}

std::string Shown(const std::string& value, size_t max_bytes) {
  std::string out;
  for (size_t at = 0; at < value.size();) {
    const auto byte = static_cast<unsigned char>(value[at]);
    const size_t length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    const std::string_view character = std::string_view(value).substr(at, length);
    // U+0080 to U+009F are control characters as well: a terminal may take them for the beginning of a sequence.
    const bool is_c1 = byte == 0xC2 && character.size() == 2 && static_cast<unsigned char>(character[1]) < 0xA0;
    const bool is_control = byte < 0x20 || byte == 0x7F || is_c1;
    const bool shows = !is_control && character.size() == length && IsUtf8(character);
    if (out.size() + (shows ? length : 4) > max_bytes) return out + "…";
    if (shows) {
      out += character;
      at += length;
    } else {
      char hex[8];
      std::snprintf(hex, sizeof hex, "\\x%02X", byte);
      out += hex;
      ++at;
    }
  }
  return out;
}

void CheckFailed(const char* file, int line, const char* condition, const char* message) {
  std::fprintf(stderr, "bug: %s (%s) at %s:%d\n", message, condition, file, line);
  _exit(static_cast<int>(ExitStatus::kSoftware));
}

}  // namespace cdc
