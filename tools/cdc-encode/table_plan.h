#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/change_line.h"
#include "common/table_schema.h"
#include "tools/cdc-encode/picture.h"
#include "tools/cdc-encode/settings.h"
#include "tools/cdc-encode/type_map.h"

namespace cdc::encode {

/// An entry of add.fields or add.headers for one table.
struct PlannedAddition {
  AddedField field;
  size_t column = 0;   ///< of before.… and after.…
  std::string member;  ///< `"name":`
  std::string schema;  ///< without the field's name
};

/// Everything about a table's records that does not change from row to row, rendered once.
struct TablePlan {
  uint64_t serial = 0;            ///< distinct for each plan made
  std::string raw_db, raw_table;  ///< as they stand in change lines, escaped
  std::string topic;
  std::vector<MappedColumn> columns;  ///< in table order
  bool all_left_out = true;           ///< of the columns
  std::vector<std::string> members;   ///< `"name":` of each, empty for a column that is left out
  std::vector<size_t> key_columns;    ///< in key order; empty: no key
  std::vector<MappedColumn> keys;     ///< of each key column: as in the value, but without its rule
  std::vector<std::string> key_members;
  std::string key_extra;  ///< `,"name":"…"` at a key's end, where the topic's name does not tell the table
  std::unique_ptr<RowSplitter> splitter;
  std::vector<PlannedAddition> add_fields, add_headers;

  std::string schema_name;  ///< of the structs, up to their last part
  std::string record_head;  ///< from `"topic":` up to headers or key
  std::string key_head;     ///< `{"schema":…,"payload":`, or empty
  std::string key_schema;   ///< the key's schema, whether it is written or not
  std::string key_tail;     ///< `}`, or empty
  std::string value_head;   ///< likewise, of the value
  std::string null_value;   ///< an unwrapped delete that is null with a schema
  std::string value_tail;
  std::string source_name, source_db_name, source_table_name;  ///< JSON strings
  std::string source_head;                                     ///< `"source":{…,"ts_ms":`
  std::string source_db;                                       ///< `,"db":…,"sequence":null,"ts_us":`
  std::string source_table;                                    ///< `,"table":…,"server_id":`
  bool has_key() const { return !keys.empty() || !key_extra.empty(); }
  std::string schema_line;  ///< the control line that announces the topic, without LF
};

/// `schema` is the server's definition, `picture` what records show; both have the same columns in the same order.
TablePlan MakePlan(const TableSchema& schema, const TablePicture& picture, const EncodeSettings& settings);

/// Columns that message.key.columns names for this table, which has none of the name: the connector passes them over.
std::vector<std::string> MissingKeyColumns(const TablePicture& picture, const EncodeSettings& settings);

/// The schema of the source block as a field of a struct.
std::string SourceSchema(std::string_view field);

/// True if rows of `schema` can be written as `picture` shows the table.
bool PictureFits(const TableSchema& schema, const TablePicture& picture, const TypeModes& modes);

}  // namespace cdc::encode
