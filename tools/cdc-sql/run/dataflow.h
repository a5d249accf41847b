#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "tools/cdc-sql/run/op_gate.h"
#include "tools/cdc-sql/run/op_watermark.h"
#include "tools/cdc-sql/state/spill.h"

namespace cdc::sql {

/// The operators of a script's queries, linked, in topological order.
class Dataflow {
 public:
  /// Where the rows of a table enter.
  struct Source {
    const PlanNode* scan;
    Operator* entry;
    bool lookup = false;               ///< to be read before all others
    std::vector<ColumnUse> uses = {};  ///< of all scans that the entry stands for
    std::vector<OpWatermark*> watermarks = {};
  };

  /// `spill`: takes state that memory has no room for; it outlives the dataflow. Null: all of it is in memory.
  explicit Dataflow(ChangeMode mode, Spill* spill = nullptr) : mode_(mode), spill_(spill) {}

  /// Before the only Add: where the query allows it each operator takes all turns of a batch before the next one has
  /// any. `turns_are_steps`: as TakeTurns will be told.
  void TakeTurnsWhole(const PlanSink& sink, bool turns_are_steps);
  /// Builds the operators below `sink` and sends their result to `output`, which is taken over (null: nowhere).
  void Add(const PlanSink& sink, std::unique_ptr<Operator> output);

  const std::vector<Source>& sources() const { return sources_; }
  /// Sends the rows of VALUES, once.
  void Start();
  void EndStep() { EndStep(true, UINT32_MAX); }
  /// Batches with turns were pushed, and what takes each row by itself was computed: now the rest is, turn by turn.
  /// `steps`: each turn is a step.
  void TakeTurns(uint32_t turns, bool steps);
  /// After an error: what comes after it is not computed.
  void DropTurns();
  /// Between two batches: state beyond the limit goes to disk.
  void KeepLimit() {
    if (spill_ != nullptr) spill_->KeepLimit();
  }
  /// The input has ended: what waits for time to pass is due.
  void EndTime();
  void Finish();
  /// Saves or loads the state of all operators, between steps.
  void Persist(StateArchive& state);
  /// There are rows that do not come through a stream.
  bool has_own_rows() const;
  /// There are results that wait for time to pass.
  bool waits_for_time() const { return !watermarks_.empty(); }
  ChangeMode mode() const { return mode_; }

  /// What the operator of a node of the plan has done and keeps, between steps.
  struct OperatorStats {
    uint64_t rows_out = 0;
    uint64_t state_bytes = 0;          ///< of its state in memory, as a checkpoint holds it before compression
    StateArchive::Kept kept;           ///< keys that may be on disk
    int64_t watermark = kStartOfTime;  ///< milliseconds since 1970
    uint64_t late = 0;                 ///< rows that came behind it and were left out
  };
  OperatorStats StatsOf(const PlanNode& plan) const;
  /// Operators that left rows out, each once.
  struct Late {
    const PlanNode* plan;
    uint64_t rows;
  };
  std::vector<Late> LateRows() const;

 private:
  Operator* Build(const PlanNode& plan);
  Operator* Share(const PlanNode& plan, const PlanNode& known);
  void TakeTurnsWhole();
  void KeepWatermark(const PlanNode& plan, OpWatermark* watermark);
  void ShareSource(const PlanNode& scan, const PlanNode& known);
  Operator* Keep(std::unique_ptr<Operator> op);
  void Link(Operator* from, const PlanNode& plan, Operator* to, size_t port);
  bool MayGoAhead(const PlanNode& plan, const std::vector<Operator*>& inputs) const;
  /// `rows`: the step has brought some. `turn`: of those that are computed ahead.
  void EndStep(bool rows, uint32_t turn);

  ChangeMode mode_;
  Spill* spill_;
  std::vector<std::unique_ptr<Operator>> operators_;
  std::set<const Operator*> ahead_;  ///< may take rows before it is their turn
  std::vector<std::unique_ptr<OpGate>> gates_;
  bool whole_turns_ = false;
  bool turns_are_steps_ = false;
  bool failed_ = false;
  std::vector<OpGate*> waiting_;  ///< gates that hold rows, in the order in which those came
  std::vector<uint8_t> keeps_;    ///< by operator: its plan says that it has state
  std::vector<Source> sources_;
  std::vector<OpWatermark*> watermarks_;
  std::set<const PlanNode*> lookups_;
  std::vector<std::pair<const PlanNode*, Operator*>> values_;
  std::map<const PlanNode*, Operator*> by_plan_;
  std::map<std::string, const PlanNode*> shared_;  ///< of the query that is built: parts by their text
};

/// How the queries of a script run. Record by record the changelog is Flink's, but for queries in which a record meets
/// itself: those give the net change of the record, so that no result shows half of it.
ChangeMode ChangeModeOf(const std::vector<PlanSink>& sinks, bool step_each_record);

/// True if two inputs of a join or union reach the same table, or if inputs meet at all and the step is a transaction:
/// then row by row there would be results that no state of the source had.
bool SharesSource(const PlanNode& plan);
/// The plan has a node with two inputs.
bool HasTwoInputs(const PlanNode& plan);
bool HasState(const PlanNode& plan);

}  // namespace cdc::sql
