#include <doctest/doctest.h>

#include <map>
#include <random>
#include <set>

#include "stateful_runs.h"
#include "tools/cdc-sql/functions/distinct_values.h"

namespace cdc::sql {
namespace {

/// A value of `physical` that stands for a small number.
ColumnVector ValueOf(Physical physical, int64_t number) {
  ColumnVector column(physical);
  if (physical == Physical::kInt64) {
    column.Append(number - 50);
  } else {
    column.AppendCopy(std::string(static_cast<size_t>(number % 7 * 10), 'x') + std::to_string(number));
  }
  return column;
}

/// What DistinctValues keeps, kept simply: how often each call has a value.
using Model = std::map<std::pair<int64_t, size_t>, int64_t>;

uint64_t AddToModel(Model& model, int64_t value, int64_t weight, uint64_t calls, size_t count) {
  uint64_t changed = 0;
  for (size_t call = 0; call < count; ++call) {
    if ((calls >> call & 1) == 0) continue;
    int64_t& times = model[{value, call}];
    if (weight < 0 && times == 0) continue;
    if (times == (weight > 0 ? 0 : 1)) changed |= uint64_t{1} << call;
    times += weight;
  }
  return changed;
}

std::string Saved(DistinctValues& values, size_t calls) {
  std::string bytes;
  StateArchive state = StateArchive::Saving([&bytes](std::string_view more) { bytes += more; });
  for (size_t call = 0; call < calls; ++call) values.Persist(state, 0, call);
  state.Finish();
  return bytes;
}

void LoadFrom(DistinctValues& values, const std::string& bytes, size_t calls) {
  bool taken = false;
  StateArchive state = StateArchive::Loading([&](std::string* more) {
    if (taken) return false;
    taken = true;
    *more += bytes;
    return true;
  });
  for (size_t call = 0; call < calls; ++call) values.Persist(state, 0, call);
  state.Finish();
}

DistinctValues Numbers(int64_t from, int64_t to, size_t groups = 1) {
  DistinctValues values(Physical::kInt64, false, 1, true);
  values.Resize(groups);
  for (; from < to; ++from) values.Add(groups - 1, ValueOf(Physical::kInt64, from), 0, 1, 1);
  return values;
}

void CheckAgainstModel(Physical physical, bool append_only) {
  constexpr size_t kCalls = 3;
  std::mt19937 random(7);
  Model model;
  auto values = std::make_unique<DistinctValues>(physical, false, kCalls, append_only);
  values->Resize(1);
  for (int step = 0; step < 20000; ++step) {
    // Now more come than go, now more go: the table grows, empties and grows again.
    const bool goes = !append_only && random() % 100 < (step / 4000 % 2 == 0 ? 30 : 70);
    const auto number = static_cast<int64_t>(random() % 300);
    const uint64_t calls = random() % 8;
    const int64_t weight = goes ? -1 : 1;
    const uint64_t expected = AddToModel(model, number, weight, calls, kCalls);
    REQUIRE(values->Add(0, ValueOf(physical, number), 0, weight, calls) == expected);
    if (step % 1000 != 999) continue;
    const std::string bytes = Saved(*values, kCalls);
    values = std::make_unique<DistinctValues>(physical, false, kCalls, append_only);
    values->Resize(1);
    LoadFrom(*values, bytes, kCalls);
  }
}

TEST_CASE("calls of one DISTINCT argument each learn of values that come first and go last") {
  CheckAgainstModel(Physical::kInt64, false);
  CheckAgainstModel(Physical::kInt64, true);
  CheckAgainstModel(Physical::kString, false);
  CheckAgainstModel(Physical::kString, true);
}

TEST_CASE("bytes of values that went do not pile up") {
  DistinctValues values(Physical::kString, false, 1, false);
  values.Resize(1);
  for (int64_t number = 0; number < 100000; ++number) {
    values.Add(0, ValueOf(Physical::kString, number), 0, 1, 1);
    values.Add(0, ValueOf(Physical::kString, number), 0, -1, 1);
  }
  CHECK(values.GroupBytes(0) < 10000);
}

// Their order is that of the other table's places, with which a table that grows fills its first places only.
TEST_CASE("a table that takes over values has room for all before the first") {
  DistinctValues numbers = Numbers(0, 10000);
  const std::string bytes = Saved(numbers, 1);
  DistinctValues loaded = Numbers(0, 0);
  std::set<size_t> sizes;
  size_t at = 0;
  StateArchive state = StateArchive::Loading([&](std::string* more) {
    sizes.insert(loaded.GroupBytes(0));
    const size_t size = std::min<size_t>(7, bytes.size() - at);
    more->append(bytes, at, size);
    at += size;
    return size > 0;
  });
  loaded.Persist(state, 0, 0);
  state.Finish();
  CHECK(sizes.size() == 2);  // nothing, and room for all

  DistinctValues merged = Numbers(0, 10000, 2);
  sizes.clear();
  merged.Merge(0, 1, [&](const ColumnVector&) { sizes.insert(merged.GroupBytes(0)); });
  CHECK(sizes.size() == 1);
}

TEST_CASE("numbers that differ in few bits have places all over a table") {
  for (const int shift : {0, 12, 32, 44, 50}) {
    INFO("shift ", shift);
    ValueTable table(ValueTable::Of::kIntegers, 1);
    for (int64_t number = 0; number < 1000; ++number) *table.FindOrAdd(number << shift) = 1;
    // Those with one place lie one behind the other as they came.
    int64_t last = 0, ascents = 0;
    table.ForEach([&](int64_t value, const int64_t*) {
      ascents += value > last ? 1 : 0;
      last = value;
    });
    CHECK(ascents < 600);
  }
}

TEST_CASE("more bytes of values than a table can take are an error of data, those that went do not count") {
  ValueTable table(ValueTable::Of::kBytes, 1, 1000);
  const auto add = [&table](int64_t number) {
    *table.FindOrAdd(std::string(96, 'x') + std::to_string(number % 100 + 1000).substr(0, 4)) = 1;
  };
  int64_t number = 0;
  for (; number < 9; ++number) add(number);
  CHECK(StatusOf([&] { add(number); }) == ExitStatus::kData);
  for (; number < 50; ++number) {
    int64_t* gone = table.Find(std::string(96, 'x') + std::to_string(number - 9 + 1000));
    REQUIRE(gone != nullptr);
    *gone = 0;
    table.Remove(gone);
    add(number);
  }
  CHECK(table.size() == 9);
}

}  // namespace
}  // namespace cdc::sql
