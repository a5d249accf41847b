#include "tools/cdc-apply/laned_sink.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "common/error.h"

namespace cdc::apply {
namespace {

class LanedSink : public Sink {
 public:
  LanedSink(std::unique_ptr<ServerSink> lead, std::vector<std::unique_ptr<ServerSink>> lanes)
      : lanes_(std::move(lanes)), lead_(std::move(lead)) {
    lead_->ShareSlot([this] {
      for (auto& lane : lanes_) lane->FinishCommits();
    });
  }

  bool needs_old_rows() const override { return false; }
  bool can_compare_rows() const override { return false; }
  bool CanApply(ApplyMode mode) const override { return mode == ApplyMode::kUpsert; }
  bool TakeDdlMode(DdlMode mode) override { return lead_->TakeDdlMode(mode); }

  void AllowRounding() override {
    Each([](ServerSink& sink) { sink.AllowRounding(); });
  }

  void TakeRowsOption(const std::string& option) override { lead_->TakeRowsOption(option); }

  std::optional<Position> OpenSlot(const std::string& slot) override {
    const auto position = lead_->OpenSlot(slot);
    for (auto& lane : lanes_) lane->JoinSlot(*lead_);
    return position;
  }

  std::optional<Position> ReadPosition(const std::string& slot) override { return lead_->ReadPosition(slot); }

  void Begin(const Position* position) override {
    Each([&](ServerSink& sink) { sink.Begin(position); });
  }

  void ClearTables(const TableScope& scope) override {
    CommitAll();
    const size_t before = lead_->open_rows();
    lead_->ClearTables(scope);
    // The rows that follow belong into the transaction that removes those that were there.
    if (lead_->open_rows() > before) all_by_lead_ = true;
  }

  bool Delivers(const std::string& db, const std::string& table) override { return lead_->Delivers(db, table); }

  void Apply(const RowChange& change) override {
    if (all_by_lead_ || !IsSpread(change)) return lead_->Apply(change);
    switch (change.kind) {
      case RowChange::Kind::kNone: return;
      case RowChange::Kind::kUpsert: return ApplyUpsert(change);
      case RowChange::Kind::kDelete: return LaneOf(*change.table, change.before).Apply(change);
      default: TakeWholeTable(change);
    }
  }

  void TakeTableEvent(const TableEvent& event) override {
    CommitAll();
    lead_->TakeTableEvent(event);
    ForgetTables();
  }

  void TakeColumnEvents(const ColumnEvents& events) override {
    CommitAll();
    lead_->TakeColumnEvents(events);
    ForgetTables();
  }

  void Mark(const Position* position) override {
    for (auto& lane : lanes_) lane->Mark(nullptr);
    lead_->Mark(position);
    if (!all_by_lead_ && by_lead_.empty()) return;
    // What is spread again from here on follows what the lead wrote.
    all_by_lead_ = false;
    by_lead_.clear();
    CommitAll();
    ForgetTables();
  }

  void Commit() override {
    // So that the commit of a batch does not wait for rows of the next one.
    lead_->FinishCommits();
    for (auto& lane : lanes_) lane->Commit();
    lead_->Commit();
  }

  void RollBackToMark() override {
    Each([](ServerSink& sink) { sink.RollBackToMark(); });
    if (all_by_lead_ || !by_lead_.empty()) ForgetTables();
    all_by_lead_ = false;
    by_lead_.clear();
  }

  void CommitInBackground() override {
    Each([](ServerSink& sink) { sink.CommitInBackground(); });
  }
  bool is_committing() override { return lead_->is_committing(); }
  void FinishCommits() override { lead_->FinishCommits(); }

 private:
  template <typename Action>
  void Each(Action action) {
    for (auto& lane : lanes_) action(*lane);
    action(*lead_);
  }

  /// What is marked, if it can be committed before the open source transaction ends.
  void CommitAll() {
    if (any_lane_is_partly_sent()) return lead_->SendAll();
    Commit();
    FinishCommits();
  }

