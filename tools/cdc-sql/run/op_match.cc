#include "tools/cdc-sql/run/op_match.h"

#include <algorithm>
#include <chrono>
#include <iterator>

#include "common/error.h"
#include "common/stop.h"
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
  FindUses();
}

void OpMatch::FindUses() {
  uses_.resize(match_->elements.size());
  for (const std::vector<uint8_t>& wanted : condition_wants_)
    for (size_t i = 0; i < wanted.size(); ++i) {
      if (wanted[i] == 0) continue;
      const MatchReference& reference = match_->references[i];
      Uses& uses = reference.variable == MatchReference::kAnyVariable ? any_uses_
                                                                      : uses_[static_cast<size_t>(reference.variable)];
      if (reference.from_first || reference.aggregate) {
        uses.all = true;
      } else {
        uses.last = std::max(uses.last, static_cast<uint64_t>(reference.offset) + 1);
      }
    }
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
    if (!match_->proctime && time <= watermark()) {
      CountLate();
      continue;
    }
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
  // At the end of the input as well, which ends what is open and so lets go what waited for it. The clock has no end.
  if (match_->within > 0 && !(match_->proctime && millis == kEndOfTime))
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
  LookAtStop();
  DropTimedOut(partition, time);
  const uint64_t row = partition.end();
  partition.rows.push_back({time, std::move(values)});
  Groups next;
  for (auto& [signature, group] : partition.open) Step(partition, std::move(group), &next);
  Group begin;
  begin.push_back({row, time, {row}});
  Step(partition, std::move(begin), &next);
  partition.open = std::move(next);
  SendComplete(partition);
  ForgetRows(partition);
}

namespace {

/// Makes one group of two.
template <typename Group>
void Merge(Group group, Group* into) {
  if (into->empty()) {
    *into = std::move(group);
  } else if (into->back().start <= group.front().start && group.size() <= into->size()) {
    std::move(group.begin(), group.end(), std::back_inserter(*into));
  } else if (group.back().start <= into->front().start && group.size() <= into->size()) {
    std::move(group.rbegin(), group.rend(), std::front_inserter(*into));
  } else if (into->size() < group.size()) {
    std::swap(group, *into);
    Merge(std::move(group), into);
  } else {
    Group merged;
    std::merge(group.begin(), group.end(), into->begin(), into->end(), std::back_inserter(merged),
               [](const auto& a, const auto& b) { return a.start < b.start; });
    *into = std::move(merged);
  }
}

}  // namespace

/// What the newest row makes of open matches.
void OpMatch::Step(Partition& partition, Group group, Groups* next) {
  const uint64_t end = partition.end();
  const std::vector<Target> targets = TargetsOf(partition, group.front());
  for (size_t i = 0; i < targets.size(); ++i) {
    const Target& target = targets[i];
    Group taken = i + 1 == targets.size() ? std::move(group) : group;
    if (taken.front().begins.size() <= target.element)
      for (Match& match : taken) match.begins.resize(target.element + 1, end - 1);
    if (target.is_complete)
      for (const Match& match : taken) partition.complete.insert({match, end});
    if (!target.goes_on) continue;
    Signature signature = SignatureOf(taken.front(), end);
    Merge(std::move(taken), &(*next)[std::move(signature)]);
  }
}

/// Which elements can take the newest row: the one that the match stands at, and those behind it that it may go on to.
std::vector<OpMatch::Target> OpMatch::TargetsOf(const Partition& partition, const Match& match) const {
  std::vector<Target> targets;
  const size_t stands_at = match.begins.size() - 1;
  for (size_t element = stands_at; element < match_->elements.size(); ++element) {
    const MatchPattern::Element& at = match_->elements[element];
    const auto taken = element == stands_at ? static_cast<int64_t>(partition.end() - 1 - match.begins[element]) : 0;
    const bool holds = (taken < at.most || at.greedy) && Holds(partition, match, element);
    if (holds && taken < at.most) {
      const bool goes_on = taken + 1 < at.most || element + 1 < match_->elements.size();
      targets.push_back({element, goes_on, IsComplete(partition, match, element, taken + 1)});
    }
    if (taken < at.least || (at.greedy && holds)) break;
  }
  return targets;
}

