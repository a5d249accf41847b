#pragma once

#include "tools/cdc-sql/connect/json_row.h"
#include "tools/cdc-sql/connect/metadata.h"
#include "tools/cdc-sql/connect/record_decoder.h"

namespace cdc::sql {

/// json: each record is a new row (an array: one an element).
class JsonDecoder : public RecordDecoder {
 public:
  JsonDecoder(const PlanNode& scan, bool detect);
  void Decode(const RecordLine& record, std::string_view line, const std::string& where, BatchBuilder& out) override;

 private:
  const TableDef& table_;
  bool detect_;
  bool ignore_errors_;
  bool fail_on_missing_;
  JsonRowReader reader_;
  MetadataColumns metadata_;
  simdjson::ondemand::parser parser_;
  PaddedText padded_;
};

/// raw: the bytes of the record are the value of the one column.
class RawDecoder : public RecordDecoder {
 public:
  /// Errors: 78 if the table has not exactly one column of text or bytes in its records.
  explicit RawDecoder(const PlanNode& scan);
  void Decode(const RecordLine& record, std::string_view line, const std::string& where, BatchBuilder& out) override;

 private:
  size_t column_ = 0;
  MetadataColumns metadata_;
};

}  // namespace cdc::sql
