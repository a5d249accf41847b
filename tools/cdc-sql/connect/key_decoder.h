#pragma once

#include "tools/cdc-sql/connect/metadata.h"
#include "tools/cdc-sql/connect/record_decoder.h"

namespace cdc::sql {

/// The options of the format of a table's keys, as those of a table of that format.
std::vector<Option> KeyFormatOptions(const TableDef& table);

/// The columns of a table that come from the records' keys, as a table of its own: options key.FORMAT.* are its
/// FORMAT.*, names have no key.fields-prefix.
struct KeyTable {
  /// Errors: 78 for a name of 'key.fields' that is no column.
  explicit KeyTable(const PlanNode& from);
  TableDef table;
  PlanNode scan;
  std::vector<size_t> columns;  ///< of the table
};

/// 'key.format': the key columns come from the record's key, the others from its value ('value.fields-include' =
/// 'EXCEPT_KEY'), or all from the value ('ALL'). Of upsert-kafka a tombstone deletes: a row of kind -D that has its key
/// and nothing else.
class KeyDecoder : public RecordDecoder {
 public:
  /// `value` reads the value into the columns of `scan`, `key` the key into those of `key_table`.
  KeyDecoder(const PlanNode& scan, std::unique_ptr<RecordDecoder> value, std::unique_ptr<KeyTable> key_table,
             std::unique_ptr<RecordDecoder> key);
  void Decode(const RecordLine& record, std::string_view line, const RecordPlace& where, BatchBuilder& out) override;
  void LearnColumns(std::string_view columns_json) override { value_->LearnColumns(columns_json); }
  void Persist(StateArchive& state) override { value_->Persist(state); }

 private:
  std::unique_ptr<KeyTable> key_table_;
  std::unique_ptr<RecordDecoder> value_, key_;
  MetadataColumns metadata_;
  bool upsert_, in_value_;
  BatchBuilder value_rows_, key_row_;
};

}  // namespace cdc::sql
