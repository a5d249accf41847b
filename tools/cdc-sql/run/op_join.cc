#include "tools/cdc-sql/run/op_join.h"

#include "tools/cdc-sql/run/expr_eval.h"
#include "tools/cdc-sql/state/row_codec.h"

namespace cdc::sql {

OpJoin::OpJoin(const PlanNode& plan)
    : keys_{plan.left_keys, plan.right_keys},
      widths_{plan.inputs[0]->columns.size(), plan.inputs[1]->columns.size()},
      outer_{plan.join == JoinKind::kLeft || plan.join == JoinKind::kFull,
             plan.join == JoinKind::kRight || plan.join == JoinKind::kFull},
      kept_{KeptRow(*plan.inputs[0]), KeptRow(*plan.inputs[1])},
      out_(plan.columns),
      pairs_(plan.columns),
      has_residual_(plan.has_predicate),
      residual_(plan.predicate),
      null_safe_(plan.null_safe) {
  null_safe_.resize(keys_[0].size());
}

void OpJoin::AppendPair(size_t port, const Batch& batch, size_t row, const Entry& partner, RowKind kind,
                        BatchBuilder& out) {
  AppendSide(port, batch, row, out);
  AppendEntry(1 - port, partner, out);
  out.RowDone(kind);
}

void OpJoin::AppendSide(size_t side, const Batch& batch, size_t row, BatchBuilder& out) const {
  auto& columns = out.columns();
  const size_t first = side == 0 ? 0 : widths_[0];
  for (size_t column = 0; column < widths_[side]; ++column)
    columns[first + column]->AppendFrom(*batch.columns[column], row);
}

void OpJoin::AppendEntry(size_t side, const Entry& entry, BatchBuilder& out) const {
  DecodeRow(entry.row, out.columns(), side == 0 ? 0 : widths_[0], widths_[side]);
}

void OpJoin::AppendNulls(size_t side) {
  const size_t first = side == 0 ? 0 : widths_[0];
  for (size_t column = first; column < first + widths_[side]; ++column) out_.column(column).AppendNull();
}

void OpJoin::AppendAlone(size_t port, const Batch& batch, size_t row, RowKind kind) {
  AppendSide(port, batch, row, out_);
  AppendNulls(1 - port);
  out_.RowDone(kind);
}

void OpJoin::AppendEntryAlone(size_t side, const Entry& entry, RowKind kind) {
  for (int64_t i = 0; i < entry.count; ++i) {
    AppendEntry(side, entry, out_);
    AppendNulls(1 - side);
    out_.RowDone(kind);
  }
}

void OpJoin::FindPartners(size_t port, const Batch& batch, size_t row) {
  partners_.clear();
  std::vector<Entry>* entries = sides_[1 - port].FindMutable(key_);
  if (entries == nullptr) return;
  for (Entry& entry : *entries)
    if (entry.count > 0) partners_.push_back(&entry);
  if (!has_residual_ || partners_.empty()) return;
  for (const Entry* entry : partners_) AppendPair(port, batch, row, *entry, RowKind::kInsert, pairs_);
  const Batch pairs = pairs_.Take();
  std::vector<uint32_t> passing;
  SelectTrue(*Evaluate(residual_, pairs), pairs.rows, &passing);
  for (size_t i = 0; i < passing.size(); ++i) partners_[i] = partners_[passing[i]];
  partners_.resize(passing.size());
}

void OpJoin::PushInner(size_t port, const Batch& batch, size_t row) {
  // Taking away a row that was never there takes nothing away from the result either.
  if (!sides_[port].Add(key_, row_, WeightOf(batch.kinds[row]))) return;
  const std::vector<Entry>* entries = sides_[1 - port].Find(key_);
  if (entries == nullptr) return;
  for (const Entry& partner : *entries)
    for (int64_t i = 0; i < partner.count; ++i) {
      AppendPair(port, batch, row, partner, batch.kinds[row], out_);
      if (IsFull(batch.kinds[row])) Send();
    }
}

/// The two images of an update are not parted, unless a row has so many partners that they would take much room.
bool OpJoin::IsFull(RowKind last) const {
  return out_.rows() >= (last == RowKind::kUpdateBefore ? 2 * kBatchRows : kBatchRows);
}

void OpJoin::PushOuter(size_t port, const Batch& batch, size_t row, bool null_key) {
  const RowKind kind = batch.kinds[row];
  const bool adds = Adds(kind);
  if (null_key) {  // meets nothing, so nothing of it has to be kept
    if (outer_[port]) AppendAlone(port, batch, row, adds ? RowKind::kInsert : RowKind::kDelete);
    return;
  }
  if (!sides_[port].Add(key_, row_, adds ? 1 : -1)) return;
  FindPartners(port, batch, row);
  if (partners_.empty()) {
    if (outer_[port]) AppendAlone(port, batch, row, adds ? RowKind::kInsert : RowKind::kDelete);
    return;
  }
  const bool other_outer = outer_[1 - port];
  if (adds) {
    int64_t matches = 0;
    for (Entry* partner : partners_) {
      matches += partner->count;
      if (!other_outer) continue;
      if (partner->matches == 0) AppendEntryAlone(1 - port, *partner, RowKind::kDelete);
      ++partner->matches;
    }
    if (outer_[port]) sides_[port].FindRow(key_, row_)->matches = matches;
  }
  const RowKind pair_kind =
      adds ? (outer_[port] || other_outer ? RowKind::kInsert : kind) : (outer_[port] ? RowKind::kDelete : kind);
  for (const Entry* partner : partners_)
    for (int64_t i = 0; i < partner->count; ++i) AppendPair(port, batch, row, *partner, pair_kind, out_);
  if (!adds && other_outer)
    for (Entry* partner : partners_)
      if (--partner->matches == 0) AppendEntryAlone(1 - port, *partner, RowKind::kInsert);
  if (IsFull(kind)) Emit(out_.Take());
}

void OpJoin::TakeRow(size_t port, const Batch& batch, size_t row) {
  const bool inner = !outer_[0] && !outer_[1];
  bool null_key = false;
  for (size_t i = 0; i < keys_[port].size(); ++i)
    null_key = null_key || (null_safe_[i] == 0 && batch.columns[keys_[port][i]]->IsNull(row));
  if (null_key && inner) return;
  key_.clear();
  row_.clear();
  EncodeRow(batch, row, keys_[port], &key_);
  EncodeWholeRow(batch, row, &row_);
  const std::optional<Batch> kept = kept_[port].Instead(sides_[port], key_, batch, row, &row_);
  const Batch& of = kept ? *kept : batch;
  const size_t at = kept ? 0 : row;
  if (!batch.turns.empty()) SendIfOtherPort(port, batch.turns[row]);
  out_.SetTurnOf(batch, row);
  if (inner) {
    PushInner(port, of, at);
  } else {
    PushOuter(port, of, at, null_key);
  }
}

void OpJoin::Push(size_t port, const Batch& batch) {
  if (!batch.turns.empty() && port != streamed_) {
    if (held_[1 - port].rows == 0) first_ = port;
    held_[port] = batch;
    next_[port] = 0;
    return;
  }
  for (size_t row = 0; row < batch.rows; ++row) {
    if (!batch.turns.empty()) TakeHeld(1 - port, batch.turns[row]);
    TakeRow(port, batch, row);
  }
  Send();
}

void OpJoin::SendIfOtherPort(size_t port, uint32_t turn) {
  if (turn == last_turn_ && port != last_port_) Send();
  last_turn_ = turn;
  last_port_ = port;
}

void OpJoin::TakeHeld(size_t port, uint32_t before) {
  const Batch& held = held_[port];
  for (size_t& row = next_[port]; row < held.rows && held.turns[row] < before; ++row) TakeRow(port, held, row);
}

void OpJoin::TakeTurns() {
  const Batch& first = held_[first_];
  for (size_t& row = next_[first_]; row < first.rows; ++row) {
    TakeHeld(1 - first_, first.turns[row]);
    TakeRow(first_, first, row);
  }
  TakeHeld(1 - first_, kNoTurn);
  Send();
  for (const size_t port : {0, 1}) {
    held_[port] = Batch();
    next_[port] = 0;
  }
}

void OpJoin::Send() {
  if (out_.rows() == 0) return;
  const Batch batch = out_.Take();
  if (!has_residual_ || outer_[0] || outer_[1]) return Emit(batch);
  std::vector<uint32_t> passing;
  SelectTrue(*Evaluate(residual_, batch), batch.rows, &passing);
  if (passing.size() == batch.rows) return Emit(batch);
  if (!passing.empty()) Emit(Gather(batch, passing, nullptr));
}

}  // namespace cdc::sql
