#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/cdc-sql/bind/catalog.h"
#include "tools/cdc-sql/bind/session.h"

namespace cdc::sql {

/// The query of a view as Flink shows it: tables by their whole names, columns with the table that they are of, each *
/// spelt out. Nothing where the query has a clause whose form is not known here.
std::optional<std::string> ViewText(const TableDef& view, const Catalog& catalog, const Session& session);

}  // namespace cdc::sql
