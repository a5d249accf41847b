#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/java_regex.h"
#include "tools/cdc-sql/functions/json_path.h"

namespace cdc::sql {

/// The condition in [?( … )] of a JSON path: @.a, $.a and literals with == != < <= > >= =~ /regex/, !, &&, || and
/// parentheses. A path alone asks whether there is such a value.
class JsonFilter {
 public:
  /// Null if the text is no condition.
  static std::shared_ptr<const JsonFilter> Compile(std::string_view text);

  /// `value` is @, `root` is $, both raw.
  bool Passes(std::string_view value, std::string_view root) const;

 private:
  struct Operand {
    std::optional<JsonPath> path;
    bool from_root = false;
    std::string raw;  ///< of a literal
  };
  struct Node {
    enum class Kind { kAnd, kOr, kNot, kExists, kCompare, kMatch };
    Kind kind = Kind::kExists;
    std::vector<Node> parts;
    Operand left, right;
    std::string op;
    std::optional<JavaRegex> regex;
  };
  class Parser;

  static bool Test(const Node& node, std::string_view value, std::string_view root);
  /// The raw value; false if the path leads nowhere.
  static bool ValueOf(const Operand& operand, std::string_view value, std::string_view root, std::string* raw);

  Node node_;
};

}  // namespace cdc::sql