/// Whether nothing more is needed once `element` has taken the newest row, and so `taken` rows. Variables behind it
/// that can do without a row are passed by; a greedy one only where it could not have taken that row.
bool OpMatch::IsComplete(const Partition& partition, const Match& match, size_t element, int64_t taken) const {
  const MatchPattern::Element& at = match_->elements[element];
  if (taken < at.least || at.greedy) return false;
  for (size_t behind = element + 1; behind < match_->elements.size(); ++behind) {
    const MatchPattern::Element& other = match_->elements[behind];
    if (other.least > 0 || (other.greedy && Holds(partition, match, behind))) return false;
  }
  return true;
}

/// Whether the newest row fulfils the condition of a variable, as the next one of the match.
bool OpMatch::Holds(const Partition& partition, const Match& match, size_t element) const {
  const MatchPattern::Element& at = match_->elements[element];
  if (!at.has_condition) return true;
  Match longer = match;
  longer.begins.resize(element + 1, partition.end() - 1);
  const ColumnPtr result =
      Evaluate(at.condition, References(partition, longer, partition.end(), condition_wants_[element]));
  return !result->IsNull(0) && result->bools()[0] != 0;
}

/// What conditions can still know of an open match: matches with the same signature go on in the same way.
OpMatch::Signature OpMatch::SignatureOf(const Match& match, uint64_t end) const {
  const size_t stands_at = match.begins.size() - 1;
  const MatchPattern::Element& at = match_->elements[stands_at];
  const uint64_t told_apart = at.most == MatchClause::kUnbounded
                                  ? std::max(static_cast<uint64_t>(at.least), uses_[stands_at].last)
                                  : static_cast<uint64_t>(at.most);
  Signature signature = {stands_at, std::min(end - match.begins[stands_at], told_apart)};
  for (size_t element = 0; element <= stands_at; ++element) {
    const Uses& uses = uses_[element];
    const uint64_t begin = match.begins[element];
    if (uses.all) signature.push_back(begin);
    if (element == stands_at) break;
    const uint64_t behind = match.begins[element + 1];
    if (uses.all || uses.last > 0) signature.push_back(behind);
    if (uses.last > 0) signature.push_back(std::min(behind - begin, uses.last));
  }
  if (any_uses_.all) signature.push_back(match.start);
  if (any_uses_.last > 0) signature.push_back(std::min(end - match.start, any_uses_.last));
  return signature;
}

namespace {

/// Takes away the first matches of each group, as long as they are to go.
template <typename Groups, typename Goes>
void DropFirst(Groups& open, const Goes& goes) {
  for (auto it = open.begin(); it != open.end();) {
    auto& group = it->second;
    while (!group.empty() && goes(group.front())) group.pop_front();
    it = group.empty() ? open.erase(it) : std::next(it);
  }
}

}  // namespace

void OpMatch::DropTimedOut(Partition& partition, int64_t time) {
  if (match_->within == 0) return;
  DropFirst(partition.open, [last = time - match_->within](const Match& match) { return match.start_time <= last; });
}

bool OpMatch::Complete::operator<(const Complete& other) const {
  if (match.start != other.match.start) return match.start < other.match.start;
  if (end != other.end) return end < other.end;
  // One that stayed longer with a variable comes first.
  const auto& a = match.begins;
  const auto& b = other.match.begins;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    if (a[i] != b[i]) return a[i] > b[i];
  return a.size() < b.size();
}

