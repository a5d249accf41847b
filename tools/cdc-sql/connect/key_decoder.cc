#include "tools/cdc-sql/connect/key_decoder.h"

#include <algorithm>

#include "tools/cdc-sql/bind/table_options.h"

namespace cdc::sql {

std::vector<Option> KeyFormatOptions(const TableDef& table) {
  std::vector<Option> options = {{"format", table.Get("key.format").value_or("json"), table.SpanOf("key.format")}};
  for (const Option& option : table.options)
    if (option.key.rfind("key.", 0) == 0) options.push_back({option.key.substr(4), option.value, option.span});
  return options;
}

KeyTable::KeyTable(const PlanNode& from) {
  const TableDef& source = *from.table;
  table.name = source.name;
  table.span = source.span;
  const std::string prefix = source.Get("key.fields-prefix").value_or("");
  for (const std::string& field : KeyFields(source)) {
    const auto column =
        std::find_if(from.columns.begin(), from.columns.end(), [&](const PlanColumn& c) { return c.name == field; });
    if (column == from.columns.end())
      FailAt(source.SpanOf("key.fields"), "'" + source.name + "' has no column '" + field + "' for 'key.fields'");
    columns.push_back(static_cast<size_t>(column - from.columns.begin()));
    ColumnDef def;
    def.name = field.rfind(prefix, 0) == 0 ? field.substr(prefix.size()) : field;
    def.type = column->type;
    def.span = source.span;
    scan.columns.push_back({def.name, def.type});
    table.columns.push_back(std::move(def));
  }
  table.options = KeyFormatOptions(source);
  scan.table = &table;
}

KeyDecoder::KeyDecoder(const PlanNode& scan, std::unique_ptr<RecordDecoder> value, std::unique_ptr<KeyTable> key_table,
                       std::unique_ptr<RecordDecoder> key)
    : key_table_(std::move(key_table)),
      value_(std::move(value)),
      key_(std::move(key)),
      metadata_(scan),
      upsert_(scan.table->connector() == "upsert-kafka"),
      in_value_(scan.table->Get("value.fields-include").value_or("ALL") == "ALL"),
      value_rows_(scan.columns),
      key_row_(key_table_->scan.columns) {}

void KeyDecoder::Decode(const RecordLine& record, std::string_view line, const RecordPlace& where, BatchBuilder& out) {
  const bool tombstone = upsert_ && record.payload.is_null;
  RecordLine key = record;
  key.payload = record.key;
  key_row_.Clear();
  key_->Decode(
      key, line, [&where] { return where() + ", in the key"; }, key_row_);
  if (key_row_.rows() == 0) return;  // there is no row without its key
  if (in_value_ && !tombstone) return value_->Decode(record, line, where, out);
  value_rows_.Clear();
  if (tombstone) {
    for (const auto& column : value_rows_.columns()) column->AppendNull();
    value_rows_.RowDone(RowKind::kDelete);
    metadata_.Fill(record, {}, {}, 0, value_rows_);
  } else {
    value_->Decode(record, line, where, value_rows_);
  }
  for (size_t row = 0; row < value_rows_.rows(); ++row) {
    for (size_t i = 0; i < out.columns().size(); ++i) {
      const auto key_column = std::find(key_table_->columns.begin(), key_table_->columns.end(), i);
      if (key_column == key_table_->columns.end()) {
        out.column(i).AppendFrom(value_rows_.column(i), row);
      } else {
        const auto at = static_cast<size_t>(key_column - key_table_->columns.begin());
        out.column(i).AppendFrom(key_row_.column(at), 0);
      }
    }
    out.RowDone(value_rows_.kinds()[row]);
  }
}

}  // namespace cdc::sql
