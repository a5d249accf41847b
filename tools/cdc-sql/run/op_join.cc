#include "tools/cdc-sql/run/op_join.h"

#include "tools/cdc-sql/run/expr_eval.h"
#include "tools/cdc-sql/state/row_codec.h"

namespace cdc::sql {

OpJoin::OpJoin(const PlanNode& plan)
    : keys_{plan.left_keys, plan.right_keys},
      widths_{plan.inputs[0]->columns.size(), plan.inputs[1]->columns.size()},
      out_(plan.columns),
      has_residual_(plan.has_predicate),
      residual_(plan.predicate) {}

void OpJoin::Match(size_t port, const Batch& batch, size_t row) {
  const std::vector<Arrangement::Entry>* partners = sides_[1 - port].Find(key_);
  if (partners == nullptr) return;
  const size_t first = port == 0 ? 0 : widths_[0];
  const size_t other_first = port == 0 ? widths_[0] : 0;
  for (const Arrangement::Entry& partner : *partners) {
    for (int64_t i = 0; i < partner.count; ++i) {
      for (size_t column = 0; column < widths_[port]; ++column)
        out_.column(first + column).AppendFrom(*batch.columns[column], row);
      DecodeRow(partner.row, out_.columns(), other_first, widths_[1 - port]);
      out_.RowDone(batch.kinds[row]);
      if (out_.rows() >= kBatchRows) Send();
    }
  }
}

void OpJoin::Push(size_t port, const Batch& batch) {
  for (size_t row = 0; row < batch.rows; ++row) {
    bool null_key = false;
    for (const size_t column : keys_[port]) null_key = null_key || batch.columns[column]->IsNull(row);
    if (null_key) continue;
    key_.clear();
    row_.clear();
    EncodeRow(batch, row, keys_[port], &key_);
    EncodeWholeRow(batch, row, &row_);
    // Taking away a row that was never there takes nothing away from the result either.
    if (!sides_[port].Add(key_, row_, WeightOf(batch.kinds[row]))) continue;
    Match(port, batch, row);
  }
  Send();
}

void OpJoin::Send() {
  if (out_.rows() == 0) return;
  const Batch batch = out_.Take();
  if (!has_residual_) return Emit(batch);
  std::vector<uint32_t> passing;
  SelectTrue(*Evaluate(residual_, batch), batch.rows, &passing);
  if (!passing.empty()) Emit(Gather(batch, passing, nullptr));
}

}  // namespace cdc::sql
