#pragma once

#include <optional>

#include "tools/cdc-sql/run/operator.h"

namespace cdc::sql {

/// Records that each have a turn are decoded a batch at a time. Where a query allows it, each operator then takes all
/// turns of the batch before the next one has any: a record costs an operator a row, not a batch. Rows carry their
/// turns along, by which a join puts its inputs in order again and the end of each step is told.
///
/// True if that gives what one turn after the other gives: nothing in the query depends on time, which moves between
/// turns; no two inputs of a join are themselves made of state, and none waits for the end of a step. Where one record
/// comes to a join by both inputs, the one made of state is first, which decides between rows that ORDER BY finds
/// equal.
bool MayTakeTurnsWhole(const PlanNode& plan, ChangeMode mode);

/// The input of a join that is made of state; the rows of the other one are held until its own have come.
std::optional<size_t> StreamedPort(const PlanNode& join);

}  // namespace cdc::sql
