#pragma once

#include <cstdint>
#include <map>

#include "tools/cdc-sql/bind/catalog.h"

namespace cdc::sql {

/// Values that options of several connectors have: parallelism, spans of time, watermarks. Errors: 78.
void CheckOptionValues(const TableDef& table);

/// What options of a kafka table say together: where it begins and ends, and what its keys are made of. Errors: 78.
void CheckKafkaValues(const TableDef& table);

/// What Flink's Kafka sinks ask for beyond that. Errors: 78.
void CheckKafkaSinkValues(const TableDef& table);

/// 'partition:0,offset:42;partition:1,offset:300'. Errors: 78.
std::map<int32_t, int64_t> SpecificOffsets(const TableDef& table, const std::string& key);

}  // namespace cdc::sql
