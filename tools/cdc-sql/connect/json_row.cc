#include "tools/cdc-sql/connect/json_row.h"

#include <algorithm>

#include "common/error.h"
#include "common/line_input.h"
#include "tools/cdc-sql/bind/option_name.h"
#include "tools/cdc-sql/connect/json_tree.h"

namespace cdc::sql {

namespace sj = simdjson::ondemand;

namespace {

std::vector<std::string> NamesOf(const std::vector<PlanColumn>& columns, const std::vector<uint8_t>& fields) {
  std::vector<std::string> names;
  for (size_t i = 0; i < columns.size(); ++i) names.push_back(fields[i] != 0 ? columns[i].name : "");
  return names;
}

}  // namespace

namespace {

/// A value that only has to be JSON.
void PassBy(sj::value& value) {
  const JsonValue passed = TakeJsonValue(value);
  if (passed.kind == JsonFieldKind::kNumber && !IsJsonNumber(passed.text))
    throw simdjson::simdjson_error(simdjson::NUMBER_ERROR);
}

}  // namespace

JsonRowReader::JsonRowReader(const std::vector<PlanColumn>& columns, const std::vector<uint8_t>& fields,
                             bool iso_timestamps, bool detect)
    : columns_(columns),
      fields_(fields),
      rules_(columns.size()),
      names_(NamesOf(columns, fields)),
      used_(columns.size(), 1),
      seen_(columns.size()),
      expected_(columns.size()) {
  for (size_t i = 0; i < columns_.size(); ++i) {
    rules_[i].iso_timestamps = iso_timestamps;
    rules_[i].detect = detect;
    const SqlType& type = columns_[i].type;
    rows_.push_back(type.kind == TypeKind::kRow ? std::make_unique<JsonFields>(type) : nullptr);
    if (fields_[i] != 0) ++wanted_;
  }
}

void JsonRowReader::ReadOnly(const std::vector<ColumnUse>& uses, bool passes) {
  passes_ = passes;
  for (size_t i = 0; i < uses.size(); ++i) {
    used_[i] = uses[i].any() ? 1 : 0;
    if (passes_ && used_[i] == 0 && fields_[i] != 0) --wanted_;
    if (rows_[i]) rows_[i]->ReadOnly(uses[i]);
  }
}

void JsonRowReader::Read(sj::object object, RowKind kind, bool bad_is_null, bool missing_is_error, BatchBuilder& out) {
  const size_t row = out.rows();
  missing_is_error_ = missing_is_error;
  for (const auto& column : out.columns()) column->AppendNull();
  out.RowDone(kind);
  if (missing_is_error || expects_) std::fill(seen_.begin(), seen_.end(), uint8_t{0});
  size_t expected = 0, taken = 0;
  for (auto result : object) {
    sj::field field = std::move(result);
    const size_t column = names_.Find(field, &expected);
    if (column == JsonNames::kNone) continue;
    if (passes_ && used_[column] == 0) {
      PassBy(field.value());
      continue;
    }
    if (stops_when_full_ && taken++ >= wanted_) continue;
    seen_[column] = 1;
    Set(field.value(), column, row, bad_is_null, out);
  }
  if (!missing_is_error && !expects_) return;
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (fields_[i] == 0 || seen_[i] != 0 || (passes_ && used_[i] == 0)) continue;
    if (expected_[i] != 0) throw BadField{columns_[i].name, "is not in the row image", "", columns_[i].type};
    if (missing_is_error) throw BadField{columns_[i].name, "is missing", "", columns_[i].type};
  }
}

void JsonRowReader::ExpectColumns(const std::vector<std::string>& names) {
  std::fill(expected_.begin(), expected_.end(), uint8_t{0});
  for (const std::string& name : names) {
    const size_t column = names_.Find(name);
    if (column != JsonNames::kNone) expected_[column] = 1;
  }
  expects_ = std::find(expected_.begin(), expected_.end(), 1) != expected_.end();
}

void JsonRowReader::SetRow(sj::object object, size_t column, size_t row, BatchBuilder& out) {
  std::string why = rows_[column]->Read(object, rules_[column]);
  if (!why.empty()) {
    if (rules_[column].bad_is_null) return;
    object.reset();
    throw BadField{columns_[column].name, std::move(why), std::string(std::string_view(object.raw_json())),
                   columns_[column].type};
  }
  if (used_[column] == 0) return;
  ColumnVector& target = out.column(column);
  target.mutable_nulls()[row] = 0;
  target.MutableValues<std::string_view>()[row] = rows_[column]->CopyTo(target.arena());
}

