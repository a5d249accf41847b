#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "tools/cdc-apply/sink.h"

struct sqlite3;

namespace cdc::apply {

/// Opens (and creates, unless `read_only`) the database file. Tables are created and widened from the rows' schemas;
/// the position stands in table cdc_position of the same file. See cdc-apply(1), TARGETS, for the type mapping.
std::unique_ptr<Sink> OpenSqliteSink(const std::string& path, bool read_only);

}  // namespace cdc::apply
