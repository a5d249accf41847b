#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "tools/cdc-sql/functions/accumulator.h"
#include "tools/cdc-sql/run/operator.h"
#include "tools/cdc-sql/state/key_index.h"

namespace cdc::sql {

/// MATCH_RECOGNIZE: an automaton over the rows of each partition in the order of their time, as Flink's CEP runs it.
/// Each row begins a match of its own and goes on with those that are open; the matches of a variable follow each other
/// without a gap; a greedy variable is left only by a row that does not fulfil its condition. A match that is complete
/// waits for open ones that began before it, then the skip strategy takes away what it forbids. With event time rows
/// wait for the watermark; late ones are left out.
///
/// Open matches that no condition can tell apart go through the automaton as one (Group): a run of rows that all begin
/// a match costs each new row the same, however long the run is.
class OpMatch : public Operator {
 public:
  explicit OpMatch(const PlanNode& plan);
  void Push(size_t port, const Batch& batch) override;

 protected:
  void OnWatermark(int64_t millis) override;
  void PersistOwn(StateArchive& state) override;

 private:
  struct Row {
    int64_t time;
    Batch values;
  };
  /// Rows of the partition, one after the other: those of element i begin with row begins[i], and the element that took
  /// the last row is the last one that has a begin.
  struct Match {
    uint64_t start = 0;
    int64_t start_time = 0;
    std::vector<uint64_t> begins;
  };
  struct Complete {
    Match match;
    uint64_t end;  ///< the row behind it
    /// The order in which complete matches are sent.
    bool operator<(const Complete& other) const;
  };
  /// Open matches in the order of their starts, with the same element and the same answers of all conditions to come.
  using Group = std::deque<Match>;
  /// What conditions can know of a match; its element is the first number.
  using Signature = std::vector<uint64_t>;
  using Groups = std::map<Signature, Group>;
  struct Partition {
    uint64_t first = 0;  ///< number of rows.front()
    std::deque<Row> rows;
    Groups open;
    std::set<Complete> complete;  ///< waiting for earlier ones
    uint64_t end() const { return first + rows.size(); }
  };
  /// Where a row takes the matches of a group.
  struct Target {
    size_t element;
    bool goes_on, is_complete;
  };
  /// What the conditions of all variables read of the rows of one variable.
  struct Uses {
    bool all = false;   ///< FIRST, or an aggregate: they depend on where the rows begin
    uint64_t last = 0;  ///< so many rows counted from the last one
  };
  struct Waiting {
    uint32_t partition;
    std::string row;
    void Persist(StateArchive& state) { state(partition, row); }
  };
  /// A match as a checkpoint has it: which element took each row.
  struct SavedMatch {
    uint64_t start = 0;
    int64_t start_time = 0;
    size_t element = 0;
    int64_t taken = 0;
    std::vector<uint16_t> variables;
    void Persist(StateArchive& state) { state(start, start_time, element, taken, variables); }
  };

  void FindUses();
  uint32_t PartitionOf(const Batch& batch, size_t row);
  Batch Decoded(const std::string& row);
  void Process(Partition& partition, int64_t time, Batch values);
  void Step(Partition& partition, Group group, Groups* next);
  std::vector<Target> TargetsOf(const Partition& partition, const Match& match) const;
  bool IsComplete(const Partition& partition, const Match& match, size_t element, int64_t taken) const;
  bool Holds(const Partition& partition, const Match& match, size_t element) const;
  Signature SignatureOf(const Match& match, uint64_t end) const;
  void DropTimedOut(Partition& partition, int64_t time);
  void SendComplete(Partition& partition);
  uint64_t KeptFrom(const Complete& complete) const;
  void Send(const Partition& partition, const Complete& complete);
  void ForgetRows(Partition& partition);
  Batch References(const Partition& partition, const Match& match, uint64_t end,
                   const std::vector<uint8_t>& wanted) const;
  ColumnPtr Value(const MatchReference& reference, Accumulator* accumulator, const Partition& partition,
                  const Match& match, uint64_t end) const;
  void LookAtStop();
  void PersistMatches(Partition& partition, StateArchive& state);

  std::shared_ptr<const MatchPattern> match_;
  std::vector<PlanColumn> input_columns_;
  BatchBuilder out_;
  BatchBuilder scratch_;
  KeyIndex index_;
  std::vector<Partition> partitions_;
  std::map<int64_t, std::map<std::string, std::vector<Waiting>>> waiting_;  ///< by time and the rest of the order
  std::vector<std::unique_ptr<Accumulator>> accumulators_;                  ///< of the references; null for values
  std::vector<std::vector<uint8_t>> condition_wants_;                       ///< references, by element
  std::vector<uint8_t> measures_want_;
  std::vector<Uses> uses_;            ///< by element
  Uses any_uses_;                     ///< of the rows of a match, whichever took them
  std::optional<int64_t> stop_seen_;  ///< when, in milliseconds
  std::string key_;
};

}  // namespace cdc::sql
