#pragma once

#include <vector>

#include "tools/cdc-sql/connect/source_datagen.h"

namespace cdc::sql {

/// The fields of a datagen table, from its columns and its options fields.NAME.OPTION. Errors: 78 at the option, or at
/// the table for a column whose type cannot be generated.
std::vector<DatagenRows::Field> DatagenFields(const TableDef& table);

/// The whole number that an option has. Errors: 78 at the option.
int64_t DatagenNumber(const TableDef& table, const std::string& key, int64_t fallback, int64_t least);

}  // namespace cdc::sql
