#pragma once

#include <string_view>

#include "tools/cdc-sql/bind/sql_type.h"
#include "tools/cdc-sql/run/wide.h"

namespace cdc::sql {

/// Values of texts as CAST reads them. False, or not kOk: the text is none of the type.

DecimalParse ParseCastDecimal(std::string_view text, int scale, int precision, Int128* out);
/// "[+-]digits[.digits]": the fraction is cut.
bool ParseInteger(std::string_view text, TypeKind kind, int64_t* value);
bool ParseDouble(std::string_view text, bool single, double* value);
bool ParseBoolean(std::string_view text, uint8_t* value);
/// A number of hours alone is a time too.
bool ParseHour(std::string_view text, int64_t* millis);

}  // namespace cdc::sql
