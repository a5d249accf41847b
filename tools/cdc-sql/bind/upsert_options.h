#pragma once

#include "tools/cdc-sql/bind/catalog.h"

namespace cdc::sql {

/// Options that an upsert-kafka table has beside those of its formats (key.json.…, value.json.…) and properties.*.
bool IsUpsertKafkaOption(std::string_view key);

/// What a table of upsert-kafka needs wherever it is used: a PRIMARY KEY, and a format for its keys and one for its
/// rows, neither of a changelog. Errors: 78 at the option, or at `use`.
void CheckUpsertKafka(const TableDef& table, const Span& use);

/// What its sink needs more.
void CheckUpsertKafkaSink(const TableDef& table);

}  // namespace cdc::sql
