#pragma once

#include <algorithm>
#include <chrono>

#include "tools/cdc-sql/functions/function_table.h"
#include "tools/cdc-sql/run/temporal.h"

namespace cdc::sql {

/// What functions of dates and times share.

inline Int128 NowNanos() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return Int128{std::chrono::duration_cast<std::chrono::milliseconds>(since).count()} * 1000000;
}

/// A function of the clock. It is asked once a batch.
template <typename T, typename F>
BoundExpr ClockCall(FunctionCall& call, const SqlType& type, F value) {
  BoundExpr expr = call.Make(type, [value](const EvalCall& eval, ColumnVector& out) {
    out.Resize(eval.rows);
    std::fill_n(out.MutableValues<T>().begin(), eval.rows, static_cast<T>(value()));
  });
  expr.deterministic = false;
  return expr;
}

/// A date or time of any type as nanoseconds of wall time; false if the value has another type.
bool MakeWallTime(BoundExpr& value, const Session& session);

}  // namespace cdc::sql
