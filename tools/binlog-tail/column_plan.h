#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/table_schema.h"
#include "tools/binlog-tail/charset.h"
#include "tools/binlog-tail/table_map_event.h"
#include "tools/binlog-tail/text_buffer.h"
#include "tools/binlog-tail/value_style.h"

namespace cdc::tail {

struct ColumnPlan;

/// Decodes one value that is not NULL, and appends it as a JSON value of a change line.
using AppendColumn = void (*)(const ColumnPlan& plan, ByteCursor& cursor, TextBuffer& out);

/// How one column of a table is decoded.
struct ColumnPlan {
  AppendColumn append = nullptr;
  std::string key;                   ///< `,"name":`
  std::string name;                  ///< for messages
  std::string type_text;             ///< for messages
  uint16_t meta = 0;                 ///< see MappedColumn
  uint8_t length_bytes = 0;          ///< of strings and blobs
  int digits = 0;                    ///< fraction digits of times, scale of DECIMAL
  bool hidden = false;               ///< decoded, and left out
  std::string fill;                  ///< `,"name":value` for an INSERT whose image has it not; empty: leave it out
  bool fill_known = true;            ///< what it holds then is known
  bool is_json = false;              ///< in MySQL's binary form
  const Charset* charset = nullptr;  ///< of text
  ValueStyle style;
  std::vector<std::string> members;  ///< ENUM: JSON strings; SET: their insides
};

/// How the rows of one table, in one layout, are decoded.
struct TablePlan {
  std::shared_ptr<const TableSchema> schema;
  std::vector<ColumnPlan> columns;
  size_t json_columns = 0;
  bool has_hidden = false;              ///< one of them is left out of rows
  const ColumnPlan* row_end = nullptr;  ///< of MariaDB's system versioning: only current rows are the table's
  std::string head;                     ///< `","db":"shop","table":"orders"`: what follows the letter of op
};

/// Compiles the plan of `map`'s rows with the names of `schema`. Errors: 65 if the two do not fit together (see
/// MapMismatch), or for a column that cannot be decoded.
/// `shows` tells which columns rows carry; empty: all.
std::shared_ptr<const TablePlan> CompileTablePlan(const TableMap& map, std::shared_ptr<const TableSchema> schema,
                                                  const std::function<bool(const std::string&)>& shows = {},
                                                  const ValueStyle& style = {});

/// Two columns of MariaDB's system versioning follow those of `schema`.
bool HasUndeclaredPeriod(const TableMap& map, const TableSchema& schema);

/// Why rows laid out as `map` says cannot be rows of `schema`; empty if they can.
std::string MapMismatch(const TableMap& map, const TableSchema& schema);

}  // namespace cdc::tail
