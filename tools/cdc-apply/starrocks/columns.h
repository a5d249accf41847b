#pragma once

#include <string>

#include "tools/cdc-apply/target_table.h"
#include "tools/cdc-apply/value.h"

namespace cdc::apply::starrocks {

/// The type that a column gets in a table that is created (the table of types in cdc-apply(1)).
std::string ColumnType(const TargetColumn& column, bool in_key);

/// "__op" is a name that StarRocks keeps for itself: such a column is "_op" there.
std::string ColumnName(const TargetColumn& column);

/// The value as a member of a row in JSON. Errors: 65 for one that StarRocks cannot hold.
void AppendValue(std::string& out, const TargetColumn& column, bool in_key, const Value& value);

}  // namespace cdc::apply::starrocks
