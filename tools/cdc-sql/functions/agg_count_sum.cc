#include "tools/cdc-sql/functions/accumulator.h"
#include "tools/cdc-sql/functions/agg_min_max.h"
#include "tools/cdc-sql/functions/agg_values.h"
#include "tools/cdc-sql/functions/distinct_values.h"
#include "tools/cdc-sql/functions/integer_wrap.h"

namespace cdc::sql {

namespace {

class Count : public Accumulator {
 public:
  void Resize(size_t groups) override { counts_.resize(groups); }
  void Reset(size_t group) override { counts_[group] = 0; }
  void Add(size_t group, const ColumnVector*, size_t, int64_t weight) override { counts_[group] += weight; }
  void Merge(size_t group, size_t other) override { counts_[group] += counts_[other]; }
  void Append(size_t group, ColumnVector& out) const override { out.Append(counts_[group]); }
  size_t GroupBytes(size_t) const override { return sizeof(int64_t); }
  void Persist(StateArchive& state, size_t group) override { state(counts_[group]); }

 private:
  std::vector<int64_t> counts_;
};

/// SUM and AVG of integers: SUM in the argument's own type, wrapping; AVG cut toward zero, of a sum that does not wrap
/// but for kQuotient.
class IntegerSum : public Accumulator {
 public:
  enum class Result { kSum, kAverage, kQuotient };
  IntegerSum(TypeKind kind, Result result) : kind_(kind), result_(result) {}
  void Resize(size_t groups) override { state_.resize(groups); }
  void Reset(size_t group) override { state_[group] = {}; }
  void Add(size_t group, const ColumnVector* argument, size_t row, int64_t weight) override {
    State& state = state_[group];
    state.sum += static_cast<uint64_t>(argument->ints()[row]) * static_cast<uint64_t>(weight);
    state.count += weight;
  }
  void Merge(size_t group, size_t other) override {
    state_[group].sum += state_[other].sum;
    state_[group].count += state_[other].count;
  }
  void Append(size_t group, ColumnVector& out) const override {
    const State& state = state_[group];
    if (state.count == 0) return out.AppendNull();
    const auto sum = static_cast<int64_t>(state.sum);
    switch (result_) {
      case Result::kSum: return out.Append(WrapTo(kind_, sum));
      case Result::kAverage: return out.Append(WrapTo(kind_, sum / state.count));
      case Result::kQuotient: return out.Append(WrapTo(kind_, WrapTo(kind_, sum) / state.count));
    }
  }
  size_t GroupBytes(size_t) const override { return sizeof(State); }
  void Persist(StateArchive& state, size_t group) override { state(state_[group]); }

 private:
  struct State {
    uint64_t sum = 0;
    int64_t count = 0;
    void Persist(StateArchive& state) { state(sum, count); }
  };
  TypeKind kind_;
  Result result_;
  std::vector<State> state_;
};

class RealSum : public Accumulator {
 public:
  RealSum(bool single, bool average) : single_(single), average_(average) {}
  void Resize(size_t groups) override { state_.resize(groups); }
  void Reset(size_t group) override { state_[group] = {}; }
  void Add(size_t group, const ColumnVector* argument, size_t row, int64_t weight) override {
    State& state = state_[group];
    state.sum += argument->doubles()[row] * static_cast<double>(weight);
    if (single_ && !average_) state.sum = static_cast<double>(static_cast<float>(state.sum));
    state.count += weight;
  }
  void Merge(size_t group, size_t other) override {
    State& state = state_[group];
    state.sum += state_[other].sum;
    if (single_ && !average_) state.sum = static_cast<double>(static_cast<float>(state.sum));
    state.count += state_[other].count;
  }
  void Append(size_t group, ColumnVector& out) const override {
    const State& state = state_[group];
    if (state.count == 0) return out.AppendNull();
    const double value = average_ ? state.sum / static_cast<double>(state.count) : state.sum;
    out.Append(single_ ? static_cast<double>(static_cast<float>(value)) : value);
  }
  size_t GroupBytes(size_t) const override { return sizeof(State); }
  void Persist(StateArchive& state, size_t group) override { state(state_[group]); }

