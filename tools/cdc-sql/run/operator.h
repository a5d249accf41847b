#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tools/cdc-sql/plan/logical_plan.h"
#include "tools/cdc-sql/state/state_archive.h"

namespace cdc::sql {

class Spill;

/// How changes leave an operator with state.
enum class ChangeMode {
  kTrace,  ///< for each row that comes, at once: the changelog that Flink would give, row by row
  kNet,    ///< at the end of each step: the difference that the step makes
};

/// Times are milliseconds since 1970. A watermark of kEndOfTime: the input has ended.
inline constexpr int64_t kStartOfTime = INT64_MIN;
inline constexpr int64_t kEndOfTime = INT64_MAX;

/// A node of the dataflow. Batches are pushed through it; EndStep is called for all operators in topological order.
class Operator {
 public:
  virtual ~Operator() = default;
  virtual void Push(size_t port, const Batch& batch) = 0;
  virtual void EndStep() {}
  /// Time of an input has come to `millis`: no row of an earlier time is expected. Ports hold each other back.
  void Watermark(size_t port, int64_t millis);
  /// No time comes from an input for now, by the clock: it holds the others back no longer, or again. Where all are
  /// idle the time is that of the one that is furthest on, and what follows learns of it.
  void SetIdle(size_t port, bool idle);
  /// An input that comes back from being idle behind the time does not hold it back until it has caught up.
  void WaitForNoneBehind() { none_behind_ = true; }
  /// How many inputs there are.
  void SetPorts(size_t ports) {
    port_watermarks_.assign(ports, kStartOfTime);
    idle_ports_.assign(ports, 0);
  }
  /// For the end of bounded input.
  virtual void Finish() {}
  /// Called before all else: what state may be on disk is to be there when memory has no room.
  virtual void UseSpill(Spill&) {}

  /// Saves or loads what the operator knows, between steps. The one that loads was made from the same plan.
  void Persist(StateArchive& state) {
    state(port_watermarks_, watermark_);
    PersistOwn(state);
  }

  /// The time of all inputs; kStartOfTime before there is one.
  int64_t watermark() const { return watermark_; }
  /// Rows that were sent on so far, in this run.
  uint64_t rows_out() const { return rows_out_; }
  /// Rows that were left out because they came behind the time, in this run.
  uint64_t late() const { return late_; }

  /// One more reader of what the operator sends; each gets all of it, the first one first.
  void AddOutput(Operator* next, size_t port) { outputs_.push_back({next, port}); }

 protected:
  void Emit(const Batch& batch) {
    rows_out_ += batch.rows;
    if (batch.rows == 0) return;
    for (const Output& output : outputs_) output.next->Push(output.port, batch);
  }

  void CountLate() { ++late_; }

  /// An operator with state has one of its own.
  virtual void PersistOwn(StateArchive& state) { state.NothingKept(); }

  /// Time has come to `millis`, which is more than before. Sends what is due, then passes the time on.
  virtual void OnWatermark(int64_t millis) { PassWatermark(millis); }
  void PassWatermark(int64_t millis) {
    for (const Output& output : outputs_) output.next->Watermark(output.port, millis);
  }
  void PassIdle(bool idle) {
    for (const Output& output : outputs_) output.next->SetIdle(output.port, idle);
  }

 private:
  struct Output {
    Operator* next;
    size_t port;
  };
  void AdvanceToLeast();
  void AdvanceToMost();
  void Advance(int64_t millis);

  std::vector<Output> outputs_;
  std::vector<uint8_t> idle_ports_ = {0};  // not saved: that is another run's
  std::vector<int64_t> port_watermarks_ = {kStartOfTime};
  int64_t watermark_ = kStartOfTime;
  bool none_behind_ = false;
  uint64_t rows_out_ = 0;
  uint64_t late_ = 0;
};

/// A batch under construction.
class BatchBuilder {
 public:
  explicit BatchBuilder(std::vector<SqlType> types);
  explicit BatchBuilder(const std::vector<PlanColumn>& columns);

  std::vector<std::shared_ptr<ColumnVector>>& columns() {
    if (taken_) Renew();
    return columns_;
  }
  ColumnVector& column(size_t i) { return *columns()[i]; }
  std::vector<RowKind>& kinds() { return kinds_; }
  size_t rows() const { return kinds_.size(); }
  const std::vector<SqlType>& types() const { return types_; }
  void RowDone(RowKind kind) { kinds_.push_back(kind); }
  /// Forgets rows from `rows` on.
  void Truncate(size_t rows);
  bool SameRows(size_t a, size_t b, size_t first_column) const;
  void AppendRow(const Batch& batch, size_t row, RowKind kind);
  /// The same, strings as views: all rows are of batches that share their bytes.
  void AppendView(const Batch& batch, size_t row, RowKind kind);
  /// The rows so far as a batch; the builder is empty afterwards. If the batch is gone when the next row comes, its
  /// memory is used again: most batches of a stream are a row or two.
  Batch Take();
  void Clear();

 private:
  /// Columns for rows that follow a Take.
  void Renew();

  std::vector<SqlType> types_;
  std::vector<std::shared_ptr<ColumnVector>> columns_;
  std::vector<RowKind> kinds_;
  bool taken_ = false;  ///< a batch has the columns
};

std::vector<SqlType> TypesOf(const std::vector<PlanColumn>& columns);

inline constexpr size_t kBatchRows = 1024;

}  // namespace cdc::sql
