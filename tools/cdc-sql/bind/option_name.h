#pragma once

#include "tools/cdc-sql/bind/catalog.h"

namespace cdc::sql {

/// How an option of the table's format is written in WITH: FORMAT.name, value.FORMAT.name, or key.FORMAT.name for the
/// table that stands for the keys of another.
std::string OptionName(const TableDef& table, const std::string& name);

/// Where it is written, or the table.
Span OptionSpan(const TableDef& table, const std::string& name);

}  // namespace cdc::sql
