#pragma once

#include <optional>
#include <string_view>

#include "tools/cdc-apply/row_change.h"
#include "tools/cdc-apply/sql_server.h"
#include "tools/cdc-apply/value.h"

namespace cdc::apply {

/// How many digits after the point a column of a server's type ("numeric(6,1)", "datetime(3)", "bigint") holds; servers
/// round what has more, and say nothing. Nothing: as many as there are. `of_plain_time`: of "timestamp" and its like
/// without a number.
std::optional<int> FractionLimit(std::string_view type, int of_plain_time);

/// Whether a number or a time has more digits after the point than `limit`; zeros at the end do not count.
bool HasMoreDigits(const Value& value, int limit);

/// Refuses (65) a row of which the server would round a value.
void CheckFractions(const RowChange& change, const ServerTable& table);

}  // namespace cdc::apply
