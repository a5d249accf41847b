#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/cdc-sql/run/operator.h"
#include "tools/cdc-sql/state/arrangement.h"

namespace cdc::sql {

/// Finds the row that is meant to go where the image that says so has other values than the row that is kept: a source
/// writes old rows as the table is now (columns that were added, dropped or changed since), and its key alone still
/// tells which row it is. Flink's joins go by the unique key of an input, too.
class KeptRow {
 public:
  /// Of an input of a join; without a unique key rows are told by all their columns.
  explicit KeptRow(const PlanNode& input);

  /// The kept row instead of `row` of `batch`, which goes: nothing if `encoded` is kept as it is, or no row of its key
  /// is. Then `encoded` becomes the kept row. `join_key`: of the row, in `rows`.
  std::optional<Batch> Instead(Arrangement& rows, std::string_view join_key, const Batch& batch, size_t row,
                               std::string* encoded);

 private:
  std::optional<std::vector<size_t>> unique_;
  size_t width_;
  BatchBuilder decoded_;
};

}  // namespace cdc::sql
