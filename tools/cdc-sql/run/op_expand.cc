#include "tools/cdc-sql/run/op_expand.h"

#include "tools/cdc-sql/run/expr_eval.h"
#include "tools/cdc-sql/run/nested.h"

namespace cdc::sql {

void OpExpand::Push(size_t, const Batch& batch) {
  std::vector<std::vector<ColumnPtr>> sets;
  for (const std::vector<BoundExpr>& exprs : expansions_) {
    sets.emplace_back();
    for (const BoundExpr& expr : exprs) sets.back().push_back(Evaluate(expr, batch));
  }
  for (size_t row = 0; row < batch.rows; ++row)
    for (const std::vector<ColumnPtr>& columns : sets) {
      for (size_t i = 0; i < columns.size(); ++i) out_.column(i).AppendFrom(*columns[i], row);
      out_.RowDone(batch.kinds[row]);
    }
  if (out_.rows() > 0) Emit(out_.Take());
}

OpUnnest::OpUnnest(const PlanNode& plan)
    : value_(plan.exprs[0]),
      outer_(plan.unnest_outer),
      ordinality_(plan.unnest_ordinality),
      width_(plan.inputs[0]->columns.size()),
      out_(plan.columns),
      candidates_(plan.columns) {
  if (plan.has_predicate) predicate_ = plan.predicate;
}

size_t OpUnnest::AppendElements(const Batch& batch, size_t row, const ColumnVector& values, BatchBuilder& out) const {
  if (values.IsNull(row)) return 0;
  const size_t columns = out.columns().size();
  // MAP: key and value; ROW elements: their fields; else the element itself.
  std::vector<std::shared_ptr<ColumnVector>> parts;
  for (size_t i = width_; i + (ordinality_ ? 1 : 0) < columns; ++i)
    parts.push_back(std::make_shared<ColumnVector>(out.column(i).physical()));
  const size_t count = UnnestInto(values.strings()[row], value_.type, parts);
  for (size_t k = 0; k < count; ++k) {
    for (size_t i = 0; i < width_; ++i) out.column(i).AppendFrom(*batch.columns[i], row);
    for (size_t i = 0; i < parts.size(); ++i) out.column(width_ + i).AppendFrom(*parts[i], k);
    if (ordinality_) out.column(columns - 1).Append(static_cast<int64_t>(k + 1));
    out.RowDone(batch.kinds[row]);
  }
  return count;
}

size_t OpUnnest::TakePassing() {
  const Batch candidates = candidates_.Take();
  std::vector<uint32_t> passing;
  SelectTrue(*Evaluate(*predicate_, candidates), candidates.rows, &passing);
  for (const uint32_t row : passing) out_.AppendRow(candidates, row, candidates.kinds[row]);
  return passing.size();
}

void OpUnnest::Push(size_t, const Batch& batch) {
  const ColumnPtr values = Evaluate(value_, batch);
  for (size_t row = 0; row < batch.rows; ++row) {
    size_t count = AppendElements(batch, row, *values, predicate_ ? candidates_ : out_);
    if (predicate_ && count > 0) count = TakePassing();
    if (count > 0 || !outer_) continue;
    for (size_t i = 0; i < out_.columns().size(); ++i) {
      if (i < width_) {
        out_.column(i).AppendFrom(*batch.columns[i], row);
      } else {
        out_.column(i).AppendNull();
      }
    }
    out_.RowDone(batch.kinds[row]);
  }
  if (out_.rows() > 0) Emit(out_.Take());
}

}  // namespace cdc::sql
