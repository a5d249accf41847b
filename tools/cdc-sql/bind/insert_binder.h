#pragma once

#include "tools/cdc-sql/bind/query_binder.h"

namespace cdc::sql {

/// Settings that an INSERT goes by.
inline constexpr const char* kNotNullEnforcer = "table.exec.sink.not-null-enforcer";
inline constexpr const char* kTypeLengthEnforcer = "table.exec.sink.type-length-enforcer";
inline constexpr const char* kRequireOnConflict = "table.exec.sink.require-on-conflict";
inline constexpr const char* kStateTtl = "table.exec.state.ttl";

/// The query of an INSERT with the columns of its table. Errors: 78 at the place.
PlanSink BindInsert(const Insert& insert, const Catalog& catalog, const Session& session);

/// Nothing is forgotten here, but Flink sends rows again that are the same where state has a time to live.
bool StateExpires(const Session& session);
/// Whether the tables of a plan can be read. Errors: 78.
void CheckSources(const PlanNode& node);

}  // namespace cdc::sql