 private:
  struct State {
    double sum = 0;
    int64_t count = 0;
    void Persist(StateArchive& state) { state(sum, count); }
  };
  bool single_;
  bool average_;
  std::vector<State> state_;
};

/// SUM and AVG of DECIMAL: exact; NULL where the result has more than 38 digits.
class DecimalSum : public Accumulator {
 public:
  DecimalSum(int scale, bool average, int result_scale)
      : scale_(scale), average_(average), result_scale_(result_scale) {}
  void Resize(size_t groups) override { state_.resize(groups); }
  void Reset(size_t group) override { state_[group] = {}; }
  void Add(size_t group, const ColumnVector* argument, size_t row, int64_t weight) override {
    State& state = state_[group];
    // Low and high part apart, so that no order of additions overflows.
    const Int128 value = argument->wides()[row] * weight;
    state.low += value % kBase;
    state.high += value / kBase;
    state.count += weight;
  }
  void Merge(size_t group, size_t other) override {
    state_[group].low += state_[other].low;
    state_[group].high += state_[other].high;
    state_[group].count += state_[other].count;
  }
  void Append(size_t group, ColumnVector& out) const override {
    const State& state = state_[group];
    if (state.count == 0) return out.AppendNull();
    const Int128 high = state.high + state.low / kBase;
    const Int128 low = state.low % kBase;
    Int128 sum, result;
    if (__builtin_mul_overflow(high, kBase, &sum) || __builtin_add_overflow(sum, low, &sum) ||
        !FitsPrecision(sum, kMaxPrecision))
      return out.AppendNull();
    const bool fits = average_ ? DivideDecimals(sum, scale_, state.count, 0, result_scale_, kMaxPrecision, &result)
                               : RescaleDecimal(sum, scale_, result_scale_, kMaxPrecision, &result);
    if (!fits) return out.AppendNull();
    out.Append(result);
  }
  size_t GroupBytes(size_t) const override { return sizeof(State); }
  void Persist(StateArchive& state, size_t group) override { state(state_[group]); }

 private:
  static constexpr Int128 kBase = Int128{1000000000000000000} * 10;  // 10^19
  struct State {
    Int128 low = 0;
    Int128 high = 0;
    int64_t count = 0;
    void Persist(StateArchive& state) { state(low, high, count); }
  };
  int scale_;
  bool average_;
  int result_scale_;
  std::vector<State> state_;
};

/// DISTINCT: passes on a value of a group that comes first or goes last.
class Distinct : public Accumulator {
 public:
  /// `any_order`: the order of the values makes no difference.
  Distinct(std::unique_ptr<Accumulator> inner, Physical argument, bool append_only, bool any_order)
      : inner_(std::move(inner)), any_order_(any_order), values_(argument, inner_->takes_nulls(), 1, append_only) {}
  void Resize(size_t groups) override {
    for (size_t group = places_.size(); group < groups; ++group) places_.push_back(static_cast<uint32_t>(group));
    values_.Resize(groups);
    inner_->Resize(groups);
  }
  void Reset(size_t group) override {
    values_.Reset(places_[group]);
    inner_->Reset(places_[group]);
  }
  void Add(size_t group, const ColumnVector* argument, size_t row, int64_t weight) override {
    const uint32_t place = places_[group];
    if (values_.Add(place, *argument, row, weight, 1) != 0) inner_->Add(place, argument, row, weight > 0 ? 1 : -1);
  }
  void Merge(size_t group, size_t other) override {
    // The fewer to the more: the order makes no difference where calls with DISTINCT are merged.
    if (any_order_ && values_.size(places_[group]) < values_.size(places_[other]))
      std::swap(places_[group], places_[other]);
    const uint32_t place = places_[group];
    values_.Merge(place, places_[other], [&](const ColumnVector& value) { inner_->Add(place, &value, 0, 1); });
  }
  bool merges() const override { return any_order_; }
  bool takes_nulls() const override { return inner_->takes_nulls(); }
  void Append(size_t group, ColumnVector& out) const override { inner_->Append(places_[group], out); }
  bool has_parts() const override { return inner_->has_parts(); }
  void AppendParts(size_t group, std::string* bytes) const override { inner_->AppendParts(places_[group], bytes); }
  size_t GroupBytes(size_t group) const override {
    return sizeof places_[group] + inner_->GroupBytes(places_[group]) + values_.GroupBytes(places_[group]);
  }
  void Persist(StateArchive& state, size_t group) override {
    values_.Persist(state, places_[group], 0);
    inner_->Persist(state, places_[group]);
  }

