#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cdc::sql {

/// A JSON path: $, .name, ['name'], [0], [-1], [*], .*, ..name is not available, [?(@.name > 1)]. "lax" or "strict" may
/// stand in front; strict is the default.
class JsonPath {
 public:
  /// False if the text is no path.
  bool Compile(std::string_view text);

  bool lax() const { return lax_; }
  /// One value at most: no wildcard and no filter in it.
  bool definite() const { return definite_; }

  /// The raw texts that the path leads to in `json`, which is valid. False: a member or element is not there, or a
  /// value has another kind than the path expects.
  bool Find(std::string_view json, std::vector<std::string>* found) const;

 private:
  struct Step {
    enum class Kind { kName, kIndex, kAll, kFilter };
    Kind kind = Kind::kName;
    std::string name;  ///< kName; kFilter: the member that is compared, empty for @ itself
    int64_t index = 0;
    std::string op;       ///< kFilter: == != < <= > >=, or empty: the member is there
    std::string operand;  ///< raw
  };
  bool TakeBracket(std::string_view text, size_t* at);
  bool TakeFilter(std::string_view text, Step* step);
  static bool Passes(const Step& step, std::string_view value);
  bool Walk(std::string_view value, size_t step, std::vector<std::string>* found) const;

  std::vector<Step> steps_;
  bool lax_ = false;
  bool definite_ = true;
};

/// A JSON value without blanks, strings with the escapes that are needed only.
void AppendCompactJson(std::string& out, std::string_view raw);

/// The value without the blanks around it; empty if the text is not exactly one JSON value.
std::string_view JsonValueOf(std::string_view text);

}  // namespace cdc::sql
