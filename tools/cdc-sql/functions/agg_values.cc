#include "tools/cdc-sql/functions/agg_values.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <set>
#include <unordered_map>

#include "common/error.h"
#include "tools/cdc-sql/functions/json_text.h"
#include "tools/cdc-sql/run/java_hash.h"
#include "tools/cdc-sql/run/nested.h"
#include "tools/cdc-sql/run/value_text.h"
#include "tools/cdc-sql/state/heap_bytes.h"
#include "tools/cdc-sql/state/row_codec.h"
#include "tools/cdc-sql/state/sort_key.h"

namespace cdc::sql {

namespace {

/// The values of each group in order of arrival, encoded.
class KeptValues : public Accumulator {
 public:
  explicit KeptValues(const AggregateCall& call) : call_(call) {}
  void Resize(size_t groups) override { groups_.resize(groups); }
  void Reset(size_t group) override {
    groups_[group].clear();
    groups_[group].shrink_to_fit();
  }
  void Add(size_t group, const ColumnVector* argument, size_t row, int64_t weight) override {
    bytes_.clear();
    EncodeValue(*argument, row, &bytes_);
    std::deque<std::string>& values = groups_[group];
    if (weight > 0) {
      values.push_back(bytes_);
      return Trim(values);
    }
    const auto found = std::find(values.begin(), values.end(), bytes_);
    if (found != values.end()) values.erase(found);
  }
  void Merge(size_t group, size_t other) override {
    std::deque<std::string>&values = groups_[group], &more = groups_[other];
    const auto moved = [](std::deque<std::string>& from) {
      return std::pair(std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
    };
    // The fewer to the more, at whichever end.
    const size_t count = std::min(values.size(), more.size());
    if (values.size() < more.size()) {
      const auto [begin, end] = moved(values);
      more.insert(more.begin(), begin, end);
      values.swap(more);
    } else {
      const auto [begin, end] = moved(more);
      values.insert(values.end(), begin, end);
    }
    for (size_t i = 0; i < count; ++i) Trim(values);
  }
  size_t GroupBytes(size_t group) const override { return sizeof groups_[group] + HeapBytes(groups_[group]); }
  void Persist(StateArchive& state, size_t group) override { state(groups_[group]); }

 protected:
  /// Forgets what is not needed any more.
  virtual void Trim(std::deque<std::string>&) {}
  void AppendEncoded(const std::string& bytes, ColumnVector& out) const { DecodeValue(bytes, out); }

  AggregateCall call_;
  std::vector<std::deque<std::string>> groups_;

 private:
  std::string bytes_;
};

class FirstOrLast : public KeptValues {
 public:
  FirstOrLast(const AggregateCall& call, bool append_only)
      : KeptValues(call), last_(call.function == "LAST_VALUE"), append_only_(append_only) {}
  void Append(size_t group, ColumnVector& out) const override {
    const std::deque<std::string>& values = groups_[group];
    if (values.empty()) return out.AppendNull();
    AppendEncoded(last_ ? values.back() : values.front(), out);
  }

 protected:
  void Trim(std::deque<std::string>& values) override {
    if (append_only_ && values.size() > 1) last_ ? values.pop_front() : values.pop_back();
  }

 private:
  bool last_;
  bool append_only_;
};

class SingleValue : public KeptValues {
 public:
  using KeptValues::KeptValues;
  bool takes_nulls() const override { return true; }
  void Append(size_t group, ColumnVector& out) const override {
    const std::deque<std::string>& values = groups_[group];
    if (values.size() > 1)
      Fail(ExitStatus::kData, "a query inside an expression gives more than one row", call_.text,
           "an aggregate such as MAX makes one of them");
    if (values.empty()) return out.AppendNull();
    AppendEncoded(values.front(), out);
  }
};

/// LAG(x, n, default): the value n rows before the last one.
class Lag : public KeptValues {
 public:
  explicit Lag(const AggregateCall& call) : KeptValues(call) {
    if (!call.parameters.empty()) offset_ = static_cast<size_t>(call.parameters[0].integer);
  }
  bool takes_nulls() const override { return true; }
  void Append(size_t group, ColumnVector& out) const override {
    const std::deque<std::string>& values = groups_[group];
    if (values.size() > offset_) return AppendEncoded(values[values.size() - 1 - offset_], out);
    if (call_.parameters.size() > 1) return out.AppendDatum(call_.parameters[1]);
    out.AppendNull();
  }

