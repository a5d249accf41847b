#pragma once

#include "tools/binlog-tail/byte_cursor.h"
#include "tools/binlog-tail/text_buffer.h"

namespace cdc::tail {

/// DECIMAL(precision, scale) in its packed form: nine digits in four bytes, big-endian, the rest at both outer ends in
/// fewer; first bit inverted, all bits of a negative number inverted. Appends MySQL's text without quotes: exactly
/// `scale` fraction digits, one zero before the point at least.
/// Errors: a precision above 65, a scale above 30 or above the precision; a group of digits that is out of range.
void AppendDecimal(TextBuffer& out, ByteCursor& cursor, int precision, int scale);

/// Bytes that DECIMAL(precision, scale) takes.
size_t DecimalBytes(int precision, int scale);

}  // namespace cdc::tail
