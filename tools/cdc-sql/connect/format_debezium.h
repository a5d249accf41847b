#pragma once

#include <unordered_map>

#include "tools/cdc-sql/connect/json_row.h"
#include "tools/cdc-sql/connect/metadata.h"
#include "tools/cdc-sql/connect/record_decoder.h"

namespace cdc::sql {

/// debezium-json: envelopes (before, after, op), plain or inside {"schema":…,"payload":…}. With --format-detect each
/// record may have either shape, or be an unwrapped row, which replaces the row of the same record key.
class DebeziumDecoder : public RecordDecoder {
 public:
  DebeziumDecoder(const PlanNode& scan, const std::vector<ColumnUse>& uses, bool detect);
  void Decode(const RecordLine& record, std::string_view line, const RecordPlace& where, BatchBuilder& out) override;
  void LearnColumns(std::string_view columns_json) override;
  void Persist(StateArchive& state) override { state(rows_by_key_); }

 private:
  /// What stands in the top level of a message.
  struct Message {
    bool has_op = false, has_before = false, has_after = false, has_schema = false, has_payload = false;
    size_t before_row = SIZE_MAX, after_row = SIZE_MAX;
    std::string_view op;
    std::string source, ts_ms;
  };
  void DecodeText(const RecordLine& record, std::string_view line, const RecordPlace& where, BatchBuilder& out);
  void DecodeObject(simdjson::ondemand::object object, const RecordLine& record, const RecordPlace& where,
                    BatchBuilder& out);
  void ReadEnvelope(simdjson::ondemand::object& object, Message* message, BatchBuilder& out);
  static void KeepImages(const std::vector<size_t>& rows, BatchBuilder& out);
  void FinishEnvelope(const Message& message, size_t first, const RecordLine& record, const RecordPlace& where,
                      BatchBuilder& out);
  void DecodeDetected(simdjson::ondemand::object object, const RecordLine& record, const RecordPlace& where,
                      BatchBuilder& out);
  void DecodeUnwrapped(simdjson::ondemand::object& object, const RecordLine& record, BatchBuilder& out);
  void DeleteByKey(const RecordLine& record, BatchBuilder& out);
  void LearnSchema(std::string_view schema);
  [[noreturn]] void FailShape(const Message& message, const RecordLine& record, const RecordPlace& where) const;

  const TableDef& table_;
  bool detect_;
  bool schema_include_;
  bool ignore_errors_;
  JsonRowReader reader_;
  MetadataColumns metadata_;
  simdjson::ondemand::parser parser_;
  PaddedText padded_;
  std::string last_schema_;
  std::unordered_map<std::string, std::string> rows_by_key_;  ///< of unwrapped records: key bytes → encoded row
};

}  // namespace cdc::sql
