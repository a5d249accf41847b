#include "tools/cdc-sql/run/op_project.h"

#include "common/error.h"
#include "tools/cdc-sql/run/expr_eval.h"

namespace cdc::sql {

void OpProject::Push(size_t, const Batch& batch) {
  Batch out;
  out.rows = batch.rows;
  out.kinds = batch.kinds;
  out.turns = batch.turns;
  out.partitions = batch.partitions;
  out.columns.reserve(exprs_.size());
  if (uses_watermark_) {
    Batch timed = batch;
    timed.watermark = watermark();
    for (const BoundExpr& expr : exprs_) out.columns.push_back(Evaluate(expr, timed));
  } else {
    for (const BoundExpr& expr : exprs_) out.columns.push_back(Evaluate(expr, batch));
  }
  if (rowtime_)
    for (size_t row = 0; row < out.rows; ++row)
      if (out.columns[*rowtime_]->IsNull(row))
        Fail(ExitStatus::kData, "the event time column '" + columns_[*rowtime_].name + "' is NULL in a row", "",
             "take WATERMARK out of CREATE TABLE, or compute the column with COALESCE");
  Emit(out);
}

}  // namespace cdc::sql
