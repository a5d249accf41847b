#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cdc {

struct CollationInfo {
  uint32_t id;
  const char* name;     ///< "utf8mb4_0900_ai_ci"
  const char* charset;  ///< "utf8mb4"; never the alias "utf8"
};

struct CharsetInfo {
  const char* name;
  const char* default_collation;  ///< MySQL 9.7's
  uint32_t max_bytes;             ///< of one character
};

/// Null for an id that neither MySQL 9.7 nor MariaDB has.
const CollationInfo* FindCollation(uint32_t id);
/// Names in any case; "utf8_…" is read as "utf8mb3_…". Null for an unknown name.
const CollationInfo* FindCollation(std::string_view name);

/// In any case; "utf8" is utf8mb3. Null for an unknown name.
const CharsetInfo* FindCharset(std::string_view name);

extern const CollationInfo kCollations[];
extern const size_t kCollationCount;
extern const CharsetInfo kCharsets[];
extern const size_t kCharsetCount;

}  // namespace cdc
