#pragma once

#include <string>

#include "tools/cdc-sql/sql/ast.h"

namespace cdc::sql {

/// 'text', as a literal.
std::string Literal(const std::string& text);

/// An expression as DESCRIBE and SHOW CREATE TABLE show it: names in back-ticks, one blank around operators,
/// parentheses only where they are needed. What has a form of its own that is not known here stands as it was written.
std::string ExprText(const Expr& expr);

}  // namespace cdc::sql
