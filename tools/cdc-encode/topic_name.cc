#include "tools/cdc-encode/topic_name.h"

namespace cdc::encode {
namespace {

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

/// Calls take(character, code) for each UTF-16 unit of a text: the bytes of the character, and the unit.
template <typename Take>
void ForEachUnit(std::string_view text, Take take) {
  for (size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const size_t size = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    unsigned code = size == 1 ? byte : byte & (0x7Fu >> size);
    for (size_t i = 1; i < size && at + i < text.size(); ++i)
      code = code << 6 | (static_cast<unsigned char>(text[at + i]) & 63u);
    const std::string_view character = text.substr(at, size);
    if (size == 4) {
      take(character, 0xD800 + ((code - 0x10000) >> 10));
      take(character, 0xDC00 + ((code - 0x10000) & 0x3FF));
    } else {
      take(character, code);
    }
    at += size;
  }
}

/// Hexadecimal digits as they come, but two zeros before one or two of them.
void AppendUnicode(std::string& out, unsigned unit) {
  out += unit > 0xFF ? "_u" : "_u00";
  int shift = 12;
  while (shift > 0 && unit >> shift == 0) shift -= 4;
  for (; shift >= 0; shift -= 4) out += "0123456789abcdef"[unit >> shift & 15];
}

std::string Sanitised(std::string_view joined, bool unicode) {
  std::string topic;
  ForEachUnit(joined, [&](std::string_view character, unsigned unit) {
    const char c = character[0];
    const bool valid = IsLetter(c) || IsDigit(c) || c == '.' || c == '-' || (c == '_' && !unicode);
    if (valid)
      topic += c;
    else if (unicode)
      AppendUnicode(topic, unit);
    else
      topic += '_';
  });
  if (topic.size() > 249) topic.resize(249);
  if (topic == ".") return "_";
  if (topic == "..") return "__";
  return topic;
}

}  // namespace

std::string AdjustName(std::string_view name, Adjustment adjustment, bool dots) {
  if (adjustment == Adjustment::kNone) return std::string(name);
  std::string adjusted;
  bool first = true;
  ForEachUnit(name, [&](std::string_view character, unsigned unit) {
    const char c = character[0];
    const bool unicode = adjustment == Adjustment::kAvroUnicode;
    if (IsLetter(c) || (c == '_' && !unicode) || (!first && (IsDigit(c) || (dots && c == '.')))) {
      adjusted += c;
    } else if (unicode) {
      AppendUnicode(adjusted, unit);
    } else {
      adjusted += '_';
      if (IsDigit(c)) adjusted += c;
    }
    first = false;
  });
  return adjusted;
}

std::string TopicName(const TopicNaming& naming, std::string_view prefix, std::string_view db, std::string_view table,
                      std::string* unrouted) {
  std::string joined;
  for (const std::string_view part : {prefix, db, table}) {
    if (part.empty()) continue;
    if (!joined.empty()) joined += naming.delimiter;
    joined += part;
  }
  // What is no table's is named as the configuration has it.
  if (table.empty()) return joined;
  const std::string topic = Sanitised(joined, naming.unicode);
  if (unrouted != nullptr) *unrouted = joined;
  if (!naming.routes || !naming.regex.Matches(topic)) return topic;
  std::string error;  // None: the replacement was tried at the start.
  const std::string routed = naming.regex.ReplaceFirst(topic, naming.replacement, &error).value_or("");
  if (routed.empty()) return topic;
  return Sanitised(routed, false);
}

}  // namespace cdc::encode
