#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tools/cdc-sql/bind/sql_type.h"
#include "tools/cdc-sql/run/column.h"

namespace cdc::sql {

/// How the JSON values of a column become values of its type.
struct JsonFieldRules {
  bool iso_timestamps = false;
  bool csv = false;                  ///< dates as java.sql.Date.valueOf reads them; arrays and rows are text
  std::string array_delimiter = {};  ///< with `csv`
  std::optional<std::string> null_literal = {};  ///< with `csv`: of a part of an array or row
  bool bad_is_null = false;                      ///< a part of a nested value that does not fit is NULL
  bool missing_is_error = false;                 ///< a field of a ROW that is not there
  /// As Flink's json reads tokens: a number in a text column as it is written. Other formats, and json where that is
  /// set, have a tree of values (json_tree.h).
  bool tokens = false;
  /// --format-detect: temporal values also as Kafka Connect and Debezium write them, numbers and text.
  bool detect = false;
  /// Name of the field's Connect schema, where it is known; with `detect` it says what a number means.
  std::string connect_name;
  int connect_scale = -1;  ///< of org.apache.kafka.connect.data.Decimal
};

/// Why a number such as 07 fits no type.
inline constexpr std::string_view kNoJsonNumber = "is no JSON number";

/// Why a text column does not take what stands between brackets.
inline constexpr std::string_view kNoJson = "is no JSON";

enum class JsonFieldKind { kText, kNumber, kTrue, kFalse, kObject, kArray };

/// Sets row `row` of `column` (which is there, NULL) from a JSON value: `text` is the string's characters, or the raw
/// text of any other kind. An empty result: done. Else why the value does not fit, for a message.
std::string SetJsonField(JsonFieldKind kind, std::string_view text, const SqlType& type, const JsonFieldRules& rules,
                         ColumnVector& column, size_t row);

}  // namespace cdc::sql
