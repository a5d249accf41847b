#include "tools/cdc-sql/connect/format_json.h"
#include "tools/cdc-sql/bind/option_name.h"
#include "tools/cdc-sql/connect/lenient_json.h"
#include "tools/cdc-sql/connect/physical_fields.h"

#include "common/error.h"
#include "common/json_writer.h"
#include "tools/cdc-sql/bind/table_options.h"

namespace cdc::sql {

namespace sj = simdjson::ondemand;

JsonDecoder::JsonDecoder(const PlanNode& scan, const std::vector<ColumnUse>& uses, bool detect)
    : table_(*scan.table),
      detect_(detect),
      ignore_errors_(FormatOption(table_, "ignore-parse-errors").value_or("false") == "true"),
      tokens_(FormatOption(table_, "decode.json-parser.enabled").value_or("true") == "true"),
      fail_on_missing_(FormatOption(table_, "fail-on-missing-field").value_or("false") == "true"),
      reader_(scan.columns, PhysicalFields(scan),
              FormatOption(table_, "timestamp-format.standard").value_or("SQL") == "ISO-8601", detect),
      metadata_(scan) {
  if (tokens_) reader_.ReadTokens();
  reader_.ReadOnly(uses, table_.connector() == "filesystem" && !detect);
  reader_.StopWhenFull();  // as Flink's reader of json, not those of the changelog formats
  if (ignore_errors_ && fail_on_missing_)
    FailAt(OptionSpan(table_, "fail-on-missing-field"), "'" + OptionName(table_, "fail-on-missing-field") + "' and '" +
                                                            OptionName(table_, "ignore-parse-errors") +
                                                            "' exclude each other");
}

void JsonDecoder::Decode(const RecordLine& record, std::string_view line, const RecordPlace& where, BatchBuilder& out) {
  if (record.payload.is_null || record.payload.bytes.empty()) return;
  const size_t first = out.rows();
  std::string_view text = record.payload.bytes;
  text = text.substr(0, text.find_last_of("}]") + 1);  // what stands behind it is left out
  if (text.empty()) text = record.payload.bytes;
  try {
    sj::document document = parser_.iterate(padded_.Of(text, line));
    if (!tokens_ && text == "null") return;  // the tree of nothing
    if (document.type() == sj::json_type::array) {
      for (auto element : document.get_array())
        reader_.Read(element.get_object(), RowKind::kInsert, ignore_errors_, fail_on_missing_, out);
    } else {
      reader_.Read(document.get_object(), RowKind::kInsert, ignore_errors_, fail_on_missing_, out);
    }
    metadata_.Fill(record, {}, {}, first, out);
  } catch (const simdjson::simdjson_error& error) {
    out.Truncate(first);
    if (const std::optional<std::string> mended = MendJson(text)) {
      RecordLine again = record;
      again.payload.bytes = *mended;
      return Decode(again, {}, where, out);
    }
    if (ignore_errors_) return;
    Fail(ExitStatus::kData,
         where() + ": topic " + std::string(record.topic) + ": the record is no JSON object: " + error.what(),
         Shown(std::string(record.payload.bytes)),
         "'" + OptionName(table_, "ignore-parse-errors") + "' = 'true' leaves such records out");
  } catch (const BadField& bad) {
    out.Truncate(first);
    FailField(bad, where(), table_, detect_);
  }
}

}  // namespace cdc::sql
