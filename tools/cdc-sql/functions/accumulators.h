#pragma once

#include <memory>
#include <vector>

#include "tools/cdc-sql/functions/accumulator.h"
#include "tools/cdc-sql/functions/distinct_values.h"

namespace cdc::sql {

/// The accumulators of an operator's calls. Calls with DISTINCT of the same argument share the values that they keep,
/// as Flink's do: one look for a row, whatever the number of calls.
class Accumulators {
 public:
  Accumulators(const std::vector<AggregateCall>& calls, bool append_only);

  void Resize(size_t groups);
  void Reset(size_t group);
  /// Adds (weight 1) or takes away (-1) a row.
  void Add(size_t group, const Batch& batch, size_t row, int64_t weight);
  /// Appends the results to the columns from `first` on.
  void AppendResults(size_t group, std::vector<std::shared_ptr<ColumnVector>>& columns, size_t first) const;
  bool has_parts() const { return has_parts_; }
  void AppendParts(size_t group, std::string* parts) const;
  size_t GroupBytes(size_t group) const;
  void Persist(StateArchive& state, size_t group);
  /// The same, call by call.
  void PersistGroups(StateArchive& state, const std::vector<uint32_t>& groups);

 private:
  struct Shared {
    size_t argument;
    bool nulls;
    std::vector<size_t> calls;
    std::unique_ptr<DistinctValues> values = nullptr;
  };
  struct Member {
    size_t shared;  ///< of shared_
    size_t place;   ///< among its calls
  };
  Shared& SharedOf(size_t call);
  void AddShared(Shared& shared, size_t group, const Batch& batch, size_t row, int64_t weight);
  void PersistCall(StateArchive& state, size_t group, size_t call);

  std::vector<AggregateCall> calls_;
  std::vector<std::unique_ptr<Accumulator>> accumulators_;
  std::vector<size_t> plain_;  ///< calls without DISTINCT
  std::vector<Shared> shared_;
  std::vector<Member> members_;  ///< by call; of plain ones nothing
  bool has_parts_ = false;
};

}  // namespace cdc::sql
