#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/cdc-sql/bind/catalog.h"
#include "tools/cdc-sql/plan/logical_plan.h"

namespace cdc::sql {

/// What a column is beside its type: AS expression, METADATA FROM 'key' VIRTUAL, or nothing.
std::string ColumnExtras(const ColumnDef& column);

std::string CatalogText(const std::string& name, const std::map<std::string, std::string>& options);

/// The statement that creates the table or view, as SHOW CREATE TABLE and VIEW print it. `database`: its path, in
/// back-ticks; `columns`: with their types; `query`: of a view, if it is not to stand as it was written.
std::string CreateText(const TableDef& table, const std::string& database, const std::vector<PlanColumn>& columns,
                       const std::optional<std::string>& query);

}  // namespace cdc::sql
