#include "tools/cdc-sql/run/op_match.h"

#include <algorithm>

#include "common/error.h"
#include "tools/cdc-sql/run/expr_eval.h"
#include "tools/cdc-sql/run/op_window.h"
#include "tools/cdc-sql/state/row_codec.h"
#include "tools/cdc-sql/state/sort_key.h"

namespace cdc::sql {

namespace {

void Want(const BoundExpr& expr, std::vector<uint8_t>* wanted) {
  ForEachColumn(expr, [wanted](size_t reference) { (*wanted)[reference] = 1; });
}

}  // namespace

OpMatch::OpMatch(const PlanNode& plan)
    : match_(plan.match),
      input_columns_(plan.inputs[0]->columns),
      out_(plan.columns),
      scratch_(plan.inputs[0]->columns),
      measures_want_(match_->references.size(), 0) {
  for (const MatchReference& reference : match_->references) {
    accumulators_.push_back(reference.aggregate ? MakeAccumulator(*reference.aggregate, true) : nullptr);
    if (accumulators_.back()) accumulators_.back()->Resize(1);
  }
  for (const MatchPattern::Element& element : match_->elements) {
    condition_wants_.emplace_back(match_->references.size(), 0);
    if (element.has_condition) Want(element.condition, &condition_wants_.back());
  }
  for (const BoundExpr& measure : match_->measures) Want(measure, &measures_want_);
}

uint32_t OpMatch::PartitionOf(const Batch& batch, size_t row) {
  key_.clear();
  EncodeRow(batch, row, match_->partition, &key_);
  bool added = false;
  const uint32_t id = index_.FindOrAdd(key_, &added);
  if (id >= partitions_.size()) partitions_.resize(id + 1);
  return id;
}

Batch OpMatch::Decoded(const std::string& row) {
  DecodeRow(row, scratch_.columns(), 0, input_columns_.size());
  scratch_.RowDone(RowKind::kInsert);
  return scratch_.Take();
}

void OpMatch::Push(size_t, const Batch& batch) {
  std::string bytes, order;
  const std::vector<SortKey> rest(match_->order.begin() + 1, match_->order.end());
  for (size_t row = 0; row < batch.rows; ++row) {
    const int64_t time = MillisAt(*batch.columns[match_->order[0].column], row);
    if (!match_->proctime && time <= watermark()) continue;
    const uint32_t id = PartitionOf(batch, row);
    bytes.clear();
    EncodeWholeRow(batch, row, &bytes);
    if (match_->proctime) {
      Process(partitions_[id], time, Decoded(bytes));
      continue;
    }
    order.clear();
    AppendSortKey(batch, row, rest, &order);
    waiting_[time][order].push_back({id, bytes});
  }
  if (out_.rows() > 0) Emit(out_.Take());
}

void OpMatch::OnWatermark(int64_t millis) {
  while (!waiting_.empty() && waiting_.begin()->first <= millis) {
    const auto node = waiting_.extract(waiting_.begin());
    for (const auto& [order, rows] : node.mapped()) {
      for (const Waiting& waiting : rows) {
        Process(partitions_[waiting.partition], node.key(), Decoded(waiting.row));
      }
    }
    if (out_.rows() >= kBatchRows) Emit(out_.Take());
  }
  if (match_->within > 0 && millis != kEndOfTime)
    for (Partition& partition : partitions_) {
      if (partition.open.empty()) continue;
      DropTimedOut(partition, millis);
      SendComplete(partition);
      ForgetRows(partition);
    }
  if (out_.rows() > 0) Emit(out_.Take());
  PassWatermark(millis);
}

void OpMatch::Process(Partition& partition, int64_t time, Batch values) {
  DropTimedOut(partition, time);
  partition.rows.push_back({time, std::move(values)});
  std::vector<Match> next;
  for (const Match& match : partition.open) Step(partition, match, match.element, &next);
  Match begin;
  begin.start = partition.first + partition.rows.size() - 1;
  begin.start_time = time;
  Step(partition, begin, 0, &next);
  partition.open = std::move(next);
  SendComplete(partition);
  ForgetRows(partition);
}

/// What the newest row makes of an open match that stands at `element`.
void OpMatch::Step(Partition& partition, const Match& match, size_t element, std::vector<Match>* next) {
  const MatchPattern::Element& at = match_->elements[element];
  const int64_t taken = element == match.element ? match.taken : 0;
  const bool holds = (taken < at.most || at.greedy) && Holds(partition, match, element);
  const bool takes = holds && taken < at.most;
  if (takes) {
    Match longer = match;
    longer.element = element;
    longer.taken = taken + 1;
    longer.variables.push_back(static_cast<uint16_t>(element));
    if (IsComplete(partition, longer)) partition.complete.push_back(longer);
    const bool may_go_on = longer.taken < at.most || element + 1 < match_->elements.size();
    if (may_go_on) next->push_back(std::move(longer));
  }
  const bool leaves = taken >= at.least && !(at.greedy && holds);
  if (leaves && element + 1 < match_->elements.size()) Step(partition, match, element + 1, next);
}

/// Whether nothing more is needed after the row that was taken last. Variables behind that can do without a row are
/// passed by; a greedy one only where it could not have taken that row.
bool OpMatch::IsComplete(const Partition& partition, const Match& match) const {
  for (size_t element = match.element; element < match_->elements.size(); ++element) {
    const MatchPattern::Element& at = match_->elements[element];
    if ((element == match.element ? match.taken : 0) < at.least) return false;
    if (!at.greedy) continue;
    Match before = match;
    before.variables.pop_back();
    if (Holds(partition, before, element)) return false;
  }
  return true;
}

/// Whether the newest row fulfils the condition of a variable, as the next one of the match.
bool OpMatch::Holds(const Partition& partition, const Match& match, size_t element) const {
  const MatchPattern::Element& at = match_->elements[element];
  if (!at.has_condition) return true;
  std::vector<uint16_t> variables = match.variables;
  variables.push_back(static_cast<uint16_t>(element));
  const ColumnPtr result =
      Evaluate(at.condition, References(partition, variables, match.start, condition_wants_[element]));
  return !result->IsNull(0) && result->bools()[0] != 0;
}

void OpMatch::DropTimedOut(Partition& partition, int64_t time) {
  if (match_->within == 0) return;
  std::erase_if(partition.open, [&](const Match& match) { return time - match.start_time >= match_->within; });
}

/// The first row that another match may begin with after `match`.
uint64_t OpMatch::KeptFrom(const Match& match) const {
  if (match_->skip == MatchClause::Skip::kToNextRow) return match.start + 1;
  if (match_->skip == MatchClause::Skip::kPastLastRow) return match.start + match.variables.size();
  // To the first or last row of a variable.
  const bool to_first = match_->skip == MatchClause::Skip::kToFirst;
  size_t row = match.variables.size();
  for (size_t i = 0; i < match.variables.size(); ++i) {
    if (match.variables[i] != match_->skip_element) continue;
    row = i;
    if (to_first) break;
  }
  const std::string clause = std::string("AFTER MATCH SKIP TO ") + (to_first ? "FIRST " : "LAST ") +
                             match_->elements[match_->skip_element].variable;
  const std::string hint = "AFTER MATCH SKIP TO NEXT ROW or PAST LAST ROW are always possible";
  if (row == match.variables.size())
    Fail(ExitStatus::kData, clause + ": a match has no row of this variable", "", hint);
  if (row == 0)
    Fail(ExitStatus::kData, clause + ": it is the first row of a match, which would be found for ever", "", hint);
  return match.start + row;
}

void OpMatch::SendComplete(Partition& partition) {
  std::stable_sort(partition.complete.begin(), partition.complete.end(),
                   [](const Match& a, const Match& b) { return a.start < b.start; });
  while (!partition.complete.empty()) {
    const Match match = partition.complete.front();
    if (!partition.open.empty() && partition.open.front().start < match.start) return;
    partition.complete.erase(partition.complete.begin());
    Send(partition, match);
    const uint64_t from = KeptFrom(match);
    const auto is_before = [from](const Match& other) { return other.start < from; };
    std::erase_if(partition.open, is_before);
    std::erase_if(partition.complete, is_before);
  }
}

void OpMatch::Send(const Partition& partition, const Match& match) {
  const Row& first = partition.rows[match.start - partition.first];
  size_t column = 0;
  for (const size_t key : match_->partition) out_.column(column++).AppendFrom(*first.values.columns[key], 0);
  const Batch references = References(partition, match.variables, match.start, measures_want_);
  for (const BoundExpr& measure : match_->measures) out_.column(column++).AppendFrom(*Evaluate(measure, references), 0);
  out_.RowDone(RowKind::kInsert);
}

void OpMatch::ForgetRows(Partition& partition) {
  uint64_t needed = partition.first + partition.rows.size();
  for (const auto* matches : {&partition.open, &partition.complete})
    for (const Match& match : *matches) needed = std::min(needed, match.start);
  for (; partition.first < needed; ++partition.first) partition.rows.pop_front();
}

/// One row with the references that are wanted.
Batch OpMatch::References(const Partition& partition, const std::vector<uint16_t>& variables, uint64_t start,
                          const std::vector<uint8_t>& wanted) const {
  Batch batch;
  batch.rows = 1;
  batch.kinds = {RowKind::kInsert};
  for (size_t i = 0; i < wanted.size(); ++i)
    batch.columns.push_back(
        wanted[i] == 0 ? nullptr : Value(match_->references[i], accumulators_[i].get(), partition, variables, start));
  return batch;
}

ColumnPtr OpMatch::Value(const MatchReference& reference, Accumulator* accumulator, const Partition& partition,
                         const std::vector<uint16_t>& variables, uint64_t start) const {
  const auto is_of = [&reference](uint16_t variable) {
    return reference.variable == MatchReference::kAnyVariable || variable == static_cast<uint16_t>(reference.variable);
  };
  const auto values_of = [&](size_t i) -> const Batch& { return partition.rows[start - partition.first + i].values; };
  auto out = std::make_shared<ColumnVector>(reference.type.physical());
  if (!reference.aggregate) {
    int64_t skip = reference.offset;
    for (size_t n = 0; n < variables.size(); ++n) {
      const size_t i = reference.from_first ? n : variables.size() - 1 - n;
      if (is_of(variables[i]) && skip-- == 0) return Evaluate(reference.exprs[0], values_of(i));
    }
    out->AppendNull();
    return out;
  }
  accumulator->Reset(0);
  for (size_t i = 0; i < variables.size(); ++i) {
    if (!is_of(variables[i])) continue;
    Batch row;
    row.rows = 1;
    row.kinds = {RowKind::kInsert};
    for (const BoundExpr& expr : reference.exprs) row.columns.push_back(Evaluate(expr, values_of(i)));
    AddToAccumulator(*accumulator, *reference.aggregate, 0, row, 0, 1);
  }
  accumulator->Append(0, *out);
  return out;
}

void OpMatch::PersistOwn(StateArchive& state) {
  state(index_, waiting_);
  if (state.loading()) partitions_ = std::vector<Partition>(index_.capacity());
  for (const uint32_t id : index_.Ids()) {
    Partition& partition = partitions_[id];
    std::vector<std::pair<int64_t, std::string>> rows;
    for (const Row& row : partition.rows) EncodeWholeRow(row.values, 0, &rows.emplace_back(row.time, "").second);
    state(partition.first, rows, partition.open, partition.complete);
    if (!state.loading()) continue;
    for (const auto& [time, row] : rows) partition.rows.push_back({time, Decoded(row)});
  }
}

}  // namespace cdc::sql
