#pragma once

#include <map>
#include <string>

#include "common/connector_config.h"
#include "common/java_regex.h"

namespace cdc {

/// Properties of the source, read as binlog-tail obeys them, which is also how --explain-config knows what it refuses.
/// All errors are refusals (78).

/// connector.class is another connector's, or two lists are given of which Debezium takes one.
void CheckSourceProperties(const ConnectorConfig& config);

/// snapshot.mode, in lower case.
std::string ReadSnapshotMode(const ConnectorConfig& config);

/// snapshot.mode.configuration.based.*
struct BasedOnConfiguration {
  bool rows = false;
  bool stream = false;
  bool when_gone = false;       ///< rows where the log behind the position is gone
  bool trusts_present = false;  ///< definitions that are not known are taken to be as they are now
};
BasedOnConfiguration ReadBasedOnConfiguration(const ConnectorConfig& config);

/// snapshot.locking.mode: whether the position is taken under a lock.
bool ReadLocks(const ConnectorConfig& config);

/// snapshot.tables.order.by.row.count
enum class TableOrder { kByFilter, kFewestRowsFirst, kMostRowsFirst };
TableOrder ReadTableOrder(const ConnectorConfig& config);

/// snapshot.select.statement.overrides: "db.table" and the statement that gives its rows.
std::map<std::string, std::string> ReadSnapshotStatements(const ConnectorConfig& config);

/// gtid.source.includes, gtid.source.excludes and gtid.source.filter.dml.events
struct GtidLists {
  ExpressionList includes, excludes;
  bool filters_rows = false;
};
GtidLists ReadGtidLists(const ConnectorConfig& config);

}  // namespace cdc
