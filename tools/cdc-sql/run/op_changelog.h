#pragma once

#include <array>
#include <optional>

#include "tools/cdc-sql/run/operator.h"

namespace cdc::sql {

/// TO_CHANGELOG: changes as new rows, the code of the kind of change as the first column. Kinds without a code go.
class OpToChangelog : public Operator {
 public:
  explicit OpToChangelog(const PlanNode& plan);
  void Push(size_t port, const Batch& batch) override;

 private:
  std::array<std::optional<std::string>, 4> codes_;  // by RowKind
  BatchBuilder out_;
};

/// FROM_CHANGELOG: new rows as changes, of the kind that a column says. Errors: 65 for a code that there is not.
class OpFromChangelog : public Operator {
 public:
  explicit OpFromChangelog(const PlanNode& plan);
  void Push(size_t port, const Batch& batch) override;

 private:
  RowKind KindOf(const ColumnVector& codes, size_t row) const;

  size_t op_;
  std::vector<ChangeCode> codes_;
};

}  // namespace cdc::sql