void JsonRowReader::Set(sj::value& value, size_t column, size_t row, bool bad_is_null, BatchBuilder& out) {
  const SqlType& type = columns_[column].type;
  rules_[column].bad_is_null = bad_is_null;
  rules_[column].missing_is_error = missing_is_error_;
  if (rows_[column] && value.type() == sj::json_type::object) return SetRow(value.get_object(), column, row, out);
  const JsonValue taken = TakeJsonValue(value);
  ColumnVector& target = out.column(column);
  if (taken.is_null) {
    target.mutable_nulls()[row] = 1;  // of two fields of one name the last counts
    return;
  }
  if (used_[column] == 0 && type.is_string() && taken.kind == JsonFieldKind::kText) return;
  std::string why = SetJsonField(taken.kind, taken.text, type, rules_[column], target, row);
  if (used_[column] == 0) target.mutable_nulls()[row] = 1;
  if (why.empty()) return;
  const bool no_number = taken.kind == JsonFieldKind::kNumber && why == kNoJsonNumber;
  if (bad_is_null && (no_number || (why == kNoJson && !rules_[column].tokens)))
    throw simdjson::simdjson_error(simdjson::NUMBER_ERROR);  // the record is none, as for Flink's parser
  if (bad_is_null) return;
  throw BadField{columns_[column].name, std::move(why), std::string(taken.text), type};
}

simdjson::padded_string_view PaddedText::Of(std::string_view text, std::string_view line) {
  const bool in_line = std::greater_equal<>{}(text.data(), line.data()) &&
                       std::less_equal<>{}(text.data() + text.size(), line.data() + line.size());
  static_assert(LineInput::kPadding >= simdjson::SIMDJSON_PADDING);
  if (in_line) return simdjson::padded_string_view(text.data(), text.size(), text.size() + LineInput::kPadding);
  copy_.assign(text);
  copy_.resize(text.size() + simdjson::SIMDJSON_PADDING);
  return simdjson::padded_string_view(copy_.data(), text.size(), copy_.size());
}

void CheckAtEnd(sj::document& document) {
  const char* rest = nullptr;
  if (document.current_location().get(rest) == simdjson::SUCCESS) throw simdjson::simdjson_error(simdjson::TAPE_ERROR);
}

void FailField(const BadField& bad, const std::string& where, const TableDef& table, bool detect) {
  std::string hint;
  const bool absent = bad.why == "is not in the row image";
  if (absent)
    hint = "the server logs partial rows: SET GLOBAL binlog_row_image = 'FULL', then start again from a snapshot";
  else if (bad.why.rfind("is no time of a day", 0) == 0)  // in a ROW too
    hint =
        "declare it BIGINT, which takes the number as it is (MySQL's TIME may be negative, and longer than a "
        "day); 'ignore-parse-errors' of the format makes such fields NULL";
  else if (!detect && bad.type.is_datetime())
    hint =
        "--format-detect reads it as Kafka Connect and Debezium write it (numbers by their Connect schema, else epoch "
        "milliseconds for TIMESTAMP(3)); or declare the column BIGINT and compute " +
        std::string("TO_TIMESTAMP_LTZ(") + bad.column + ", 3)" +
        (table.format().empty()
             ? ""
             : "; or, for text with T, '" + OptionName(table, "timestamp-format.standard") + "' = 'ISO-8601'");
  else if (!detect && bad.type.kind == TypeKind::kDecimal)
    hint =
        "in the connector file \"decimal.handling.mode\":\"string\" writes decimals as text, and "
        "\"bigint.unsigned.handling.mode\":\"long\" BIGINT UNSIGNED as a number; --format-detect reads Connect's "
        "Decimal where the schema says so";
  else
    hint = "'ignore-parse-errors' of the format makes such fields NULL; or declare the column STRING";
  const std::string value = absent || bad.why == "is missing" ? "" : " '" + Shown(bad.value, 60) + "'";
  Fail(ExitStatus::kData,
       where + ": table '" + table.name + "', column '" + bad.column + "' (" +
           bad.type.Plain().WithNullable(true).Text() + "): the value" + value + " " + bad.why,
       "", hint);
}

}  // namespace cdc::sql
