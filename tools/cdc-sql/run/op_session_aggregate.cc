#include <algorithm>

#include "tools/cdc-sql/run/op_session.h"
#include "tools/cdc-sql/state/row_codec.h"

namespace cdc::sql {

OpSessionAggregate::OpSessionAggregate(const PlanNode& plan)
    : spec_(plan.window_spec),
      width_(plan.inputs[0]->columns.size()),
      keys_(plan.keys),
      calls_(plan.aggregates),
      zone_(plan.zone),
      zoned_(plan.inputs[0]->columns[spec_.time].type.kind == TypeKind::kTimestampLtz),
      sessions_(spec_.size, plan.zone),
      out_(plan.columns) {
  for (const size_t key : keys_)
    if (key < width_) partition_.push_back(key);
  for (const AggregateCall& call : calls_) accumulators_.push_back(MakeAccumulator(call, plan.inputs[0]->append_only));
}

uint32_t OpSessionAggregate::NewGroup() {
  if (free_.empty()) {
    const size_t used = counts_.size(), room = std::max<size_t>(64, used * 2);
    counts_.resize(room);
    for (const auto& accumulator : accumulators_) accumulator->Resize(room);
    for (size_t group = room; group > used; --group) free_.push_back(static_cast<uint32_t>(group - 1));
  }
  const uint32_t group = free_.back();
  free_.pop_back();
  return group;
}

void OpSessionAggregate::Free(uint32_t group) {
  counts_[group] = 0;
  for (const auto& accumulator : accumulators_) accumulator->Reset(group);
  free_.push_back(group);
}

void OpSessionAggregate::Merge(uint32_t stays, uint32_t goes) {
  counts_[stays] += counts_[goes];
  for (const auto& accumulator : accumulators_) accumulator->Merge(stays, goes);
  Free(goes);
}

void OpSessionAggregate::Push(size_t, const Batch& batch) {
  const ColumnVector& times = *batch.columns[spec_.time];
  for (size_t row = 0; row < batch.rows; ++row) {
    if (times.IsNull(row)) continue;
    key_.clear();
    EncodeRow(batch, row, partition_, &key_);
    auto* session = sessions_.Find(key_, LocalMillisAt(times, row, zone_, zoned_), watermark(),
                                   [this](Group& stays, Group& goes) { Merge(stays.number, goes.number); });
    if (session == nullptr) {
      CountLate();
      continue;
    }
    uint32_t& group = session->content.number;
    if (group == kNoGroup) group = NewGroup();
    const int64_t weight = WeightOf(batch.kinds[row]);
    if (weight < 0 && counts_[group] <= 0) continue;  // takes away what never was
    counts_[group] += weight;
    for (size_t i = 0; i < calls_.size(); ++i)
      AddToAccumulator(*accumulators_[i], calls_[i], group, batch, row, weight);
  }
}

void OpSessionAggregate::Send(std::string_view partition, int64_t start, int64_t end, uint32_t group) {
  std::vector<std::shared_ptr<ColumnVector>> columns;
  for (size_t i = 0; i < keys_.size(); ++i) {
    if (keys_[i] < width_) {
      columns.push_back(out_.columns()[i]);
    } else {
      AppendBound(out_.column(i), static_cast<WindowBound>(keys_[i] - width_), start, end, zone_, zoned_);
    }
  }
  DecodeRow(partition, columns, 0, columns.size());
  for (size_t i = 0; i < accumulators_.size(); ++i) accumulators_[i]->Append(group, out_.column(keys_.size() + i));
  out_.RowDone(RowKind::kInsert);
}

void OpSessionAggregate::OnWatermark(int64_t millis) {
  sessions_.Fire(millis, [this](std::string_view partition, const auto& session) {
    const uint32_t group = session.content.number;
    if (counts_[group] > 0) Send(partition, session.start, session.end, group);
    Free(group);
    if (out_.rows() >= kBatchRows) Emit(out_.Take());
  });
  if (out_.rows() > 0) Emit(out_.Take());
  PassWatermark(millis);
}

void OpSessionAggregate::PersistOwn(StateArchive& state) {
  state(sessions_);
  std::vector<uint32_t> groups;
  sessions_.ForEach([&groups](const auto& session) { groups.push_back(session.content.number); });
  if (state.loading()) {
    const size_t room = groups.empty() ? 0 : size_t{*std::max_element(groups.begin(), groups.end())} + 1;
    counts_.assign(room, 0);
    for (const auto& accumulator : accumulators_) accumulator->Resize(room);
    std::vector<uint8_t> used(room);
    for (const uint32_t group : groups) used[group] = 1;
    free_.clear();
    for (size_t group = room; group > 0; --group)
      if (used[group - 1] == 0) free_.push_back(static_cast<uint32_t>(group - 1));
  }
  for (const uint32_t group : groups) state(counts_[group]);
  for (const auto& accumulator : accumulators_)
    for (const uint32_t group : groups) accumulator->Persist(state, group);
}

}  // namespace cdc::sql