namespace {

struct RowRange {
  uint64_t begin, end;
};

/// The rows that a variable took of a match that ends before row `end`.
template <typename Match>
RowRange RowsOf(const Match& match, size_t element, uint64_t end) {
  if (element >= match.begins.size()) return {end, end};
  return {match.begins[element], element + 1 < match.begins.size() ? match.begins[element + 1] : end};
}

/// The smallest start of open matches.
template <typename Groups>
uint64_t FirstStart(const Groups& open) {
  uint64_t first = UINT64_MAX;
  for (const auto& [signature, group] : open) first = std::min(first, group.front().start);
  return first;
}

}  // namespace

/// The first row that another match may begin with after this one.
uint64_t OpMatch::KeptFrom(const Complete& complete) const {
  const uint64_t start = complete.match.start;
  if (match_->skip == MatchClause::Skip::kToNextRow) return start + 1;
  if (match_->skip == MatchClause::Skip::kPastLastRow) return complete.end;
  // To the first or last row of a variable.
  const bool to_first = match_->skip == MatchClause::Skip::kToFirst;
  const RowRange rows = RowsOf(complete.match, match_->skip_element, complete.end);
  const std::string clause = std::string("AFTER MATCH SKIP TO ") + (to_first ? "FIRST " : "LAST ") +
                             match_->elements[match_->skip_element].variable;
  const std::string hint = "AFTER MATCH SKIP TO NEXT ROW or PAST LAST ROW are always possible";
  if (rows.begin == rows.end) Fail(ExitStatus::kData, clause + ": a match has no row of this variable", "", hint);
  const uint64_t row = to_first ? rows.begin : rows.end - 1;
  if (row == start)
    Fail(ExitStatus::kData, clause + ": it is the first row of a match, which would be found for ever", "", hint);
  return row;
}

void OpMatch::SendComplete(Partition& partition) {
  if (partition.complete.empty()) return;
  uint64_t open_from = FirstStart(partition.open);
  while (!partition.complete.empty() && partition.complete.begin()->match.start <= open_from) {
    LookAtStop();
    const Complete complete = std::move(partition.complete.extract(partition.complete.begin()).value());
    Send(partition, complete);
    const uint64_t from = KeptFrom(complete);
    while (!partition.complete.empty() && partition.complete.begin()->match.start < from)
      partition.complete.erase(partition.complete.begin());
    if (open_from >= from) continue;
    DropFirst(partition.open, [from](const Match& match) { return match.start < from; });
    open_from = FirstStart(partition.open);
  }
}

void OpMatch::Send(const Partition& partition, const Complete& complete) {
  const Row& first = partition.rows[complete.match.start - partition.first];
  size_t column = 0;
  for (const size_t key : match_->partition) out_.column(column++).AppendFrom(*first.values.columns[key], 0);
  const Batch references = References(partition, complete.match, complete.end, measures_want_);
  for (const BoundExpr& measure : match_->measures) out_.column(column++).AppendFrom(*Evaluate(measure, references), 0);
  out_.RowDone(RowKind::kInsert);
}

void OpMatch::ForgetRows(Partition& partition) {
  uint64_t needed = std::min(partition.end(), FirstStart(partition.open));
  if (!partition.complete.empty()) needed = std::min(needed, partition.complete.begin()->match.start);
  for (; partition.first < needed; ++partition.first) partition.rows.pop_front();
}

/// One row with the references that are wanted, of a match that ends before row `end`.
Batch OpMatch::References(const Partition& partition, const Match& match, uint64_t end,
                          const std::vector<uint8_t>& wanted) const {
  Batch batch;
  batch.rows = 1;
  batch.kinds = {RowKind::kInsert};
  for (size_t i = 0; i < wanted.size(); ++i)
    batch.columns.push_back(
        wanted[i] == 0 ? nullptr : Value(match_->references[i], accumulators_[i].get(), partition, match, end));
  return batch;
}

