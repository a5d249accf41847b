#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/ddl/ast.h"
#include "tools/cdc-apply/target_table.h"

namespace cdc::apply {

struct ColumnEvent;
struct KnownTable;

/// What rows have in a column that a statement adds to them: its literal default, or what its type begins with. Nothing
/// where that is not known: a default that is computed, and a literal that MySQL does not take as it stands. `kind`: of
/// the value, that of the column in change lines; records may hold it in another form.
std::optional<OwnedValue> OlderRowsOf(const ddl::ColumnDefinition& definition, ColumnKind* kind);

/// What rows that are there are to have in a column that the target is to add, or has from one that went.
struct OlderRows {
  enum class Kind { kNull, kValue, kUnknown };
  Kind kind;
  std::optional<OwnedValue> value = {};  ///< kValue
};
OlderRows OlderRowsIn(const TargetColumn& column, const KnownTable& known, const TargetTable& table);

/// If the target has a column of this name, what it holds is of one that the source has no more.
bool IsMadeAnew(const TargetColumn& column, const KnownTable& known, const TargetTable& table);
/// Fails with 78 where the column of IsMadeAnew is in the table's key, or was, and rows are there.
void CheckKeyOfAnew(const TargetTable& table, const KnownTable& known, const TargetColumn& column);

/// The target has NULL in the column of rows that are there.
void WarnOfOlderRows(const std::string& table, const std::string& column);
/// The target has in rows that are there what the column held that went.
void WarnOfStaleRows(const std::string& table, const std::string& column);
/// Likewise, of all columns that one statement takes away and adds anew.
void WarnOfStaleColumns(const std::string& table, const std::vector<ColumnEvent>& events);

}  // namespace cdc::apply
