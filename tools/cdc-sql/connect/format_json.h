#pragma once

#include "tools/cdc-sql/connect/json_row.h"
#include "tools/cdc-sql/connect/metadata.h"
#include "tools/cdc-sql/connect/record_decoder.h"

namespace cdc::sql {

/// json: each record is a new row (an array: one an element).
class JsonDecoder : public RecordDecoder {
 public:
  JsonDecoder(const PlanNode& scan, const std::vector<ColumnUse>& uses, bool detect);
  void Decode(const RecordLine& record, std::string_view line, const RecordPlace& where, BatchBuilder& out) override;

 private:
  const TableDef& table_;
  bool detect_;
  bool ignore_errors_;
  bool tokens_;  ///< as they come, and no tree
  bool fail_on_missing_;
  JsonRowReader reader_;
  MetadataColumns metadata_;
  simdjson::ondemand::parser parser_;
  PaddedText padded_;
};

}  // namespace cdc::sql
