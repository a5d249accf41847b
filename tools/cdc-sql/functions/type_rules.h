#pragma once

#include <optional>

#include "tools/cdc-sql/bind/sql_type.h"

namespace cdc::sql {

/// The type that both can be taken as without being asked (numbers widen, CHAR and VARCHAR, NULL); nothing if none.
std::optional<SqlType> CommonType(const SqlType& a, const SqlType& b);

/// The type of CASE, set operations, VALUES, ARRAY[…] and comparisons: CommonType, but of FLOAT and DOUBLE the first
/// counts, and of TIMESTAMP and TIMESTAMP_LTZ the first if both have the same digits, else the later (Calcite's
/// leastRestrictive).
std::optional<SqlType> LeastRestrictiveType(const SqlType& a, const SqlType& b);

/// The type of functions that give one of their args: CommonType, but FLOAT after a DECIMAL stays FLOAT, and a
/// TIMESTAMP beside a TIMESTAMP_LTZ becomes one (Flink's LogicalTypeMerging).
std::optional<SqlType> MergedType(const SqlType& a, const SqlType& b);

/// Whether values that differ still differ as values of type `to`.
bool KeepsDistinct(const SqlType& from, const SqlType& to);

/// Whether an INSERT may put a value of type `from` into a column of type `to`.
bool CanStore(const SqlType& from, const SqlType& to);

}  // namespace cdc::sql
