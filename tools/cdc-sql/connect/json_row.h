#pragma once

#include <simdjson.h>

#include <memory>
#include <string>
#include <vector>

#include "tools/cdc-sql/connect/json_fields.h"
#include "tools/cdc-sql/run/operator.h"

namespace cdc::sql {

/// Thrown inside the decoders for a value that does not fit, and turned into a Failure, or left out, by them.
struct BadField {
  std::string column;
  std::string why;  ///< "is no integer"
  std::string value;
  SqlType type;
};

/// Reads JSON objects into the columns of a table, by name. What is missing is NULL.
class JsonRowReader {
 public:
  /// `fields[i]` is false for columns that are no field of the object (metadata).
  JsonRowReader(const std::vector<PlanColumn>& columns, const std::vector<uint8_t>& fields, bool iso_timestamps,
                bool detect);

  /// Appends a row. Errors: BadField; with `bad_is_null` such a field is NULL. simdjson_error for malformed text.
  void Read(simdjson::ondemand::object object, RowKind kind, bool bad_is_null, bool missing_is_error,
            BatchBuilder& out);

  /// Values that nobody uses are looked at, so that a bad one is found, and are NULL in the rows. Empty: all are used.
  /// `passes`: as Flink reads files, what is in a column that nobody uses does not matter, if it is JSON.
  void ReadOnly(const std::vector<ColumnUse>& uses, bool passes);

  /// The source has these columns: an object without one of them is a partial row image, a BadField.
  void ExpectColumns(const std::vector<std::string>& names);

  /// Fields that come after as many as there are columns do not count, even where one of a name is there twice.
  void StopWhenFull() { stops_when_full_ = true; }
  void ReadTokens() {
    for (JsonFieldRules& rules : rules_) rules.tokens = true;
  }

  JsonFieldRules& rules(size_t column) { return rules_[column]; }
  const std::vector<PlanColumn>& columns() const { return columns_; }

 private:
  void Set(simdjson::ondemand::value& value, size_t column, size_t row, bool bad_is_null, BatchBuilder& out);
  void SetRow(simdjson::ondemand::object object, size_t column, size_t row, BatchBuilder& out);

  std::vector<PlanColumn> columns_;
  std::vector<uint8_t> fields_;
  std::vector<JsonFieldRules> rules_;
  JsonNames names_;
  std::vector<std::unique_ptr<JsonFields>> rows_;  ///< by column: for a ROW
  std::vector<uint8_t> used_;
  bool passes_ = false;  ///< what is not used does not count
  std::vector<uint8_t> seen_;
  std::vector<uint8_t> expected_;
  bool expects_ = false;
  bool missing_is_error_ = false;  ///< also in a ROW
  bool stops_when_full_ = false;
  size_t wanted_ = 0;  ///< columns that are fields
};

/// A payload for simdjson: in place where it lies in `line`, which is padded, else copied.
class PaddedText {
 public:
  simdjson::padded_string_view Of(std::string_view text, std::string_view line);

 private:
  std::string copy_;
};

/// Text after the value that was read is an error: a simdjson_error.
void CheckAtEnd(simdjson::ondemand::document& document);

/// "column 'x': the value … is no integer" as an error of the record, with what helps.
[[noreturn]] void FailField(const BadField& bad, const std::string& where, const TableDef& table, bool detect);

}  // namespace cdc::sql
