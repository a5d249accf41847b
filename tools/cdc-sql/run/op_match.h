#pragma once

#include <deque>
#include <map>
#include <memory>

#include "tools/cdc-sql/functions/accumulator.h"
#include "tools/cdc-sql/run/operator.h"
#include "tools/cdc-sql/state/key_index.h"

namespace cdc::sql {

/// MATCH_RECOGNIZE: an automaton over the rows of each partition in the order of their time, as Flink's CEP runs it.
/// Each row begins a match of its own and goes on with those that are open; the matches of a variable follow each other
/// without a gap; a greedy variable is left only by a row that does not fulfil its condition. A match that is complete
/// waits for open ones that began before it, then the skip strategy takes away what it forbids. With event time rows
/// wait for the watermark; late ones are left out.
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
  /// An open or complete match: rows [start, start + variables.size()) of the partition.
  struct Match {
    uint64_t start = 0;
    int64_t start_time = 0;
    size_t element = 0;               ///< that took the last row
    int64_t taken = 0;                ///< rows that it took
    std::vector<uint16_t> variables;  ///< of each row
    void Persist(StateArchive& state) { state(start, start_time, element, taken, variables); }
  };
  struct Partition {
    uint64_t first = 0;  ///< number of rows.front()
    std::deque<Row> rows;
    std::vector<Match> open;      ///< in the order of their starts
    std::vector<Match> complete;  ///< waiting for earlier ones
  };
  struct Waiting {
    uint32_t partition;
    std::string row;
    void Persist(StateArchive& state) { state(partition, row); }
  };

  uint32_t PartitionOf(const Batch& batch, size_t row);
  Batch Decoded(const std::string& row);
  void Process(Partition& partition, int64_t time, Batch values);
  void Step(Partition& partition, const Match& match, size_t element, std::vector<Match>* next);
  bool IsComplete(const Partition& partition, const Match& match) const;
  bool Holds(const Partition& partition, const Match& match, size_t element) const;
  void DropTimedOut(Partition& partition, int64_t time);
  void SendComplete(Partition& partition);
  uint64_t KeptFrom(const Match& match) const;
  void Send(const Partition& partition, const Match& match);
  void ForgetRows(Partition& partition);
  Batch References(const Partition& partition, const std::vector<uint16_t>& variables, uint64_t start,
                   const std::vector<uint8_t>& wanted) const;
  ColumnPtr Value(const MatchReference& reference, Accumulator* accumulator, const Partition& partition,
                  const std::vector<uint16_t>& variables, uint64_t start) const;

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
  std::string key_;
};

}  // namespace cdc::sql
