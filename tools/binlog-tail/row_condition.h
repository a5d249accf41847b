#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/ddl/ast.h"
#include "common/table_schema.h"
#include "tools/binlog-tail/compared_value.h"

namespace cdc::ddl {
class TokenCursor;
}

namespace cdc::tail {

/// The condition of --where, in SQL's words: comparisons (=, <>, !=, <, <=, >, >=, <=>), IS [NOT] NULL, [NOT] IN,
/// [NOT] BETWEEN, [NOT] LIKE, AND, OR, NOT, parentheses; operands are columns, numbers, strings and bytes (X'…', b'…').
/// A constant is read as the column's type has it: numbers are compared as numbers, exactly, dates and times as such,
/// all other values by their bytes. A comparison with NULL, or with a column that the row does not carry, is neither
/// true nor false.
class RowCondition {
 public:
  /// Errors: 64 with the place.
  explicit RowCondition(const std::string& text);

  /// Names of the columns that it speaks of.
  const std::vector<std::string>& columns() const { return columns_; }

  /// The rows that come are of this table. Errors: 64 for one that lacks one of the columns, or where a column is
  /// compared with what its type has not.
  void SetTable(std::shared_ptr<const TableSchema> table);

  /// `row`: a row of a change line, a JSON object.
  bool Holds(std::string_view row);

 private:
  enum class Kind { kAnd, kOr, kNot, kCompare, kIsNull, kIn, kLike };
  struct Operand {
    int column = -1;  ///< index in columns_; -1: a constant
    ComparedConstant constant;
  };
  /// The first operand and another one.
  struct Pair {
    bool numbers = false;
    std::string constant;  ///< the constant's text, where one of the two is one
  };
  struct Node {
    Kind kind = Kind::kCompare;
    std::string op;
    std::vector<Node> parts;
    std::vector<Operand> operands;
    std::vector<Pair> pairs;  ///< of the table at hand
  };
  enum class Truth { kFalse, kTrue, kUnknown };

  Node ParseOr(ddl::TokenCursor& cursor);
  Node ParseAnd(ddl::TokenCursor& cursor);
  Node ParseNot(ddl::TokenCursor& cursor);
  Node ParsePredicate(ddl::TokenCursor& cursor);
  Operand ParseOperand(ddl::TokenCursor& cursor);
  void Bind(Node& node);
  Pair PairOf(const Operand& left, const Operand& right) const;
  bool IsNull(const Operand& operand) const;
  std::string_view TextOf(const Operand& operand, const Pair* pair);
  Truth Test(const Node& node);
  Truth Compare(std::string_view op, const Operand& left, const Operand& right, const Pair& pair);
  Truth TestIn(const Node& node);
  Truth TestLike(const Node& node);

  std::vector<std::string> columns_;
  Node root_;
  std::shared_ptr<const TableSchema> table_;
  std::vector<const ColumnSchema*> table_columns_;  // of columns_
  std::vector<ComparedForm> forms_;
  std::vector<std::string_view> raw_;  // of columns_, in the row at hand
  std::vector<std::string> texts_;     // the characters of strings
};

}  // namespace cdc::tail
