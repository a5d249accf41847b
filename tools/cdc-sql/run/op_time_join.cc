#include "tools/cdc-sql/run/op_time_join.h"

#include <algorithm>

#include "tools/cdc-sql/run/expr_eval.h"
#include "tools/cdc-sql/run/join_columns.h"
#include "tools/cdc-sql/run/op_window.h"
#include "tools/cdc-sql/state/row_codec.h"

namespace cdc::sql {

TimeJoin::TimeJoin(const PlanNode& plan)
    : keys_{plan.left_keys, plan.right_keys},
      null_safe_(plan.null_safe),
      widths_{plan.inputs[0]->columns.size(), plan.inputs[1]->columns.size()},
      outer_{plan.join == JoinKind::kLeft || plan.join == JoinKind::kFull,
             plan.join == JoinKind::kRight || plan.join == JoinKind::kFull},
      join_(plan.join),
      out_(plan.columns),
      pairs_(BothSides(plan)),
      has_residual_(plan.has_predicate),
      residual_(plan.predicate) {
  null_safe_.resize(keys_[0].size());
}

bool TimeJoin::KeyOf(size_t port, const Batch& batch, size_t row, std::string* key) const {
  key->clear();
  bool whole = true;
  for (size_t i = 0; i < keys_[port].size(); ++i) {
    const ColumnVector& column = *batch.columns[keys_[port][i]];
    whole = whole && (null_safe_[i] != 0 || !column.IsNull(row));
    EncodeValue(column, row, key);
  }
  return whole;
}

bool TimeJoin::Passes(const std::string& left, const std::string& right) {
  if (!has_residual_) return true;
  DecodeRow(left, pairs_.columns(), 0, widths_[0]);
  DecodeRow(right, pairs_.columns(), widths_[0], widths_[1]);
  pairs_.RowDone(RowKind::kInsert);
  const Batch pair = pairs_.Take();
  const ColumnPtr passes = Evaluate(residual_, pair);
  return !passes->IsNull(0) && passes->bools()[0] != 0;
}

void TimeJoin::AppendPair(const std::string& left, const std::string& right, RowKind kind) {
  DecodeRow(left, out_.columns(), 0, widths_[0]);
  DecodeRow(right, out_.columns(), widths_[0], widths_[1]);
  out_.RowDone(kind);
  SendIfFull();
}

void TimeJoin::AppendAlone(size_t side, const std::string& row, RowKind kind) {
  DecodeRow(row, out_.columns(), side == 0 ? 0 : widths_[0], widths_[side]);
  for (size_t i = 0; i < widths_[1 - side]; ++i) out_.column((side == 0 ? widths_[0] : 0) + i).AppendNull();
  out_.RowDone(kind);
  SendIfFull();
}

void TimeJoin::AppendLeft(const std::string& row, RowKind kind) {
  DecodeRow(row, out_.columns(), 0, widths_[0]);
  out_.RowDone(kind);
  SendIfFull();
}

void TimeJoin::SendIfFull() {
  if (out_.rows() >= kBatchRows && out_.kinds().back() != RowKind::kUpdateBefore) Send();
}

void TimeJoin::Send() {
  if (out_.rows() > 0) Emit(out_.Take());
}

OpWindowJoin::OpWindowJoin(const PlanNode& plan)
    : TimeJoin(plan), ends_{*plan.fires_by, *plan.fires_by_right}, zone_(plan.zone), null_aware_(plan.null_aware) {}

void OpWindowJoin::Push(size_t port, const Batch& batch) {
  for (size_t row = 0; row < batch.rows; ++row) {
    const int64_t last = LastMillis(MillisAt(*batch.columns[ends_[port]], row), zone_);
    if (last <= watermark()) {
      CountLate();
      continue;
    }
    Waiting waiting;
    waiting.null_key = !KeyOf(port, batch, row, &waiting.key);
    EncodeWholeRow(batch, row, &waiting.row.bytes);
    open_[last].side[port].push_back(std::move(waiting));
  }
}

void OpWindowJoin::Join(Window& window) {
  std::unordered_map<std::string, std::vector<Waiting*>> right;
  for (Waiting& row : window.side[1]) {
    if (!row.null_key) {
      right[row.key].push_back(&row);
    } else if (null_aware_) {
      return;  // it may be any value: no row is known to be in none
    }
  }
  for (Waiting& left : window.side[0]) {
    if (null_aware_ && left.null_key && !window.side[1].empty()) continue;
    const auto found = left.null_key ? right.end() : right.find(left.key);
    if (found != right.end())
      for (Waiting* partner : found->second) {
        if (!Passes(left.row.bytes, partner->row.bytes)) continue;
        left.row.met = partner->row.met = true;
        if (join_ == JoinKind::kSemi || join_ == JoinKind::kAnti) break;
        AppendPair(left.row.bytes, partner->row.bytes, RowKind::kInsert);
      }
    if (join_ == JoinKind::kSemi || join_ == JoinKind::kAnti) {
      if (left.row.met == (join_ == JoinKind::kSemi)) AppendLeft(left.row.bytes, RowKind::kInsert);
    } else if (outer_[0] && !left.row.met) {
      AppendAlone(0, left.row.bytes, RowKind::kInsert);
    }
  }
  if (!outer_[1]) return;
  for (const Waiting& row : window.side[1])
    if (!row.row.met) AppendAlone(1, row.row.bytes, RowKind::kInsert);
}

void OpWindowJoin::OnWatermark(int64_t millis) {
  while (!open_.empty() && open_.begin()->first <= millis) {
    Join(open_.begin()->second);
    open_.erase(open_.begin());
  }
  Send();
  PassWatermark(millis);
}

OpIntervalJoin::OpIntervalJoin(const PlanNode& plan)
    : TimeJoin(plan), times_{plan.left_time, plan.right_time}, low_(plan.time_low), high_(plan.time_high) {}

void OpIntervalJoin::Push(size_t port, const Batch& batch) {
  std::string key;
  for (size_t row = 0; row < batch.rows; ++row) {
    Row added;
    EncodeWholeRow(batch, row, &added.bytes);
    const int64_t time = MillisAt(*batch.columns[times_[port]], row);
    const bool whole = KeyOf(port, batch, row, &key);
    const auto found = whole ? sides_[1 - port].rows.find(key) : sides_[1 - port].rows.end();
    if (found != sides_[1 - port].rows.end()) {
      // left - right in [low, high]
      const int64_t first = port == 0 ? time - high_ : time + low_, last = port == 0 ? time - low_ : time + high_;
      for (auto at = found->second.lower_bound(first); at != found->second.end() && at->first <= last; ++at) {
        const std::string& left = port == 0 ? added.bytes : at->second.bytes;
        const std::string& right = port == 0 ? at->second.bytes : added.bytes;
        if (!Passes(left, right)) continue;
        at->second.met = added.met = true;
        AppendPair(left, right, RowKind::kInsert);
      }
    }
    const int64_t last = LastPartner(port, time);
    if (whole && last > watermark()) {
      sides_[port].due.emplace(last, key);
      sides_[port].rows[key].emplace(time, std::move(added));
    } else if (outer_[port] && !added.met) {
      AppendAlone(port, added.bytes, RowKind::kInsert);
    }
  }
  Send();
}

/// A row goes when time is past its last partner's: that one may be as old as the watermark itself, if it is late.
void OpIntervalJoin::Expire(size_t port, int64_t millis) {
  Side& side = sides_[port];
  while (!side.due.empty() && side.due.begin()->first < millis) {
    const std::string key = side.due.begin()->second;
    side.due.erase(side.due.begin());
    const auto found = side.rows.find(key);
    if (found == side.rows.end()) continue;
    auto& rows = found->second;
    while (!rows.empty() && LastPartner(port, rows.begin()->first) < millis) {
      if (outer_[port] && !rows.begin()->second.met) AppendAlone(port, rows.begin()->second.bytes, RowKind::kInsert);
      rows.erase(rows.begin());
    }
    if (rows.empty()) side.rows.erase(found);
  }
}

void OpIntervalJoin::OnWatermark(int64_t millis) {
  Expire(0, millis);
  Expire(1, millis);
  Send();
  // A row that is sent later may be as old as the oldest that is kept.
  const int64_t delay = std::max({int64_t{0}, -low_, high_});
  PassWatermark(millis == kEndOfTime ? millis : millis - delay);
}

OpTemporalJoin::OpTemporalJoin(const PlanNode& plan)
    : TimeJoin(plan),
      left_time_(plan.left_time),
      right_time_(plan.right_time),
      left_changes_(!plan.inputs[0]->append_only) {}

void OpTemporalJoin::Push(size_t port, const Batch& batch) {
  for (size_t row = 0; row < batch.rows; ++row) {
    if (port == 0) {
      Left left;
      left.time = MillisAt(*batch.columns[left_time_], row);
      left.null_key = !KeyOf(0, batch, row, &left.key);
      left.row.kind = batch.kinds[row];
      EncodeWholeRow(batch, row, &left.row.bytes);
      waiting_.push_back(std::move(left));
      continue;
    }
    if (batch.kinds[row] == RowKind::kUpdateBefore) continue;
    std::string key;
    if (!KeyOf(1, batch, row, &key)) continue;
    Version version;
    version.there = Adds(batch.kinds[row]);
    if (version.there) EncodeWholeRow(batch, row, &version.bytes);
    versions_[key][MillisAt(*batch.columns[right_time_], row)] = std::move(version);
  }
}

const OpTemporalJoin::Version* OpTemporalJoin::VersionOf(const Left& left) const {
  const auto found = versions_.find(left.key);
  if (found == versions_.end()) return nullptr;
  const auto after = found->second.upper_bound(left.time);
  return after == found->second.begin() ? nullptr : &std::prev(after)->second;
}

/// The version that rows of this key and time met. It is kept as long as they are there: a row that goes takes back
/// what it met, and one that is changed meets it again, however long ago its time was.
const OpTemporalJoin::Version* OpTemporalJoin::MetBy(const Left& left) {
  const auto [at, is_new] = met_[left.key].try_emplace(left.time);
  Met& met = at->second;
  if (is_new)
    if (const Version* version = VersionOf(left)) met.version = *version;
  met.rows += WeightOf(left.row.kind);
  if (met.rows <= 0) unmet_.emplace_back(left.key, left.time);
  return &met.version;
}

void OpTemporalJoin::JoinLeft(const Left& left) {
  const Version* version = left.null_key ? nullptr : left_changes_ ? MetBy(left) : VersionOf(left);
  if (version != nullptr && version->there && Passes(left.row.bytes, version->bytes)) {
    AppendPair(left.row.bytes, version->bytes, left.row.kind);
  } else if (outer_[0]) {
    AppendAlone(0, left.row.bytes, left.row.kind);
  }
}

void OpTemporalJoin::ForgetUnmet() {
  for (const auto& [key, time] : unmet_) {
    const auto times = met_.find(key);
    const auto at = times == met_.end() ? std::map<int64_t, Met>::iterator() : times->second.find(time);
    if (times == met_.end() || at == times->second.end() || at->second.rows > 0) continue;
    times->second.erase(at);
    if (times->second.empty()) met_.erase(times);
  }
  unmet_.clear();
}

void OpTemporalJoin::OnWatermark(int64_t millis) {
  std::deque<Left> later;
  for (Left& left : waiting_) {
    if (left.time <= millis) {
      JoinLeft(left);
    } else {
      later.push_back(std::move(left));
    }
  }
  waiting_ = std::move(later);
  Send();
  ForgetUnmet();
  // Of the versions of the past the last one stays.
  for (auto key = versions_.begin(); key != versions_.end();) {
    std::map<int64_t, Version>& versions = key->second;
    const auto future = versions.upper_bound(millis);
    if (future != versions.begin()) versions.erase(versions.begin(), std::prev(future));
    const bool gone = versions.size() == 1 && !versions.begin()->second.there && versions.begin()->first <= millis;
    key = gone ? versions_.erase(key) : std::next(key);
  }
  PassWatermark(millis);
}

void OpLookupJoin::Push(size_t port, const Batch& batch) {
  std::string key, bytes;
  for (size_t row = 0; row < batch.rows; ++row) {
    const bool whole = KeyOf(port, batch, row, &key);
    bytes.clear();
    EncodeWholeRow(batch, row, &bytes);
    if (port == 1) {
      if (whole) rows_[key].push_back(bytes);
      continue;
    }
    bool met = false;
    const auto found = whole ? rows_.find(key) : rows_.end();
    if (found != rows_.end())
      for (const std::string& right : found->second) {
        if (!Passes(bytes, right)) continue;
        met = true;
        AppendPair(bytes, right, batch.kinds[row]);
      }
    if (!met && outer_[0]) AppendAlone(0, bytes, batch.kinds[row]);
  }
  if (port == 0) Send();
}

}  // namespace cdc::sql
