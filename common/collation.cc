#include "common/collation.h"

#include <algorithm>
#include <string>

namespace cdc {
namespace {

std::string Folded(std::string_view name) {
  std::string folded(name);
  for (char& c : folded)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (folded == "utf8") return "utf8mb3";
  if (folded.rfind("utf8_", 0) == 0) return "utf8mb3" + folded.substr(4);
  return folded;
}

}  // namespace

const CollationInfo* FindCollation(uint32_t id) {
  const auto* end = kCollations + kCollationCount;
  const auto* found = std::lower_bound(kCollations, end, id,
                                       [](const CollationInfo& info, uint32_t wanted) { return info.id < wanted; });
  return found != end && found->id == id ? found : nullptr;
}

const CollationInfo* FindCollation(std::string_view name) {
  const std::string folded = Folded(name);
  const auto* end = kCollations + kCollationCount;
  const auto* found = std::find_if(kCollations, end, [&](const CollationInfo& info) { return folded == info.name; });
  return found == end ? nullptr : found;
}

const CharsetInfo* FindCharset(std::string_view name) {
  const std::string folded = Folded(name);
  const auto* end = kCharsets + kCharsetCount;
  const auto* found = std::find_if(kCharsets, end, [&](const CharsetInfo& info) { return folded == info.name; });
  return found == end ? nullptr : found;
}

}  // namespace cdc
