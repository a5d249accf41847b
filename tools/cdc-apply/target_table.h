#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/control_line.h"
#include "common/table_schema.h"
#include "tools/cdc-apply/value.h"

namespace cdc::apply {

/// What a column holds, whatever its form in the input was. A sink maps these to its own types.
enum class ColumnKind {
  kAny,  ///< not known: the input came without a schema
  kBoolean,
  kInteger,   ///< signed, at most 64 bits
  kUnsigned,  ///< unsigned 64 bits
  kDecimal,   ///< precision, scale
  kReal,
  kText,
  kBytes,
  kDate,       ///< "2024-01-31"
  kTime,       ///< "-10:11:12.5", with `scale` fraction digits
  kTimestamp,  ///< "2024-01-31 10:11:12.5", with `scale` fraction digits; no zone
  kInstant,    ///< the same, in UTC
  kJson,
};

const char* KindName(ColumnKind kind);

/// How the value is written in the record or change line.
enum class ColumnForm {
  kPlain,           ///< JSON's own: number, string, true, false
  kBase64,          ///< string of bytes
  kUnscaledBase64,  ///< Connect's Decimal
  kVariableScale,   ///< io.debezium.data.VariableScaleDecimal
  kEpochDays,
  kEpochMillis,
  kEpochMicros,
  kEpochNanos,
  kTimeMillis,
  kTimeMicros,
  kTimeNanos,
  kIsoText,           ///< "2024-01-31T10:11:12.5Z"
  kBitsLittleEndian,  ///< io.debezium.data.Bits: base64, lowest byte first
  kGeometry,          ///< struct of wkb and srid
  kJsonValue,         ///< any JSON value, kept as its text
  kTaggedJson,        ///< a JSON column of a change line (cdc-stream.5)
};

/// Columns of a target's table and the types that they have there.
using NamedTypes = std::vector<std::pair<std::string, std::string>>;

struct TargetColumn {
  std::string name;
  ColumnKind kind = ColumnKind::kAny;
  ColumnForm form = ColumnForm::kPlain;
  int precision = 0;
  int scale = 0;  ///< fraction digits of DECIMAL and times; -1: as many as the value has
  bool nullable = true;
  bool is_generated = false;     ///< by the source, where known
  std::string mysql_type;        ///< the source's own type ("varchar(30)"), where known
  std::string charset;           ///< the source's, of texts, where known
  std::string collation;         ///< likewise
  bool wraps_negative = false;   ///< an unsigned 64-bit value that Debezium prints as a signed one
  bool begins_with_null = true;  ///< by its definition, rows that came before the column have NULL in it
};

/// A table as the sink is to have it.
struct TargetTable {
  std::string name;
  std::string source_db, source_table;  ///< the source's names; empty where the stream does not tell them
  std::vector<TargetColumn> columns;
  std::vector<size_t> key;           ///< indices into columns; empty: rows have no key
  bool inferred = false;             ///< made from the rows themselves
  bool is_versioned = false;         ///< the last part of the key is when a row's version began
  bool takes_new_rows_only = false;  ///< a row that is there, by its key, is not to get other values
  bool is_history = false;           ///< rows stay as they were, whatever becomes of a column
  std::vector<std::string> ColumnNames() const;
  /// Index, or columns.size().
  size_t Find(std::string_view column) const;
};

bool IsInKey(const TargetTable& table, size_t column);

/// From a `schema` line: Connect fields (with the MySQL type beside them where known), else SQL types.
TargetTable TableFromSchemaLine(const ControlLine& control, const std::string& name, const std::string& where);

/// A column as change lines write it.
TargetColumn ColumnOfSource(const ColumnSchema& source);

/// From a `table` line, for change lines.
TargetTable TableFromTableLine(const TableSchema& schema, const std::string& name);

/// From the schema that a record carries itself ({"schema":…,"payload":…}): the fields of a row's struct.
/// `row_schema` is the raw JSON of that struct's schema, `key_schema` of the key's (empty: no key).
TargetTable TableFromConnectSchema(std::string_view row_schema, std::string_view key_schema, const std::string& name,
                                   const std::string& where);

}  // namespace cdc::apply
