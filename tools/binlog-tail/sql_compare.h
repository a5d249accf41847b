#pragma once

#include <string_view>

namespace cdc::tail {

/// Decimal text of a number, with sign, point and exponent where it has them.
bool IsNumber(std::string_view text);

/// -1, 0, 1: two numbers in decimal text, exactly unless one has an exponent.
int CompareNumbers(std::string_view a, std::string_view b);

/// SQL's LIKE, by bytes: % any text, _ one character of UTF-8, \ takes the next as it is.
bool IsLike(std::string_view text, std::string_view pattern);

}  // namespace cdc::tail
