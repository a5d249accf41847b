#include "tools/binlog-tail/format_description_event.h"

namespace cdc::tail {

FormatDescription DecodeFormatDescription(ByteCursor body) {
  FormatDescription description;
  const uint16_t version = body.ReadU16();
  if (version != 4) body.FailHere("binlog format version is " + std::to_string(version) + ", only 4 can be read");
  const std::string_view padded = body.TakeText(50);
  description.server_version = std::string(padded.substr(0, padded.find('\0')));
  description.is_mariadb = description.server_version.find("MariaDB") != std::string::npos;
  description.created = body.ReadU32();
  const uint8_t header_length = body.ReadU8();
  if (header_length != kEventHeaderBytes)
    body.FailHere("event headers are " + std::to_string(header_length) + " bytes long, only 19 can be read");
  constexpr size_t kTail = 1 + kChecksumBytes;  // algorithm and checksum, since MySQL 5.6.1 and MariaDB 5.3
  if (body.remaining() < kTail) body.FailHere("the log is of a server older than MySQL 5.6");
  const size_t types = body.remaining() - kTail;
  const uint8_t* lengths = body.Take(types);
  description.post_header_lengths.assign(lengths, lengths + types);
  description.checksum_algorithm = body.ReadU8();
  if (description.checksum_algorithm > 1)
    body.FailHere("checksum algorithm " + std::to_string(description.checksum_algorithm) + " is not known");
  return description;
}

size_t FormatDescription::PostHeaderLength(EventType type, size_t usual) const {
  const auto number = static_cast<size_t>(type);
  if (number == 0 || number > post_header_lengths.size()) return usual;
  return post_header_lengths[number - 1];
}

}  // namespace cdc::tail