 protected:
  void Trim(std::deque<std::string>& values) override {
    if (values.size() > offset_ + 1) values.pop_front();
  }

 private:
  size_t offset_ = 1;
};

class ListAgg : public KeptValues {
 public:
  explicit ListAgg(const AggregateCall& call)
      : KeptValues(call), separator_(call.parameters.empty() ? "," : call.parameters[0].text) {}
  void Append(size_t group, ColumnVector& out) const override {
    if (groups_[group].empty()) return out.AppendNull();
    ColumnVector values(Physical::kString);
    for (const std::string& bytes : groups_[group]) AppendEncoded(bytes, values);
    std::string text;
    for (size_t i = 0; i < values.size(); ++i) {
      if (i > 0) text += separator_;
      text += values.strings()[i];
    }
    out.AppendCopy(text);
  }

 private:
  std::string separator_;
};

/// ARRAY_AGG: all values, NULLs too but with IGNORE NULLS; NULL where there is none.
class ArrayAgg : public KeptValues {
 public:
  using KeptValues::KeptValues;
  bool takes_nulls() const override { return call_.option != "IGNORE NULLS"; }
  void Append(size_t group, ColumnVector& out) const override {
    if (groups_[group].empty()) return out.AppendNull();
    std::string bytes;
    for (const std::string& value : groups_[group]) bytes += value;
    out.AppendCopy(bytes);
  }
};

/// COLLECT: each value with how often it is there.
class Collect : public KeptValues {
 public:
  using KeptValues::KeptValues;
  void Append(size_t group, ColumnVector& out) const override {
    std::vector<std::pair<std::string, int64_t>> counts;
    std::unordered_map<std::string, size_t> places;
    for (const std::string& value : groups_[group]) {
      const auto [place, added] = places.emplace(value, counts.size());
      if (added) counts.emplace_back(value, 0);
      ++counts[place->second].second;
    }
    std::string bytes;
    for (const size_t place : Order(counts)) {
      const auto& [value, times] = counts[place];
      ColumnVector number(Physical::kInt64);
      number.Append(times);
      bytes += value;
      EncodeValue(number, 0, &bytes);
    }
    out.AppendCopy(bytes);
  }

 private:
  /// As Flink's map lists its keys; those without a hash code of their value (bytes, collections) in their own order.
  std::vector<size_t> Order(const std::vector<std::pair<std::string, int64_t>>& counts) const {
    std::vector<int32_t> hashes;
    std::vector<std::pair<std::string, size_t>> sorted;
    for (size_t i = 0; i < counts.size(); ++i) {
      const ColumnVector value = PartColumn(counts[i].first, call_.argument_type);
      if (const std::optional<int32_t> hash = DataHash(value, 0, call_.argument_type)) {
        hashes.push_back(*hash);
        continue;
      }
      std::string key;
      AppendSortValue(value, 0, false, true, &key);
      sorted.emplace_back(std::move(key), i);
    }
    if (sorted.empty()) return HashMapOrder(hashes);
    std::sort(sorted.begin(), sorted.end());
    std::vector<size_t> order;
    for (const auto& [key, place] : sorted) order.push_back(place);
    return order;
  }
};

/// JSON_ARRAYAGG and JSON_OBJECTAGG; of the latter the values are rows of name and value.
class JsonAgg : public KeptValues {
 public:
  explicit JsonAgg(const AggregateCall& call) : KeptValues(call), object_(call.function == "JSON_OBJECTAGG") {
    nulls_ = call.option.empty() ? object_ : call.option == "NULL ON NULL";
  }
  bool takes_nulls() const override { return true; }
  void Append(size_t group, ColumnVector& out) const override {
    std::vector<std::string> parts;
    std::set<std::string> names;
    for (const std::string& bytes : groups_[group]) {
      std::string text;
      ColumnVector value = PartColumn(bytes, call_.argument_type);
      const SqlType* type = &call_.argument_type;
      if (object_) {
        const std::vector<std::string_view> pair = SplitNested(value.strings()[0], *type);
        const ColumnVector name = PartColumn(pair[0], type->children[0]);
        if (name.IsNull(0))
          Fail(ExitStatus::kData, "a name in JSON_OBJECTAGG is NULL", "",
               "FILTER (WHERE name IS NOT NULL) leaves it out");
        if (!names.insert(std::string(name.strings()[0])).second)
          Fail(ExitStatus::kData,
               "the name '" + Shown(std::string(name.strings()[0]), 60) + "' is there twice in JSON_OBJECTAGG", "",
               "GROUP BY it too, so that a group has it once");
        AppendFunctionJson(text, name, 0, type->children[0]);
        text += ':';
        value = PartColumn(pair[1], type->children[1]);
        type = &type->children[1];
      }
      if (!nulls_ && value.IsNull(0)) continue;
      AppendFunctionJson(text, value, 0, *type);
      parts.push_back(std::move(text));
    }
    if (object_) std::sort(parts.begin(), parts.end());
    std::string text(1, object_ ? '{' : '[');
    for (size_t i = 0; i < parts.size(); ++i) text += (i > 0 ? "," : "") + parts[i];
    out.AppendCopy(text + (object_ ? '}' : ']'));
  }

