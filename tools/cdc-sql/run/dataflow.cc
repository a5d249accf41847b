#include "tools/cdc-sql/run/dataflow.h"

#include <algorithm>
#include <set>

#include "tools/cdc-sql/run/expr_eval.h"
#include "tools/cdc-sql/run/op_aggregate.h"
#include "tools/cdc-sql/run/op_filter.h"
#include "tools/cdc-sql/run/op_join.h"
#include "tools/cdc-sql/run/op_net.h"
#include "tools/cdc-sql/run/op_project.h"

namespace cdc::sql {

Operator* Dataflow::Keep(std::unique_ptr<Operator> op) {
  operators_.push_back(std::move(op));
  return operators_.back().get();
}

Operator* Dataflow::Build(const PlanNode& plan) {
  std::vector<Operator*> inputs;
  for (const PlanPtr& input : plan.inputs) inputs.push_back(Build(*input));
  std::unique_ptr<Operator> op;
  switch (plan.kind) {
    case PlanNode::Kind::kScan:
    case PlanNode::Kind::kValues:
    case PlanNode::Kind::kUnionAll: op = std::make_unique<OpPass>(); break;
    case PlanNode::Kind::kFilter: op = std::make_unique<OpFilter>(plan.predicate); break;
    case PlanNode::Kind::kProject: op = std::make_unique<OpProject>(plan); break;
    case PlanNode::Kind::kAggregate: op = std::make_unique<OpAggregate>(plan, mode_); break;
    case PlanNode::Kind::kJoin: op = std::make_unique<OpJoin>(plan); break;
  }
  Operator* built = Keep(std::move(op));
  for (size_t i = 0; i < inputs.size(); ++i) inputs[i]->SetOutput(built, i);
  if (plan.kind == PlanNode::Kind::kScan) sources_.push_back({&plan, built});
  if (plan.kind == PlanNode::Kind::kValues) values_.emplace_back(&plan, built);
  return built;
}

void Dataflow::Add(const PlanSink& sink, std::unique_ptr<Operator> output) {
  Operator* last = Build(*sink.input);
  if (mode_ == ChangeMode::kNet) {
    Operator* net = Keep(std::make_unique<OpNet>(sink.input->columns, sink.key, sink.has_key));
    last->SetOutput(net, 0);
    last = net;
  }
  if (output) last->SetOutput(Keep(std::move(output)), 0);
}

void Dataflow::Start() {
  for (const auto& [plan, entry] : values_) {
    BatchBuilder builder(plan->columns);
    for (const auto& row : plan->rows) {
      for (size_t i = 0; i < row.size(); ++i) builder.column(i).AppendDatum(EvaluateConstant(row[i]));
      builder.RowDone(RowKind::kInsert);
    }
    entry->Push(0, builder.Take());
  }
  if (!values_.empty()) EndStep();
}

void Dataflow::EndStep() {
  for (const auto& op : operators_) op->EndStep();
}

void Dataflow::Finish() {
  for (const auto& op : operators_) op->Finish();
}

namespace {

void Tables(const PlanNode& plan, std::set<const TableDef*>* tables) {
  if (plan.kind == PlanNode::Kind::kScan) tables->insert(plan.table);
  for (const PlanPtr& input : plan.inputs) Tables(*input, tables);
}

}  // namespace

bool SharesSource(const PlanNode& plan) {
  if (plan.inputs.size() == 2) {
    std::set<const TableDef*> left, right;
    Tables(*plan.inputs[0], &left);
    Tables(*plan.inputs[1], &right);
    if (std::any_of(left.begin(), left.end(), [&right](const TableDef* t) { return right.count(t) != 0; })) return true;
  }
  return std::any_of(plan.inputs.begin(), plan.inputs.end(), [](const PlanPtr& input) { return SharesSource(*input); });
}

bool HasTwoInputs(const PlanNode& plan) {
  return plan.inputs.size() > 1 ||
         std::any_of(plan.inputs.begin(), plan.inputs.end(), [](const PlanPtr& input) { return HasTwoInputs(*input); });
}

bool HasState(const PlanNode& plan) {
  return plan.stateful() ||
         std::any_of(plan.inputs.begin(), plan.inputs.end(), [](const PlanPtr& input) { return HasState(*input); });
}

}  // namespace cdc::sql
