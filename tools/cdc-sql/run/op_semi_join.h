#pragma once

#include <map>
#include <unordered_map>

#include "tools/cdc-sql/run/kept_row.h"
#include "tools/cdc-sql/run/operator.h"
#include "tools/cdc-sql/state/arrangement.h"

namespace cdc::sql {

/// IN and EXISTS (semi), NOT EXISTS and NOT IN (anti): rows of the left side that meet some, or no, row of the right
/// side. Keeps both sides, and how many rows each left row meets.
class OpSemiJoin : public Operator {
 public:
  explicit OpSemiJoin(const PlanNode& plan);
  void Push(size_t port, const Batch& batch) override;
  void UseSpill(Spill& spill) override {
    for (Arrangement& side : sides_) side.UseSpill(spill);
  }

 protected:
  void PersistOwn(StateArchive& state) override { state(sides_[0], sides_[1]); }

 private:
  using Entry = Arrangement::Entry;
  void PushLeft(const Batch& batch, size_t row, bool null_key);
  void PushRight(const Batch& batch, size_t row, bool null_key);
  /// Which of the partners pass the residual condition with row `row` of `batch`, which is of side `port`.
  void FindPartners(size_t port, const Batch& batch, size_t row);
  void AppendLeft(const Entry& entry, RowKind kind);

  std::vector<size_t> keys_[2];
  std::vector<uint8_t> null_safe_;
  size_t widths_[2];
  bool anti_;
  Arrangement sides_[2];
  KeptRow kept_[2];
  BatchBuilder out_;
  BatchBuilder pairs_;
  bool has_residual_;
  BoundExpr residual_;
  std::vector<Entry*> partners_;
  std::string key_, row_;
};

/// x NOT IN (query) where one of them may be NULL: rows of the left side are there while the query is empty, or while x
/// is not NULL, the query gives no NULL and does not give x. The last key is x, those before it correlate.
class OpNotIn : public Operator {
 public:
  explicit OpNotIn(const PlanNode& plan);
  void Push(size_t port, const Batch& batch) override;
  void UseSpill(Spill& spill) override { groups_.UseSpill(spill); }

 protected:
  void PersistOwn(StateArchive& state) override { state(groups_); }

 private:
  /// Ordered, so that rows are sent in the same order whatever came before.
  using Rows = std::map<std::string, int64_t>;
  struct Group {  ///< of one value of the correlated columns
    int64_t rows = 0, nulls = 0;
    std::map<std::string, Rows> left;                 ///< x → row → times
    std::unordered_map<std::string, int64_t> values;  ///< of the query
    void Persist(StateArchive& state) { state(rows, nulls, left, values); }
    size_t HeapBytes() const { return sql::HeapBytes(left) + sql::HeapBytes(values); }
  };
  static bool Passes(const Group& group, const std::string& value);
  void Send(const Rows& rows, RowKind kind);

  std::vector<size_t> keys_[2];
  KeyedState<Group> groups_;
  size_t width_;
  BatchBuilder out_;
};

}  // namespace cdc::sql
