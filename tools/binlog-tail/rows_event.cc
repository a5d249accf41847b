#include "tools/binlog-tail/rows_event.h"

#include "tools/binlog-tail/compressed.h"

namespace cdc::tail {
namespace {

struct Shape {
  RowsKind kind;
  bool v2 = true;
  bool compressed = false;
  bool partial = false;
};

bool ShapeOf(EventType type, Shape* shape) {
  switch (type) {
    case EventType::kWriteRowsV1: *shape = {RowsKind::kWrite, false}; return true;
    case EventType::kUpdateRowsV1: *shape = {RowsKind::kUpdate, false}; return true;
    case EventType::kDeleteRowsV1: *shape = {RowsKind::kDelete, false}; return true;
    case EventType::kWriteRows: *shape = {RowsKind::kWrite}; return true;
    case EventType::kUpdateRows: *shape = {RowsKind::kUpdate}; return true;
    case EventType::kDeleteRows: *shape = {RowsKind::kDelete}; return true;
    case EventType::kPartialUpdateRows: *shape = {RowsKind::kUpdate, true, false, true}; return true;
    case EventType::kMariadbWriteRowsCompressedV1: *shape = {RowsKind::kWrite, false, true}; return true;
    case EventType::kMariadbUpdateRowsCompressedV1: *shape = {RowsKind::kUpdate, false, true}; return true;
    case EventType::kMariadbDeleteRowsCompressedV1: *shape = {RowsKind::kDelete, false, true}; return true;
    case EventType::kMariadbWriteRowsCompressed: *shape = {RowsKind::kWrite, true, true}; return true;
    case EventType::kMariadbUpdateRowsCompressed: *shape = {RowsKind::kUpdate, true, true}; return true;
    case EventType::kMariadbDeleteRowsCompressed: *shape = {RowsKind::kDelete, true, true}; return true;
    default: return false;
  }
}

}  // namespace

bool IsRowsEvent(EventType type) {
  Shape shape;
  return ShapeOf(type, &shape);
}

uint64_t RowsEventTableId(ByteCursor body) {
  return body.ReadLittleEndian(6);
}

RowsEvent DecodeRowsEvent(EventType type, ByteCursor body, const FormatDescription& format, std::string* inflated) {
  constexpr uint16_t kEndsStatement = 1;
  Shape shape{};
  if (!ShapeOf(type, &shape)) body.FailHere("not a row event");
  if (format.PostHeaderLength(type, shape.v2 ? 10 : 8) == 6)
    body.FailHere("row events of MySQL 5.1's first versions cannot be decoded");
  RowsEvent event;
  event.kind = shape.kind;
  event.partial_json = shape.partial;
  event.table_id = body.ReadLittleEndian(6);
  event.ends_statement = (body.ReadU16() & kEndsStatement) != 0;
  if (shape.v2) {
    // The length counts its own two bytes. What follows (partition numbers, NDB's extra data) changes no value.
    const uint16_t extra = body.ReadU16();
    if (extra < 2) body.FailHere("the extra data of a row event cannot be " + std::to_string(extra) + " bytes long");
    body.Skip(extra - size_t{2});
  }
  const uint64_t width = body.ReadPacked();
  if (width > 4096) body.FailHere("a row cannot have " + std::to_string(width) + " columns");
  event.width = static_cast<size_t>(width);
  const size_t bitmap = (event.width + 7) / 8;
  event.present = body.Take(bitmap);
  if (event.kind == RowsKind::kUpdate) event.present_after = body.Take(bitmap);
  if (shape.compressed) {
    InflateMariadb(body, inflated);
    body = ByteCursor(reinterpret_cast<const uint8_t*>(inflated->data()), inflated->size());
  }
  event.rows = body;
  return event;
}

}  // namespace cdc::tail
