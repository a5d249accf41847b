#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cdc::sql {

class JsonFilter;

/// A JSON path as Jayway's JsonPath has it: $, .name, ['name'], ['a','b'], [0], [-1], [0,2], [1:3], [-2:], [*], .*,
/// ..name, ..[0], [?(@.name > 1 && …)], and one of .length() .size() .keys() .first() .last() .min() .max() .sum()
/// .avg() .stddev() at the end. "lax" or "strict" may stand in front; strict is the default.
class JsonPath {
 public:
  /// False if the text is no path.
  bool Compile(std::string_view text);

  bool lax() const { return lax_; }
  /// One value at most: no wildcard, no filter, no slice and no .. in it.
  bool definite() const { return definite_; }

  /// The raw texts that the path leads to in `json`, which is valid. False: a member or element is not there, or a
  /// value has another kind than the path expects. `root` is what $ in a filter means; empty: `json`.
  bool Find(std::string_view json, std::vector<std::string>* found, std::string_view root = {}) const;

 private:
  struct Step {
    enum class Kind { kNames, kIndices, kSlice, kAll, kFilter, kFunction };
    Kind kind = Kind::kNames;
    bool descend = false;            ///< after ..
    std::vector<std::string> names;  ///< kNames; kFunction: its name
    std::vector<int64_t> indices;    ///< kIndices; kSlice: from, to (INT64_MIN, INT64_MAX: open)
    std::shared_ptr<const JsonFilter> filter;
  };
  struct Search {
    std::string_view root;
    std::vector<std::string>* found;
  };
  bool TakeBracket(std::string_view text, size_t* at, Step* step);
  bool TakeName(std::string_view text, size_t* at, Step* step);
  bool Walk(std::string_view value, size_t step, const Search& search) const;
  bool Apply(std::string_view value, size_t step, const Search& search) const;
  bool WalkNames(std::string_view value, size_t step, const Search& search) const;
  bool WalkElements(std::string_view value, size_t step, const Search& search) const;
  void Descend(std::string_view value, size_t step, const Search& search) const;

  std::vector<Step> steps_;
  bool lax_ = false;
  bool definite_ = true;
};

/// What a function at the end of a path makes of the value that the path leads to, raw. False where it has none.
bool ApplyJsonFunction(const std::string& name, std::string_view value, std::string* result);
bool IsJsonFunction(std::string_view name);

}  // namespace cdc::sql
