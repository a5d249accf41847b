#pragma once

#include <set>

#include "common/java_regex.h"
#include "tools/cdc-sql/connect/json_row.h"
#include "tools/cdc-sql/connect/metadata.h"
#include "tools/cdc-sql/connect/record_decoder.h"

namespace cdc::sql {

/// canal-json, maxwell-json and ogg-json: changes as other tools write them.
class CdcJsonDecoder : public RecordDecoder {
 public:
  explicit CdcJsonDecoder(const PlanNode& scan);
  void Decode(const RecordLine& record, std::string_view line, const RecordPlace& where, BatchBuilder& out) override;

 private:
  struct Message {
    std::string_view type, data, old, before, after, database, table;  ///< raw
  };
  void DecodeMessage(const Message& message, BatchBuilder& out);
  void DecodeOgg(const Message& message, BatchBuilder& out);
  void ReadRow(std::string_view raw, BatchBuilder& out, RowKind kind);
  /// canal-json.database.include and table.include.
  bool Includes(const Message& message) const;
  /// The row before an update: what `old` names, and the rest of the row after it.
  void ReadOld(std::string_view old, std::string_view data, BatchBuilder& out);

  const TableDef& table_;
  std::string format_;
  bool ignore_errors_;
  JsonRowReader reader_;
  std::optional<JavaRegex> databases_, tables_;
  MetadataColumns metadata_;
  simdjson::ondemand::parser parser_;
  PaddedText padded_;
  BatchBuilder before_, after_;
};

}  // namespace cdc::sql
