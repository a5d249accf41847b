#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/binlog-tail/column_type.h"
#include "tools/binlog-tail/event_header.h"

namespace cdc::tail {

/// One column of a TABLE_MAP. What the optional metadata did not say is empty.
struct MappedColumn {
  ColumnType type = ColumnType::kNull;  ///< the real one: ENUM and SET out of STRING's metadata
  uint16_t meta = 0;                    ///< see below
  bool nullable = false;
  std::optional<bool> is_unsigned;        ///< numeric columns
  std::optional<uint32_t> collation;      ///< character columns, ENUM and SET
  std::optional<std::string> name;        ///< UTF-8
  std::vector<std::string> members;       ///< of ENUM and SET, in the column's character set
  std::optional<uint32_t> geometry_type;  ///< 0 GEOMETRY … 7 GEOMETRYCOLLECTION
  std::optional<uint32_t> vector_dimension;
  std::optional<bool> visible;
  // meta: VARCHAR, STRING: longest value in bytes; BLOB, JSON, GEOMETRY, VECTOR: bytes of the length; NEWDECIMAL:
  // precision << 8 | scale; BIT: bits; temporal: fraction digits; ENUM, SET: bytes of the value.
};

/// TABLE_MAP: which table a number stands for, and how its rows are laid out.
struct TableMap {
  uint64_t table_id = 0;
  uint16_t flags = 0;
  std::string database;
  std::string table;
  std::vector<MappedColumn> columns;
  bool has_primary_key = false;                            ///< only full metadata tell; false may mean that they do not
  std::vector<std::pair<uint32_t, uint32_t>> primary_key;  ///< column, prefix length in characters (0: whole)
  bool has_names() const { return !columns.empty() && columns[0].name.has_value(); }
};

/// Only the table's number and names: enough to decide whether the table is wanted.
struct TableMapHead {
  uint64_t table_id = 0;
  std::string_view database;
  std::string_view table;
};
TableMapHead DecodeTableMapHead(ByteCursor body);

/// `is_mariadb` decides which columns count as character columns in the optional metadata.
TableMap DecodeTableMap(ByteCursor body, bool is_mariadb);

}  // namespace cdc::tail
