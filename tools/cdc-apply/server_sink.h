#pragma once

#include <memory>

#include "tools/cdc-apply/sink.h"
#include "tools/cdc-apply/sql_server.h"

namespace cdc::apply {

/// A sink into a database server: rows, and the position of the slot, in the same transactions (tables cdc_position and
/// cdc_table of the session's database). See cdc-apply(1).
std::unique_ptr<Sink> MakeServerSink(std::unique_ptr<SqlServer> server);

}  // namespace cdc::apply
