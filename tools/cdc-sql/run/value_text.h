#pragma once

#include <string>

#include "tools/cdc-sql/bind/sql_type.h"
#include "tools/cdc-sql/run/column.h"

namespace cdc::sql {

/// Java's Double.toString: "1.0", "1.0E10", "NaN", "Infinity".
void AppendJavaDouble(std::string& out, double value);
/// Java's Float.toString.
void AppendJavaFloat(std::string& out, double value);

/// What CAST(x AS STRING) gives; the value is not NULL. TIMESTAMP_LTZ with `zone_seconds` added.
void AppendValueText(std::string& out, const ColumnVector& column, size_t row, const SqlType& type,
                     int64_t zone_seconds = 0);

struct JsonValueStyle {
  bool iso_timestamps = false;  ///< a T between date and time
  bool plain_decimals = true;   ///< full scale; else trailing zeros cut, exponent as Java's BigDecimal prints
};

/// The value in Flink's JSON format; null included.
void AppendValueJson(std::string& out, const ColumnVector& column, size_t row, const SqlType& type,
                     const JsonValueStyle& style);

}  // namespace cdc::sql
