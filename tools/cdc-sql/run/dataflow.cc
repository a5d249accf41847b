#include "tools/cdc-sql/run/dataflow.h"

#include <algorithm>
#include <set>

#include "common/error.h"
#include "tools/cdc-sql/bind/table_options.h"
#include "tools/cdc-sql/plan/fingerprint.h"
#include "tools/cdc-sql/run/expr_eval.h"
#include "tools/cdc-sql/run/op_aggregate.h"
#include "tools/cdc-sql/run/op_changelog.h"
#include "tools/cdc-sql/run/op_expand.h"
#include "tools/cdc-sql/run/op_filter.h"
#include "tools/cdc-sql/run/op_first_row.h"
#include "tools/cdc-sql/run/op_join.h"
#include "tools/cdc-sql/run/op_match.h"
#include "tools/cdc-sql/run/op_net.h"
#include "tools/cdc-sql/run/op_over.h"
#include "tools/cdc-sql/run/op_project.h"
#include "tools/cdc-sql/run/op_rank.h"
#include "tools/cdc-sql/run/op_rank_update.h"
#include "tools/cdc-sql/run/op_semi_join.h"
#include "tools/cdc-sql/run/op_session.h"
#include "tools/cdc-sql/run/op_set.h"
#include "tools/cdc-sql/run/op_time_join.h"
#include "tools/cdc-sql/run/op_upsert.h"
#include "tools/cdc-sql/run/op_window.h"
#include "tools/cdc-sql/run/whole_turns.h"

