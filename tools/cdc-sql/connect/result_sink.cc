#include "tools/cdc-sql/connect/result_sink.h"

#include <algorithm>

#include "common/error.h"
#include "common/json_writer.h"
#include "tools/cdc-sql/run/temporal.h"
#include "tools/cdc-sql/run/value_text.h"

namespace cdc::sql {

ResultSink::ResultSink(const PlanSink& sink) : columns_(sink.input->columns), drop_nulls_(sink.drop_nulls) {
  for (size_t i = 0; i < columns_.size(); ++i)
    if (!columns_[i].type.nullable) not_null_.push_back(i);
}

void ResultSink::Push(size_t, const Batch& batch) {
  for (size_t row = 0; row < batch.rows; ++row) {
    bool dropped = false;
    for (const size_t column : not_null_) {
      if (!batch.columns[column]->IsNull(row)) continue;
      if (!drop_nulls_)
        Fail(ExitStatus::kData, "the column '" + columns_[column].name + "' of the result is NOT NULL, and a NULL came",
             "a DECIMAL that has too many digits becomes NULL; so do values that the source does not have",
             "declare the column without NOT NULL, or CAST to a type with more digits");
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

namespace {

/// Display width: wide East Asian characters count as two.
size_t CharacterWidth(uint32_t code) {
  return (code >= 0x1100 && code <= 0x115F) || (code >= 0x2E80 && code <= 0xA4CF) ||
                 (code >= 0xAC00 && code <= 0xD7A3) || (code >= 0xF900 && code <= 0xFAFF) ||
                 (code >= 0xFE30 && code <= 0xFE6F) || (code >= 0xFF00 && code <= 0xFF60) ||
                 (code >= 0xFFE0 && code <= 0xFFE6) || (code >= 0x20000 && code <= 0x3FFFD)
             ? 2
             : 1;
}

/// Bytes of the character that begins at `at`, and its code.
size_t NextCharacter(std::string_view text, size_t at, uint32_t* code) {
  const auto first = static_cast<unsigned char>(text[at]);
  size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  size = std::min(size, text.size() - at);
  *code = size == 1 ? first : first & (0xFFU >> (size + 1));
  for (size_t i = 1; i < size; ++i) *code = (*code << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3F);
  return size;
}

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  for (size_t at = 0; at < text.size();) {
    uint32_t code = 0;
    at += NextCharacter(text, at, &code);
    width += CharacterWidth(code);
  }
  return width;
}

size_t TypeWidth(const SqlType& type, size_t max_width) {
  switch (type.kind) {
    case TypeKind::kTinyint: return 4;
    case TypeKind::kSmallint: return 6;
    case TypeKind::kInt: return 11;
    case TypeKind::kBigint: return 20;
    case TypeKind::kBoolean: return 5;
    case TypeKind::kDate: return 10;
    case TypeKind::kDecimal: return static_cast<size_t>(type.precision) + 2;
    case TypeKind::kTime: return type.precision == 0 ? 8 : 9 + static_cast<size_t>(type.precision);
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return type.precision == 0 ? 19 : type.precision <= 3 ? 23 : type.precision <= 6 ? 26 : 29;
    default: return max_width;
  }
}

}  // namespace

SinkTableau::SinkTableau(const PlanSink& sink, ByteOutput& output, const TimeZone& zone, size_t max_width, int* turn)
    : ResultSink(sink), output_(output), zone_(zone), number_(sink.query_number), turn_(turn) {
  for (const PlanColumn& column : columns_)
    widths_.push_back(
        std::max({TypeWidth(column.type, max_width), DisplayWidth(column.name), std::string_view("<NULL>").size()}));
  if (number_ != 1) return;
  Header();
  *turn_ = number_;
}

void SinkTableau::Header() {
  std::string& out = output_.buffer();
  std::string rule = "+----+";
  for (const size_t width : widths_) rule += std::string(width + 2, '-') + "+";
  out += rule + "\n| op |";
  for (size_t i = 0; i < columns_.size(); ++i) Cell(columns_[i].name, widths_[i]);
  out += "\n" + rule + "\n";
}

void SinkTableau::Cell(const std::string& text, size_t width) {
  std::string& out = output_.buffer();
  std::string shown = text;
  size_t size = DisplayWidth(text);
  if (size > width) {
    // As much as leaves room for three dots.
    size_t at = 0, used = 0;
    while (at < text.size()) {
      uint32_t code = 0;
      const size_t bytes = NextCharacter(text, at, &code);
      if (used + CharacterWidth(code) > width - 3) break;
      used += CharacterWidth(code);
      at += bytes;
    }
    shown = text.substr(0, at) + "...";
    size = used + 3;
  }
  out += ' ';
  out.append(width - size, ' ');
  out += shown;
  out += " |";
}

void SinkTableau::Write(const Batch& batch, size_t row) {
  if (*turn_ != number_) {
    Header();
    *turn_ = number_;
  }
  std::string& out = output_.buffer();
  out += "| ";
  out += RowKindText(batch.kinds[row]);
  out += " |";
  std::string text;
  for (size_t i = 0; i < columns_.size(); ++i) {
    text.clear();
    if (batch.columns[i]->IsNull(row)) {
      text = "<NULL>";
    } else {
      AppendValueText(text, *batch.columns[i], row, columns_[i].type, zone_);
    }
    Cell(text, widths_[i]);
  }
  out += '\n';
  output_.MaybeFlush();
}

void SinkTableau::Finish() {
  if (*turn_ != number_) Header();
  *turn_ = 0;
  std::string& out = output_.buffer();
  std::string rule = "+----+";
  for (const size_t width : widths_) rule += std::string(width + 2, '-') + "+";
  if (rows_ > 0) out += rule + "\n";
  out += "Received a total of " + std::to_string(rows_) + (rows_ == 1 ? " row\n" : " rows\n");
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
    } else {
      AppendValueText(out, column, row, type);
    }
  }
  out += "]\n";
  output_.MaybeFlush();
}

}  // namespace cdc::sql
