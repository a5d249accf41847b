#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/java_regex.h"
#include "common/position.h"
#include "tools/cdc-sql/connect/local_rows.h"
#include "tools/cdc-sql/connect/record_decoder.h"
#include "tools/cdc-sql/run/dataflow.h"
#include "tools/cdc-sql/run/source_columns.h"
#include "tools/cdc-sql/run/source_partitions.h"

namespace cdc::sql {

enum class StepBy { kRecord, kBatch, kTransaction };

/// Brings records to the tables that read their topics, and cuts the stream of changes into steps.
class Feeder {
 public:
  /// `one_by_one`: two inputs meet in a query, so that the order among tables counts.
  Feeder(Dataflow& dataflow, const DecoderOptions& options, bool one_by_one);

  void SetStep(StepBy step) { step_ = step; }
  /// Each record is a step, with the net change that it makes.
  bool EachIsStep() const { return step_ == StepBy::kRecord && dataflow_.mode() == ChangeMode::kNet; }

  /// Decodes the record into the tables that read its topic. What is complete is pushed.
  void Take(const RecordLine& record, std::string_view line, const RecordPlace& where);
  /// Reads the tables that do not come through the stream, a record of each in turn, to their end. False if a stop was
  /// asked for before that.
  bool ReadLocal();
  /// Called before a row of such a table is waited for.
  void SetBeforeWait(std::function<void()> before_wait) { before_wait_ = std::move(before_wait); }
  /// The shortest of the tables' idle timeouts; 0: there is none.
  int64_t idle_timeout() const;
  /// Partitions may become idle, by the clock: results are not to be computed a second time.
  void UseClock();
  /// Sends on what was decoded: before waiting, before a control line.
  void Flush();
  /// Flush, and what waits for idle partitions only is due. The same is done at the end of a step.
  void FindIdle();
  /// The end of a source transaction or batch.
  void EndStep();

  /// The stream says which partitions of Kafka's topics it reads, before rows of them come.
  void LearnPartitions(const Position& position);
  bool knows_partitions() const;
  /// The stream has come to `position`; partitions that are at `until` have no more rows.
  void EndPartitions(const Position& position, const Position& until);
  void LearnColumns(const std::string& topic, std::string_view columns_json);

  /// Topics of records that no table reads, with how many there were.
  const std::map<std::string, uint64_t>& unread() const { return unread_; }
  /// Tables that never got a record.
  std::vector<std::string> EmptyTables() const;
  /// Tables without a single change although records came that they read.
  uint64_t records() const { return records_; }

  /// Saves or loads what the tables know of earlier records, between steps.
  void Persist(StateArchive& state);

 private:
  struct Table {
    const PlanNode* scan;
    std::vector<ColumnUse> uses;  ///< by all scans of the table
    std::vector<Operator*> entries;
    std::unique_ptr<RecordDecoder> decoder;
    std::unique_ptr<BatchBuilder> pending;
    std::vector<uint32_t> turns;           ///< of each row in `pending`, if TakesTurns
    std::vector<OpWatermark*> watermarks;  ///< empty: no query has to do with the table's time
    SourcePartitions partitions;
    std::vector<uint32_t> pending_partitions;  ///< by row, once there are several
    std::set<std::string> topics;
    std::optional<JavaRegex> pattern;
    uint64_t records = 0;
    bool lookup = false;
    std::unique_ptr<LocalRows> local;
  };
  void CheckEndless() const;
  void TellPartitions(Table& table);
  void Decode(size_t index, const RecordLine& record, std::string_view line, const RecordPlace& where);
  /// All that reads the record has it.
  void EndRecord();
  /// Rows are not pushed together with all that come after them: each step, or where the order among tables counts, the
  /// rows of each table until those of another one come.
  bool TakesTurns() const { return one_by_one_ || EachIsStep(); }
  const std::vector<size_t>& ReadersOf(std::string_view topic);
  void EndTable(Table& table);
  bool ReadLocal(bool lookup);
  /// False at its end.
  bool TakeLocal(size_t index);
  void ShowBeforeWait();
  void WaitForRows(int64_t millis);

  Dataflow& dataflow_;
  bool one_by_one_;
  StepBy step_ = StepBy::kRecord;
  std::vector<Table> tables_;
  std::map<std::string, std::vector<size_t>, std::less<>> readers_;
  std::map<std::string, uint64_t> unread_;
  std::function<void()> before_wait_;
  SourceColumns source_columns_;
  uint32_t turn_ = 0;  ///< since the last Flush
  size_t last_table_ = 0;
  size_t pending_rows_ = 0;  ///< of all tables
  uint64_t records_ = 0;
};

}  // namespace cdc::sql
