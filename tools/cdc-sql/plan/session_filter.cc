#include "tools/cdc-sql/plan/session_filter.h"

#include "tools/cdc-sql/bind/query_binder.h"

namespace cdc::sql {

PlanPtr PushBelowSession(PlanPtr input) {
  if (input->kind == PlanNode::Kind::kProject) {
    input->inputs[0] = PushBelowSession(std::move(input->inputs[0]));
    return input;
  }
  if (input->kind != PlanNode::Kind::kFilter || !input->predicate.deterministic || input->predicate.uses_watermark)
    return input;
  BoundExpr predicate = input->predicate;
  PlanNode* below = input->inputs[0].get();
  for (; below->kind == PlanNode::Kind::kProject; below = below->inputs[0].get())
    predicate = Substitute(predicate, below->exprs);
  if (below->kind != PlanNode::Kind::kWindow || below->window_spec.kind != WindowSpec::Kind::kSession) return input;
  const size_t width = below->inputs[0]->columns.size();
  bool of_window = !predicate.deterministic || predicate.uses_watermark;
  ForEachColumn(predicate, [&](size_t column) { of_window = of_window || column >= width; });
  if (of_window) return input;
  below->inputs[0] = MakeFilter(std::move(below->inputs[0]), std::move(predicate));
  return std::move(input->inputs[0]);
}

}  // namespace cdc::sql
