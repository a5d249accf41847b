#include "target.h"
#include "tools/binlog-tail/column_plan.h"
#include "tools/binlog-tail/map_schema.h"
#include "tools/binlog-tail/row_image.h"

// A table map with its optional metadata, and behind it the images of rows that are laid out so. The first byte: bit 0
// MariaDB's reading of the metadata; the second and third how long the table map is.

FUZZ_TARGET(table_map) {
  using namespace cdc::tail;
  if (bytes.size() < 3) return;
  const bool is_mariadb = (bytes[0] & 1) != 0;
  const size_t length = static_cast<uint8_t>(bytes[1]) * size_t{256} + static_cast<uint8_t>(bytes[2]);
  bytes.remove_prefix(3);
  const std::string map_bytes(bytes.substr(0, length)), rows(bytes.substr(map_bytes.size()));
  const auto cursor_of = [](const std::string& text) {
    return ByteCursor(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  };
  cdc::fuzz::Takes([&] {
    DecodeTableMapHead(cursor_of(map_bytes));
    const TableMap map = DecodeTableMap(cursor_of(map_bytes), is_mariadb);
    if (!map.has_names()) return;
    const auto schema = std::make_shared<const cdc::TableSchema>(SchemaFromMap(map));
    const auto plan = CompileTablePlan(map, schema);
    ImageColumns columns;
    const std::string all((map.columns.size() + 7) / 8, '\xFF');
    columns.Set(*plan, reinterpret_cast<const uint8_t*>(all.data()), map.columns.size());
    ByteCursor cursor = cursor_of(rows);
    TextBuffer out;
    while (!cursor.at_end()) {
      const size_t left = cursor.remaining();
      out.Clear();
      AppendRowImage(out, cursor, columns);
      cdc::fuzz::RequireJson(out.view());
      if (cursor.remaining() == left) return;
    }
  });
}
