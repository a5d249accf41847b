#include "tools/cdc-sql/connect/sink_records.h"

#include <algorithm>

#include "common/error.h"
#include "common/json_writer.h"
#include "common/record_line.h"
#include "tools/cdc-sql/bind/option_name.h"
#include "tools/cdc-sql/bind/table_options.h"
#include "tools/cdc-sql/connect/key_decoder.h"
#include "tools/cdc-sql/run/nested.h"
#include "tools/cdc-sql/run/temporal.h"

namespace cdc::sql {

namespace {

/// How the options of a JSON format have values written.
JsonValueStyle StyleOf(const TableDef& table) {
  const auto option = [&table](const char* name) { return FormatOption(table, name).value_or(""); };
  JsonValueStyle style;
  style.surrogates = true;
  style.plain_decimals = option("encode.decimal-as-plain-number") == "true";
  style.iso_timestamps = option("timestamp-format.standard") == "ISO-8601";
  style.ignore_nulls = option("encode.ignore-null-fields") == "true";
  const std::string null_keys = FormatOption(table, "map-null-key.mode").value_or("FAIL");
  if (null_keys != "FAIL" && null_keys != "DROP" && null_keys != "LITERAL")
    FailAt(OptionSpan(table, "map-null-key.mode"),
           "'" + OptionName(table, "map-null-key.mode") + "' is 'FAIL', 'DROP' or 'LITERAL'");
  style.null_keys = null_keys == "DROP"      ? JsonValueStyle::NullKeys::kDrop
                    : null_keys == "LITERAL" ? JsonValueStyle::NullKeys::kLiteral
                                             : JsonValueStyle::NullKeys::kFail;
  style.null_key = option("map-null-key.literal").empty() ? "null" : option("map-null-key.literal");
  return style;
}

}  // namespace

SinkRecords::SinkRecords(const PlanSink& sink, const std::string& name, StreamWriter& writer)
    : ResultSink(sink),
      writer_(writer),
      topic_(name),
      table_name_(name),
      key_(sink.key),
      metadata_columns_(sink.metadata),
      has_key_(sink.has_key && !sink.key.empty()),
      first_images_(sink.first_images) {
  has_record_key_ = has_key_;
  for (const PlanColumn& column : columns_) {
    std::string quoted;
    AppendJsonString(quoted, column.name);
    names_.push_back(quoted + ":");
  }
  const auto is_value = [this](size_t column) {
    return std::none_of(metadata_columns_.begin(), metadata_columns_.end(),
                        [column](const auto& metadata) { return metadata.first == column; });
  };
  for (size_t i = 0; i < columns_.size(); ++i)
    if (is_value(i)) value_columns_.push_back(i);
  key_names_ = names_;
  if (sink.table == nullptr) return;
  const TableDef& table = *sink.table;
  NameTarget(table);
  topic_ = table.Get("topic").value_or(table.name);
  for (const Option& option : table.options) options_.emplace_back(option.key, option.value);
  const std::string format = table.format();
  if (format.empty()) return;
  shape_ = format == "debezium-json"             ? Shape::kFlinkEnvelope
           : format == "canal-json"              ? Shape::kCanal
           : format == "maxwell-json"            ? Shape::kMaxwell
           : format == "ogg-json"                ? Shape::kOgg
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
  value_format_ = format == "csv" || format == "raw" ? format : "json";
  key_format_ = table.Get("key.format").value_or("json");
  const auto csv_of = [&table](const TableDef& options) {
    auto csv = std::make_unique<CsvOptions>(options);
    csv->plain_decimals = table.connector() == "kafka" || table.connector() == "upsert-kafka";
    return csv;
  };
  TableDef key;
  key.options = KeyFormatOptions(table);
  if (format == "csv") csv_ = csv_of(table);
  if (format == "raw") raw_ = std::make_unique<RawOptions>(table);
  if (key_format_ == "csv") key_csv_ = csv_of(key);
  if (key_format_ == "raw") key_raw_ = std::make_unique<RawOptions>(key);
  const std::string prefix = table.Get("key.fields-prefix").value_or("");
  key_names_ = names_;
  for (const size_t column : key_)
    if (!prefix.empty() && columns_[column].name.rfind(prefix, 0) == 0) {
      key_names_[column].clear();
      AppendJsonString(key_names_[column], columns_[column].name.substr(prefix.size()));
      key_names_[column] += ':';
    }
  const bool except_key = table.Get("value.fields-include").value_or("ALL") == "EXCEPT_KEY";
  value_columns_.clear();
  for (size_t i = 0; i < columns_.size(); ++i)
    if (is_value(i) && (!except_key || std::find(key_.begin(), key_.end(), i) == key_.end()))
      value_columns_.push_back(i);
  const auto types_of = [this](const std::vector<size_t>& which) {
    std::vector<SqlType> types;
    for (const size_t column : which) types.push_back(columns_[column].type);
    return types;
  };
  if (value_format_ == "raw") CheckRawColumns(table, types_of(value_columns_));
  if (key_format_ == "raw" && !key_.empty()) CheckRawColumns(table, types_of(key_));
  style_ = StyleOf(table);
  key_style_ = StyleOf(key);
}

/// As the connectors jdbc, starrocks and iceberg call the table in their database.
void SinkRecords::NameTarget(const TableDef& table) {
  const auto option = [&](const char* one, const char* other) {
    return table.Get(one).value_or(table.Get(other).value_or(""));
  };
  db_name_ = option("database-name", "catalog-database");
  table_name_ = option("table-name", "catalog-table");
  if (table_name_.empty()) table_name_ = table.name;
  const size_t dot = table_name_.rfind('.');
  if (table.connector() != "jdbc" || dot == std::string::npos) return;
  db_name_ = table_name_.substr(0, dot);
  table_name_ = table_name_.substr(dot + 1);
}

std::string SinkRecords::SchemaLine() const {
  std::string line = "{\"@cdc\":\"schema\",\"topic\":";
  AppendJsonString(line, topic_);
  if (!db_name_.empty()) {
    line += ",\"db\":";
    AppendJsonString(line, db_name_);
  }
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
    const bool is_metadata = std::any_of(metadata_columns_.begin(), metadata_columns_.end(),
                                         [i](const auto& metadata) { return metadata.first == i; });
    if (is_metadata) continue;
    line += line.back() == '[' ? "{\"name\":" : ",{\"name\":";
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

void SinkRecords::AppendObject(std::string& out, const Batch& batch, size_t row, const std::vector<size_t>& which,
                               const std::vector<std::string>& names, const JsonValueStyle& style) const {
  out += '{';
  bool first = true;
  for (const size_t i : which) {
    if (style.ignore_nulls && batch.columns[i]->IsNull(row)) continue;
    if (!first) out += ',';
    first = false;
    out += names[i];
    AppendValueJson(out, *batch.columns[i], row, columns_[i].type, style);
  }
  out += '}';
}

/// The columns in a format, as the JSON text that stands for its bytes in a record line.
void SinkRecords::AppendFormatted(std::string& out, const Batch& batch, size_t row, const std::vector<size_t>& which,
                                  const std::string& format) const {
  std::string bytes;
  if (format == "csv") {
    AppendCsvRow(bytes, batch, row, columns_, which, &which == &key_ ? *key_csv_ : *csv_);
  } else {
    const ColumnVector& column = *batch.columns[which[0]];
    const SqlType& type = columns_[which[0]].type;
    if (column.IsNull(row)) {
      if (shape_ != Shape::kUpsert && &which == &value_columns_)
        Fail(ExitStatus::kData, "the format raw cannot write a NULL (column '" + columns_[which[0]].name + "')", "",
             "COALESCE gives it a value");
      out += "null";
      return;
    }
    const RawOptions& options = &which == &key_ ? *key_raw_ : *raw_;
    if (type.is_binary()) {
      bytes = column.strings()[row];
    } else if (type.is_string()) {
      AppendEncoded(&bytes, column.strings()[row], options.charset);
    } else {
      AppendRawNumber(bytes, column, row, type, options);
    }
  }
  AppendRecordBytes(out, {false, bytes});
}

void SinkRecords::AppendRow(std::string& out, const Batch& batch, size_t row) const {
  if (value_format_ != "json") return AppendFormatted(out, batch, row, value_columns_, value_format_);
  AppendObject(out, batch, row, value_columns_, names_, style_);
}

void SinkRecords::AppendKey(std::string& out, const Batch& batch, size_t row) const {
  if (!has_record_key_) {
    out += "null";
    return;
  }
  if (key_format_ != "json") return AppendFormatted(out, batch, row, key_, key_format_);
  AppendObject(out, batch, row, key_, key_names_, key_style_);
}

SinkRecords::Metadata SinkRecords::MetadataOf(const Batch& batch, size_t row) const {
  Metadata metadata;
  for (const auto& [index, name] : metadata_columns_) {
    const ColumnVector& column = *batch.columns[index];
    if (column.IsNull(row)) continue;
    if (name == "timestamp") {
      metadata.ts_ms = static_cast<int64_t>(FloorDiv(column.Values<Int128>()[row], Int128{1000000}));
      if (metadata.ts_ms < 0)
        Fail(ExitStatus::kData, "a record's timestamp cannot be before 1970 (column '" + columns_[index].name + "')");
      continue;
    }
    const SqlType& type = columns_[index].type;
    const std::vector<std::string_view> parts = SplitNested(column.strings()[row], type);
    metadata.headers = "[";
    for (size_t i = 0; i < parts.size(); ++i) {
      const ColumnVector part = PartColumn(parts[i], PartType(type, i));
      if (i > 0) metadata.headers += ',';
      if (i % 2 == 0)
        AppendJsonString(metadata.headers, part.IsNull(0) ? std::string_view() : part.strings()[0]);
      else
        AppendRecordBytes(metadata.headers, {part.IsNull(0), part.IsNull(0) ? std::string_view() : part.strings()[0]});
    }
    metadata.headers += ']';
  }
  return metadata;
}

void SinkRecords::Record(const std::string& key, const std::string& payload, const Metadata& metadata) {
  AppendRecordText(writer_.buffer(), {topic_, key, payload, metadata.headers, metadata.ts_ms}, writer_.control_lines());
  writer_.RowWritten();
}

void SinkRecords::Held() {
  if (!holding_) return;
  holding_ = false;
  payload_ = "{\"before\":" + held_row_ + ",\"after\":null,\"op\":\"d\"}";
  Record(held_key_, payload_, held_metadata_);
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
  metadata_ = MetadataOf(batch, row);
  if (kind == RowKind::kUpdateBefore) {
    Held();
    holding_ = true;
    std::swap(held_metadata_, metadata_);
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
  Record(key_text_, payload_, metadata_);
}

void SinkRecords::Write(const Batch& batch, size_t row) {
  if (shape_ == Shape::kEnvelope) return WriteEnvelope(batch, row);
  const bool adds = Adds(batch.kinds[row]);
  if (shape_ == Shape::kUpsert && !first_images_ && batch.kinds[row] == RowKind::kUpdateBefore) return;
  key_text_.clear();
  row_text_.clear();
  AppendKey(key_text_, batch, row);
  metadata_ = MetadataOf(batch, row);
  if (shape_ == Shape::kUpsert && !adds) {
    row_text_ = "null";
  } else {
    AppendRow(row_text_, batch, row);
  }
  switch (shape_) {
    case Shape::kFlinkEnvelope: break;
    case Shape::kCanal:
      payload_ = "{\"data\":[" + row_text_ + "],\"type\":\"" + (adds ? "INSERT" : "DELETE") + "\"}";
      return Record(key_text_, payload_, metadata_);
    case Shape::kMaxwell:
      payload_ = "{\"data\":" + row_text_ + ",\"type\":\"" + (adds ? "insert" : "delete") + "\"}";
      return Record(key_text_, payload_, metadata_);
    case Shape::kOgg:
      payload_ = adds ? "{\"before\":null,\"after\":" + row_text_ + ",\"op_type\":\"I\"}"
                      : "{\"before\":" + row_text_ + ",\"after\":null,\"op_type\":\"D\"}";
      return Record(key_text_, payload_, metadata_);
    default: return Record(key_text_, row_text_, metadata_);
  }
  payload_ = adds ? "{\"before\":null,\"after\":" + row_text_ + ",\"op\":\"c\"}"
                  : "{\"before\":" + row_text_ + ",\"after\":null,\"op\":\"d\"}";
  Record(key_text_, payload_, metadata_);
}

}  // namespace cdc::sql
