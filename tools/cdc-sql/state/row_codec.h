#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/cdc-sql/run/column.h"

namespace cdc::sql {

/// Rows as bytes, for state: equal values have equal bytes. Per value a byte (0: NULL), then the value: integers as
/// zigzag varints, wide integers as 16 bytes, strings with their length.
void EncodeValue(const ColumnVector& column, size_t row, std::string* bytes);
/// As EncodeValue of a string that is not NULL.
void EncodeText(std::string_view text, std::string* bytes);
void EncodeRow(const Batch& batch, size_t row, const std::vector<size_t>& columns, std::string* bytes);
void EncodeWholeRow(const Batch& batch, size_t row, std::string* bytes);

/// Appends one encoded value.
void DecodeValue(std::string_view bytes, ColumnVector& column);
/// The same; a string is not copied: `bytes` stays as long as the column.
void DecodeView(std::string_view bytes, ColumnVector& column);
/// Bytes of the encoded value that stands at the beginning.
size_t EncodedSize(std::string_view bytes, Physical physical);

/// Appends the values of an encoded row to columns [first, first + count).
void DecodeRow(std::string_view bytes, std::vector<std::shared_ptr<ColumnVector>>& columns, size_t first, size_t count);

}  // namespace cdc::sql
