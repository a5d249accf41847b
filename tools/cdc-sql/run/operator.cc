#include "tools/cdc-sql/run/operator.h"

#include <algorithm>

namespace cdc::sql {

std::vector<SqlType> TypesOf(const std::vector<PlanColumn>& columns) {
  std::vector<SqlType> types;
  for (const PlanColumn& column : columns) types.push_back(column.type);
  return types;
}

BatchBuilder::BatchBuilder(const std::vector<PlanColumn>& columns) : BatchBuilder(TypesOf(columns)) {}

namespace {

bool AllAreIdle(const std::vector<uint8_t>& ports) {
  return std::all_of(ports.begin(), ports.end(), [](uint8_t is) { return is != 0; });
}

}  // namespace

void Operator::Watermark(size_t port, int64_t millis) {
  port_watermarks_[port] = std::max(port_watermarks_[port], millis);
  AllAreIdle(idle_ports_) ? AdvanceToMost() : AdvanceToLeast();
}

void Operator::AdvanceToLeast() {
  int64_t least = kEndOfTime;
  bool any = false;
  for (size_t i = 0; i < port_watermarks_.size(); ++i) {
    if (idle_ports_[i] != 0 && port_watermarks_[i] != kEndOfTime) continue;
    if (none_behind_ && port_watermarks_[i] < watermark_) continue;
    any = true;
    least = std::min(least, port_watermarks_[i]);
  }
  if (any) Advance(least);
}

/// Flink's rule where all inputs are idle (FLINK-38454): it makes no difference which of them became so first.
void Operator::AdvanceToMost() {
  int64_t most = kStartOfTime;
  bool all_ended = true;
  for (const int64_t millis : port_watermarks_) {
    if (millis == kEndOfTime) continue;
    all_ended = false;
    most = std::max(most, millis);
  }
  Advance(all_ended ? kEndOfTime : most);
}

void Operator::Advance(int64_t millis) {
  if (millis <= watermark_) return;
  watermark_ = millis;
  OnWatermark(millis);
}

void Operator::SetIdle(size_t port, bool idle) {
  const bool was = AllAreIdle(idle_ports_);
  idle_ports_[port] = idle ? 1 : 0;
  const bool is = AllAreIdle(idle_ports_);
  is ? AdvanceToMost() : AdvanceToLeast();
  if (is != was) PassIdle(is);
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
