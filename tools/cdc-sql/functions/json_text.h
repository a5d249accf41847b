#pragma once

#include <string>
#include <string_view>

#include "tools/cdc-sql/bind/sql_type.h"
#include "tools/cdc-sql/run/column.h"

namespace cdc::sql {

/// The value without the blanks around it; empty if the text is not exactly one JSON value.
std::string_view JsonValueOf(std::string_view text);
/// The value that the text begins with, be there more behind it, as Flink's JSON functions read one; empty if there is
/// none. Only a blank may follow a number, and no letter or digit a word.
std::string_view FirstJsonValue(std::string_view text);

/// Appends a JSON value as Flink's JSON functions write it: without blanks, members in the order of their names (by
/// UTF-16 unit, of one name the last), strings with the escapes that are needed only, numbers with a fraction or an
/// exponent as Java's BigDecimal prints them. `raw` is valid JSON.
void AppendNormalJson(std::string& out, std::string_view raw);
/// The number as java.math.BigDecimal prints what it reads.
void AppendBigDecimal(std::string& out, std::string_view number);

/// Appends a JSON value as PARSE_JSON keeps it: as above, but decimals without zeros at their end, and numbers with an
/// exponent or of more than 38 digits as DOUBLE. False if a name stands twice in an object and `twice` does not allow
/// it (then the last one counts).
bool AppendVariantJson(std::string& out, std::string_view raw, bool twice);

/// Appends a value of a column as JSON_OBJECT, JSON_ARRAY, JSON_STRING and their aggregates write it.
void AppendFunctionJson(std::string& out, const ColumnVector& column, size_t row, const SqlType& type);

/// Order of two UTF-8 texts by their UTF-16 units, as String.compareTo has it: below 0, 0, above 0.
int CompareUtf16(std::string_view a, std::string_view b);

}  // namespace cdc::sql
