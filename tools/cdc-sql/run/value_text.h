#pragma once

#include <string>

#include "tools/cdc-sql/bind/sql_type.h"
#include "tools/cdc-sql/run/column.h"
#include "tools/cdc-sql/run/time_zone.h"

namespace cdc::sql {

/// Java's Double.toString: "1.0", "1.0E10", "NaN", "Infinity".
void AppendJavaDouble(std::string& out, double value);
/// Java's Float.toString.
void AppendJavaFloat(std::string& out, double value);

/// Bytes in a text: as x'…', which is how results are shown, or as the UTF-8 that they are to a cast.
enum class BytesText { kHex, kDecoded };

/// What CAST(x AS STRING) gives, but for bytes; the value is not NULL. TIMESTAMP_LTZ as the wall clock of `zone`.
void AppendValueText(std::string& out, const ColumnVector& column, size_t row, const SqlType& type,
                     const TimeZone& zone = {}, BytesText bytes = BytesText::kHex);

struct JsonValueStyle {
  enum class NullKeys { kFail, kDrop, kLiteral };
  NullKeys null_keys = NullKeys::kFail;  ///< of maps
  std::string null_key = {};             ///< kLiteral: their name
  bool ignore_nulls = false;             ///< fields of rows that are NULL are left out
  bool multiset_text = false;            ///< MULTISET as CAST makes it a text
  bool iso_timestamps = false;           ///< a T between date and time
  bool surrogates = false;     ///< characters beyond the basic plane as two \u escapes, as Jackson writes them
  bool wide_floats = false;    ///< FLOAT with the digits that it has as DOUBLE
  bool plain_decimals = true;  ///< full scale; else trailing zeros cut, exponent as Java's BigDecimal prints
};

/// The value in Flink's JSON format; null included.
void AppendValueJson(std::string& out, const ColumnVector& column, size_t row, const SqlType& type,
                     const JsonValueStyle& style);

}  // namespace cdc::sql
