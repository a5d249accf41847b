#pragma once

#include <sqlite3.h>

namespace cdc::apply {

/// Functions of cdc-apply's own session, for what SQLite has no expression of, and MySQL's ALTER TABLE does:
///   cdc_round(number, scale, digits): a DECIMAL with so many digits after the point of the `scale` that it had,
///   rounded
///     away from zero; with none an integer where 64 bits hold it, else text.
///   cdc_float(number): the number with the fewest digits that tells the FLOAT that MySQL makes of it.
/// NULL and bytes stay as they are.
void AddSqliteFunctions(sqlite3* db);

}  // namespace cdc::apply
