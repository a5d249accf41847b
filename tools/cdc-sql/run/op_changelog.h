#pragma once

#include "tools/cdc-sql/run/operator.h"

namespace cdc::sql {

/// TO_CHANGELOG: changes as new rows, the kind of change as the text of the first column.
class OpToChangelog : public Operator {
 public:
  explicit OpToChangelog(const PlanNode& plan) : out_(plan.columns) {}
  void Push(size_t port, const Batch& batch) override;

 private:
  BatchBuilder out_;
};

/// FROM_CHANGELOG: new rows as changes, of the kind that a column says. Errors: 65 for a kind that there is not.
class OpFromChangelog : public Operator {
 public:
  explicit OpFromChangelog(const PlanNode& plan) : op_(plan.keys[0]) {}
  void Push(size_t port, const Batch& batch) override;

 private:
  size_t op_;
};

}  // namespace cdc::sql
