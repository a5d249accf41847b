// STDDEV and VAR of groups.
#include <cmath>

#include "tools/cdc-sql/functions/agg_values.h"
#include "tools/cdc-sql/functions/integer_wrap.h"
#include "tools/cdc-sql/run/wide.h"

namespace cdc::sql {

namespace {

/// STDDEV and VAR by Welford's method, in DOUBLE whatever the type of the argument is, as Flink computes them: the bits
/// of the result depend on the order of the rows.
class Variance : public Accumulator {
 public:
  explicit Variance(const AggregateCall& call) : type_(call.type), argument_type_(call.argument_type) {
    sample_ = call.function != "STDDEV_POP" && call.function != "VAR_POP";
    root_ = call.function.rfind("STDDEV", 0) == 0;
  }
  void Resize(size_t groups) override { state_.resize(groups); }
  void Reset(size_t group) override { state_[group] = {}; }
  void Add(size_t group, const ColumnVector* argument, size_t row, int64_t weight) override {
    const double value = ValueOf(*argument, row);
    for (; weight > 0; --weight) state_[group].Take(value);
    for (; weight < 0; ++weight) state_[group].TakeBack(value);
  }
  void Merge(size_t group, size_t other) override { state_[group].TakeAll(state_[other]); }
  void Append(size_t group, ColumnVector& out) const override {
    const State& state = state_[group];
    const int64_t divisor = sample_ ? state.count - 1 : state.count;
    // Below zero they come by rounding, when rows are taken back; Flink's value is NULL then.
    if (divisor <= 0 || state.squares < 0) return out.AppendNull();
    double value = state.squares / static_cast<double>(divisor);
    if (root_) value = std::sqrt(value);
    // As CAST makes a value of the column's type from a DOUBLE: an integer wraps, a DECIMAL too long for it is NULL.
    if (type_.is_integer()) return out.Append(DoubleToInteger(value, type_.kind));
    if (type_.kind == TypeKind::kFloat) return out.Append(static_cast<double>(static_cast<float>(value)));
    if (type_.kind == TypeKind::kDouble) return out.Append(value);
    Int128 decimal = 0;
    if (!DoubleToDecimal(value, type_.scale, type_.precision, &decimal)) return out.AppendNull();
    out.Append(decimal);
  }
  bool has_parts() const override { return true; }
  void AppendParts(size_t group, std::string* bytes) const override {
    const State& state = state_[group];
    bytes->append(reinterpret_cast<const char*>(&state.count), sizeof state.count);
    bytes->append(reinterpret_cast<const char*>(&state.squares), sizeof state.squares);
  }
  size_t GroupBytes(size_t) const override { return sizeof(State); }
  void Persist(StateArchive& state, size_t group) override { state(state_[group]); }

 private:
  struct State {
    int64_t count = 0;
    double mean = 0;
    double squares = 0;  ///< of the differences to the mean
    void Take(double value) {
      ++count;
      const double difference = value - mean;
      mean += difference / static_cast<double>(count);
      squares += difference * (value - mean);
    }
    void TakeAll(const State& other) {
      if (other.count == 0) return;
      if (count == 0) {
        *this = other;
        return;
      }
      const double mine = static_cast<double>(count), theirs = static_cast<double>(other.count), all = mine + theirs;
      const double difference = other.mean - mean;
      mean += theirs / all * difference;
      squares = squares + other.squares + mine * theirs / all * difference * difference;
      count += other.count;
    }
    void TakeBack(double value) {
      if (count <= 1) {
        *this = {};
        return;
      }
      --count;
      const double difference = value - mean;
      mean -= difference / static_cast<double>(count);
      squares -= difference * (value - mean);
    }
    void Persist(StateArchive& state) { state(count, mean, squares); }
  };
  double ValueOf(const ColumnVector& column, size_t row) const {
    if (argument_type_.is_approximate()) return column.doubles()[row];
    if (argument_type_.is_integer()) return static_cast<double>(column.ints()[row]);
    return DecimalToDouble(column.wides()[row], argument_type_.scale);
  }

  SqlType type_, argument_type_;
  bool sample_, root_;
  std::vector<State> state_;
};

}  // namespace

std::unique_ptr<Accumulator> MakeVariance(const AggregateCall& call) {
  return std::make_unique<Variance>(call);
}

}  // namespace cdc::sql