namespace cdc::sql {

namespace {

std::unique_ptr<Operator> MakeJoinOperator(const PlanNode& plan) {
  if (plan.fires_by) return std::make_unique<OpWindowJoin>(plan);
  if (plan.has_bounds) return std::make_unique<OpIntervalJoin>(plan);
  if (plan.join != JoinKind::kSemi && plan.join != JoinKind::kAnti) {
    auto join = std::make_unique<OpJoin>(plan);
    if (const auto port = StreamedPort(plan)) join->SetStreamed(*port);
    return join;
  }
  if (plan.null_aware) return std::make_unique<OpNotIn>(plan);
  return std::make_unique<OpSemiJoin>(plan);
}

/// The tables that lookup joins look into: they are read before all others.
void LookupTables(const PlanNode& plan, bool below, std::set<const PlanNode*>* scans) {
  if (plan.kind == PlanNode::Kind::kScan && below) scans->insert(&plan);
  for (size_t i = 0; i < plan.inputs.size(); ++i)
    LookupTables(*plan.inputs[i], below || (plan.kind == PlanNode::Kind::kTemporalJoin && plan.lookup && i == 1),
                 scans);
}

/// A part whose operators can serve several readers of one query: it computes the same whenever it is asked, from rows
/// of streams, and keeps windows at most.
bool MayShare(const PlanNode& plan, const std::set<const PlanNode*>& lookups) {
  switch (plan.kind) {
    case PlanNode::Kind::kScan:
      if (lookups.count(&plan) != 0) return false;
      break;
    case PlanNode::Kind::kProject:
    case PlanNode::Kind::kFilter:
    case PlanNode::Kind::kWatermark: break;
    case PlanNode::Kind::kWindow:
      if (plan.window_spec.kind == WindowSpec::Kind::kSession) return false;
      break;
    case PlanNode::Kind::kAggregate:
      if (!plan.fires_by || plan.by_clock || plan.window_spec.kind == WindowSpec::Kind::kSession) return false;
      break;
    default: return false;
  }
  const auto fixed = [](const BoundExpr& expr) { return expr.deterministic; };
  if (!std::all_of(plan.exprs.begin(), plan.exprs.end(), fixed)) return false;
  if (plan.has_predicate && !plan.predicate.deterministic) return false;
  return std::all_of(plan.inputs.begin(), plan.inputs.end(),
                     [&lookups](const PlanPtr& input) { return MayShare(*input, lookups); });
}

}  // namespace

/// Told by the operator: `known` may itself have been shared, and then it is not the scan that the source was made of.
void Dataflow::ShareSource(const PlanNode& scan, const PlanNode& known) {
  for (Source& source : sources_)
    if (source.entry == by_plan_.at(&known)) MergeUses(scan.uses, &source.uses);
}

/// The operators of `known` for an equal part: only their readers become more.
Operator* Dataflow::Share(const PlanNode& plan, const PlanNode& known) {
  by_plan_[&plan] = by_plan_.at(&known);
  if (plan.kind == PlanNode::Kind::kScan) ShareSource(plan, known);
  for (size_t i = 0; i < plan.inputs.size(); ++i) Share(*plan.inputs[i], *known.inputs[i]);
  return by_plan_[&plan];
}

void Dataflow::KeepWatermark(const PlanNode& plan, OpWatermark* watermark) {
  watermarks_.push_back(watermark);
  const PlanNode* scan = &plan;
  while (scan->kind != PlanNode::Kind::kScan) scan = scan->inputs[0].get();
  for (Source& source : sources_)
    if (source.entry == by_plan_.at(scan)) source.watermarks.push_back(watermark);
}

Operator* Dataflow::Keep(std::unique_ptr<Operator> op) {
  operators_.push_back(std::move(op));
  keeps_.push_back(0);
  if (spill_ != nullptr) operators_.back()->UseSpill(*spill_);
  return operators_.back().get();
}

/// What keeps nothing and depends on nothing but its row can be computed before it is the row's turn. Record by record
/// the time goes on with the rows, where it is waited for, in steps at their end.
bool Dataflow::MayGoAhead(const PlanNode& plan, const std::vector<Operator*>& inputs) const {
  if (plan.kind == PlanNode::Kind::kScan) return true;
  if (plan.kind != PlanNode::Kind::kFilter && plan.kind != PlanNode::Kind::kProject &&
      (plan.kind != PlanNode::Kind::kWatermark || (mode_ == ChangeMode::kTrace && plan.granule > 0)))
    return false;
  const auto by_time = [](const BoundExpr& expr) { return expr.uses_watermark; };
  return ahead_.count(inputs[0]) != 0 && !by_time(plan.predicate) &&
         std::none_of(plan.exprs.begin(), plan.exprs.end(), by_time);
}

/// `plan`: that `from` was made of.
void Dataflow::Link(Operator* from, const PlanNode& plan, Operator* to, size_t port) {
  const auto* taker = dynamic_cast<TurnTaker*>(to);
  const bool holds = whole_turns_ && taker != nullptr && taker->HoldsTurns();
  if (ahead_.count(from) == 0 || ahead_.count(to) != 0 || holds) return from->AddOutput(to, port);
  gates_.push_back(std::make_unique<OpGate>(plan.columns, *to, waiting_));
  from->AddOutput(gates_.back().get(), 0);
  gates_.back()->AddOutput(to, port);
}

Operator* Dataflow::Build(const PlanNode& plan) {
  const bool may_share = MayShare(plan, lookups_);
  std::string text;
  if (may_share) {
    text = PartText(plan);
    if (const auto found = shared_.find(text); found != shared_.end()) return Share(plan, *found->second);
  }
  std::vector<Operator*> inputs;
  for (const PlanPtr& input : plan.inputs) inputs.push_back(Build(*input));
  std::unique_ptr<Operator> op;
  switch (plan.kind) {
    case PlanNode::Kind::kScan:
    case PlanNode::Kind::kValues:
    case PlanNode::Kind::kUnionAll: op = std::make_unique<OpPass>(); break;
    case PlanNode::Kind::kFilter: op = std::make_unique<OpFilter>(plan.predicate); break;
    case PlanNode::Kind::kProject: op = std::make_unique<OpProject>(plan); break;
    case PlanNode::Kind::kAggregate:
      if (!plan.fires_by || !plan.append_only) {
        op = std::make_unique<OpAggregate>(plan, mode_, turns_are_steps_);
      } else if (plan.window_spec.kind == WindowSpec::Kind::kSession) {
        op = std::make_unique<OpSessionAggregate>(plan);
      } else {
        op = std::make_unique<OpWindowAggregate>(plan);
      }
      break;
    case PlanNode::Kind::kJoin: op = MakeJoinOperator(plan); break;
    case PlanNode::Kind::kWatermark: {
      auto watermark = std::make_unique<OpWatermark>(plan, mode_);
      KeepWatermark(plan, watermark.get());
      op = std::move(watermark);
      break;
    }
    case PlanNode::Kind::kWindow:
      if (plan.window_spec.kind == WindowSpec::Kind::kSession) {
        op = std::make_unique<OpSession>(plan);
      } else {
        op = std::make_unique<OpWindow>(plan);
      }
      break;
    case PlanNode::Kind::kOver:
      if (plan.over.rowtime || plan.over.proctime) {
        op = std::make_unique<OpOverTime>(plan);
      } else {
        op = std::make_unique<OpOverRows>(plan);
      }
      break;
    case PlanNode::Kind::kMatch: op = std::make_unique<OpMatch>(plan); break;
    case PlanNode::Kind::kRank:
      if (plan.rank_key) {
        op = std::make_unique<OpRankUpdate>(plan);
      } else {
        op = std::make_unique<OpRank>(plan);
      }
      break;
    case PlanNode::Kind::kDedup:
      if (plan.waits_for_time()) {
        op = std::make_unique<OpFirstRow>(plan);
      } else {
        op = std::make_unique<OpDedup>(plan);
      }
      break;
    case PlanNode::Kind::kSort: op = std::make_unique<OpSort>(plan); break;
    case PlanNode::Kind::kLimit: op = std::make_unique<OpLimit>(plan); break;
    case PlanNode::Kind::kSetOp: op = std::make_unique<OpSet>(plan); break;
    case PlanNode::Kind::kNormalize:
      if (plan.keys_suffice && mode_ == ChangeMode::kTrace) {
        if (plan.has_predicate) op = std::make_unique<OpFilter>(plan.predicate);
        if (!plan.has_predicate) op = std::make_unique<OpPass>();
      } else {
        op = std::make_unique<OpNormalize>(plan);
      }
      break;
    case PlanNode::Kind::kMaterialize: op = std::make_unique<OpMaterialize>(plan); break;
    case PlanNode::Kind::kToChangelog: op = std::make_unique<OpToChangelog>(plan); break;
    case PlanNode::Kind::kFromChangelog: op = std::make_unique<OpFromChangelog>(plan); break;
    case PlanNode::Kind::kExpand: op = std::make_unique<OpExpand>(plan); break;
    case PlanNode::Kind::kUnnest: op = std::make_unique<OpUnnest>(plan); break;
    case PlanNode::Kind::kTemporalJoin:
      if (plan.lookup) {
        op = std::make_unique<OpLookupJoin>(plan);
      } else {
        op = std::make_unique<OpTemporalJoin>(plan);
      }
      break;
  }
  Operator* built = Keep(std::move(op));
  keeps_.back() = plan.stateful() && !plan.keys_suffice ? 1 : 0;
  by_plan_[&plan] = built;
  if (may_share) shared_.emplace(std::move(text), &plan);
  built->SetPorts(std::max<size_t>(1, inputs.size()));
  if (plan.kind == PlanNode::Kind::kUnionAll) built->WaitForNoneBehind();
  if (MayGoAhead(plan, inputs)) ahead_.insert(built);
  for (size_t i = 0; i < inputs.size(); ++i) Link(inputs[i], *plan.inputs[i], built, i);
  if (plan.kind == PlanNode::Kind::kScan) sources_.push_back({&plan, built, lookups_.count(&plan) != 0, plan.uses});
  if (plan.kind == PlanNode::Kind::kValues) values_.emplace_back(&plan, built);
  return built;
}

void Dataflow::TakeTurnsWhole(const PlanSink& sink, bool turns_are_steps) {
  // What a batch makes of its rows is held whole: with a limit of memory this is looked at turn by turn.
  whole_turns_ = spill_ == nullptr && MayTakeTurnsWhole(*sink.input, mode_);
  turns_are_steps_ = whole_turns_ && turns_are_steps;
}

void Dataflow::Add(const PlanSink& sink, std::unique_ptr<Operator> output) {
  LookupTables(*sink.input, false, &lookups_);
  shared_.clear();
  Operator* last = Build(*sink.input);
  if (mode_ == ChangeMode::kNet) {
    Operator* net = Keep(std::make_unique<OpNet>(sink.input->columns, sink.key, sink.has_key, turns_are_steps_));
    Link(last, *sink.input, net, 0);
    last = net;
  }
  if (output) Link(last, *sink.input, Keep(std::move(output)), 0);
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

bool Dataflow::has_own_rows() const {
  return !values_.empty() || std::any_of(sources_.begin(), sources_.end(),
                                         [](const Source& source) { return IsLocalSource(*source.scan->table); });
}

void Dataflow::EndStep(bool rows, uint32_t turn) {
  if (rows)
    for (const auto& op : operators_) op->EndStep();
  if (mode_ == ChangeMode::kNet) {
    // Time moves when the step is whole; what it sets off belongs to the step.
    bool moved = false;
    for (OpWatermark* watermark : watermarks_) moved = watermark->AdvanceTime(turn) || moved;
    if (moved)
      for (const auto& op : operators_) op->EndStep();
  }
  KeepLimit();
}

/// In topological order: an operator has all that those before it make of the turns.
void Dataflow::TakeTurnsWhole() {
  for (const auto& op : operators_) {
    for (OpGate* gate : waiting_)
      if (gate->IsBefore(*op)) gate->ReleaseAll();
    if (auto* taker = dynamic_cast<TurnTaker*>(op.get())) taker->TakeTurns();
  }
  waiting_.clear();
}

void Dataflow::TakeTurns(uint32_t turns, bool steps) {
  if (failed_) return;  // what is left of a step is no result
  if (whole_turns_) {
    TakeTurnsWhole();
    return steps ? EndStep(true, UINT32_MAX) : KeepLimit();
  }
  for (uint32_t turn = 0; turn < turns; ++turn) {
    bool rows = false;
    for (OpGate* gate : waiting_) rows = gate->Release(turn) || rows;
    if (steps) {
      EndStep(rows, turn);
    } else if (rows) {
      KeepLimit();
    }
  }
  waiting_.clear();
}

void Dataflow::DropTurns() {
  failed_ = true;
  for (OpGate* gate : waiting_) gate->Drop();
  waiting_.clear();
}

void Dataflow::EndTime() {
  for (const Source& source : sources_) source.entry->Watermark(0, kEndOfTime);
  for (const auto& [plan, entry] : values_) entry->Watermark(0, kEndOfTime);
  EndStep();
}

void Dataflow::Finish() {
  for (const auto& op : operators_) op->Finish();
}

void Dataflow::Persist(StateArchive& state) {
  if (spill_ != nullptr && !state.loading()) spill_->BeginReading();
  for (size_t i = 0; i < operators_.size(); ++i) {
    state.Tag("operator");
    operators_[i]->Persist(state);
    CDC_CHECK(!state.TakeNothingKept() || keeps_[i] == 0, "an operator with state does not save it");
  }
}

Dataflow::OperatorStats Dataflow::StatsOf(const PlanNode& plan) const {
  Operator& op = *by_plan_.at(&plan);
  OperatorStats stats;
  stats.rows_out = op.rows_out();
  stats.watermark = op.watermark();
  stats.late = op.late();
  if (!plan.stateful()) return stats;
  StateArchive count = StateArchive::Counting();
  op.Persist(count);
  count.Finish();
  stats.state_bytes = count.bytes();
  stats.kept = count.kept();
  return stats;
}

std::vector<Dataflow::Late> Dataflow::LateRows() const {
  std::vector<Late> all;
  for (const auto& op : operators_) {
    if (op->late() == 0) continue;
    for (const auto& [plan, of_plan] : by_plan_) {
      if (of_plan != op.get()) continue;
      all.push_back({plan, op->late()});
      break;
    }
  }
  return all;
}

namespace {

void Tables(const PlanNode& plan, std::set<const TableDef*>* tables) {
  if (plan.kind == PlanNode::Kind::kScan) tables->insert(plan.table);
  for (const PlanPtr& input : plan.inputs) Tables(*input, tables);
}

}  // namespace

ChangeMode ChangeModeOf(const std::vector<PlanSink>& sinks, bool step_each_record) {
  const bool shares =
      std::any_of(sinks.begin(), sinks.end(), [](const PlanSink& sink) { return SharesSource(*sink.input); });
  return step_each_record && !shares ? ChangeMode::kTrace : ChangeMode::kNet;
}

namespace {

/// Its rows come when the time has passed a window, and only then.
bool ComesByTime(const PlanNode& plan) {
  if (plan.kind == PlanNode::Kind::kProject || plan.kind == PlanNode::Kind::kFilter)
    return ComesByTime(*plan.inputs[0]);
  return (plan.kind == PlanNode::Kind::kAggregate || plan.kind == PlanNode::Kind::kRank) && plan.fires_by &&
         plan.append_only && !plan.by_clock;
}

/// It sends nothing before the windows of both inputs are closed, however many records that takes.
bool JoinsClosedWindows(const PlanNode& plan) {
  return plan.kind == PlanNode::Kind::kJoin && plan.fires_by &&
         std::all_of(plan.inputs.begin(), plan.inputs.end(), [](const PlanPtr& input) { return ComesByTime(*input); });
}

bool InputsShareTable(const PlanNode& plan) {
  std::set<const TableDef*> known;
  for (const PlanPtr& input : plan.inputs) {
    std::set<const TableDef*> tables;
    Tables(*input, &tables);
    if (std::any_of(tables.begin(), tables.end(), [&known](const TableDef* t) { return known.count(t) != 0; }))
      return true;
    known.insert(tables.begin(), tables.end());
  }
  return false;
}

}  // namespace

bool SharesSource(const PlanNode& plan) {
  if (!JoinsClosedWindows(plan) && InputsShareTable(plan)) return true;
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
