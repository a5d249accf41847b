#pragma once

#include "tools/cdc-sql/bind/bound_expr.h"
#include "tools/cdc-sql/bind/session.h"
#include "tools/cdc-sql/functions/type_rules.h"

namespace cdc::sql {

/// CAST or TRY_CAST as written. Refuses pairs of types that have no cast.
BoundExpr BindCast(BoundExpr value, const SqlType& target, bool try_cast, const Span& span, const Session& session);

/// `value` as `target`, which CommonType gave. No call where nothing changes.
BoundExpr ImplicitCast(BoundExpr value, const SqlType& target, const Session& session);

}  // namespace cdc::sql
