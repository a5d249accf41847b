#include "tools/cdc-sql/plan/drop_columns.h"

#include <algorithm>
#include <cstdint>
#include <numeric>

namespace cdc::sql {

namespace {

using Used = std::vector<uint8_t>;   // by column: whether something above uses it
using Places = std::vector<size_t>;  // by column as it was: where it is now, or kGone

constexpr size_t kGone = SIZE_MAX;

Places Drop(PlanNode& node, const Used& used);

void MoveColumns(const Places& places, BoundExpr* expr) {
  if (expr->kind == BoundExpr::Kind::kColumn) expr->column = places[expr->column];
  for (BoundExpr& arg : expr->args) MoveColumns(places, &arg);
}

void MoveColumns(const Places& places, std::vector<size_t>* columns) {
  for (size_t& column : *columns) column = places[column];
}

void MoveKey(const Places& places, std::optional<std::vector<size_t>>* key) {
  if (!*key) return;
  MoveColumns(places, &**key);
  if (std::find(key->value().begin(), key->value().end(), kGone) != key->value().end()) key->reset();
}

void AddColumns(const std::vector<size_t>& columns, Used* used) {
  for (const size_t column : columns) (*used)[column] = 1;
}

template <typename Element>
void Keep(const Places& places, std::vector<Element>* elements) {
  size_t kept = 0;
  for (size_t i = 0; i < elements->size(); ++i) {
    if (places[i] == kGone) continue;
    if (kept != i) (*elements)[kept] = std::move((*elements)[i]);
    ++kept;
  }
  elements->resize(kept);
}

/// What the columns of any node mean is moved; what is of one kind of node is left to it.
void KeepColumns(const Places& places, PlanNode* node) {
  Keep(places, &node->columns);
  MoveKey(places, &node->unique_key);
  MoveKey(places, &node->other_key);
  node->window.reset();  // the binder's
}

Places DropOfProject(PlanNode& node, Used used) {
  if (node.rowtime) used[*node.rowtime] = 1;
  Places places(used.size(), kGone);
  size_t kept = 0;
  for (size_t i = 0; i < used.size(); ++i)
    if (used[i] != 0) places[i] = kept++;
  KeepColumns(places, &node);
  Keep(places, &node.exprs);
  if (node.rowtime) node.rowtime = places[*node.rowtime];
  Used below(node.inputs[0]->columns.size());
  for (const BoundExpr& expr : node.exprs) ForEachColumn(expr, [&below](size_t column) { below[column] = 1; });
  const Places input = Drop(*node.inputs[0], below);
  for (BoundExpr& expr : node.exprs) MoveColumns(input, &expr);
  return places;
}

/// Of a node that passes its rows on and reads them by one expression.
Places DropOfFilter(PlanNode& node, BoundExpr& reads, Used used) {
  ForEachColumn(reads, [&used](size_t column) { used[column] = 1; });
  const Places places = Drop(*node.inputs[0], used);
  MoveColumns(places, &reads);
  KeepColumns(places, &node);
  return places;
}

Places DropOfWindow(PlanNode& node, Used used) {
  const size_t width = node.inputs[0]->columns.size();
  const size_t added = node.columns.size() - width;
  used.resize(width);
  used[node.window_spec.time] = 1;
  AddColumns(node.window_spec.partition, &used);
  Places places = Drop(*node.inputs[0], used);
  node.window_spec.time = places[node.window_spec.time];
  MoveColumns(places, &node.window_spec.partition);
  for (size_t i = 0; i < added; ++i) places.push_back(node.inputs[0]->columns.size() + i);
  KeepColumns(places, &node);
  return places;
}

Places DropOfJoin(PlanNode& node, const Used& used) {
  const size_t left = node.inputs[0]->columns.size();
  Used both(used);
  both.resize(left + node.inputs[1]->columns.size());  // SEMI and ANTI send the left side alone
  if (node.has_predicate) ForEachColumn(node.predicate, [&both](size_t column) { both[column] = 1; });
  Places places;
  for (const size_t port : {0, 1}) {
    PlanNode& input = *node.inputs[port];
    const auto begin = both.begin() + static_cast<std::ptrdiff_t>(port == 0 ? 0 : left);
    Used of_side(begin, begin + static_cast<std::ptrdiff_t>(input.columns.size()));
    std::vector<size_t>& keys = port == 0 ? node.left_keys : node.right_keys;
    std::optional<size_t>& fires_by = port == 0 ? node.fires_by : node.fires_by_right;
    size_t& time = port == 0 ? node.left_time : node.right_time;
    AddColumns(keys, &of_side);
    if (input.unique_key) AddColumns(*input.unique_key, &of_side);  // by which kept rows are found
    if (fires_by) of_side[*fires_by] = 1;
    if (node.has_bounds) of_side[time] = 1;
    const Places side = Drop(input, of_side);
    MoveColumns(side, &keys);
    if (fires_by) fires_by = side[*fires_by];
    if (node.has_bounds) time = side[time];
    const size_t first = port == 0 ? 0 : node.inputs[0]->columns.size();
    for (const size_t place : side) places.push_back(place == kGone ? kGone : first + place);
  }
  if (node.has_predicate) MoveColumns(places, &node.predicate);
  places.resize(used.size());
  KeepColumns(places, &node);
  return places;
}

Places Drop(PlanNode& node, const Used& used) {
  switch (node.kind) {
    case PlanNode::Kind::kProject: return DropOfProject(node, used);
    case PlanNode::Kind::kFilter: return DropOfFilter(node, node.predicate, used);
    case PlanNode::Kind::kWatermark: return DropOfFilter(node, node.exprs[0], used);
    case PlanNode::Kind::kWindow: return DropOfWindow(node, used);
    case PlanNode::Kind::kJoin: return DropOfJoin(node, used);
    default: break;
  }
  for (const PlanPtr& input : node.inputs) Drop(*input, Used(input->columns.size(), 1));
  Places places(node.columns.size());
  std::iota(places.begin(), places.end(), size_t{0});
  return places;
}

}  // namespace

void DropColumns(PlanNode& plan) {
  Drop(plan, Used(plan.columns.size(), 1));
}

}  // namespace cdc::sql
