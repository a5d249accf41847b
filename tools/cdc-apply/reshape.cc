#include "tools/cdc-apply/reshape.h"

namespace cdc::apply {

const Value* Reshape(const Value* row, const TargetTable& from, const TargetTable& to, const Value& missing,
                     RowArena& arena) {
  if (row == nullptr) return nullptr;
  Value* reshaped = arena.NewRow(to.columns.size());
  for (size_t i = 0; i < to.columns.size(); ++i) {
    const size_t column = from.Find(to.columns[i].name);
    reshaped[i] = column < from.columns.size() ? row[column] : missing;
  }
  return reshaped;
}

}  // namespace cdc::apply
