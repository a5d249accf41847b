#pragma once

#include <string>

#include "tools/cdc-sql/bind/bound_expr.h"
#include "tools/cdc-sql/bind/session.h"

namespace cdc::sql {

/// What becomes of a value that is longer than its column's type says, or, of CHAR and BINARY, shorter.
enum class LengthRule {
  kIgnore,
  kTrimPad,  ///< it is cut or filled up
  kError,    ///< the query ends
};

/// `value` for a column of its own type that is written. Types without a length, and parts of nested ones, are left
/// alone.
BoundExpr EnforceLength(BoundExpr value, LengthRule rule, const std::string& column, const Session& session);

}  // namespace cdc::sql
