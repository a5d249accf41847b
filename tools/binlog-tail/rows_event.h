#pragma once

#include <cstdint>
#include <string>

#include "tools/binlog-tail/event_header.h"
#include "tools/binlog-tail/format_description_event.h"

namespace cdc::tail {

enum class RowsKind { kWrite, kUpdate, kDelete };

/// A row event of any kind and version, up to its first row.
struct RowsEvent {
  RowsKind kind = RowsKind::kWrite;
  bool partial_json = false;  ///< PARTIAL_UPDATE_ROWS: after images may hold changes of JSON documents
  uint64_t table_id = 0;
  bool ends_statement = false;
  size_t width = 0;                        ///< columns in the bitmaps
  const uint8_t* present = nullptr;        ///< before image of update and delete, the row of a write
  const uint8_t* present_after = nullptr;  ///< after image of update
  ByteCursor rows;                         ///< the images
};

/// True for every event type that holds rows.
bool IsRowsEvent(EventType type);

/// The table's number alone.
uint64_t RowsEventTableId(ByteCursor body);

/// `inflated` takes the rows of a compressed event. `body` without checksum.
RowsEvent DecodeRowsEvent(EventType type, ByteCursor body, const FormatDescription& format, std::string* inflated);

}  // namespace cdc::tail
