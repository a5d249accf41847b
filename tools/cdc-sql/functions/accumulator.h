#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tools/cdc-sql/plan/logical_plan.h"
#include "tools/cdc-sql/state/state_archive.h"

namespace cdc::sql {

/// The values of one aggregate for all groups, indexed by group number.
class Accumulator {
 public:
  virtual ~Accumulator() = default;
  /// Makes room for groups [0, groups).
  virtual void Resize(size_t groups) = 0;
  /// A fresh start for a group number that is used again.
  virtual void Reset(size_t group) = 0;
  /// Adds (weight 1) or takes away (-1) the value at `row` of `argument`; it is not NULL. `argument` is null for
  /// COUNT(*).
  virtual void Add(size_t group, const ColumnVector* argument, size_t row, int64_t weight) = 0;
  /// Adds the values of another group, which come behind those that are there, in the order that they have in it.
  virtual void Merge(size_t group, size_t other) = 0;
  /// Whether the result of Merge is that of the values one by one, but for the last digits.
  virtual bool merges() const { return true; }
  /// NULL values are added as well.
  virtual bool takes_nulls() const { return false; }
  /// Appends the result for the group.
  virtual void Append(size_t group, ColumnVector& out) const = 0;
  /// Whether the result is computed from values that Flink's aggregate has as its own results: of a change of these it
  /// sends the group's row again, be the result the same.
  virtual bool has_parts() const { return false; }
  /// Appends these values.
  virtual void AppendParts(size_t, std::string*) const {}
  /// Memory that a group takes, roughly.
  virtual size_t GroupBytes(size_t group) const = 0;
  /// Saves or loads the values of a group for which there is room.
  virtual void Persist(StateArchive& state, size_t group) = 0;
};

/// `append_only`: Add never gets a negative weight, so that MIN and MAX keep one value.
std::unique_ptr<Accumulator> MakeAccumulator(const AggregateCall& call, bool append_only);
/// The same without DISTINCT: for values of which each is added once.
std::unique_ptr<Accumulator> MakePlainAccumulator(const AggregateCall& call, bool append_only);
/// AVG of integers as SUM / COUNT, of which SUM wraps.
std::unique_ptr<Accumulator> MakeIntegerQuotient(const AggregateCall& call);
/// The same for OVER, where Flink computes some functions otherwise.
std::unique_ptr<Accumulator> MakeOverAccumulator(const AggregateCall& call, bool append_only);

/// Whether the FILTER of a call, if it has one, lets the row.
bool PassesFilter(const AggregateCall& call, const Batch& batch, size_t row);
/// Adds row `row` to the accumulator of a call, if its filter lets it.
void AddToAccumulator(Accumulator& accumulator, const AggregateCall& call, size_t group, const Batch& batch, size_t row,
                      int64_t weight);

}  // namespace cdc::sql
