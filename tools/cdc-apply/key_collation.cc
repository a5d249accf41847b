#include "tools/cdc-apply/key_collation.h"

#include <string_view>

namespace cdc::apply {
namespace {

bool Ends(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

/// Without the character set: rules of one name are the same in utf8mb3 and utf8mb4.
std::string_view Rules(std::string_view name) {
  const size_t end = name.find('_');
  return end == std::string_view::npos ? name : name.substr(end + 1);
}

}  // namespace

KeyCollation MysqlCollation(const std::string& name) {
  using Level = KeyCollation::Level;
  KeyCollation collation;
  collation.name = name;
  if (name.empty()) return collation;
  collation.level = name == "binary" || Ends(name, "_bin")      ? Level::kBytes
                    : Ends(name, "_cs") || Ends(name, "_cs_ks") ? Level::kAccentsAndCase
                    : Ends(name, "_as_ci")                      ? Level::kAccents
                                                                : Level::kLetters;
  const bool is_no_pad =
      name == "binary" || name.find("_0900_") != std::string::npos || name.find("_nopad_") != std::string::npos;
  collation.ignores_blanks = !is_no_pad;
  return collation;
}

bool MergesTexts(const KeyCollation& collation) {
  if (collation.name.empty()) return false;
  return collation.level > KeyCollation::Level::kBytes || collation.ignores_blanks;
}

KeyFit FitOf(const KeyCollation& source, const KeyCollation& target) {
  using Level = KeyCollation::Level;
  if (target.name.empty() || target.level == Level::kUnknown) return KeyFit::kFits;
  if (source.level == Level::kUnknown) return target.level == Level::kBytes ? KeyFit::kFits : KeyFit::kUncertain;
  if (target.level > source.level || (target.ignores_blanks && !source.ignores_blanks)) return KeyFit::kMerges;
  const bool is_same = Rules(source.name) == Rules(target.name) || target.level == Level::kBytes;
  return is_same || target.level < source.level ? KeyFit::kFits : KeyFit::kUncertain;
}

}  // namespace cdc::apply
