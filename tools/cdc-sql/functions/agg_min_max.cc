#include "tools/cdc-sql/functions/agg_min_max.h"

#include <cmath>
#include <map>

#include "tools/cdc-sql/state/heap_bytes.h"

namespace cdc::sql {

namespace {

/// Values as they are kept: strings own their bytes.
template <typename T>
struct Kept {
  using Type = T;
};
template <>
struct Kept<std::string_view> {
  using Type = std::string;
};

struct Less {
  template <typename T>
  bool operator()(const T& a, const T& b) const {
    return a < b;
  }
  // NaN is above all, so that the order is total.
  bool operator()(double a, double b) const {
    if (std::isnan(a) || std::isnan(b)) return !std::isnan(a) && std::isnan(b);
    return a < b;
  }
};

template <typename T>
void AppendKept(ColumnVector& out, const typename Kept<T>::Type& value) {
  if constexpr (std::is_same_v<T, std::string_view>) {
    out.AppendCopy(value);
  } else {
    out.Append<T>(value);
  }
}

/// Rows never go away: the best value so far is enough.
template <typename T>
class BestValue : public Accumulator {
 public:
  explicit BestValue(bool maximum) : maximum_(maximum) {}
  void Resize(size_t groups) override {
    values_.resize(groups);
    present_.resize(groups);
  }
  void Reset(size_t group) override {
    present_[group] = 0;
    values_[group] = {};
  }
  void Add(size_t group, const ColumnVector* argument, size_t row, int64_t) override {
    const T& value = argument->Values<T>()[row];
    if (present_[group] != 0) {
      const T held(values_[group]);
      if (maximum_ ? !Less{}(held, value) : !Less{}(value, held)) return;
    }
    values_[group] = typename Kept<T>::Type(value);
    present_[group] = 1;
  }
  void Merge(size_t group, size_t other) override {
    if (present_[other] == 0) return;
    const bool better = present_[group] == 0 || (maximum_ ? Less{}(T(values_[group]), T(values_[other]))
                                                          : Less{}(T(values_[other]), T(values_[group])));
    if (better) values_[group] = values_[other];
    present_[group] = 1;
  }
  void Append(size_t group, ColumnVector& out) const override {
    if (present_[group] == 0) return out.AppendNull();
    AppendKept<T>(out, values_[group]);
  }
  size_t GroupBytes(size_t group) const override {
    return sizeof values_[group] + sizeof present_[group] + HeapBytes(values_[group]);
  }
  void Persist(StateArchive& state, size_t group) override {
    state(present_[group]);
    if (present_[group] != 0) state(values_[group]);
  }

 private:
  bool maximum_;
  std::vector<typename Kept<T>::Type> values_;
  std::vector<uint8_t> present_;
};

/// Rows may go away: all values of the group in order, with how often each is there. A value that was taken away more
/// often than it came has a negative count until it comes.
template <typename T>
class OrderedValues : public Accumulator {
 public:
  explicit OrderedValues(bool maximum) : maximum_(maximum) {}
  void Resize(size_t groups) override { groups_.resize(groups); }
  void Reset(size_t group) override { groups_[group].reset(); }
  void Add(size_t group, const ColumnVector* argument, size_t row, int64_t weight) override {
    if (!groups_[group]) groups_[group] = std::make_unique<Counts>();
    Counts& counts = *groups_[group];
    const auto place = counts.try_emplace(typename Kept<T>::Type(argument->Values<T>()[row]), 0).first;
    place->second += weight;
    if (place->second == 0) counts.erase(place);
  }
  void Merge(size_t group, size_t other) override {
    if (!groups_[other]) return;
    if (!groups_[group]) groups_[group] = std::make_unique<Counts>();
    if (groups_[group]->size() < groups_[other]->size()) groups_[group].swap(groups_[other]);
    for (const auto& [value, count] : *groups_[other]) {
      const auto place = groups_[group]->try_emplace(value, 0).first;
      place->second += count;
      if (place->second == 0) groups_[group]->erase(place);
    }
  }
  void Append(size_t group, ColumnVector& out) const override {
    if (groups_[group]) {
      const Counts& counts = *groups_[group];
      if (maximum_) {
        for (auto value = counts.rbegin(); value != counts.rend(); ++value)
          if (value->second > 0) return AppendKept<T>(out, value->first);
      } else {
        for (const auto& [value, count] : counts)
          if (count > 0) return AppendKept<T>(out, value);
      }
    }
    out.AppendNull();
  }
  size_t GroupBytes(size_t group) const override {
    return sizeof groups_[group] + (groups_[group] ? sizeof(Counts) + HeapBytes(*groups_[group]) : 0);
  }
  void Persist(StateArchive& state, size_t group) override { state(groups_[group]); }

 private:
  using Counts = std::map<typename Kept<T>::Type, int64_t, Less>;
  bool maximum_;
  std::vector<std::unique_ptr<Counts>> groups_;
};

template <typename T>
std::unique_ptr<Accumulator> Make(bool maximum, bool append_only) {
  if (append_only) return std::make_unique<BestValue<T>>(maximum);
  return std::make_unique<OrderedValues<T>>(maximum);
}

}  // namespace

std::unique_ptr<Accumulator> MakeMinMax(Physical physical, bool maximum, bool append_only) {
  switch (physical) {
    case Physical::kBool: return Make<uint8_t>(maximum, append_only);
    case Physical::kInt64: return Make<int64_t>(maximum, append_only);
    case Physical::kDouble: return Make<double>(maximum, append_only);
    case Physical::kInt128: return Make<Int128>(maximum, append_only);
    case Physical::kString: break;
  }
  return Make<std::string_view>(maximum, append_only);
}

}  // namespace cdc::sql
