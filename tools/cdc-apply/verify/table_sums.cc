#include "tools/cdc-apply/verify/table_sums.h"

#include <algorithm>

#include "common/error.h"

namespace cdc::apply {

RowSummer::RowSummer(const std::vector<SourceColumn>& columns) {
  const bool has_key = std::any_of(columns.begin(), columns.end(), [](const auto& column) { return column.in_key; });
  for (const auto& column : columns) {
    forms_.push_back(CanonicalFormOf(column.type));
    in_key_.push_back(column.in_key || !has_key);
  }
}

RowSummer::Row RowSummer::Of(const std::vector<std::optional<std::string_view>>& values) {
  Row row;
  bytes_.clear();
  key_bytes_.clear();
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t start = bytes_.size();
    AppendCanonical(bytes_, forms_[i], values[i]);
    if (!in_key_[i]) continue;
    key_bytes_.append(bytes_, start);
    row.shown_key += (row.shown_key.empty() ? "" : ", ") + (values[i] ? Shown(std::string(*values[i]), 60) : "NULL");
  }
  row.key = key_bytes_;
  row.hash = RowHash(bytes_);
  row.bucket = RowHash(key_bytes_) % TableSums::kBuckets;
  return row;
}

void RowSummer::Add(const std::vector<std::optional<std::string_view>>& values, TableSums* sums) {
  const Row row = Of(values);
  ++sums->rows;
  sums->sum += row.hash;
  sums->buckets[row.bucket] += row.hash;
}

}  // namespace cdc::apply
