#pragma once

#include <optional>
#include <string>

#include "common/table_schema.h"

namespace cdc::tail {

/// What a column holds that an INSERT did not name, as the JSON value of a change line: its literal default, else null
/// where it may be. Nothing where that is not known: expressions and generated columns; literals whose meaning depends
/// on the session (TIMESTAMP) or that are not written as the server keeps them; definitions out of table maps alone.
/// `hex`: bytes as {"@hex":"…"} instead of base64.
std::optional<std::string> DefaultValueJson(const TableSchema& table, const ColumnSchema& column, bool hex = false);

}  // namespace cdc::tail
