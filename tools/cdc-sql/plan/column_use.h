#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cdc::sql {

/// What of a column is used by that which follows: nothing, some fields of a ROW, or the whole value.
struct ColumnUse {
  bool whole = false;
  std::vector<uint8_t> fields = {};  ///< with `whole`, or of no ROW, without meaning; empty: no field

  bool any() const { return whole || !fields.empty(); }
  void AddField(size_t field) {
    if (fields.size() <= field) fields.resize(field + 1);
    fields[field] = 1;
  }
  void Add(const ColumnUse& other) {
    whole = whole || other.whole;
    for (size_t i = 0; i < other.fields.size(); ++i)
      if (other.fields[i] != 0) AddField(i);
  }
  bool UsesField(size_t field) const { return whole || (field < fields.size() && fields[field] != 0); }
};

/// Adds the uses of another reader of the same table. No uses stand for all columns, whole.
inline void MergeUses(const std::vector<ColumnUse>& more, std::vector<ColumnUse>* uses) {
  if (more.empty() || uses->empty()) return uses->clear();
  for (size_t i = 0; i < uses->size(); ++i) (*uses)[i].Add(more[i]);
}

}  // namespace cdc::sql
