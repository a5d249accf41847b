#include "tools/cdc-sql/plan/session_aggregate.h"

#include <algorithm>
#include <set>

#include "tools/cdc-sql/functions/accumulator.h"

namespace cdc::sql {

namespace {

bool IsSession(const PlanNode& node) {
  return node.kind == PlanNode::Kind::kWindow && node.window_spec.kind == WindowSpec::Kind::kSession;
}

/// Whether they are columns of the window or constants, and those that it has of its input just the partition's.
bool ArePartition(const PlanNode& window, const std::vector<BoundExpr>& keys) {
  const size_t width = window.inputs[0]->columns.size();
  std::set<size_t> columns;
  for (const BoundExpr& key : keys) {
    if (key.kind == BoundExpr::Kind::kLiteral) continue;
    if (key.kind != BoundExpr::Kind::kColumn) return false;
    if (key.column < width) columns.insert(key.column);
  }
  return columns == std::set<size_t>(window.window_spec.partition.begin(), window.window_spec.partition.end());
}

bool ReadsWindow(const BoundExpr& expr, size_t width) {
  bool reads = !expr.deterministic || expr.uses_watermark;
  ForEachColumn(expr, [&](size_t column) { reads = reads || column >= width; });
  return reads;
}

bool AllMerge(const std::vector<AggregateCall>& calls) {
  return std::all_of(calls.begin(), calls.end(),
                     [](const AggregateCall& call) { return MakeAccumulator(call, true)->merges(); });
}

/// The expressions of an aggregate's input over the columns of the window below it; nothing if another node than a
/// projection is between, or they read its bounds for more than keys.
std::optional<std::vector<BoundExpr>> OverWindowColumns(const PlanNode& aggregate, const PlanNode** window) {
  const PlanNode* node = aggregate.inputs[0].get();
  if (node->kind != PlanNode::Kind::kProject) return std::nullopt;
  std::vector<BoundExpr> exprs = node->exprs;
  for (node = node->inputs[0].get(); node->kind == PlanNode::Kind::kProject; node = node->inputs[0].get())
    for (BoundExpr& expr : exprs) expr = Substitute(expr, node->exprs);
  if (!IsSession(*node)) return std::nullopt;
  *window = node;
  const size_t width = node->inputs[0]->columns.size();
  for (const size_t key : aggregate.keys)
    if (exprs[key].kind != BoundExpr::Kind::kColumn) return std::nullopt;
  for (const AggregateCall& call : aggregate.aggregates)
    for (const auto& read : {call.argument, call.filter})
      if (read && ReadsWindow(exprs[*read], width)) return std::nullopt;
  return exprs;
}

void MergeWithSessions(PlanNode& node) {
  const PlanNode* window = nullptr;
  const auto exprs = OverWindowColumns(node, &window);
  if (!exprs || !AllMerge(node.aggregates)) return;
  std::vector<BoundExpr> keys;
  for (const size_t key : node.keys) keys.push_back((*exprs)[key]);
  if (!ArePartition(*window, keys)) return;
  const size_t width = window->inputs[0]->columns.size();
  // Below: the time, the partition, arguments and filters.
  auto project = std::make_unique<PlanNode>();
  project->kind = PlanNode::Kind::kProject;
  project->append_only = window->append_only;
  const auto add = [&project](const BoundExpr& expr) {
    project->columns.push_back({expr.Text(), expr.type});
    project->exprs.push_back(expr);
    return project->exprs.size() - 1;
  };
  const PlanColumn& time = window->inputs[0]->columns[window->window_spec.time];
  add(ColumnExpr(window->window_spec.time, time.name, time.type));
  for (size_t& key : node.keys)
    if ((*exprs)[key].column < width) key = add((*exprs)[key]) + exprs->size();
  for (AggregateCall& call : node.aggregates) {
    if (call.argument) call.argument = add((*exprs)[*call.argument]);
    if (call.filter) call.filter = add((*exprs)[*call.filter]);
  }
  for (size_t& key : node.keys)
    key = key >= exprs->size() ? key - exprs->size() : (*exprs)[key].column - width + project->exprs.size();
  node.window_spec = window->window_spec;
  node.window_spec.time = 0;
  node.window_spec.partition.clear();
  node.zone = window->zone;
  PlanNode* below = node.inputs[0].get();
  while (!IsSession(*below)) below = below->inputs[0].get();
  project->inputs.push_back(std::move(below->inputs[0]));
  node.inputs[0] = std::move(project);
}

}  // namespace

bool IsOfSessions(const PlanNode& input) {
  const PlanNode* node = &input;
  while (node->kind == PlanNode::Kind::kProject || node->kind == PlanNode::Kind::kFilter) node = node->inputs[0].get();
  return IsSession(*node) && !node->window_spec.proctime;
}

bool KeysAreOfSessions(const PlanNode& input, const std::vector<BoundExpr>& keys) {
  std::vector<BoundExpr> below = keys;
  const PlanNode* node = &input;
  for (; node->kind == PlanNode::Kind::kProject || node->kind == PlanNode::Kind::kFilter; node = node->inputs[0].get())
    if (node->kind == PlanNode::Kind::kProject)
      for (BoundExpr& key : below) key = Substitute(key, node->exprs);
  return !IsSession(*node) || node->window_spec.proctime || ArePartition(*node, below);
}

void MergeSessions(PlanNode& plan) {
  if (plan.kind == PlanNode::Kind::kAggregate && plan.fires_by && plan.append_only && !plan.by_clock)
    MergeWithSessions(plan);
  for (const PlanPtr& input : plan.inputs) MergeSessions(*input);
}

}  // namespace cdc::sql
