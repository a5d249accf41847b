#include "tools/cdc-sql/connect/format_json.h"
#include "tools/cdc-sql/connect/physical_fields.h"

#include "common/error.h"
#include "common/json_writer.h"

namespace cdc::sql {

namespace sj = simdjson::ondemand;

JsonDecoder::JsonDecoder(const PlanNode& scan, bool detect)
    : table_(*scan.table),
      detect_(detect),
      ignore_errors_(table_.Get("json.ignore-parse-errors").value_or("false") == "true"),
      fail_on_missing_(table_.Get("json.fail-on-missing-field").value_or("false") == "true"),
      reader_(scan.columns, PhysicalFields(scan),
              table_.Get("json.timestamp-format.standard").value_or("SQL") == "ISO-8601", detect),
      metadata_(scan) {
  if (ignore_errors_ && fail_on_missing_)
    FailAt(table_.SpanOf("json.fail-on-missing-field"),
           "'json.fail-on-missing-field' and 'json.ignore-parse-errors' exclude each other");
}

void JsonDecoder::Decode(const RecordLine& record, std::string_view line, const std::string& where, BatchBuilder& out) {
  if (record.payload.is_null || record.payload.bytes.empty()) return;
  const size_t first = out.rows();
  try {
    sj::document document = parser_.iterate(padded_.Of(record.payload.bytes, line));
    if (document.type() == sj::json_type::array) {
      for (auto element : document.get_array())
        reader_.Read(element.get_object(), RowKind::kInsert, ignore_errors_, fail_on_missing_, out);
    } else {
      reader_.Read(document.get_object(), RowKind::kInsert, ignore_errors_, fail_on_missing_, out);
    }
    CheckAtEnd(document);
    metadata_.Fill(record, {}, {}, first, out);
  } catch (const simdjson::simdjson_error& error) {
    out.Truncate(first);
    if (ignore_errors_) return;
    Fail(ExitStatus::kData,
         where + ": topic " + std::string(record.topic) + ": the record is no JSON object: " + error.what(),
         Shown(std::string(record.payload.bytes)), "'json.ignore-parse-errors' = 'true' leaves such records out");
  } catch (const BadField& bad) {
    out.Truncate(first);
    FailField(bad, where, table_.name, detect_);
  }
}

RawDecoder::RawDecoder(const PlanNode& scan) : metadata_(scan) {
  size_t physical = 0;
  const std::vector<uint8_t> fields = PhysicalFields(scan);
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i] == 0) continue;
    ++physical;
    column_ = i;
  }
  const SqlType& type = scan.columns[column_].type;
  if (physical != 1 || !(type.is_string() || type.is_binary()))
    FailAt(scan.table->SpanOf("format"), "the format raw needs a table with one column, of type STRING or BYTES");
}

void RawDecoder::Decode(const RecordLine& record, std::string_view, const std::string& where, BatchBuilder& out) {
  const size_t first = out.rows();
  for (const auto& column : out.columns()) column->AppendNull();
  out.RowDone(RowKind::kInsert);
  if (!record.payload.is_null) {
    ColumnVector& column = out.column(column_);
    if (out.types()[column_].is_string() && !IsUtf8(record.payload.bytes))
      Fail(ExitStatus::kData, where + ": the record is no UTF-8 text", "", "declare the column BYTES");
    column.mutable_nulls()[first] = 0;
    column.MutableValues<std::string_view>()[first] = column.arena().Copy(record.payload.bytes);
  }
  metadata_.Fill(record, {}, {}, first, out);
}

}  // namespace cdc::sql
