#pragma once

#include "tools/cdc-sql/connect/json_row.h"
#include "tools/cdc-sql/connect/metadata.h"
#include "tools/cdc-sql/connect/record_decoder.h"

namespace cdc::sql {

/// The options csv.* of a table.
struct CsvOptions {
  explicit CsvOptions(const TableDef& table);
  char delimiter = ',';
  char quote = '"';  ///< '\0': quotes are disabled
  char escape = '\0';
  std::string null_literal;
  bool has_null_literal = false;
  bool allow_comments = false;
  bool ignore_errors = false;
  std::string array_delimiter = ";";
  bool plain_decimals = false;  ///< written with their whole scale, as over Kafka; else without zeros at the end
};

/// Whether the text is at its end inside a quoted field, which goes on in the next line. `inside`: it begins in one.
bool EndsInQuotes(std::string_view text, bool inside, const CsvOptions& options);

/// csv: each line is a new row, its fields in the order of the table's columns.
class CsvDecoder : public RecordDecoder {
 public:
  /// `uses`: of files only columns that are used become values, as in Flink; a bad value elsewhere does no harm.
  CsvDecoder(const PlanNode& scan, const std::vector<ColumnUse>& uses);
  void Decode(const RecordLine& record, std::string_view line, const RecordPlace& where, BatchBuilder& out) override;

 private:
  bool Split(std::string_view line);

  const TableDef& table_;
  CsvOptions options_;
  std::vector<PlanColumn> columns_;
  std::vector<size_t> physical_;
  std::vector<uint8_t> used_;  ///< by column
  bool leaves_out_ = false;    ///< a column is not used
  JsonFieldRules rules_;
  MetadataColumns metadata_;
  std::vector<std::string> fields_;
  bool ends_early_ = false;  ///< more lines stand behind the one that was split
};

/// Appends a row as Flink's csv format writes it, without a line end.
void AppendCsvRow(std::string& out, const Batch& batch, size_t row, const std::vector<PlanColumn>& columns,
                  const std::vector<size_t>& which, const CsvOptions& options);

}  // namespace cdc::sql
