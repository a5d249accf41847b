#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tools/cdc-sql/run/column.h"

namespace cdc::sql {

/// ARRAY, MAP, MULTISET and ROW values are bytes (Physical::kString): their parts one after the other as row_codec.h
/// encodes values. ARRAY: the elements. MAP: key, value, key, value. MULTISET: element, its count. ROW: the fields.

/// The parts of a collection, each encoded, as views into `bytes`.
std::vector<std::string_view> SplitNested(std::string_view bytes, const SqlType& type);

/// Type of part i.
const SqlType& PartType(const SqlType& type, size_t i);

/// Appends the elements of a collection to `columns`: of an ARRAY of ROW the fields, of a MAP key and value. Returns
/// how many there are; a ROW that is NULL is none.
size_t UnnestInto(std::string_view bytes, const SqlType& type, std::vector<std::shared_ptr<ColumnVector>>& columns);

/// A column with the one value that `encoded` is.
ColumnVector PartColumn(std::string_view encoded, const SqlType& type);

}  // namespace cdc::sql