 private:
  bool object_;
  bool nulls_ = false;
};

/// PERCENTILE(x, p [, frequency]): between the two values that are nearest to the place; of an ARRAY of shares an
/// array. With a frequency the values are rows of value and frequency.
class Percentile : public KeptValues {
 public:
  explicit Percentile(const AggregateCall& call)
      : KeptValues(call),
        weighted_(call.argument_type.kind == TypeKind::kRow),
        value_type_(weighted_ ? call.argument_type.children[0] : call.argument_type) {}
  void Append(size_t group, ColumnVector& out) const override {
    std::map<double, int64_t> values;
    int64_t count = 0;
    for (const std::string& bytes : groups_[group]) {
      const ColumnVector kept = PartColumn(bytes, call_.argument_type);
      int64_t times = 1;
      ColumnVector value = kept;
      if (weighted_) {
        const std::vector<std::string_view> pair = SplitNested(kept.strings()[0], call_.argument_type);
        value = PartColumn(pair[0], value_type_);
        const ColumnVector frequency = PartColumn(pair[1], call_.argument_type.children[1]);
        times = frequency.IsNull(0) ? 0 : frequency.ints()[0];
      }
      if (value.IsNull(0) || times <= 0) continue;
      values[ValueOf(value)] += times;
      count += times;
    }
    if (count == 0) return out.AppendNull();
    if (call_.type.kind != TypeKind::kArray) return out.Append(At(values, count, call_.parameters[0].real));
    std::string bytes;
    ColumnVector shares(Physical::kDouble);
    for (size_t i = 0; i < call_.parameters.size(); ++i) {
      shares.Append(At(values, count, call_.parameters[i].real));
      EncodeValue(shares, i, &bytes);
    }
    out.AppendCopy(bytes);
  }

 private:
  double ValueOf(const ColumnVector& value) const {
    return value_type_.is_approximate() ? value.doubles()[0]
           : value_type_.is_integer()   ? static_cast<double>(value.ints()[0])
                                        : static_cast<double>(value.wides()[0]) / std::pow(10.0, value_type_.scale);
  }
  static double At(const std::map<double, int64_t>& values, int64_t count, double share) {
    const double place =
        share * static_cast<double>(count - 1) + 1;  // from 1, as in Flink: it shows in the last digits
    auto below = static_cast<int64_t>(place);
    const double part = place - static_cast<double>(below--);
    auto value = values.begin();
    for (; below >= value->second; ++value) below -= value->second;
    const auto next = std::next(value);
    if (below + 1 < value->second) return value->first * (1 - part) + value->first * part;
    return next == values.end() ? value->first : value->first * (1 - part) + next->first * part;
  }

  bool weighted_;
  SqlType value_type_;
};

}  // namespace

std::unique_ptr<Accumulator> MakeValuesAccumulator(const AggregateCall& call, bool append_only) {
  const std::string& function = call.function;
  if (function == "FIRST_VALUE" || function == "LAST_VALUE") return std::make_unique<FirstOrLast>(call, append_only);
  if (function == "SINGLE_VALUE") return std::make_unique<SingleValue>(call);
  if (function == "LAG") return std::make_unique<Lag>(call);
  if (function == "LISTAGG") return std::make_unique<ListAgg>(call);
  if (function == "ARRAY_AGG") return std::make_unique<ArrayAgg>(call);
  if (function == "COLLECT") return std::make_unique<Collect>(call);
  if (function == "JSON_OBJECTAGG" || function == "JSON_ARRAYAGG") return std::make_unique<JsonAgg>(call);
  if (function == "PERCENTILE") return std::make_unique<Percentile>(call);
  if (function.rfind("STDDEV", 0) == 0 || function.rfind("VAR", 0) == 0) return MakeVariance(call);
  return nullptr;
}

}  // namespace cdc::sql
