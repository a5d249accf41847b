#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/ddl/ast.h"
#include "common/table_schema.h"

namespace cdc::ddl {
class TokenCursor;
}

namespace cdc::tail {

/// The condition of --where, in SQL's words: comparisons (=, <>, !=, <, <=, >, >=, <=>), IS [NOT] NULL, [NOT] IN,
/// [NOT] BETWEEN, [NOT] LIKE, AND, OR, NOT, parentheses; operands are columns, numbers and strings. Numbers are
/// compared as numbers, exactly, also where they stand in strings as DECIMAL does; all other values by their bytes. A
/// comparison with NULL, or with a column that the row does not carry, is neither true nor false.
class RowCondition {
 public:
  /// Errors: 64 with the place.
  explicit RowCondition(const std::string& text);

  /// Names of the columns that it speaks of.
  const std::vector<std::string>& columns() const { return columns_; }

  /// Errors: 64 for a table that lacks one of the columns.
  void CheckTable(const TableSchema& table) const;

  /// `row`: a row of a change line, a JSON object.
  bool Holds(std::string_view row);

 private:
  enum class Kind { kAnd, kOr, kNot, kCompare, kIsNull, kIn, kLike };
  struct Operand {
    int column = -1;  ///< index in columns_; -1: a constant
    bool is_null = false;
    bool is_number = false;
    std::string text;
  };
  struct Node {
    Kind kind = Kind::kCompare;
    std::string op;
    std::vector<Node> parts;
    std::vector<Operand> operands;
  };
  enum class Truth { kFalse, kTrue, kUnknown };
  struct Value {
    bool is_null = true;
    bool is_number = false;
    std::string_view text;
  };

  Node ParseOr(ddl::TokenCursor& cursor);
  Node ParseAnd(ddl::TokenCursor& cursor);
  Node ParseNot(ddl::TokenCursor& cursor);
  Node ParsePredicate(ddl::TokenCursor& cursor);
  Operand ParseOperand(ddl::TokenCursor& cursor);
  Value ValueOf(const Operand& operand);
  Truth Test(const Node& node);
  Truth Compare(std::string_view op, const Operand& left, const Operand& right);
  Truth TestIn(const Node& node);
  Truth TestLike(const Node& node);

  std::vector<std::string> columns_;
  Node root_;
  std::vector<std::string_view> raw_;  // of columns_, in the row at hand
  std::vector<std::string> texts_;     // the characters of strings
};

}  // namespace cdc::tail
