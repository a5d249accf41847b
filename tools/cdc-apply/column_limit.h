#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/cdc-apply/value.h"

namespace cdc::apply {

struct RowChange;
struct TargetColumn;

/// What a column of a server's type ("numeric(6,1)", "datetime(3)", "varchar(20)") holds of a value. Where a value has
/// more, servers cut or round it without a word. Not said here: what servers refuse themselves.
struct ColumnLimit {
  size_t column = 0;
  std::string type;                      ///< as the server says it
  std::optional<int> fraction_digits;    ///< after the point, of numbers and times
  int mantissa_bits = 0;                 ///< of a binary floating point number; 0: it is not one
  bool keeps_int64 = false;              ///< whole numbers of 64 bits are kept in their digits all the same (SQLite)
  std::optional<size_t> digits_of_real;  ///< with which a floating point number becomes a text (SQLite)
  std::optional<size_t> characters, bytes;
  bool pads_text = false;  ///< blanks at the end are not kept (CHAR)
  bool is_time = false;    ///< a date, a time or both:
  bool holds_date = false, holds_time = false;
};

/// `digits_of_plain_time`: of "timestamp" and its like without a number.
ColumnLimit LimitOfType(std::string_view type, int digits_of_plain_time);

/// Whether values of the source's column may exceed the limit.
bool MayExceed(const TargetColumn& source, const ColumnLimit& limit);

enum class Loss { kNone, kRounded, kCut };
/// What would become of the value.
Loss LossOf(const Value& value, const ColumnLimit& limit);

/// Refuses (65) a row of which the server would cut or round a value.
void CheckLimits(const RowChange& change, const std::vector<ColumnLimit>& limits);

}  // namespace cdc::apply
