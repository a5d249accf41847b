#pragma once

#include <string>

namespace cdc::apply {

/// How the texts of a key are compared: what equals what.
struct KeyCollation {
  enum class Level { kUnknown, kBytes, kAccentsAndCase, kAccents, kLetters };  ///< the later, the more texts are equal
  Level level = Level::kUnknown;
  bool ignores_blanks = false;  ///< at the end
  std::string name = {};        ///< empty: it is no text
};

/// Whether some texts that differ in their bytes are equal.
bool MergesTexts(const KeyCollation& collation);

/// Of a collation of MySQL or MariaDB, as its name tells ("utf8mb4_0900_ai_ci").
KeyCollation MysqlCollation(const std::string& name);

enum class KeyFit { kFits, kUncertain, kMerges };
/// Whether keys that differ under `source` may be one under `target`.
KeyFit FitOf(const KeyCollation& source, const KeyCollation& target);

}  // namespace cdc::apply
