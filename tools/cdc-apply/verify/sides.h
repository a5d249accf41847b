#pragma once

#include <memory>
#include <string>

#include "tools/cdc-apply/sql_server.h"
#include "tools/cdc-apply/verify/side.h"

namespace cdc::apply {

std::unique_ptr<TargetSide> MakeServerSide(std::unique_ptr<SqlServer> server);
/// Errors: 66 if there is no such file.
std::unique_ptr<TargetSide> MakeSqliteSide(const std::string& file);

}  // namespace cdc::apply
