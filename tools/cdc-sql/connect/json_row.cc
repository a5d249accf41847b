#include "tools/cdc-sql/connect/json_row.h"

#include <algorithm>

#include "common/error.h"
#include "common/line_input.h"

namespace cdc::sql {

namespace sj = simdjson::ondemand;

JsonRowReader::JsonRowReader(const std::vector<PlanColumn>& columns, const std::vector<uint8_t>& fields,
                             bool iso_timestamps, bool detect)
    : columns_(columns), fields_(fields), rules_(columns.size()), seen_(columns.size()), expected_(columns.size()) {
  for (size_t i = 0; i < columns_.size(); ++i) {
    rules_[i].iso_timestamps = iso_timestamps;
    rules_[i].detect = detect;
    if (fields_[i] == 0) continue;
    by_name_.emplace(columns_[i].name, i);
    ++wanted_;
  }
}

size_t JsonRowReader::ColumnOf(std::string_view name, size_t expected) const {
  if (expected < columns_.size() && fields_[expected] != 0 && columns_[expected].name == name) return expected;
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? columns_.size() : found->second;
}

void JsonRowReader::Read(sj::object object, RowKind kind, bool bad_is_null, bool missing_is_error, BatchBuilder& out) {
  const size_t row = out.rows();
  for (const auto& column : out.columns()) column->AppendNull();
  out.RowDone(kind);
  if (missing_is_error || expects_) std::fill(seen_.begin(), seen_.end(), uint8_t{0});
  size_t expected = 0, taken = 0;
  for (auto field : object) {
    const std::string_view name = field.unescaped_key();
    const size_t column = ColumnOf(name, expected);
    expected = column + 1;
    if (column == columns_.size()) {
      expected = 0;
      continue;
    }
    if (stops_when_full_ && taken++ >= wanted_) continue;
    seen_[column] = 1;
    Set(field.value(), column, row, bad_is_null, out);
  }
  if (!missing_is_error && !expects_) return;
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (fields_[i] == 0 || seen_[i] != 0) continue;
    if (expected_[i] != 0) throw BadField{columns_[i].name, "is not in the row image", "", columns_[i].type};
    if (missing_is_error) throw BadField{columns_[i].name, "is missing", "", columns_[i].type};
  }
}

void JsonRowReader::ExpectColumns(const std::vector<std::string>& names) {
  std::fill(expected_.begin(), expected_.end(), uint8_t{0});
  for (const std::string& name : names) {
    const size_t column = ColumnOf(name, columns_.size());
    if (column < columns_.size()) expected_[column] = 1;
  }
  expects_ = std::find(expected_.begin(), expected_.end(), 1) != expected_.end();
}

void JsonRowReader::Set(sj::value value, size_t column, size_t row, bool bad_is_null, BatchBuilder& out) {
  JsonFieldKind kind;
  std::string_view text;
  switch (value.type()) {
    case sj::json_type::null:
      if (!value.is_null()) throw simdjson::simdjson_error(simdjson::N_ATOM_ERROR);
      out.column(column).mutable_nulls()[row] = 1;  // of two fields of one name the last counts
      return;
    case sj::json_type::boolean: {
      const bool truth = value.get_bool();
      kind = truth ? JsonFieldKind::kTrue : JsonFieldKind::kFalse;
      text = truth ? "true" : "false";
      break;
    }
    case sj::json_type::string:
      kind = JsonFieldKind::kText;
      text = value.get_string();
      break;
    case sj::json_type::number:
      kind = JsonFieldKind::kNumber;
      text = value.raw_json_token();
      while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\n' || text.back() == '\r'))
        text.remove_suffix(1);
      break;
    case sj::json_type::object:
      kind = JsonFieldKind::kObject;
      text = RawObject(value);
      break;
    case sj::json_type::array: {
      kind = JsonFieldKind::kArray;
      sj::array array = value.get_array();
      text = array.raw_json();
      break;
    }
    default: throw simdjson::simdjson_error(simdjson::TAPE_ERROR);
  }
  rules_[column].bad_is_null = bad_is_null;
  std::string why = SetJsonField(kind, text, columns_[column].type, rules_[column], out.column(column), row);
  if (why.empty() || bad_is_null) return;
  throw BadField{columns_[column].name, std::move(why), std::string(text), columns_[column].type};
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

std::string_view RawObject(sj::value& value) {
  sj::object object = value.get_object();
  return object.raw_json();
}

void FailField(const BadField& bad, const std::string& where, const std::string& table, bool detect) {
  std::string hint;
  const bool absent = bad.why == "is not in the row image";
  if (absent)
    hint = "the server logs partial rows: SET GLOBAL binlog_row_image = 'FULL', then start again from a snapshot";
  else if (!detect && bad.type.is_datetime())
    hint =
        "--format-detect reads it as Kafka Connect and Debezium write it (numbers by their Connect schema, else epoch "
        "milliseconds for TIMESTAMP(3)); or declare the column BIGINT and compute " +
        std::string("TO_TIMESTAMP_LTZ(") + bad.column +
        ", 3); or, for text with T, 'debezium-json.timestamp-format.standard' = 'ISO-8601'";
  else if (!detect && bad.type.kind == TypeKind::kDecimal)
    hint =
        "\"decimal.handling.mode\":\"string\" in the connector file writes decimals as text; --format-detect reads "
        "Connect's Decimal where the schema says so";
  else
    hint = "'ignore-parse-errors' of the format makes such fields NULL; or declare the column STRING";
  const std::string value = absent || bad.why == "is missing" ? "" : " '" + Shown(bad.value, 60) + "'";
  Fail(ExitStatus::kData,
       where + ": table '" + table + "', column '" + bad.column + "' (" + bad.type.Plain().WithNullable(true).Text() +
           "): the value" + value + " " + bad.why,
       "", hint);
}

}  // namespace cdc::sql
