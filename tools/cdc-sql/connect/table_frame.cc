#include "tools/cdc-sql/connect/table_frame.h"

#include <algorithm>

#include "tools/cdc-sql/connect/display_width.h"
#include "tools/cdc-sql/run/value_text.h"

namespace cdc::sql {

namespace {

constexpr std::string_view kNull = "<NULL>";

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

TableFrame::TableFrame(const std::vector<PlanColumn>& columns, const Style& style, bool with_op)
    : columns_(columns), zone_(style.zone), with_op_(with_op), rule_(with_op ? "+----+" : "+") {
  for (const PlanColumn& column : columns_) {
    widths_.push_back(
        std::max({TypeWidth(column.type, style.max_width), DisplayWidth(WithoutControls(column.name)), kNull.size()}));
    rule_ += std::string(widths_.back() + 2, '-') + "+";
  }
  rule_ += '\n';
}

void TableFrame::AppendHeader(std::string& out) const {
  out += rule_;
  out += with_op_ ? "| op |" : "|";
  for (size_t i = 0; i < columns_.size(); ++i) AppendCell(out, columns_[i].name, widths_[i]);
  out += '\n';
  out += rule_;
}

void TableFrame::AppendCell(std::string& out, const std::string& text, size_t width) const {
  const std::string shown = CutToWidth(WithoutControls(text), width);
  out += ' ';
  out.append(width - DisplayWidth(shown), ' ');
  out += shown;
  out += " |";
}

void TableFrame::AppendRow(std::string& out, const Batch& batch, size_t row) const {
  out += '|';
  if (with_op_) {
    out += ' ';
    out += RowKindText(batch.kinds[row]);
    out += " |";
  }
  std::string text;
  for (size_t i = 0; i < columns_.size(); ++i) {
    text.clear();
    if (batch.columns[i]->IsNull(row)) {
      text = kNull;
    } else {
      AppendValueText(text, *batch.columns[i], row, columns_[i].type, zone_);
    }
    AppendCell(out, text, widths_[i]);
  }
  out += '\n';
}

}  // namespace cdc::sql
