#pragma once

#include <functional>
#include <string>

#include "tools/cdc-sql/sql/ast.h"

namespace cdc::sql {

/// 'text', as a literal.
std::string Literal(const std::string& text);

/// How an expression is shown.
struct TextStyle {
  bool planned = true;                                  ///< functions as the planner has them, else as the parser has
  bool strict = false;                                  ///< NoText for what would stand as it was written
  std::function<std::string(const Name&)> column = {};  ///< a column's name; none: its parts
  std::function<std::string(const Query&)> query = {};  ///< a query in EXISTS and IN; none: as it was written
};

/// Thrown where a style does not know the text of something.
struct NoText {};

/// An expression as DESCRIBE and SHOW CREATE TABLE show it: names in back-ticks, one blank around operators,
/// parentheses only where they are needed. What has a form of its own that is not known here stands as it was written.
std::string ExprText(const Expr& expr, const TextStyle& style = {});

/// What stands in OVER: "(PARTITION BY `a` ORDER BY `b`)". May throw NoText.
std::string OverText(const OverSpec& over, const TextStyle& style);

/// An item of ORDER BY.
std::string OrderItemText(const OrderItem& item, const TextStyle& style);

}  // namespace cdc::sql
