#pragma once

#include <string>

#include "common/mysql_type.h"
#include "tools/cdc-apply/target_table.h"

namespace cdc::apply {

/// A column that the source has altered, and which holds values.
struct TypeChange {
  std::string source_from, source_to;    ///< the source's types; empty: not known
  std::string charset_from, charset_to;  ///< of the source's texts; empty: not known
  std::string stored_from, stored_to;    ///< the target's types
};

/// How the values that are there become those of the new type.
struct Conversion {
  std::string sql;  ///< an expression of the target; empty: what the target does by itself, if anything
  bool is_exact;    ///< they become what MySQL's ALTER TABLE makes of them (cdc-apply(1), CAVEATS)
};

/// `column`: its quoted name. Where a type of the source is not known, only equal types of the target are exact.
Conversion MysqlConversion(const std::string& column, const TypeChange& change, bool is_mariadb);
Conversion PostgresqlConversion(const std::string& column, const TypeChange& change);
Conversion SqliteConversion(const std::string& column, const TypeChange& change);

/// Whether the source's ALTER TABLE, from one of its types to another, leaves each value as it is.
bool KeepsValues(const std::string& source_from, const std::string& source_to);

/// Tells of rows whose values may be others than the source's now.
void WarnOfConversion(const std::string& table, const std::string& column, const TypeChange& change);

}  // namespace cdc::apply
