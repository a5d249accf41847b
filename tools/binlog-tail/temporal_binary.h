#pragma once

#include <cstdint>

#include "tools/binlog-tail/byte_cursor.h"
#include "tools/binlog-tail/text_buffer.h"

namespace cdc::tail {

/// Dates and times of row images, as MySQL's own text between quotes: "2024-02-29", "-838:59:59.50",
/// "0000-00-00 00:00:00". `fraction_digits`: 0 to 6, all of them printed. TIMESTAMP is in UTC.

void AppendDate(TextBuffer& out, ByteCursor& cursor);                             ///< DATE, 3 bytes
void AppendTime2(TextBuffer& out, ByteCursor& cursor, int fraction_digits);       ///< TIME, 3 bytes and fraction
void AppendDateTime2(TextBuffer& out, ByteCursor& cursor, int fraction_digits);   ///< DATETIME, 5 and fraction
void AppendTimestamp2(TextBuffer& out, ByteCursor& cursor, int fraction_digits);  ///< TIMESTAMP, 4 and fraction
/// The formats before MySQL 5.6 and of MariaDB's mysql56_temporal_format=OFF. MariaDB packs fractions into bytes of
/// their own way; without digits both are the same.
void AppendTimeOld(TextBuffer& out, ByteCursor& cursor, int fraction_digits);
void AppendDateTimeOld(TextBuffer& out, ByteCursor& cursor, int fraction_digits);
void AppendTimestampOld(TextBuffer& out, ByteCursor& cursor, int fraction_digits);

/// Temporal values inside JSON documents: a signed number of 64 bits. Always six fraction digits; no quotes.
void AppendPackedDate(TextBuffer& out, int64_t packed);
void AppendPackedDateTime(TextBuffer& out, int64_t packed);
void AppendPackedTime(TextBuffer& out, int64_t packed);

}  // namespace cdc::tail