ColumnPtr OpMatch::Value(const MatchReference& reference, Accumulator* accumulator, const Partition& partition,
                         const Match& match, uint64_t end) const {
  const RowRange rows = reference.variable == MatchReference::kAnyVariable
                            ? RowRange{match.start, end}
                            : RowsOf(match, static_cast<size_t>(reference.variable), end);
  const auto values_of = [&](uint64_t row) -> const Batch& { return partition.rows[row - partition.first].values; };
  auto out = std::make_shared<ColumnVector>(reference.type.physical());
  if (!reference.aggregate) {
    const auto offset = static_cast<uint64_t>(reference.offset);
    if (offset < rows.end - rows.begin)
      return Evaluate(reference.exprs[0],
                      values_of(reference.from_first ? rows.begin + offset : rows.end - 1 - offset));
    out->AppendNull();
    return out;
  }
  accumulator->Reset(0);
  for (uint64_t i = rows.begin; i < rows.end; ++i) {
    Batch row;
    row.rows = 1;
    row.kinds = {RowKind::kInsert};
    for (const BoundExpr& expr : reference.exprs) row.columns.push_back(Evaluate(expr, values_of(i)));
    AddToAccumulator(*accumulator, *reference.aggregate, 0, row, 0, 1);
  }
  accumulator->Append(0, *out);
  return out;
}

/// A long run of matches is not to keep the program from stopping.
void OpMatch::LookAtStop() {
  if (!StopRequested()) return;
  constexpr int64_t kPatienceMillis = 500;
  const int64_t now =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
          .count();
  if (!stop_seen_) stop_seen_ = now;
  if (now - *stop_seen_ < kPatienceMillis) return;
  Fail(ExitStatus::kTempFail, "stopped in the middle of MATCH_RECOGNIZE",
       "what was read last has no results yet, and would have needed more time");
}

void OpMatch::PersistOwn(StateArchive& state) {
  state(index_, waiting_);
  if (state.loading()) partitions_ = std::vector<Partition>(index_.capacity());
  for (const uint32_t id : index_.Ids()) {
    Partition& partition = partitions_[id];
    std::vector<std::pair<int64_t, std::string>> rows;
    for (const Row& row : partition.rows) EncodeWholeRow(row.values, 0, &rows.emplace_back(row.time, "").second);
    state(partition.first, rows);
    if (state.loading())
      for (const auto& [time, row] : rows) partition.rows.push_back({time, Decoded(row)});
    PersistMatches(partition, state);
  }
}

void OpMatch::PersistMatches(Partition& partition, StateArchive& state) {
  const auto saved = [](const Match& match, uint64_t end) {
    SavedMatch out = {match.start, match.start_time, match.begins.size() - 1, 0, {}};
    for (size_t element = 0; element < match.begins.size(); ++element) {
      const RowRange rows = RowsOf(match, element, end);
      out.variables.insert(out.variables.end(), rows.end - rows.begin, static_cast<uint16_t>(element));
      out.taken = static_cast<int64_t>(rows.end - rows.begin);
    }
    return out;
  };
  const auto loaded = [](const SavedMatch& match) {
    Match out = {match.start, match.start_time, {}};
    for (size_t i = 0; i < match.variables.size(); ++i)
      if (out.begins.size() <= match.variables[i]) out.begins.resize(match.variables[i] + size_t{1}, match.start + i);
    return out;
  };
  std::vector<SavedMatch> open, complete;
  for (const auto& [signature, group] : partition.open)
    for (const Match& match : group) open.push_back(saved(match, partition.end()));
  std::stable_sort(open.begin(), open.end(), [](const auto& a, const auto& b) { return a.start < b.start; });
  for (const Complete& done : partition.complete) complete.push_back(saved(done.match, done.end));
  state(open, complete);
  if (!state.loading()) return;
  for (const SavedMatch& match : open) {
    Match one = loaded(match);
    Signature signature = SignatureOf(one, partition.end());
    partition.open[std::move(signature)].push_back(std::move(one));
  }
  for (const SavedMatch& match : complete)
    partition.complete.insert({loaded(match), match.start + match.variables.size()});
}

}  // namespace cdc::sql
