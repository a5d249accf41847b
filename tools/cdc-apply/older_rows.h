#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/table_schema.h"
#include "tools/cdc-apply/target_table.h"

namespace cdc::apply {

/// What rows have in a column that ALTER TABLE added to them, by its definition: the literal default, or what its type
/// begins with. Nothing where that is not known: a default that is computed, and literals that MySQL does not take as
/// they stand. `is_statement`: the definition is that of the statement, else one of later, whose default may have been
/// dropped since.
std::optional<OwnedValue> OlderRowsOf(const ColumnSchema& source, bool is_statement);

/// The same of a Connect field, whose default is written like a value. `default_json` empty: it has none.
std::optional<OwnedValue> OlderRowsOf(std::string_view default_json, const TargetColumn& column);

bool IsNullInOlderRows(const TargetColumn& column);

/// Columns of a table that cdc-apply made which came after rows of it, and in which these are not NULL. `stored`: its
/// shape so far. Those where they are not known are named in `unknown` instead.
std::vector<size_t> AddedColumns(std::string_view stored, const TargetTable& table, std::vector<std::string>* unknown);

/// The target has NULL in the column of rows that are there.
void WarnOfOlderRows(const std::string& table, const std::string& column);

}  // namespace cdc::apply
