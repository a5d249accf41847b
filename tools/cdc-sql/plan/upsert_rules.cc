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

namespace {

bool Holds(const std::vector<size_t>& key, const std::vector<size_t>& columns) {
  return std::all_of(columns.begin(), columns.end(),
                     [&key](size_t column) { return std::find(key.begin(), key.end(), column) != key.end(); });
}

/// The columns of the input that a projection's columns are, also by a cast; nothing if one is computed.
std::optional<std::vector<size_t>> BehindProject(const PlanNode& project, const std::vector<size_t>& key) {
  std::vector<size_t> columns;
  for (const size_t column : key) {
    const BoundExpr* expr = &project.exprs[column];
    while (expr->kind == BoundExpr::Kind::kCall && expr->args.size() == 1) expr = &expr->args[0];
    if (expr->kind != BoundExpr::Kind::kColumn) return std::nullopt;
    columns.push_back(expr->column);
  }
  return columns;
}

bool JoinKeeps(const PlanNode& join, const std::vector<size_t>& key) {
  const size_t left_size = join.inputs[0]->columns.size();
  std::vector<size_t> left, right;
  for (const size_t column : key) column < left_size ? left.push_back(column) : right.push_back(column - left_size);
  return (left.empty() || (Holds(left, join.left_keys) && SurvivesShuffles(*join.inputs[0], left))) &&
         (right.empty() || (Holds(right, join.right_keys) && SurvivesShuffles(*join.inputs[1], right)));
}

}  // namespace

bool SurvivesShuffles(const PlanNode& node, const std::vector<size_t>& key) {
  switch (node.kind) {
    case PlanNode::Kind::kProject: {
      const auto columns = BehindProject(node, key);
      return !columns || SurvivesShuffles(*node.inputs[0], *columns);
    }
    case PlanNode::Kind::kFilter:
    case PlanNode::Kind::kWatermark:
    case PlanNode::Kind::kLimit: return SurvivesShuffles(*node.inputs[0], key);
    case PlanNode::Kind::kJoin: return JoinKeeps(node, key);
    case PlanNode::Kind::kTemporalJoin:
      return (node.lookup || Holds(key, node.left_keys)) && SurvivesShuffles(*node.inputs[0], key);
    case PlanNode::Kind::kOver:
    case PlanNode::Kind::kRank: {
      const size_t added = node.inputs[0]->columns.size();          // the rank's and functions' columns begin there
      if (node.kind == PlanNode::Kind::kRank && !node.rank_output)  // ORDER BY … LIMIT
        return std::all_of(node.over.order.begin(), node.over.order.end(),
                           [&key](const SortKey& sort) { return Holds(key, {sort.column}); }) &&
               SurvivesShuffles(*node.inputs[0], key);
      std::vector<size_t> own = node.over.partition;
      if (node.kind == PlanNode::Kind::kRank) own.push_back(added);
      if (node.kind == PlanNode::Kind::kRank && Holds(own, key)) return true;
      return std::all_of(key.begin(), key.end(), [added](size_t column) { return column < added; }) &&
             Holds(key, node.over.partition) && SurvivesShuffles(*node.inputs[0], key);
    }
    default: return true;
  }
}

void LetKeysSuffice(PlanSink& sink) {
  PlanNode* node = sink.input.get();
  // A row that goes has its key and no more, so that NOT NULL columns would be NULL in it.
  for (size_t i = 0; i < node->columns.size(); ++i)
    if (!node->columns[i].type.nullable && std::find(sink.key.begin(), sink.key.end(), i) == sink.key.end()) return;
  while (node->kind == PlanNode::Kind::kProject) node = node->inputs[0].get();
  if (node->kind != PlanNode::Kind::kNormalize) return;
  if (node->has_predicate && ReadsOtherThan(node->predicate, node->keys)) return;
  const PlanNode* scan = node->inputs[0].get();
  while (scan->kind == PlanNode::Kind::kProject) scan = scan->inputs[0].get();
  node->keys_suffice = scan->kind == PlanNode::Kind::kScan && scan->table->connector() == "upsert-kafka";
}

}  // namespace cdc::sql
