#include "tools/cdc-sql/functions/distinct_values.h"

#include <algorithm>

#include "tools/cdc-sql/state/row_codec.h"

namespace cdc::sql {

DistinctValues::DistinctValues(Physical argument, bool nulls, size_t calls, bool append_only)
    : argument_(argument),
      of_(argument == Physical::kInt64 && !nulls ? ValueTable::Of::kIntegers : ValueTable::Of::kBytes),
      calls_(calls),
      append_only_(append_only) {}

ValueTable& DistinctValues::TableOf(size_t group) {
  if (!tables_[group]) tables_[group] = std::make_unique<ValueTable>(of_, append_only_ ? 1 : calls_);
  return *tables_[group];
}

int64_t* DistinctValues::FindOrAdd(ValueTable& table, const ColumnVector& argument, size_t row) {
  if (of_ == ValueTable::Of::kIntegers) return table.FindOrAdd(argument.ints()[row]);
  bytes_.clear();
  EncodeValue(argument, row, &bytes_);
  return table.FindOrAdd(std::string_view(bytes_));
}

int64_t* DistinctValues::Find(ValueTable& table, const ColumnVector& argument, size_t row) {
  if (of_ == ValueTable::Of::kIntegers) return table.Find(argument.ints()[row]);
  bytes_.clear();
  EncodeValue(argument, row, &bytes_);
  return table.Find(std::string_view(bytes_));
}

uint64_t DistinctValues::Add(size_t group, const ColumnVector& argument, size_t row, int64_t weight, uint64_t calls) {
  ValueTable& table = TableOf(group);
  // What was never there is not taken away.
  int64_t* numbers = weight > 0 ? FindOrAdd(table, argument, row) : Find(table, argument, row);
  if (numbers == nullptr) return 0;
  if (append_only_) {
    const uint64_t fresh = calls & ~static_cast<uint64_t>(*numbers);
    *numbers |= static_cast<int64_t>(calls);
    return fresh;
  }
  uint64_t changed = 0;
  for (size_t call = 0; call < calls_; ++call) {
    if ((calls >> call & 1) == 0 || (weight < 0 && numbers[call] == 0)) continue;
    const bool was = numbers[call] > 0;
    numbers[call] = std::max<int64_t>(0, numbers[call] + weight);
    if (was != (numbers[call] > 0)) changed |= uint64_t{1} << call;
  }
  if (std::all_of(numbers, numbers + calls_, [](int64_t number) { return number == 0; })) table.Remove(numbers);
  return changed;
}

void DistinctValues::Merge(size_t group, size_t other, const std::function<void(const ColumnVector&)>& fresh) {
  if (!tables_[other]) return;
  ValueTable& table = TableOf(group);
  table.Reserve(table.size() + tables_[other]->size());
  ColumnVector value(argument_);
  tables_[other]->ForEach([&](int64_t word, const int64_t* numbers) {
    if (*numbers <= 0) return;
    value.Clear();
    if (of_ == ValueTable::Of::kIntegers) {
      value.Append(word);
    } else {
      DecodeValue(tables_[other]->TextOf(word), value);
    }
    int64_t* const count = FindOrAdd(table, value, 0);
    if (*count <= 0) fresh(value);
    *count = append_only_ ? 1 : *count + *numbers;
  });
}

size_t DistinctValues::GroupBytes(size_t group) const {
  return tables_[group] ? sizeof(ValueTable) + tables_[group]->HeapBytes() : 0;
}

int64_t DistinctValues::CountOf(const int64_t* numbers, size_t call) const {
  return append_only_ ? *numbers >> call & 1 : numbers[call];
}

void DistinctValues::Persist(StateArchive& state, size_t group, size_t call) {
  bool there = tables_[group] != nullptr;
  state(there);
  if (!there) return;
  if (state.loading()) {
    Load(state, TableOf(group), call);
  } else {
    Save(state, *tables_[group], call);
  }
}

void DistinctValues::Save(StateArchive& state, const ValueTable& table, size_t call) {
  uint64_t values = 0;
  table.ForEach([&](int64_t, const int64_t* numbers) { values += CountOf(numbers, call) > 0 ? 1 : 0; });
  state(values);
  ColumnVector integer(Physical::kInt64);
  table.ForEach([&](int64_t word, const int64_t* numbers) {
    int64_t count = CountOf(numbers, call);
    if (count <= 0) return;
    bytes_.clear();
    if (of_ == ValueTable::Of::kIntegers) {
      integer.Clear();
      integer.Append(word);
      EncodeValue(integer, 0, &bytes_);
    } else {
      bytes_ = table.TextOf(word);
    }
    state(bytes_, count);
  });
}

void DistinctValues::Load(StateArchive& state, ValueTable& table, size_t call) {
  uint64_t values = 0;
  ColumnVector integer(Physical::kInt64);
  state(values);
  table.Reserve(table.size() + values);
  for (; values > 0; --values) {
    int64_t count = 0;
    state(bytes_, count);
    int64_t* numbers = nullptr;
    if (of_ == ValueTable::Of::kIntegers) {
      integer.Clear();
      DecodeValue(bytes_, integer);
      numbers = table.FindOrAdd(integer.ints()[0]);
    } else {
      numbers = table.FindOrAdd(std::string_view(bytes_));
    }
    if (append_only_) {
      *numbers |= int64_t{1} << call;
    } else {
      numbers[call] = count;
    }
  }
}

}  // namespace cdc::sql
