#pragma once

#include <string>

#include "tools/cdc-apply/ddl_mode.h"
#include "tools/cdc-apply/sql_server.h"

namespace cdc::apply {

/// What the bookkeeping knows of a table of the slot.
struct KnownTable {
  bool noted = false;    ///< the slot has delivered it before
  bool created = false;  ///< by cdc-apply, which may therefore change its columns' types and its key
  /// What ShapeText gave when the table last got types and key of the source's, and what statements have made of its
  /// columns since (added_columns.h); empty: not known.
  std::string shape;
};

/// A column of a stored shape; all empty: there is none of that name.
struct StoredColumn {
  std::string type;                  ///< the target's
  std::string source_type, charset;  ///< the source's, where known
};
StoredColumn StoredColumnOf(std::string_view shape, const std::string& column);
std::vector<std::string> StoredNames(std::string_view shape);
std::vector<std::string> StoredKeyNames(std::string_view shape);

/// To be said where the rows that are there do not become what the source's are.
constexpr const char* kSnapshotHint =
    "a new snapshot fills it anew: once binlog-tail --snapshot initial without --resume-from, into the same slot";

/// A warning of a column that is made, and that somebody else must have removed: the table had it before.
void WarnOfRemovedColumn(std::string_view shape, const std::string& table, const std::string& column);

/// `types`: the target's, one a column.
std::string ShapeText(const TargetTable& table, const std::vector<std::string>& types);

/// The columns with the types that they get on this server, and the key, as text to be stored and compared.
std::string ShapeText(const SqlServer& server, const TargetTable& table);

/// Creates the table, or adds the columns that it lacks, and makes types and key those of the source where they have
/// changed since `known`; sets known->created if it created it. Errors: 78 if a table of that name that is not ours has
/// no unique key over the key columns; 65 if rows do not fit the new types or key.
/// Where the table is not to be altered (`ddl`): 78, or the columns that it lacks are left out.
ServerTable PrepareTable(SqlServer& server, const TargetTable& table, DdlRule& ddl, KnownTable* known);

}  // namespace cdc::apply
