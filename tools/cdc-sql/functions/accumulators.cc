#include "tools/cdc-sql/functions/accumulators.h"

namespace cdc::sql {

Accumulators::Accumulators(const std::vector<AggregateCall>& calls, bool append_only)
    : calls_(calls), members_(calls.size()) {
  for (size_t i = 0; i < calls_.size(); ++i) {
    accumulators_.push_back(MakePlainAccumulator(calls_[i], append_only));
    has_parts_ = has_parts_ || accumulators_.back()->has_parts();
    if (!calls_[i].distinct) {
      plain_.push_back(i);
      continue;
    }
    Shared& shared = SharedOf(i);
    members_[i] = {static_cast<size_t>(&shared - shared_.data()), shared.calls.size()};
    shared.calls.push_back(i);
  }
  for (Shared& shared : shared_)
    shared.values = std::make_unique<DistinctValues>(calls_[shared.calls[0]].argument_type.physical(), shared.nulls,
                                                     shared.calls.size(), append_only);
}

Accumulators::Shared& Accumulators::SharedOf(size_t call) {
  const size_t argument = *calls_[call].argument;
  const bool nulls = accumulators_[call]->takes_nulls();
  for (Shared& shared : shared_)
    if (shared.argument == argument && shared.nulls == nulls && shared.calls.size() < DistinctValues::kMaxCalls)
      return shared;
  return shared_.emplace_back(Shared{argument, nulls, {}});
}

void Accumulators::Resize(size_t groups) {
  for (const auto& accumulator : accumulators_) accumulator->Resize(groups);
  for (const Shared& shared : shared_) shared.values->Resize(groups);
}

void Accumulators::Reset(size_t group) {
  for (const auto& accumulator : accumulators_) accumulator->Reset(group);
  for (const Shared& shared : shared_) shared.values->Reset(group);
}

void Accumulators::Add(size_t group, const Batch& batch, size_t row, int64_t weight) {
  for (const size_t i : plain_) AddToAccumulator(*accumulators_[i], calls_[i], group, batch, row, weight);
  for (Shared& shared : shared_) AddShared(shared, group, batch, row, weight);
}

void Accumulators::AddShared(Shared& shared, size_t group, const Batch& batch, size_t row, int64_t weight) {
  const ColumnVector& argument = *batch.columns[shared.argument];
  if (argument.IsNull(row) && !shared.nulls) return;
  uint64_t takes = 0;
  for (size_t i = 0; i < shared.calls.size(); ++i)
    if (PassesFilter(calls_[shared.calls[i]], batch, row)) takes |= uint64_t{1} << i;
  if (takes == 0) return;
  const uint64_t changed = shared.values->Add(group, argument, row, weight, takes);
  for (size_t i = 0; i < shared.calls.size(); ++i)
    if ((changed >> i & 1) != 0) accumulators_[shared.calls[i]]->Add(group, &argument, row, weight > 0 ? 1 : -1);
}

void Accumulators::AppendResults(size_t group, std::vector<std::shared_ptr<ColumnVector>>& columns,
                                 size_t first) const {
  for (size_t i = 0; i < accumulators_.size(); ++i) accumulators_[i]->Append(group, *columns[first + i]);
}

void Accumulators::AppendParts(size_t group, std::string* parts) const {
  for (const auto& accumulator : accumulators_) accumulator->AppendParts(group, parts);
}

size_t Accumulators::GroupBytes(size_t group) const {
  size_t bytes = 0;
  for (const auto& accumulator : accumulators_) bytes += accumulator->GroupBytes(group);
  for (const Shared& shared : shared_) bytes += shared.values->GroupBytes(group);
  return bytes;
}

void Accumulators::PersistCall(StateArchive& state, size_t group, size_t call) {
  if (calls_[call].distinct) shared_[members_[call].shared].values->Persist(state, group, members_[call].place);
  accumulators_[call]->Persist(state, group);
}

void Accumulators::Persist(StateArchive& state, size_t group) {
  for (size_t i = 0; i < calls_.size(); ++i) PersistCall(state, group, i);
}

void Accumulators::PersistGroups(StateArchive& state, const std::vector<uint32_t>& groups) {
  for (size_t i = 0; i < calls_.size(); ++i)
    for (const uint32_t group : groups) PersistCall(state, group, i);
}

}  // namespace cdc::sql
