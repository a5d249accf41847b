#pragma once

#include <deque>
#include <map>
#include <unordered_map>

#include "tools/cdc-sql/run/operator.h"

namespace cdc::sql {

/// What the joins by time share: their keys, their residual condition, and rows with NULLs for a side.
class TimeJoin : public Operator {
 public:
  explicit TimeJoin(const PlanNode& plan);

 protected:
  struct Row {
    std::string bytes;
    RowKind kind = RowKind::kInsert;
    bool met = false;
    void Persist(StateArchive& state) { state(bytes, kind, met); }
  };
  /// Encodes the key; false if a part of it is NULL.
  bool KeyOf(size_t port, const Batch& batch, size_t row, std::string* key) const;
  /// Whether the pair passes the residual condition.
  bool Passes(const std::string& left, const std::string& right);
  void AppendPair(const std::string& left, const std::string& right, RowKind kind);
  /// A row of `side` with NULLs for the other one.
  void AppendAlone(size_t side, const std::string& row, RowKind kind);
  void AppendLeft(const std::string& row, RowKind kind);
  void SendIfFull();
  void Send();

  std::vector<size_t> keys_[2];
  std::vector<uint8_t> null_safe_;
  size_t widths_[2];
  bool outer_[2];
  JoinKind join_;
  BatchBuilder out_;

 private:
  BatchBuilder pairs_;
  bool has_residual_;
  BoundExpr residual_;
};

/// Joins rows of the same window once it is over, and forgets them.
class OpWindowJoin : public TimeJoin {
 public:
  explicit OpWindowJoin(const PlanNode& plan);
  void Push(size_t port, const Batch& batch) override;

 protected:
  void OnWatermark(int64_t millis) override;
  void PersistOwn(StateArchive& state) override { state(open_); }

 private:
  struct Waiting {
    std::string key;
    bool null_key;
    Row row;
    void Persist(StateArchive& state) { state(key, null_key, row); }
  };
  struct Window {
    std::vector<Waiting> side[2];
    void Persist(StateArchive& state) { state(side[0], side[1]); }
  };
  void Join(Window& window);

  size_t ends_[2];
  TimeZone zone_;
  bool null_aware_;                 ///< NOT IN
  std::map<int64_t, Window> open_;  ///< by last moment
};

/// Joins rows whose event times are within bounds of each other. Rows are kept while a partner may still come.
class OpIntervalJoin : public TimeJoin {
 public:
  explicit OpIntervalJoin(const PlanNode& plan);
  void Push(size_t port, const Batch& batch) override;

 protected:
  void OnWatermark(int64_t millis) override;
  void PersistOwn(StateArchive& state) override { state(sides_[0], sides_[1]); }

 private:
  struct Side {
    std::unordered_map<std::string, std::multimap<int64_t, Row>> rows;  ///< key → time → row
    std::multimap<int64_t, std::string> due;                            ///< last moment of a partner → key
    void Persist(StateArchive& state) { state(rows, due); }
  };
  int64_t LastPartner(size_t port, int64_t time) const { return port == 0 ? time - low_ : time + high_; }
  void Expire(size_t port, int64_t millis);

  size_t times_[2];
  int64_t low_, high_;
  Side sides_[2];
};

/// FOR SYSTEM_TIME AS OF a time of the left row: waits for that time, then takes the right side's row of that moment.
class OpTemporalJoin : public TimeJoin {
 public:
  explicit OpTemporalJoin(const PlanNode& plan);
  void Push(size_t port, const Batch& batch) override;

 protected:
  void OnWatermark(int64_t millis) override;
  void PersistOwn(StateArchive& state) override {
    state(waiting_, versions_);
    if (left_changes_) state(met_);
  }

 private:
  struct Version {
    bool there = false;
    std::string bytes;
    void Persist(StateArchive& state) { state(there, bytes); }
  };
  struct Left {
    int64_t time;
    bool null_key;
    std::string key;
    Row row;
    void Persist(StateArchive& state) { state(time, null_key, key, row); }
  };
  struct Met {
    Version version;
    int64_t rows = 0;  ///< left rows
    void Persist(StateArchive& state) { state(version, rows); }
  };
  const Version* VersionOf(const Left& left) const;
  const Version* MetBy(const Left& left);
  void JoinLeft(const Left& left);
  void ForgetUnmet();

  size_t left_time_, right_time_;
  bool left_changes_;
  std::deque<Left> waiting_;
  std::unordered_map<std::string, std::map<int64_t, Version>> versions_;
  std::unordered_map<std::string, std::map<int64_t, Met>> met_;  ///< where left rows change: by key and their time
  std::vector<std::pair<std::string, int64_t>> unmet_;           ///< of met_, those that may have no row any more
};

/// FOR SYSTEM_TIME AS OF the clock: the right side is a table that was read before; a left row meets what it holds.
class OpLookupJoin : public TimeJoin {
 public:
  explicit OpLookupJoin(const PlanNode& plan) : TimeJoin(plan) {}
  void Push(size_t port, const Batch& batch) override;

 protected:
  void PersistOwn(StateArchive& state) override { state(rows_); }

 private:
  std::unordered_map<std::string, std::vector<std::string>> rows_;
};

}  // namespace cdc::sql
