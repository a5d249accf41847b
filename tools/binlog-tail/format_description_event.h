#pragma once

#include <string>
#include <vector>

#include "tools/binlog-tail/event_header.h"

namespace cdc::tail {

/// The first event of every file: how the others are to be read.
struct FormatDescription {
  std::string server_version;  ///< "9.7.4", "11.8.9-MariaDB-log"
  bool is_mariadb = false;
  uint32_t created = 0;                      ///< not 0: the server started with this file
  std::vector<uint8_t> post_header_lengths;  ///< of type 1, 2, …
  uint8_t checksum_algorithm = 0;            ///< 0 none, 1 CRC-32, as zlib's
  bool has_checksums() const { return checksum_algorithm == 1; }

  /// Bytes of the fixed part of `type`'s body; `usual` where the file does not say.
  size_t PostHeaderLength(EventType type, size_t usual) const;
};

/// `body`: everything after the header, checksum included (whether there is one stands inside).
FormatDescription DecodeFormatDescription(ByteCursor body);

}  // namespace cdc::tail
