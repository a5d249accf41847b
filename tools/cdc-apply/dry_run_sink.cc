#include "tools/cdc-apply/dry_run_sink.h"

#include "tools/cdc-apply/print_sink.h"
#include "tools/cdc-apply/target.h"

namespace cdc::apply {
namespace {

class DryRunSink : public Sink {
 public:
  DryRunSink(std::string target, ByteOutput& output)
      : target_(std::move(target)), output_(output), rows_(MakePrintSink(output)) {}

  // Where the target would commit depends on time; what a run would do does not.
  CommitPace pace() const override { return {std::chrono::hours(24), UINT64_MAX, UINT64_MAX, false}; }
  ApplyMode default_mode() const override { return DefaultModeOf(target_); }
  bool CanApply(ApplyMode mode) const override { return CanTargetApply(target_, mode); }

  std::optional<Position> OpenSlot(const std::string& slot) override {
    auto position = ReadTargetPosition(target_, slot);
    Say("# slot " + slot + (position ? " holds " + position->ToJson() : " holds no position"));
    return position;
  }
  std::optional<Position> ReadPosition(const std::string& slot) override { return ReadTargetPosition(target_, slot); }

  void Begin(const Position* position) override { Say("begin" + (position ? " " + position->ToJson() : "")); }

  void ClearTables(const TableScope& scope) override {
    const std::string tables = scope.kind == TableScope::Kind::kSource ? "the table of " + scope.db + "." + scope.table
                               : scope.kind == TableScope::Kind::kResults ? "the results of this slot"
                                                                          : "all tables of this slot";
    Say(scope.versions_end.empty() ? "clear " + tables
                                   : "end the valid versions in " + tables + " at " + scope.versions_end);
  }
  bool Delivers(const std::string&, const std::string&) override { return true; }

  void TakeTableEvent(const TableEvent& event) override {
    static constexpr const char* kEvents[] = {"dropped", "made", "made if it was not there", "the new name of a table"};
    Say("at the source, table " + event.db + "." + event.table + " is " + kEvents[static_cast<int>(event.kind)]);
  }

  void Apply(const RowChange& change) override {
    if (change.table_changed) SayTable(*change.table);
    rows_->Apply(change);
  }

  void Mark(const Position*) override {
    Say("end");
    ++transactions_;
  }

  void Commit() override {
    Say("commit of " + std::to_string(transactions_) + " transactions");
    transactions_ = 0;
    output_.Flush();
  }

  void RollBackToMark() override { Say("drop what has come since begin"); }

 private:
  void Say(const std::string& line) {
    output_.Append(line + "\n");
    output_.MaybeFlush();
  }

  void SayTable(const TargetTable& table) {
    std::string line = "table " + table.name + " (";
    for (size_t i = 0; i < table.columns.size(); ++i)
      line += (i > 0 ? ", " : "") + table.columns[i].name + " " + KindName(table.columns[i].kind);
    line += ") key (";
    for (size_t i = 0; i < table.key.size(); ++i) line += (i > 0 ? ", " : "") + table.columns[table.key[i]].name;
    Say(line + ")");
  }

  std::string target_;
  ByteOutput& output_;
  std::unique_ptr<Sink> rows_;
  uint64_t transactions_ = 0;
};

}  // namespace

std::unique_ptr<Sink> MakeDryRunSink(const std::string& target, ByteOutput& output) {
  return std::make_unique<DryRunSink>(target, output);
}

}  // namespace cdc::apply