  void ForgetTables() {
    Each([](ServerSink& sink) { sink.ForgetTables(); });
    is_spread_.clear();
  }

  bool any_lane_is_partly_sent() const {
    return std::any_of(lanes_.begin(), lanes_.end(), [](const auto& lane) { return lane->is_partly_sent(); });
  }

  /// Whether the rows of the change's table go to the lanes. Makes the table ready for the shape of the change.
  bool IsSpread(const RowChange& change) {
    const std::string& name = change.table->name;
    if (by_lead_.count(name) > 0) return false;
    const auto known = is_spread_.find(name);
    if (known != is_spread_.end() && !change.table_changed) return known->second;
    CommitAll();
    if (lead_->is_partly_sent()) {
      // What the lead does to the table now the lanes see when it commits.
      by_lead_.insert(name);
      return false;
    }
    const ServerTable& ready = lead_->MakeReady(*change.table);
    const bool is_spread = ready.is_ours && !ready.replaces_rows && !ready.shape.key.empty();
    if (is_spread)
      for (auto& lane : lanes_) lane->TakeReady(ready);
    return is_spread_[name] = is_spread;
  }

  void ApplyUpsert(const RowChange& change) {
    const TargetTable& table = *change.table;
    ServerSink& lane = LaneOf(table, change.after);
    const bool moves = KeyMoves(table.key, change);
    if (!moves) return lane.Apply(change);
    if (std::any_of(change.after.begin(), change.after.end(), [](const Value& value) { return value.is_absent(); }))
      FailUnspreadable(table, "gets another key in a change that does not carry the whole row");
    RowChange part = change;
    part.kind = RowChange::Kind::kDelete;
    LaneOf(table, change.before).Apply(part);
    part.kind = RowChange::Kind::kUpsert;
    part.has_before = false;
    lane.Apply(part);
  }

  /// All rows change, those on their way in the lanes among them: the lead goes on alone up to the mark.
  void TakeWholeTable(const RowChange& change) {
    if (std::any_of(lanes_.begin(), lanes_.end(),
                    [](const auto& lane) { return lane->is_partly_sent() || lane->open_rows() > 0; }))
      FailUnspreadable(*change.table, "is changed as a whole in a transaction that changes single rows too");
    CommitAll();
    all_by_lead_ = true;
    lead_->Apply(change);
  }

  [[noreturn]] void FailUnspreadable(const TargetTable& table, const std::string& why) {
    Fail(ExitStatus::kConfig, "table \"" + table.name + "\" " + why + ", which --lanes cannot bring in order", "",
         "go on without --lanes; the position holds for both");
  }

  /// By the bytes of the key (FNV-1a): a row keeps its lane.
  ServerSink& LaneOf(const TargetTable& table, const std::vector<Value>& row) {
    key_bytes_.clear();
    for (const size_t column : table.key) AppendKeyBytes(key_bytes_, row[column]);
    uint64_t hash = 0xcbf29ce484222325;
    for (const char c : key_bytes_) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return *lanes_[(hash >> 32) % lanes_.size()];
  }

  std::vector<std::unique_ptr<ServerSink>> lanes_;
  std::unique_ptr<ServerSink> lead_;                 // its thread waits for those of the lanes
  std::unordered_map<std::string, bool> is_spread_;  // of the tables that are ready
  // Of the source transaction that is open:
  bool all_by_lead_ = false;
  std::unordered_set<std::string> by_lead_;  // tables
  std::string key_bytes_;                    // scratch
};

}  // namespace

std::unique_ptr<Sink> MakeLanedSink(std::unique_ptr<ServerSink> lead, std::vector<std::unique_ptr<ServerSink>> lanes) {
  return std::make_unique<LanedSink>(std::move(lead), std::move(lanes));
}

}  // namespace cdc::apply
