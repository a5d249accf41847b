#include "common/error.h"
#include "common/log.h"
#include "tools/cdc-sql/run/session_run.h"

/// The part of a session that keeps its state in checkpoints, and takes it up again.

namespace cdc::sql {

void SessionRun::Persist(StateArchive& state) {
  state.Tag("session");
  state(rows_started_);
  feeder_->Persist(state);
  dataflow_->Persist(state);
}

PersistFunction SessionRun::PersistThis() {
  return [this](StateArchive& state) { Persist(state); };
}

CheckpointHead SessionRun::HeadAt(const Position& position) const {
  CheckpointHead head;
  head.position = position;
  head.transactions = transactions_;
  return head;
}

void SessionRun::TakeHello(const ControlLine& hello) {
  const Position begins_at = hello.PositionOf("pos");
  const std::string begins = hello.Has("begins") ? hello.Text("begins") : "";
  if (begins_at.is_kafka()) journal_ = std::make_unique<StepJournal>(keeper_->store());
  ordered_position_ = begins_at;
  if (const auto entry = keeper_->Match(hello)) return LoadCheckpoint(*entry);
  if (begins == "position") CheckBeginning(hello);
  // The rows of a snapshot belong before its position, so the first checkpoint comes after them.
  if (begins == "snapshot") return;
  CheckpointHead head;
  head.position = begins_at;
  head.empty = true;
  keeper_->BeginLife(head, [](StateArchive& state) { state.Tag("nothing yet"); });
  if (journal_) journal_->Begin(keeper_->last_number());
}

void SessionRun::LoadCheckpoint(const CheckpointStore::Entry& entry) {
  uint64_t last = entry.head.number;
  if (journal_) known_steps_ = journal_->Recall(entry.head.number, &last);
  keeper_->GoOnFrom(entry, last);
  muted_until_ = entry.head.position;
  if (entry.head.empty) return;
  Start(entry.head.transactions);
  ReadCheckpointState(entry.path, PersistThis());
}

bool SessionRun::IsMuted(const ControlLine& begin, const std::string& where) {
  if (!muted_until_ || begin.Flag("snapshot")) return false;
  const Position position = begin.PositionOf("pos");
  switch (ComparePositions(position, *muted_until_)) {
    case PositionOrder::kBefore:
    case PositionOrder::kEqual: return true;
    case PositionOrder::kAfter: muted_until_.reset(); return false;
    case PositionOrder::kUnordered: break;
  }
  Fail(ExitStatus::kNoInput, where + ": the stream's position cannot be compared with that of the checkpoint",
       "stream: " + position.ToJson() + "\ncheckpoint: " + muted_until_->ToJson(),
       "the stream comes from another server; cdc-sql --checkpoint DIR --rebuild begins anew");
}

void SessionRun::MaybeCheckpoint(const Position& position) {
  if (spill_) spill_->BeginCopy();
  const uint64_t number = keeper_->Write(HeadAt(position), PersistThis(), false);
  if (spill_ && keeper_->is_writing()) spill_->SendCopy();
  rows_since_checkpoint_ = false;
  if (journal_) journal_->Begin(number);
}

void SessionRun::NoteRun(const RecordLine& record, const std::string& where) {
  if (record.offset < 0 || record.partition < 0)
    Fail(ExitStatus::kData, where + ": a record without partition and offset in a stream from Kafka", "",
         "a filter between the stages must leave them in; --checkpoint needs them to read the same again");
  if (runs_.empty() || runs_.back().partition != record.partition || runs_.back().topic != record.topic)
    runs_.push_back({std::string(record.topic), record.partition, 0});
  runs_.back().end = record.offset + 1;
}

void SessionRun::BeginOrdered(const Position& position) {
  // An offset that was seen to be past a transaction's marker may be seen before it now.
  ordered_position_ = FartherOf(ordered_position_, position);
  if (mode_ == OutputMode::kRecords)
    writer_.Begin(++ordered_number_, ordered_position_, transactions_ ? "" : ",\"txn\":\"none\"");
  ordered_begun_ = true;
  StartRows();
}

/// `known`: the journal has it.
void SessionRun::MarkOrdered(JournalStep step, bool known) {
  feeder_->EndStep();
  step.position = ordered_position_;
  if (!known) journal_->Append(step);
  if (known_steps_.empty() && keeper_->IsDue(false)) MaybeCheckpoint(ordered_position_);
  if (mode_ == OutputMode::kRecords)
    writer_.Mark(ordered_number_, static_cast<int64_t>(step.ts_us), ordered_position_,
                 transactions_ ? "" : ",\"txn\":\"none\"");
  ordered_begun_ = false;
}

void SessionRun::RunHeld(const std::vector<HeldRecords::Held>& records) {
  for (const HeldRecords::Held& held : records) {
    const std::string_view line(held.line.data(), held.size);
    record_reader_.Parse(line, held.where, &record_);
    NoteRun(record_, held.where);
    rows_since_checkpoint_ = true;
    feeder_->Take(record_, line, [&held] { return held.where; });
  }
  // The lines go, and what is pending may point into them.
  feeder_->Flush();
}

void SessionRun::TakeBatch(const ControlLine& mark) {
  const Position position = mark.PositionOf("pos");
  held_.Reached(position);
  JournalStep live;
  live.ts_us = mark.Number("ts_us");
  if (ordered_begun_) {
    live.runs = std::move(runs_);
    return MarkOrdered(std::move(live), false);
  }
  while (!known_steps_.empty() && held_.Has(known_steps_.front())) {
    JournalStep step = std::move(known_steps_.front());
    known_steps_.pop_front();
    BeginOrdered(step.position);
    RunHeld(held_.Take(step));
    MarkOrdered(std::move(step), true);
  }
  if (!known_steps_.empty() || held_.empty()) return;
  BeginOrdered(position);
  runs_.clear();
  RunHeld(held_.TakeAll());
  live.runs = std::move(runs_);
  MarkOrdered(std::move(live), false);
}

}  // namespace cdc::sql
