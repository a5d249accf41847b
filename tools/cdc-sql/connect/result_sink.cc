#include "tools/cdc-sql/connect/result_sink.h"

#include "common/error.h"
#include "common/json_writer.h"
#include "tools/cdc-sql/connect/display_width.h"
#include "tools/cdc-sql/run/temporal.h"
#include "tools/cdc-sql/run/value_text.h"

namespace cdc::sql {

ResultSink::ResultSink(const PlanSink& sink)
    : columns_(sink.input->columns), drop_nulls_(sink.drop_nulls), table_(sink.table) {
  for (size_t i = 0; i < columns_.size(); ++i)
    if (!columns_[i].type.nullable) not_null_.push_back(i);
}

void ResultSink::RefuseNull(const std::string& column) const {
  const std::string what = "the column '" + column + "' of the result is NOT NULL, and a NULL came";
  if (table_ != nullptr && table_->IsKey(column))
    Fail(ExitStatus::kData, what, "it is of the PRIMARY KEY of table '" + table_->name + "', by which rows are told",
         "WHERE … IS NOT NULL leaves such rows out, SET 'table.exec.sink.not-null-enforcer' = 'DROP' too; COALESCE "
         "gives them a key");
  Fail(ExitStatus::kData, what,
       "a DECIMAL that has too many digits becomes NULL; so do values that the source does not have",
       "declare the column without NOT NULL, or CAST to a type with more digits");
}

void ResultSink::Push(size_t, const Batch& batch) {
  for (size_t row = 0; row < batch.rows; ++row) {
    bool dropped = false;
    for (const size_t column : not_null_) {
      if (!batch.columns[column]->IsNull(row)) continue;
      if (!drop_nulls_) RefuseNull(columns_[column].name);
      dropped = true;
    }
    if (dropped) continue;
    ++rows_;
    Write(batch, row);
  }
}

SinkChangelogJson::SinkChangelogJson(const PlanSink& sink, ByteOutput& output) : ResultSink(sink), output_(output) {
  opening_ = "{";
  if (sink.table != nullptr) {
    opening_ += "\"table\":";
    AppendJsonString(opening_, sink.table->name);
    opening_ += ",";
  } else if (sink.query_number > 1) {
    opening_ += "\"q\":" + std::to_string(sink.query_number) + ",";
  }
  opening_ += "\"op\":\"";
  for (const PlanColumn& column : columns_) {
    std::string name;
    AppendJsonString(name, column.name);
    names_.push_back(name + ":");
  }
}

void SinkChangelogJson::Write(const Batch& batch, size_t row) {
  static const JsonValueStyle kStyle = [] {
    JsonValueStyle style;
    style.multiset_text = true;
    style.null_keys = JsonValueStyle::NullKeys::kLiteral;
    style.null_key = "null";
    return style;
  }();
  std::string& out = output_.buffer();
  out += opening_;
  out += RowKindText(batch.kinds[row]);
  out += "\",\"row\":{";
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (i > 0) out += ',';
    out += names_[i];
    AppendValueJson(out, *batch.columns[i], row, columns_[i].type, kStyle);
  }
  out += "}}\n";
  output_.MaybeFlush();
}

SinkTableau::SinkTableau(const PlanSink& sink, ByteOutput& output, const TableFrame::Style& style, int* turn)
    : ResultSink(sink), output_(output), frame_(columns_, style, true), number_(sink.query_number), turn_(turn) {
  if (number_ != 1) return;
  frame_.AppendHeader(output_.buffer());
  *turn_ = number_;
}

void SinkTableau::Write(const Batch& batch, size_t row) {
  if (*turn_ != number_) frame_.AppendHeader(output_.buffer());
  *turn_ = number_;
  frame_.AppendRow(output_.buffer(), batch, row);
  output_.MaybeFlush();
}

void SinkTableau::Finish() {
  std::string& out = output_.buffer();
  if (*turn_ != number_) frame_.AppendHeader(out);
  *turn_ = 0;
  if (rows_ > 0) out += frame_.rule();
  out += "Received a total of " + std::to_string(rows_) + (rows_ == 1 ? " row\n" : " rows\n");
}

namespace {

void AppendCsvField(std::string& out, const std::string& text) {
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace

SinkCsv::SinkCsv(const PlanSink& sink, ByteOutput& output, const TimeZone& zone)
    : ResultSink(sink), output_(output), zone_(zone) {
  output_.Append("op");
  for (const PlanColumn& column : columns_) {
    output_.Append(",");
    AppendCsvField(output_.buffer(), column.name);
  }
  output_.Append("\n");
}

void SinkCsv::Write(const Batch& batch, size_t row) {
  std::string& out = output_.buffer();
  out += RowKindText(batch.kinds[row]);
  std::string text;
  for (size_t i = 0; i < columns_.size(); ++i) {
    out += ',';
    if (batch.columns[i]->IsNull(row)) continue;
    text.clear();
    AppendValueText(text, *batch.columns[i], row, columns_[i].type, zone_);
    AppendCsvField(out, text);
  }
  out += "\n";
  output_.MaybeFlush();
}

SinkPrint::SinkPrint(const PlanSink& sink, ByteOutput& output) : ResultSink(sink), output_(output) {
  std::string identifier = sink.table->Get("print-identifier").value_or("");
  if (sink.table->connector() != "print") identifier = sink.table->name;
  if (!identifier.empty()) prefix_ = identifier + "> ";
}

namespace {

/// LocalDateTime.toString: seconds left out when zero, fraction in groups of three digits.
void AppendJavaTimestamp(std::string& out, Int128 nanos) {
  std::string text;
  AppendTimestampText(text, nanos, 9, 'T');
  while (text.size() > 20 && text.compare(text.size() - 3, 3, "000") == 0) text.resize(text.size() - 3);
  if (text.back() == '.') text.pop_back();
  if (text.size() == 19 && text.compare(16, 3, ":00") == 0) text.resize(16);
  out += text;
}

}  // namespace

void SinkPrint::Write(const Batch& batch, size_t row) {
  std::string& out = output_.buffer();
  out += prefix_;
  out += RowKindText(batch.kinds[row]);
  out += '[';
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (i > 0) out += ", ";
    const ColumnVector& column = *batch.columns[i];
    const SqlType& type = columns_[i].type;
    if (column.IsNull(row)) {
      out += "null";
    } else if (type.is_timestamp()) {
      AppendJavaTimestamp(out, column.wides()[row]);
      if (type.kind == TypeKind::kTimestampLtz) out += 'Z';
    } else if (type.kind == TypeKind::kBoolean) {
      out += column.bools()[row] != 0 ? "true" : "false";
    } else if (output_.is_terminal()) {
      std::string text;
      AppendValueText(text, column, row, type);
      out += WithoutControls(text);
    } else {
      AppendValueText(out, column, row, type);
    }
  }
  out += "]\n";
  output_.MaybeFlush();
}

}  // namespace cdc::sql
