#pragma once

#include "tools/cdc-sql/run/operator.h"
#include "tools/cdc-sql/state/keyed_state.h"

namespace cdc::sql {

/// Behind a table whose source may deliver a change twice: keeps the last row of each primary key, so that an insert of
/// a row that is there is an update or nothing, and a second delete nothing. With a predicate only rows that fulfil it
/// are kept: one that does no longer is deleted.
class OpNormalize : public Operator {
 public:
  explicit OpNormalize(const PlanNode& plan) : keys_(plan.keys), sends_same_(plan.sends_same), out_(plan.columns) {
    if (plan.has_predicate) predicate_ = plan.predicate;
  }
  void Push(size_t port, const Batch& batch) override;
  void UseSpill(Spill& spill) override { rows_.UseSpill(spill); }

 protected:
  void PersistOwn(StateArchive& state) override { state(rows_); }

 private:
  void Append(const std::string& row, RowKind kind);
  std::vector<size_t> keys_;
  bool sends_same_;
  std::optional<BoundExpr> predicate_;
  KeyedState<std::string> rows_;
  BatchBuilder out_;
  std::string key_, row_;
};

/// Before a sink with a primary key that several rows of the query may have (ON CONFLICT DO DEDUPLICATE): the row that
/// came last counts, and when it goes the one before it. Keeps all rows of each key.
class OpMaterialize : public Operator {
 public:
  explicit OpMaterialize(const PlanNode& plan) : keys_(plan.keys), out_(plan.columns) {}
  void Push(size_t port, const Batch& batch) override;
  void UseSpill(Spill& spill) override { rows_.UseSpill(spill); }

 protected:
  void PersistOwn(StateArchive& state) override { state(rows_); }

 private:
  void Append(const std::string& row, RowKind kind);
  std::vector<size_t> keys_;
  KeyedState<std::vector<std::string>> rows_;
  BatchBuilder out_;
  std::string key_, row_;
};

}  // namespace cdc::sql