 private:
  std::unique_ptr<Accumulator> inner_;
  bool any_order_;
  DistinctValues values_;
  std::vector<uint32_t> places_;  ///< of each group its number in values_ and inner_
};

/// Of AggregateCall::kUnused.
class Unused : public Accumulator {
 public:
  void Resize(size_t) override {}
  void Reset(size_t) override {}
  void Add(size_t, const ColumnVector*, size_t, int64_t) override {}
  void Merge(size_t, size_t) override {}
  void Append(size_t, ColumnVector& out) const override { out.AppendNull(); }
  size_t GroupBytes(size_t) const override { return 0; }
  void Persist(StateArchive&, size_t) override {}
};

}  // namespace

std::unique_ptr<Accumulator> MakePlainAccumulator(const AggregateCall& call, bool append_only) {
  if (call.function == AggregateCall::kUnused) return std::make_unique<Unused>();
  if (std::unique_ptr<Accumulator> values = MakeValuesAccumulator(call, append_only)) return values;
  // RANK and DENSE_RANK over a stream are the number of rows up to the last one of the same order, as Flink's are.
  if (call.function == "COUNT" || call.function == "ROW_NUMBER" || call.function == "RANK" ||
      call.function == "DENSE_RANK")
    return std::make_unique<Count>();
  if (call.function == "MIN" || call.function == "MAX")
    return MakeMinMax(call.argument_type.physical(), call.function == "MAX", append_only);
  const bool average = call.function == "AVG";
  if (call.argument_type.kind == TypeKind::kDecimal)
    return std::make_unique<DecimalSum>(call.argument_type.scale, average, call.type.scale);
  if (call.argument_type.is_approximate())
    return std::make_unique<RealSum>(call.argument_type.kind == TypeKind::kFloat, average);
  return std::make_unique<IntegerSum>(call.type.kind,
                                      average ? IntegerSum::Result::kAverage : IntegerSum::Result::kSum);
}

std::unique_ptr<Accumulator> MakeIntegerQuotient(const AggregateCall& call) {
  return std::make_unique<IntegerSum>(call.type.kind, IntegerSum::Result::kQuotient);
}

std::unique_ptr<Accumulator> MakeAccumulator(const AggregateCall& call, bool append_only) {
  std::unique_ptr<Accumulator> plain = MakePlainAccumulator(call, append_only);
  if (!call.distinct) return plain;
  const std::string& function = call.function;
  const bool sum = function == "SUM" || function == "AVG";
  const bool any_order =
      function == "COUNT" || function == "MIN" || function == "MAX" || (sum && !call.argument_type.is_approximate());
  return std::make_unique<Distinct>(std::move(plain), call.argument_type.physical(), append_only, any_order);
}

bool PassesFilter(const AggregateCall& call, const Batch& batch, size_t row) {
  if (!call.filter) return true;
  const ColumnVector& filter = *batch.columns[*call.filter];
  return !filter.IsNull(row) && filter.bools()[row] != 0;
}

void AddToAccumulator(Accumulator& accumulator, const AggregateCall& call, size_t group, const Batch& batch, size_t row,
                      int64_t weight) {
  if (!PassesFilter(call, batch, row)) return;
  const ColumnVector* argument = call.argument ? batch.columns[*call.argument].get() : nullptr;
  if (argument != nullptr && argument->IsNull(row) && !accumulator.takes_nulls()) return;
  accumulator.Add(group, argument, row, weight);
}

}  // namespace cdc::sql
