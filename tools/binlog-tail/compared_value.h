#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/mysql_type.h"

namespace cdc::tail {

/// What the values of a column are in a comparison.
enum class ComparedForm {
  kNumber,    ///< compared by CompareNumbers, like the next two
  kBits,      ///< BIT: the number that its bits are
  kTime,      ///< TIME: a number of microseconds
  kDateTime,  ///< DATE, DATETIME, TIMESTAMP: text of one length, with six fraction digits
  kBytes,
  kText,
  kJson,  ///< as a change line has it
};
ComparedForm ComparedFormOf(const MysqlType& type);
inline bool IsNumeric(ComparedForm form) {
  return form <= ComparedForm::kTime;
}

/// A constant of a condition.
struct ComparedConstant {
  enum class Kind { kNull, kNumber, kString, kBytes };
  Kind kind = Kind::kNull;
  std::string text;  ///< kBytes: the bytes that X'…' or b'…' stand for
};

/// The constant among the values of `form`; nothing where it is none of them.
std::optional<std::string> ComparedText(ComparedForm form, const ComparedConstant& constant);

/// What a constant of `form` looks like, for messages.
const char* ExampleOf(ComparedForm form);

/// `raw`, a value of a change line other than null, among the values of `form`. The text is `raw`'s or `buffer`'s.
std::string_view ComparedText(ComparedForm form, std::string_view raw, std::string* buffer);

/// The same as it is written: what LIKE looks at.
std::string_view WrittenText(ComparedForm form, std::string_view raw, std::string* buffer);

}  // namespace cdc::tail
