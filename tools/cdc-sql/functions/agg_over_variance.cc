// What aggregates over windows of rows are where Flink's planner writes them out: STDDEV, VAR and AVG.
#include <algorithm>
#include <cmath>

#include "tools/cdc-sql/functions/accumulator.h"
#include "tools/cdc-sql/functions/integer_wrap.h"
#include "tools/cdc-sql/run/wide.h"

namespace cdc::sql {

namespace {

/// Flink's planner writes them out there, (SUM(x * x) - SUM(x) * SUM(x) / COUNT(x)) / COUNT(x), and computes that in
/// the argument's own arithmetic: of integers each division cuts, of decimals it rounds to six digits.
class OverVariance : public Accumulator {
 public:
  explicit OverVariance(const AggregateCall& call) : type_(call.type), argument_type_(call.argument_type) {
    sample_ = call.function != "STDDEV_POP" && call.function != "VAR_POP";
    root_ = call.function.rfind("STDDEV", 0) == 0;
  }
  void Resize(size_t groups) override { state_.resize(groups); }
  void Reset(size_t group) override { state_[group] = {}; }
  void Add(size_t group, const ColumnVector* argument, size_t row, int64_t weight) override {
    State& state = state_[group];
    state.count += weight;
    if (argument_type_.is_approximate()) {
      const double value = argument->doubles()[row], times = static_cast<double>(weight);
      state.real_sum = Rounded(state.real_sum + times * value);
      state.real_squares = Rounded(state.real_squares + times * Rounded(value * value));
      return;
    }
    if (argument_type_.is_integer()) {
      const int64_t value = argument->ints()[row];
      state.sum = Wrapped(state.sum + Wrapped(weight * Int128{value}));
      state.squares = Wrapped(state.squares + weight * Wrapped(Int128{value} * value));
      return;
    }
    const Int128 value = argument->wides()[row];
    Int128 square = 0;
    state.sum += weight * value;
    state.too_large = state.too_large || __builtin_mul_overflow(value, value, &square) ||
                      __builtin_mul_overflow(square, Int128{weight}, &square) ||
                      __builtin_add_overflow(state.squares, square, &state.squares);
  }
  void Merge(size_t group, size_t other) override {
    State& state = state_[group];
    const State& more = state_[other];
    state.count += more.count;
    state.sum += more.sum;
    state.squares += more.squares;
    state.real_sum = Rounded(state.real_sum + more.real_sum);
    state.real_squares = Rounded(state.real_squares + more.real_squares);
    state.too_large = state.too_large || more.too_large;
  }
  void Append(size_t group, ColumnVector& out) const override {
    const State& state = state_[group];
    const int64_t divisor = sample_ ? state.count - 1 : state.count;
    if (divisor <= 0) return out.AppendNull();
    if (type_.is_integer()) {
      const Int128 value = (state.squares - Wrapped(state.sum * state.sum) / state.count) / divisor;
      if (!root_) return out.Append(static_cast<int64_t>(Wrapped(value)));
      // Of less than nothing there is no root, which Java's cast makes 0.
      return out.Append(value < 0 ? 0 : static_cast<int64_t>(std::sqrt(static_cast<double>(value))));
    }
    if (argument_type_.is_approximate()) {
      const double count = static_cast<double>(state.count);
      const double apart = Rounded(state.real_squares - Rounded(Rounded(state.real_sum * state.real_sum) / count));
      const double value = Rounded(apart / static_cast<double>(divisor));
      return out.Append(Rounded(root_ ? std::sqrt(value) : value));
    }
    Int128 value = 0;
    if (!DecimalOf(state, divisor, &value)) return out.AppendNull();
    out.Append(value);
  }
  size_t GroupBytes(size_t) const override { return sizeof(State); }
  void Persist(StateArchive& state, size_t group) override { state(state_[group]); }

 private:
  struct State {
    int64_t count = 0;
    Int128 sum = 0, squares = 0;
    double real_sum = 0, real_squares = 0;
    bool too_large = false;  ///< the squares of decimals
    void Persist(StateArchive& state) { state(count, sum, squares, real_sum, real_squares, too_large); }
  };
  /// As Java's integers of the argument's type wrap.
  Int128 Wrapped(Int128 value) const { return WrapTo(argument_type_.kind, static_cast<int64_t>(value)); }
  double Rounded(double value) const {
    return argument_type_.kind == TypeKind::kFloat ? static_cast<double>(static_cast<float>(value)) : value;
  }
  /// False: it, or what it is computed by, has too many digits.
  bool DecimalOf(const State& state, int64_t divisor, Int128* value) const {
    constexpr int kDigits = 6;
    const int squared = 2 * argument_type_.scale, scale = std::max(squared, kDigits);
    Int128 means = 0, apart = 0, square = 0;
    if (state.too_large || __builtin_mul_overflow(state.sum, state.sum, &square)) return false;
    if (!DivideDecimals(square, squared, state.count, 0, kDigits, kMaxPrecision, &means) ||
        !AddDecimals(state.squares, squared, -means, kDigits, scale, kMaxPrecision, &apart) ||
        !DivideDecimals(apart, scale, divisor, 0, kDigits, kMaxPrecision, value))
      return false;
    if (root_) return DoubleToDecimal(std::sqrt(DecimalToDouble(*value, kDigits)), type_.scale, kMaxPrecision, value);
    return RescaleDecimal(*value, kDigits, type_.scale, kMaxPrecision, value);
  }

  SqlType type_, argument_type_;
  bool sample_, root_;
  std::vector<State> state_;
};

}  // namespace

std::unique_ptr<Accumulator> MakeOverAccumulator(const AggregateCall& call, bool append_only) {
  const bool variance = call.function.rfind("STDDEV", 0) == 0 || call.function.rfind("VAR", 0) == 0;
  if (variance && !call.distinct) return std::make_unique<OverVariance>(call);
  if (call.function == "AVG" && !call.distinct && call.type.is_integer()) return MakeIntegerQuotient(call);
  return MakeAccumulator(call, append_only);
}

}  // namespace cdc::sql
