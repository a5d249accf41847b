#include "tools/cdc-sql/connect/sink_records.h"

#include <algorithm>

#include "common/json_writer.h"
#include "common/record_line.h"
#include "tools/cdc-sql/bind/table_options.h"

namespace cdc::sql {

SinkRecords::SinkRecords(const PlanSink& sink, const std::string& name, StreamWriter& writer)
    : ResultSink(sink),
      writer_(writer),
      topic_(name),
      table_name_(name),
      key_(sink.key),
      has_key_(sink.has_key && !sink.key.empty()) {
  has_record_key_ = has_key_;
  for (const PlanColumn& column : columns_) {
    std::string quoted;
    AppendJsonString(quoted, column.name);
    names_.push_back(quoted + ":");
  }
  if (sink.table == nullptr) return;
  const TableDef& table = *sink.table;
  table_name_ = table.name;
  topic_ = table.Get("topic").value_or(table.name);
  for (const Option& option : table.options) options_.emplace_back(option.key, option.value);
  const std::string format = table.format();
  if (format.empty()) return;
  shape_ = format == "debezium-json"             ? Shape::kFlinkEnvelope
           : table.connector() == "upsert-kafka" ? Shape::kUpsert
                                                 : Shape::kRows;
  has_record_key_ = shape_ == Shape::kUpsert;
  const std::vector<std::string> fields = KeyFields(table);
  if (!fields.empty()) {
    key_.clear();
    has_key_ = has_record_key_ = true;
    for (const std::string& field : fields) {
      const auto column =
          std::find_if(columns_.begin(), columns_.end(), [&](const PlanColumn& c) { return c.name == field; });
      if (column == columns_.end())
        FailAt(table.SpanOf("key.fields"), "'" + table.name + "' has no column '" + field + "' for 'key.fields'");
      key_.push_back(static_cast<size_t>(column - columns_.begin()));
    }
  }
  const auto option = [&](const std::string& key) {
    return table.Get(format + "." + key).value_or(table.Get("value." + format + "." + key).value_or(""));
  };
  style_.plain_decimals = option("encode.decimal-as-plain-number") == "true";
  style_.iso_timestamps = option("timestamp-format.standard") == "ISO-8601";
  ignore_nulls_ = option("encode.ignore-null-fields") == "true";
}

std::string SinkRecords::SchemaLine() const {
  std::string line = "{\"@cdc\":\"schema\",\"topic\":";
  AppendJsonString(line, topic_);
  line += ",\"table\":";
  AppendJsonString(line, table_name_);
  line += shape_ == Shape::kEnvelope || shape_ == Shape::kFlinkEnvelope ? ",\"shape\":\"envelope\""
                                                                        : ",\"shape\":\"unwrapped\"";
  line += ",\"schemas\":{\"key\":false,\"value\":false},\"key\":";
  if (has_key_) {
    line += '[';
    for (size_t i = 0; i < key_.size(); ++i) {
      if (i > 0) line += ',';
      AppendJsonString(line, columns_[key_[i]].name);
    }
    line += ']';
  } else {
    line += "null";
  }
  line += ",\"columns\":[";
  for (size_t i = 0; i < columns_.size(); ++i) {
    line += i > 0 ? ",{\"name\":" : "{\"name\":";
    AppendJsonString(line, columns_[i].name);
    line += ",\"sql\":";
    AppendJsonString(line, columns_[i].type.Plain().Text());
    line += '}';
  }
  line += ']';
  if (!options_.empty()) {
    line += ",\"options\":{";
    for (size_t i = 0; i < options_.size(); ++i) {
      if (i > 0) line += ',';
      AppendJsonString(line, options_[i].first);
      line += ':';
      AppendJsonString(line, options_[i].second);
    }
    line += '}';
  }
  return line + "}";
}

void SinkRecords::AppendRow(std::string& out, const Batch& batch, size_t row) const {
  out += '{';
  bool first = true;
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (ignore_nulls_ && batch.columns[i]->IsNull(row)) continue;
    if (!first) out += ',';
    first = false;
    out += names_[i];
    AppendValueJson(out, *batch.columns[i], row, columns_[i].type, style_);
  }
  out += '}';
}

void SinkRecords::AppendKey(std::string& out, const Batch& batch, size_t row) const {
  if (!has_record_key_) {
    out += "null";
    return;
  }
  out += '{';
  for (size_t i = 0; i < key_.size(); ++i) {
    if (i > 0) out += ',';
    out += names_[key_[i]];
    AppendValueJson(out, *batch.columns[key_[i]], row, columns_[key_[i]].type, style_);
  }
  out += '}';
}

void SinkRecords::Record(const std::string& key, const std::string& payload) {
  AppendRecordText(writer_.buffer(), {topic_, key, payload}, writer_.control_lines());
  writer_.RowWritten();
}

void SinkRecords::Held() {
  if (!holding_) return;
  holding_ = false;
  payload_ = "{\"before\":" + held_row_ + ",\"after\":null,\"op\":\"d\"}";
  Record(held_key_, payload_);
}

void SinkRecords::EndStep() {
  Held();
}

void SinkRecords::Push(size_t port, const Batch& batch) {
  ResultSink::Push(port, batch);
  Held();  // the two images of an update always come in one batch
}

void SinkRecords::WriteEnvelope(const Batch& batch, size_t row) {
  const RowKind kind = batch.kinds[row];
  key_text_.clear();
  row_text_.clear();
  AppendKey(key_text_, batch, row);
  AppendRow(row_text_, batch, row);
  if (kind == RowKind::kUpdateBefore) {
    Held();
    holding_ = true;
    held_row_.swap(row_text_);
    held_key_.swap(key_text_);
    return;
  }
  if (kind == RowKind::kDelete) {
    Held();
    payload_ = "{\"before\":" + row_text_ + ",\"after\":null,\"op\":\"d\"}";
  } else if (kind == RowKind::kUpdateAfter && holding_ && (!has_key_ || held_key_ == key_text_)) {
    holding_ = false;
    payload_ = "{\"before\":" + held_row_ + ",\"after\":" + row_text_ + ",\"op\":\"u\"}";
  } else {
    Held();
    payload_ = "{\"before\":null,\"after\":" + row_text_ + ",\"op\":\"c\"}";
  }
  Record(key_text_, payload_);
}

void SinkRecords::Write(const Batch& batch, size_t row) {
  if (shape_ == Shape::kEnvelope) return WriteEnvelope(batch, row);
  const bool adds = Adds(batch.kinds[row]);
  if (shape_ == Shape::kUpsert && batch.kinds[row] == RowKind::kUpdateBefore) return;
  key_text_.clear();
  row_text_.clear();
  AppendKey(key_text_, batch, row);
  if (shape_ == Shape::kUpsert && !adds) {
    row_text_ = "null";
  } else {
    AppendRow(row_text_, batch, row);
  }
  if (shape_ != Shape::kFlinkEnvelope) return Record(key_text_, row_text_);
  payload_ = adds ? "{\"before\":null,\"after\":" + row_text_ + ",\"op\":\"c\"}"
                  : "{\"before\":" + row_text_ + ",\"after\":null,\"op\":\"d\"}";
  Record(key_text_, payload_);
}

}  // namespace cdc::sql
