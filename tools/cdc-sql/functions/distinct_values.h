#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tools/cdc-sql/run/column.h"
#include "tools/cdc-sql/state/state_archive.h"
#include "tools/cdc-sql/state/value_table.h"

namespace cdc::sql {

/// The values of one argument by group, for calls with DISTINCT, which differ in their FILTER: each value is kept once,
/// with how often each call has it. Of rows that never go away it is enough that a call has it.
class DistinctValues {
 public:
  static constexpr size_t kMaxCalls = 63;
  /// `nulls`: NULL is a value.
  DistinctValues(Physical argument, bool nulls, size_t calls, bool append_only);

  void Resize(size_t groups) { tables_.resize(groups); }
  void Reset(size_t group) { tables_[group].reset(); }
  /// Adds (weight 1) or takes away (-1) a value for the calls whose bits are set in `calls`. Of these the calls that
  /// have it for the first time, or no longer.
  uint64_t Add(size_t group, const ColumnVector& argument, size_t row, int64_t weight, uint64_t calls);
  /// Adds what `other` has to `group`, of a single call; `fresh` is told of each value that `group` did not have.
  void Merge(size_t group, size_t other, const std::function<void(const ColumnVector&)>& fresh);
  size_t size(size_t group) const { return tables_[group] ? tables_[group]->size() : 0; }
  size_t GroupBytes(size_t group) const;
  /// What one of the calls keeps of a group.
  void Persist(StateArchive& state, size_t group, size_t call);

 private:
  ValueTable& TableOf(size_t group);
  int64_t* FindOrAdd(ValueTable& table, const ColumnVector& argument, size_t row);
  int64_t* Find(ValueTable& table, const ColumnVector& argument, size_t row);
  int64_t CountOf(const int64_t* numbers, size_t call) const;
  void Save(StateArchive& state, const ValueTable& table, size_t call);
  void Load(StateArchive& state, ValueTable& table, size_t call);

  Physical argument_;
  ValueTable::Of of_;
  size_t calls_;
  bool append_only_;
  std::vector<std::unique_ptr<ValueTable>> tables_;
  std::string bytes_;
};

}  // namespace cdc::sql
