#pragma once

#include <string>

#include "common/ddl/ast.h"

namespace cdc::ddl {

/// A typed data type as information_schema's COLUMN_TYPE shows it: INTEGER(11) UNSIGNED is "int unsigned", DEC is
/// "decimal(10,0)", TEXT(70000) is "mediumtext". `charset` is the column's, after the table's and the database's
/// defaults; empty where that is not known. A type that is not known stands as typed, in lower case.
std::string ColumnTypeText(const DataType& type, const std::string& charset);

/// NATIONAL CHAR and its brothers are utf8mb3 whatever the defaults.
bool IsNationalType(const DataType& type);

}  // namespace cdc::ddl
