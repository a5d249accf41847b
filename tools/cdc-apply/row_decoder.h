#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/change_line.h"
#include "common/control_line.h"
#include "common/record_line.h"
#include "tools/cdc-apply/row_change.h"
#include "tools/cdc-apply/table_names.h"
#include "tools/cdc-apply/value_decoder.h"

namespace cdc::apply {

/// Turns record lines and change lines into row changes. What a topic's records look like is known from its `schema`
/// line, else from the schema inside the record, else it is inferred from the JSON values.
class RowDecoder {
 public:
  /// `wants_times`: changes are to tell when they were committed. `wants_old_rows`: and what a row with a key was
  /// before them; else only its key. `needs_deletes`: one that does not tell which row is an error.
  RowDecoder(std::string table_name_template, bool wants_times, bool wants_old_rows, bool needs_deletes)
      : names_(std::move(table_name_template)),
        wants_times_(wants_times),
        wants_old_rows_(wants_old_rows),
        needs_deletes_(needs_deletes) {}

  /// The rows that follow are dead letters, or are not: by the time that one is applied its old key may be another
  /// row's.
  void ReadLetters(bool letters) { reads_letters_ = letters; }

  /// The last record was the tombstone behind a rewritten one, which has told the delete, with its row.
  bool is_told() const { return is_told_; }

  void TakeSchemaLine(const ControlLine& control, const std::string& where);
  void TakeTableLine(const ControlLine& control, const std::string& where);

  /// Errors: 65, beginning with `where`. `change` is valid until the next call. A truncation may come before anything
  /// that tells what the table looks like: its table then has the source's names, and no columns.
  void DecodeRecord(std::string_view line, const std::string& where, RowChange* change);
  void DecodeChange(std::string_view line, const std::string& where, RowChange* change);
  /// Whether the record itself tells when its change was committed: results of SQL and unwrapped rows do not.
  bool TellsTime(std::string_view line, const std::string& where);

 private:
  enum class Shape { kUnknown, kEnvelope, kUnwrapped, kOther };  // kOther: no rows of a table
  struct Source {
    TargetTable table;
    std::unique_ptr<RowSplitter> splitter;
    Shape shape = Shape::kUnknown;
    bool has_schema_line = false;
    std::string value_schema, key_schema;  // of the last record that changed the table, where records carry schemas
    bool announced = false;                // the sink has seen this version of the table
  };
  struct Wrapped {
    std::string_view schema, payload;
  };
  static Wrapped Unwrap(std::string_view json, const std::string& where);
  Source& SourceOf(const std::string& topic);
  void SetTable(Source& source, TargetTable table);
  void InferTable(Source& source, std::string_view row, std::string_view key, const std::string& where);
  void LearnTable(Source& source, const Wrapped& key, const Wrapped& value, std::string_view row,
                  const std::string& where);
  void SplitRow(Source& source, std::string_view row, const std::string& where);
  void DecodeRow(Source& source, std::string_view row, const std::string& where, std::vector<Value>* values);
  void DecodeOldRow(Source& source, std::string_view row, const std::string& where, std::vector<Value>* values);
  void DecodeLetter(Source& source, std::string_view before, const std::string& where, RowChange* change);
  void DecodeKey(Source& source, std::string_view key, const std::string& where, std::vector<Value>* values);
  void DecodeEnvelope(Source& source, std::string_view payload, std::string_view key, const std::string& where,
                      RowChange* change);
  void DecodeRewritten(Source& source, std::string_view payload, const std::string& where, std::vector<Value>* values);
  void DecodeWithKey(Source& source, std::string_view row, std::string_view key, const std::string& where,
                     std::vector<Value>* values);
  void DecodeUnwrapped(Source& source, std::string_view payload, std::string_view key, const std::string& where,
                       RowChange* change);
  static void CompleteRow(const TargetTable& table, const std::string& where, RowChange* change);
  void CheckMovedRow(const RowChange& change, const TargetTable& table, const std::string& where) const;
  TableNames names_;
  bool wants_times_, wants_old_rows_, needs_deletes_, reads_letters_ = false;
  bool is_told_ = false;
  ValueDecoder values_;
  RecordLineReader reader_;
  RecordLine record_;
  std::unordered_map<std::string, std::unique_ptr<Source>> sources_;
  std::unordered_map<std::string, TableSchema> announced_;  // by db.table: table lines since its last row
  std::vector<std::string_view> split_;
  std::string topic_;
  TargetTable unknown_;  // of a truncation
};

}  // namespace cdc::apply
