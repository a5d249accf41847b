#pragma once

#include "common/stream_writer.h"
#include "tools/cdc-sql/connect/format_csv.h"
#include "tools/cdc-sql/connect/format_raw.h"
#include "tools/cdc-sql/connect/result_sink.h"
#include "tools/cdc-sql/run/value_text.h"

namespace cdc::sql {

/// Changes as record lines. Without a format: key = the key columns or null, payload = {"before":…,"after":…,"op":…}
/// with true updates. With a format: the bytes that Flink writes.
class SinkRecords : public ResultSink {
 public:
  /// `name`: topic of a SELECT (--as).
  SinkRecords(const PlanSink& sink, const std::string& name, StreamWriter& writer);

  /// The `schema` control line of the topic, without LF.
  std::string SchemaLine() const;

  /// Writes what is held back: the first image of an update whose second has not come.
  void EndStep() override;
  void Finish() override { EndStep(); }
  void Push(size_t port, const Batch& batch) override;

 private:
  enum class Shape { kEnvelope, kFlinkEnvelope, kCanal, kMaxwell, kOgg, kRows, kUpsert };
  void Write(const Batch& batch, size_t row) override;
  void WriteEnvelope(const Batch& batch, size_t row);
  void NameTarget(const TableDef& table);
  void Held();
  void AppendObject(std::string& out, const Batch& batch, size_t row, const std::vector<size_t>& which,
                    const std::vector<std::string>& names, const JsonValueStyle& style) const;
  void AppendFormatted(std::string& out, const Batch& batch, size_t row, const std::vector<size_t>& which,
                       const std::string& format) const;
  void AppendRow(std::string& out, const Batch& batch, size_t row) const;
  void AppendKey(std::string& out, const Batch& batch, size_t row) const;
  /// What a row gives its record beside key and payload.
  struct Metadata {
    int64_t ts_ms = -1;
    std::string headers;  ///< JSON array text, or empty
  };
  Metadata MetadataOf(const Batch& batch, size_t row) const;
  void Record(const std::string& key, const std::string& payload, const Metadata& metadata);

  StreamWriter& writer_;
  std::string topic_;
  std::string db_name_;  ///< may be empty
  std::string table_name_;
  Shape shape_ = Shape::kEnvelope;
  std::vector<size_t> key_;
  std::vector<std::pair<size_t, std::string>> metadata_columns_;
  bool has_key_;
  bool has_record_key_;
  std::vector<std::pair<std::string, std::string>> options_;
  JsonValueStyle style_, key_style_;  ///< of the value and the key
  std::vector<std::string> names_;
  std::vector<std::string> key_names_;  ///< without key.fields-prefix
  std::vector<size_t> value_columns_;
  std::string value_format_ = "json", key_format_ = "json";
  std::unique_ptr<CsvOptions> csv_, key_csv_;  ///< where the format is csv
  std::unique_ptr<RawOptions> raw_, key_raw_;  ///< where the format is raw
  bool first_images_ = false;
  bool holding_ = false;  ///< held_row_ and held_key_ are of a -U
  std::string held_row_, held_key_;
  Metadata held_metadata_, metadata_;
  std::string key_text_, payload_, row_text_;
};

}  // namespace cdc::sql
