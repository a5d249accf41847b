#pragma once

#include <map>

#include "tools/cdc-sql/functions/accumulators.h"
#include "tools/cdc-sql/run/operator.h"
#include "tools/cdc-sql/state/key_index.h"

namespace cdc::sql {

/// Milliseconds of a TIMESTAMP value.
int64_t MillisAt(const ColumnVector& column, size_t row);

/// The same on the wall clock of `zone`, if the values are instants.
int64_t LocalMillisAt(const ColumnVector& column, size_t row, const TimeZone& zone, bool zoned);

/// The columns that a window gives its rows, in this order.
enum class WindowBound { kStart, kEnd, kTime };
/// Appends one for a window [start, end) of the wall clock.
void AppendBound(ColumnVector& out, WindowBound bound, int64_t start, int64_t end, const TimeZone& zone, bool zoned);

/// The last moment of a window that ends at `end` of the wall clock: it is over when the time has come to it.
inline int64_t LastMillis(int64_t end, const TimeZone& zone) {
  if (zone.is_fixed() && zone.OffsetAt(0) == 0) return end - 1;
  return static_cast<int64_t>(zone.ToInstant(Int128{end} * 1000000) / 1000000) - 1;
}

/// TUMBLE, HOP and CUMULATE: each row once for each window that its time lies in, the latest window first.
class OpWindow : public Operator {
 public:
  OpWindow(const PlanNode& plan);
  void Push(size_t port, const Batch& batch) override;

 private:
  void AppendWindow(const Batch& batch, size_t row, int64_t start, int64_t end);
  WindowSpec spec_;
  size_t width_;
  TimeZone zone_;
  bool zoned_ = false;
  BatchBuilder out_;
};

/// GROUP BY with the bounds of windows among its keys: each group is sent once, when the time has passed its window's
/// end. Rows of windows that are over are left out.
class OpWindowAggregate : public Operator {
 public:
  explicit OpWindowAggregate(const PlanNode& plan);
  void Push(size_t port, const Batch& batch) override;
  void EndStep() override;

 protected:
  void OnWatermark(int64_t millis) override;
  void PersistOwn(StateArchive& state) override;

 private:
  uint32_t GroupOf(const Batch& batch, size_t row);
  /// Sends the groups whose window is over at `millis`.
  void Fire(int64_t millis);

  std::vector<size_t> keys_;
  size_t end_column_;
  bool by_clock_;  ///< windows of processing time: fired when rows come and steps end
  TimeZone zone_;
  KeyIndex index_;
  std::vector<int64_t> counts_;
  Accumulators accumulators_;
  std::map<int64_t, std::vector<uint32_t>> open_;
  BatchBuilder out_;
  std::string key_;
};

/// ORDER BY event time: rows wait until the time has passed theirs. A row that comes after later ones were sent is left
/// out.
class OpSort : public Operator {
 public:
  explicit OpSort(const PlanNode& plan);
  void Push(size_t port, const Batch& batch) override;

 protected:
  void OnWatermark(int64_t millis) override;
  void PersistOwn(StateArchive& state) override;

 private:
  std::vector<SortKey> sort_;
  size_t width_;
  int64_t sent_ = kStartOfTime;
  std::map<int64_t, std::map<std::string, std::vector<std::string>>> waiting_;  ///< time → order → rows
  BatchBuilder out_;
};

/// LIMIT over new rows: the first ones.
class OpLimit : public Operator {
 public:
  explicit OpLimit(const PlanNode& plan) : left_(plan.limit) {}
  void Push(size_t port, const Batch& batch) override;

 protected:
  void PersistOwn(StateArchive& state) override { state(left_); }

 private:
  int64_t left_;
};

}  // namespace cdc::sql
