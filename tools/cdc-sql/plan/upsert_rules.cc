#include "tools/cdc-sql/plan/upsert_rules.h"

#include <algorithm>

#include "tools/cdc-sql/plan/filter_node.h"

namespace cdc::sql {

namespace {

bool ReadsOtherThan(const BoundExpr& expr, const std::optional<std::vector<size_t>>& key) {
  bool reads = false;
  ForEachColumn(
      expr, [&](size_t column) { reads = reads || !key || std::find(key->begin(), key->end(), column) == key->end(); });
  return reads;
}

}  // namespace

void PushIntoNormalize(PlanNode& node) {
  for (const PlanPtr& input : node.inputs) PushIntoNormalize(*input);
  if (node.kind != PlanNode::Kind::kFilter || node.predicate.uses_watermark || !node.predicate.deterministic) return;
  BoundExpr predicate = node.predicate;
  PlanNode* below = node.inputs[0].get();
  for (; below->kind == PlanNode::Kind::kProject; below = below->inputs[0].get())
    predicate = Substitute(predicate, below->exprs);
  if (below->kind != PlanNode::Kind::kNormalize || !predicate.deterministic) return;
  std::vector<BoundExpr> parts;
  if (below->has_predicate) SplitConjunction(below->predicate, &parts);
  SplitConjunction(std::move(predicate), &parts);
  below->predicate = Conjunction(std::move(parts));
  below->has_predicate = true;
  const std::vector<PlanColumn> columns = node.columns;
  PlanPtr input = std::move(node.inputs[0]);
  node = std::move(*input);
  node.columns = columns;
}

bool KeepsFirstImages(const PlanNode& node) {
  switch (node.kind) {
    case PlanNode::Kind::kFilter:
      if (!node.inputs[0]->append_only && ReadsOtherThan(node.predicate, node.inputs[0]->unique_key)) return true;
      [[fallthrough]];
    case PlanNode::Kind::kProject:
    case PlanNode::Kind::kWatermark:
    case PlanNode::Kind::kUnnest:
    case PlanNode::Kind::kUnionAll:
      return std::any_of(node.inputs.begin(), node.inputs.end(),
                         [](const PlanPtr& input) { return KeepsFirstImages(*input); });
    default: return false;
  }
}

void LetKeysSuffice(PlanSink& sink) {
  PlanNode* node = sink.input.get();
  // A row that goes has its key and no more, so that NOT NULL columns would be NULL in it.
  for (size_t i = 0; i < node->columns.size(); ++i)
    if (!node->columns[i].type.nullable && std::find(sink.key.begin(), sink.key.end(), i) == sink.key.end()) return;
  while (node->kind == PlanNode::Kind::kProject) node = node->inputs[0].get();
  if (node->kind != PlanNode::Kind::kNormalize || node->has_predicate) return;
  const PlanNode* scan = node->inputs[0].get();
  while (scan->kind == PlanNode::Kind::kProject) scan = scan->inputs[0].get();
  node->keys_suffice = scan->kind == PlanNode::Kind::kScan && scan->table->connector() == "upsert-kafka";
}

}  // namespace cdc::sql
