#pragma once

#include <string>

#include "tools/cdc-apply/column_limit.h"
#include "tools/cdc-apply/target_table.h"

namespace cdc::apply {

/// The declared type, which decides SQLite's affinity: none where a conversion could change the value.
std::string SqliteType(const TargetColumn& column);

/// The type without its numbers.
std::string SqliteAffinity(const std::string& type);

/// By SQLite's rules of affinity: what looks like a number becomes a double where the declared type is one of numbers.
ColumnLimit SqliteLimit(const std::string& type);

}  // namespace cdc::apply
