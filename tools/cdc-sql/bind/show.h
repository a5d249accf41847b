#pragma once

#include <string>
#include <vector>

#include "tools/cdc-sql/bind/catalog.h"
#include "tools/cdc-sql/bind/session.h"
#include "tools/cdc-sql/plan/logical_plan.h"

namespace cdc::sql {

/// The columns of a table or view, by the names that it gives them.
std::vector<PlanColumn> ShownColumns(const TableDef& table, const Catalog& catalog, const Session& session);

/// What DESCRIBE prints: a row for each column.
std::string DescribeTable(const TableDef& table, const Catalog& catalog, const Session& session);

/// What DESCRIBE CATALOG prints. Errors: 78 if there is no such catalog.
std::string DescribeCatalog(const Statement& statement, const Catalog& catalog);

/// What SET without a key prints: what the script has set.
std::string ShowSettings(const Session& session);

/// What SHOW prints. Errors: 78 for what is not there.
std::string Show(const Statement& statement, const Catalog& catalog, const Session& session);

}  // namespace cdc::sql
