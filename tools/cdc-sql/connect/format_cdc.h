#pragma once

#include <set>

#include "tools/cdc-sql/connect/json_row.h"
#include "tools/cdc-sql/connect/metadata.h"
#include "tools/cdc-sql/connect/record_decoder.h"

namespace cdc::sql {

/// canal-json, maxwell-json and ogg-json: changes as other tools write them.
class CdcJsonDecoder : public RecordDecoder {
 public:
  explicit CdcJsonDecoder(const PlanNode& scan);
  void Decode(const RecordLine& record, std::string_view line, const std::string& where, BatchBuilder& out) override;

 private:
  struct Message {
    std::string_view type, data, old, before, after, database, table;  ///< raw
  };
  void DecodeMessage(const Message& message, BatchBuilder& out);
  void DecodeOgg(const Message& message, BatchBuilder& out);
  void ReadRow(std::string_view raw, BatchBuilder& out, RowKind kind);
  /// The row before an update: what `old` names, and the rest of the row after it.
  void ReadOld(std::string_view old, std::string_view data, BatchBuilder& out);

  const TableDef& table_;
  std::string format_;
  bool ignore_errors_;
  JsonRowReader reader_;
  MetadataColumns metadata_;
  simdjson::ondemand::parser parser_;
  PaddedText padded_;
  BatchBuilder before_, after_;
};

/// upsert-kafka: a record replaces the row of its key, a tombstone deletes it. Keeps the last row of each key.
class UpsertDecoder : public RecordDecoder {
 public:
  /// `value`: reads the value into the same columns.
  UpsertDecoder(const PlanNode& scan, std::unique_ptr<RecordDecoder> value);
  void Decode(const RecordLine& record, std::string_view line, const std::string& where, BatchBuilder& out) override;
  void Persist(StateArchive& state) override {
    value_->Persist(state);
    state(rows_);
  }

 private:
  std::unique_ptr<RecordDecoder> value_;
  BatchBuilder row_;
  std::unordered_map<std::string, std::string> rows_;
};

/// 'key.format': columns of 'key.fields' come from the record's key, the others from its value.
class KeyDecoder : public RecordDecoder {
 public:
  KeyDecoder(const PlanNode& scan, std::unique_ptr<RecordDecoder> value);
  void Decode(const RecordLine& record, std::string_view line, const std::string& where, BatchBuilder& out) override;
  void Persist(StateArchive& state) override { value_->Persist(state); }

 private:
  const TableDef& table_;
  std::unique_ptr<RecordDecoder> value_;
  std::vector<PlanColumn> columns_;
  std::vector<size_t> key_;
  std::vector<std::string> names_;  ///< in the key
  std::string format_;
};

}  // namespace cdc::sql
