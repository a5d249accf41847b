#pragma once

#include <optional>
#include <string>

#include "common/ddl/ast.h"
#include "tools/cdc-apply/target_table.h"

namespace cdc::apply {

struct KnownTable;

/// What rows have in a column that a statement adds to them: its literal default, or what its type begins with. Nothing
/// where that is not known: a default that is computed, and a literal that MySQL does not take as it stands. `kind`: of
/// the value, that of the column in change lines; records may hold it in another form.
std::optional<OwnedValue> OlderRowsOf(const ddl::ColumnDefinition& definition, ColumnKind* kind);

/// What becomes of the rows of a table that is there where a column is added to it.
enum class OlderRows { kNull, kValue, kUnknown };
OlderRows OlderRowsIn(const TargetColumn& column, const KnownTable& known, const TargetTable& table);

bool IsNullInOlderRows(const TargetColumn& column);

/// The target has NULL in the column of rows that are there.
void WarnOfOlderRows(const std::string& table, const std::string& column);

}  // namespace cdc::apply
