#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "tools/cdc-sql/bind/sql_type.h"
#include "tools/cdc-sql/run/column.h"

namespace cdc::sql {

/// Hash codes on the JVM, and the order that a java.util.HashMap gives them: the order in which Flink shows
/// the entries of a MAP that it made.

/// Of Flink's StringData: Murmur3 (32 bits, seed 42) over the UTF-8 bytes, the last ones of no whole word singly.
int32_t BinaryStringHash(std::string_view utf8);
/// String.hashCode, over UTF-16 units.
int32_t JavaStringHash(std::string_view utf8);

/// Of a value that is not NULL, as Flink keeps it. Nothing for bytes, whose code is their address, and for collections.
std::optional<int32_t> DataHash(const ColumnVector& column, size_t row, const SqlType& type);

/// The indices of keys, put in one after the other, as a HashMap lists them. `capacity` is that of its beginning.
std::vector<size_t> HashMapOrder(const std::vector<int32_t>& hashes, size_t capacity = 16);

}  // namespace cdc::sql
