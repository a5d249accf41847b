#include "tools/cdc-sql/run/kept_row.h"

#include "tools/cdc-sql/state/row_codec.h"

namespace cdc::sql {

KeptRow::KeptRow(const PlanNode& input)
    : unique_(input.unique_key), width_(input.columns.size()), decoded_(input.columns) {}

std::optional<Batch> KeptRow::Instead(Arrangement& rows, std::string_view join_key, const Batch& batch, size_t row,
                                      std::string* encoded) {
  if (!unique_ || Adds(batch.kinds[row])) return std::nullopt;
  if (const Arrangement::Entry* same = rows.FindRow(join_key, *encoded); same != nullptr && same->count > 0)
    return std::nullopt;
  const std::vector<Arrangement::Entry>* entries = rows.Find(join_key);
  if (entries == nullptr) return std::nullopt;
  std::string wanted, found;
  EncodeRow(batch, row, *unique_, &wanted);
  for (const Arrangement::Entry& entry : *entries) {
    if (entry.count <= 0) continue;
    DecodeRow(entry.row, decoded_.columns(), 0, width_);
    decoded_.RowDone(batch.kinds[row]);
    Batch kept = decoded_.Take();
    found.clear();
    EncodeRow(kept, 0, *unique_, &found);
    if (found != wanted) continue;
    *encoded = entry.row;
    return kept;
  }
  return std::nullopt;
}

}  // namespace cdc::sql
