#pragma once

#include "tools/cdc-sql/bind/catalog.h"

namespace cdc::sql {

/// Checks connector and format options of a definition: those of known connectors must be known. A value for which any
/// case is good (TRUE, except_key) becomes the one that is looked for. Errors: 78 at the option.
void CheckTableOptions(TableDef* table);

/// The table with the options of an OPTIONS hint, which win; null if there are none. Errors: 78 at the option.
std::shared_ptr<const TableDef> WithHint(const TableDef& table, const std::vector<Option>& options);

/// The table can be read: it has a connector and a format that cdc-sql reads. Errors: 78 at `use`.
void CheckSource(const TableDef& table, const Span& use);
void CheckSink(const TableDef& table, const Span& use);

/// Its rows do not come through the pipe: cdc-sql makes or reads them itself.
bool IsLocalSource(const TableDef& table);

/// Its rows come and never change or go.
bool IsAppendOnlySource(const TableDef& table);

/// json, csv, raw: formats without deletes, in a table without a primary key that would make it an upsert sink.
bool IsInsertOnlyFormat(const TableDef& table);

/// Refuses a PRIMARY KEY of a kafka table whose format cannot keep it, as Flink does: results would take keys for
/// unique that are not. Errors: 78 at `span`, where the table is used.
void CheckKafkaKey(const TableDef& table, const Span& span);

/// The option of the table's format, written FORMAT.name or value.FORMAT.name.
std::optional<std::string> FormatOption(const TableDef& table, const std::string& name);

/// Columns of 'key.fields'; of upsert-kafka those of the PRIMARY KEY.
std::vector<std::string> KeyFields(const TableDef& table);

/// Topics of a table: its `topic` split at `;`, else its name. Empty if `topic-pattern` decides.
std::vector<std::string> TopicsOf(const TableDef& table);

}  // namespace cdc::sql
