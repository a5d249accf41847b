#include "tools/cdc-encode/topic_name.h"

namespace cdc::encode {

std::string TopicName(std::string_view prefix, std::string_view db, std::string_view table,
                      std::string_view delimiter) {
  std::string joined;
  for (const std::string_view part : {prefix, db, table}) {
    if (part.empty()) continue;
    if (!joined.empty()) joined += delimiter;
    joined += part;
  }
  std::string topic;
  for (const char c : joined) {
    const auto byte = static_cast<unsigned char>(c);
    const bool valid =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    if (valid) {
      topic += c;
    } else if ((byte & 0xC0) != 0x80) {  // a character's first byte; four bytes are two units
      topic += byte >= 0xF0 ? "__" : "_";
    }
  }
  if (topic.size() > 249) topic.resize(249);
  if (topic == ".") return "_";
  if (topic == "..") return "__";
  return topic;
}

}  // namespace cdc::encode
