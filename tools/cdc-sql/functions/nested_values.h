#pragma once

#include "tools/cdc-sql/functions/function_table.h"

namespace cdc::sql {

/// ARRAY[…], MAP[…], ROW(…), a[i] and r.f.
BoundExpr BindArray(std::vector<BoundExpr> args, const Span& span, const Session& session);
BoundExpr BindMap(std::vector<BoundExpr> args, const Span& span, const Session& session);
BoundExpr BindRow(std::vector<BoundExpr> args, const Span& span);
BoundExpr BindElement(BoundExpr value, BoundExpr index, const Span& span, const Session& session);
BoundExpr BindField(BoundExpr value, const std::string& name, const Span& span);
/// The field that an expression made by BindField takes of its argument; nothing for any other.
std::optional<size_t> FieldTaken(const BoundExpr& expr);

std::vector<FunctionEntry> CollectionFunctions();

}  // namespace cdc::sql
