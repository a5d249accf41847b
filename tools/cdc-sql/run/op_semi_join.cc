#include "tools/cdc-sql/run/op_semi_join.h"

#include "tools/cdc-sql/run/expr_eval.h"
#include "tools/cdc-sql/run/join_columns.h"
#include "tools/cdc-sql/state/row_codec.h"

namespace cdc::sql {

OpSemiJoin::OpSemiJoin(const PlanNode& plan)
    : keys_{plan.left_keys, plan.right_keys},
      null_safe_(plan.null_safe),
      widths_{plan.inputs[0]->columns.size(), plan.inputs[1]->columns.size()},
      anti_(plan.join == JoinKind::kAnti),
      kept_{KeptRow(*plan.inputs[0]), KeptRow(*plan.inputs[1])},
      out_(plan.columns),
      pairs_(BothSides(plan)),
      has_residual_(plan.has_predicate),
      residual_(plan.predicate) {
  null_safe_.resize(keys_[0].size());
}

void OpSemiJoin::AppendLeft(const Entry& entry, RowKind kind) {
  for (int64_t i = 0; i < entry.count; ++i) {
    DecodeRow(entry.row, out_.columns(), 0, widths_[0]);
    out_.RowDone(kind);
  }
}

void OpSemiJoin::FindPartners(size_t port, const Batch& batch, size_t row) {
  partners_.clear();
  std::vector<Entry>* entries = sides_[1 - port].FindMutable(key_);
  if (entries == nullptr) return;
  for (Entry& entry : *entries)
    if (entry.count > 0) partners_.push_back(&entry);
  if (!has_residual_ || partners_.empty()) return;
  const size_t first = port == 0 ? 0 : widths_[0];
  for (const Entry* entry : partners_) {
    for (size_t column = 0; column < widths_[port]; ++column)
      pairs_.column(first + column).AppendFrom(*batch.columns[column], row);
    DecodeRow(entry->row, pairs_.columns(), port == 0 ? widths_[0] : 0, widths_[1 - port]);
    pairs_.RowDone(RowKind::kInsert);
  }
  const Batch pairs = pairs_.Take();
  std::vector<uint32_t> passing;
  SelectTrue(*Evaluate(residual_, pairs), pairs.rows, &passing);
  for (size_t i = 0; i < passing.size(); ++i) partners_[i] = partners_[passing[i]];
  partners_.resize(passing.size());
}

void OpSemiJoin::PushLeft(const Batch& batch, size_t row, bool null_key) {
  int64_t matches = 0;
  if (!null_key) {
    if (!sides_[0].Add(key_, row_, WeightOf(batch.kinds[row]))) return;
    FindPartners(0, batch, row);
    for (const Entry* partner : partners_) matches += partner->count;
    if (Entry* entry = sides_[0].FindRow(key_, row_)) entry->matches = matches;
  }
  if ((matches > 0) == anti_) return;
  out_.AppendRow(batch, row, batch.kinds[row]);
}

void OpSemiJoin::PushRight(const Batch& batch, size_t row, bool null_key) {
  if (null_key) return;  // meets nothing
  const int64_t weight = WeightOf(batch.kinds[row]);
  if (!sides_[1].Add(key_, row_, weight)) return;
  FindPartners(1, batch, row);
  for (Entry* left : partners_) {
    const bool met = left->matches > 0;
    left->matches += weight;
    const bool meets = left->matches > 0;
    if (met != meets) AppendLeft(*left, meets != anti_ ? RowKind::kInsert : RowKind::kDelete);
  }
}

void OpSemiJoin::Push(size_t port, const Batch& batch) {
  for (size_t row = 0; row < batch.rows; ++row) {
    bool null_key = false;
    for (size_t i = 0; i < keys_[port].size(); ++i)
      null_key = null_key || (null_safe_[i] == 0 && batch.columns[keys_[port][i]]->IsNull(row));
    key_.clear();
    row_.clear();
    EncodeRow(batch, row, keys_[port], &key_);
    EncodeWholeRow(batch, row, &row_);
    const std::optional<Batch> kept = kept_[port].Instead(sides_[port], key_, batch, row, &row_);
    const Batch& of = kept ? *kept : batch;
    const size_t at = kept ? 0 : row;
    port == 0 ? PushLeft(of, at, null_key) : PushRight(of, at, null_key);
    if (out_.rows() >= kBatchRows && out_.kinds().back() != RowKind::kUpdateBefore) Emit(out_.Take());
  }
  if (out_.rows() > 0) Emit(out_.Take());
}

OpNotIn::OpNotIn(const PlanNode& plan)
    : keys_{plan.left_keys, plan.right_keys}, width_(plan.columns.size()), out_(plan.columns) {}

bool OpNotIn::Passes(const Group& group, const std::string& value) {
  if (group.rows == 0) return true;
  const auto found = group.values.find(value);
  return value[0] != '\0' && group.nulls == 0 && (found == group.values.end() || found->second == 0);
}

void OpNotIn::Send(const Rows& rows, RowKind kind) {
  for (const auto& [row, times] : rows)
    for (int64_t i = 0; i < times; ++i) {
      DecodeRow(row, out_.columns(), 0, width_);
      out_.RowDone(kind);
    }
}

void OpNotIn::Push(size_t port, const Batch& batch) {
  std::string group_key, value, row_bytes;
  for (size_t row = 0; row < batch.rows; ++row) {
    const std::vector<size_t>& keys = keys_[port];
    group_key.clear();
    value.clear();
    bool unrelated = false;  // a NULL in a correlated column: there are no rows for it in the query
    for (size_t i = 0; i + 1 < keys.size(); ++i) {
      unrelated = unrelated || batch.columns[keys[i]]->IsNull(row);
      EncodeValue(*batch.columns[keys[i]], row, &group_key);
    }
    if (unrelated) {
      if (port == 0) out_.AppendRow(batch, row, batch.kinds[row]);
      continue;
    }
    EncodeValue(*batch.columns[keys.back()], row, &value);
    bool added = false;
    Group& group = groups_[groups_.FindOrAdd(group_key, &added)];
    const int64_t weight = WeightOf(batch.kinds[row]);
    if (port == 0) {
      row_bytes.clear();
      EncodeWholeRow(batch, row, &row_bytes);
      auto& rows = group.left[value];
      int64_t& times = rows[row_bytes];
      if (times + weight < 0) continue;
      times += weight;
      if (times == 0) rows.erase(row_bytes);
      if (Passes(group, value)) out_.AppendRow(batch, row, batch.kinds[row]);
      continue;
    }
    int64_t& times = group.values[value];
    if (times + weight < 0) continue;
    // What changes for all rows of the group, or for those with this value.
    std::vector<std::pair<const Rows*, bool>> affected;
    const bool null = value[0] == '\0';
    const bool all = null || group.rows == 0 || group.rows + weight == 0;
    for (const auto& [x, rows] : group.left)
      if (all || x == value) affected.emplace_back(&rows, Passes(group, x));
    std::vector<std::string> values;
    for (const auto& [x, rows] : group.left)
      if (all || x == value) values.push_back(x);
    times += weight;
    group.rows += weight;
    if (null) group.nulls += weight;
    if (times == 0) group.values.erase(value);
    for (size_t i = 0; i < values.size(); ++i) {
      const bool passes = Passes(group, values[i]);
      if (passes != affected[i].second) Send(*affected[i].first, passes ? RowKind::kInsert : RowKind::kDelete);
    }
  }
  if (out_.rows() > 0) Emit(out_.Take());
}

}  // namespace cdc::sql
