#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/position.h"
#include "common/record_line.h"
#include "tools/cdc-sql/state/checkpoint_store.h"

namespace cdc::sql {

/// What a step took from Kafka: records of partitions in turn, each up to an offset.
struct JournalStep {
  struct Run {
    std::string topic;
    int32_t partition = 0;
    int64_t end = 0;  ///< the next offset
  };
  std::vector<Run> runs;
  Position position;  ///< of the step's mark
  uint64_t ts_us = 0;
};

/// Partitions are read side by side, so a second reading brings the same records in another order and cut into other
/// batches. The journal says how the first one took them: a line a step, written and synced before the step's mark goes
/// on. A replay that follows it gives the same results at the same positions, of which the sink drops those that it
/// has.
class StepJournal {
 public:
  explicit StepJournal(const CheckpointStore& store) : store_(store) {}
  ~StepJournal();
  StepJournal(const StepJournal&) = delete;
  StepJournal& operator=(const StepJournal&) = delete;

  /// Reads the steps after checkpoint `number`, and opens the last journal to go on with it. What was being written
  /// when the process was killed is cut off. `last`: the number of that journal. Errors: 74.
  std::deque<JournalStep> Recall(uint64_t number, uint64_t* last);
  /// A new journal, for the steps after checkpoint `number`.
  void Begin(uint64_t number);
  /// Durable when it returns. Errors: 74.
  void Append(const JournalStep& step);

 private:
  void Close();
  const CheckpointStore& store_;
  int fd_ = -1;
  std::string path_;
};

/// Records that came and wait for the step that takes them.
class HeldRecords {
 public:
  struct Held {
    uint64_t order = 0;
    int64_t offset = 0;
    std::string line;   ///< padded as LineInput's lines are
    size_t size = 0;    ///< of the line itself
    std::string where;  ///< for messages
  };

  void Hold(const RecordLine& record, std::string_view line, const std::string& where);
  /// All records before these offsets have come.
  void Reached(const Position& position);
  /// Whether all that the step takes has come.
  bool Has(const JournalStep& step) const;
  /// The step's records, in its order.
  std::vector<Held> Take(const JournalStep& step);
  /// All that is left, in the order of arrival.
  std::vector<Held> TakeAll();
  bool empty() const { return held_.empty(); }

 private:
  using Partition = std::pair<std::string, int32_t>;
  std::map<Partition, std::deque<Held>> held_;
  Position reached_;
  uint64_t next_order_ = 0;
};

/// The farther of the two in each partition.
Position FartherOf(const Position& a, const Position& b);

}  // namespace cdc::sql
