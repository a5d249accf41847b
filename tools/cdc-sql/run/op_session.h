#pragma once

#include "tools/cdc-sql/functions/accumulator.h"
#include "tools/cdc-sql/run/open_sessions.h"
#include "tools/cdc-sql/run/operator.h"

namespace cdc::sql {

/// The rows of an open session. Those of two that become one are put in order at its end only, as a session may become
/// one with many others.
struct SessionRows {
  struct Row {
    uint64_t number = 0;  ///< in the order of all rows
    RowKind kind = RowKind::kInsert;
    std::string bytes;
    void Persist(StateArchive& state) { state(number, kind, bytes); }
  };
  std::vector<Row> rows;

  /// Takes those of `other`.
  void Merge(SessionRows& other);
  void Sort();
  void Persist(StateArchive& state) { state(rows); }
};

/// SESSION: rows of a partition whose times are less than the gap apart. Rows wait until their session is over, then
/// they are sent with its bounds, in the order in which they came; a row whose session would be over already is left
/// out.
class OpSession : public Operator {
 public:
  explicit OpSession(const PlanNode& plan);
  void Push(size_t port, const Batch& batch) override;

 protected:
  void OnWatermark(int64_t millis) override;
  void PersistOwn(StateArchive& state) override { state(arrived_, sessions_); }

 private:
  WindowSpec spec_;
  size_t width_;
  TimeZone zone_;
  bool zoned_;
  uint64_t arrived_ = 0;
  OpenSessions<SessionRows> sessions_;
  BatchBuilder out_;
  std::string key_;
};

/// GROUP BY the bounds of sessions and what they are sessions of: accumulators instead of rows. Sessions that become
/// one have theirs merged, as Flink's.
class OpSessionAggregate : public Operator {
 public:
  explicit OpSessionAggregate(const PlanNode& plan);
  void Push(size_t port, const Batch& batch) override;

 protected:
  void OnWatermark(int64_t millis) override;
  void PersistOwn(StateArchive& state) override;

 private:
  uint32_t NewGroup();
  void Free(uint32_t group);
  void Merge(uint32_t stays, uint32_t goes);
  void Send(std::string_view partition, int64_t start, int64_t end, uint32_t group);

  static constexpr uint32_t kNoGroup = UINT32_MAX;
  struct Group {
    uint32_t number = kNoGroup;
    void Persist(StateArchive& state) { state(number); }
  };
  WindowSpec spec_;
  size_t width_;
  std::vector<size_t> keys_;  ///< columns of the input; behind them start, end and time of the session
  std::vector<size_t> partition_;
  std::vector<AggregateCall> calls_;
  TimeZone zone_;
  bool zoned_;
  OpenSessions<Group> sessions_;
  std::vector<int64_t> counts_;  ///< of rows, by group
  std::vector<std::unique_ptr<Accumulator>> accumulators_;
  std::vector<uint32_t> free_;
  BatchBuilder out_;
  std::string key_;
};

}  // namespace cdc::sql
