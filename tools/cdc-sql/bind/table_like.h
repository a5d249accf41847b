#pragma once

#include "tools/cdc-sql/bind/catalog.h"

namespace cdc::sql {

/// CREATE TABLE … LIKE: adds to `table`, which has its own definition, what it takes over from `from`.
/// Errors: 78 where both define the same and nothing says which one counts.
void CopyLike(const CreateTable& ast, const TableDef& from, TableDef* table);

}  // namespace cdc::sql
