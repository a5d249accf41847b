#include "tools/cdc-sql/run/operator.h"

#include <algorithm>

namespace cdc::sql {

std::vector<SqlType> TypesOf(const std::vector<PlanColumn>& columns) {
  std::vector<SqlType> types;
  for (const PlanColumn& column : columns) types.push_back(column.type);
  return types;
}

BatchBuilder::BatchBuilder(const std::vector<PlanColumn>& columns) : BatchBuilder(TypesOf(columns)) {}

void Operator::Watermark(size_t port, int64_t millis) {
  port_watermarks_[port] = std::max(port_watermarks_[port], millis);
  const int64_t least = *std::min_element(port_watermarks_.begin(), port_watermarks_.end());
  if (least <= watermark_) return;
  watermark_ = least;
  OnWatermark(least);
}

BatchBuilder::BatchBuilder(std::vector<SqlType> types) : types_(std::move(types)) {
  for (const SqlType& type : types_) columns_.push_back(std::make_shared<ColumnVector>(type.physical()));
}

void BatchBuilder::Renew() {
  for (auto& column : columns_) {
    if (column.use_count() == 1) {
      column->Clear();
    } else {
      column = std::make_shared<ColumnVector>(column->physical());
    }
  }
  taken_ = false;
}

void BatchBuilder::Clear() {
  kinds_.clear();
  taken_ = true;
}

void BatchBuilder::Truncate(size_t rows) {
  for (const auto& column : columns())
    if (column->size() > rows) column->Resize(rows);
  kinds_.resize(rows);
}

bool BatchBuilder::SameRows(size_t a, size_t b, size_t first_column) const {
  for (size_t i = first_column; i < columns_.size(); ++i)
    if (!columns_[i]->SameAt(a, *columns_[i], b)) return false;
  return true;
}

void BatchBuilder::AppendRow(const Batch& batch, size_t row, RowKind kind) {
  for (size_t i = 0; i < columns_.size(); ++i) column(i).AppendFrom(*batch.columns[i], row);
  kinds_.push_back(kind);
}

void BatchBuilder::AppendView(const Batch& batch, size_t row, RowKind kind) {
  for (size_t i = 0; i < columns_.size(); ++i) column(i).AppendView(*batch.columns[i], row);
  kinds_.push_back(kind);
}

Batch BatchBuilder::Take() {
  Batch batch;
  batch.rows = kinds_.size();
  batch.kinds = std::move(kinds_);
  const auto& made = columns();
  batch.columns.assign(made.begin(), made.end());
  Clear();
  return batch;
}

}  // namespace cdc::sql
