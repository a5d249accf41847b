#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/connector_config.h"
#include "tools/binlog-tail/catalog_journal.h"

namespace cdc::tail {

/// Where a Debezium connector keeps its schema history: schema.history.internal and its options.
struct SchemaHistory {
  std::string server;  ///< topic.prefix: records of others are passed by
  std::string file;    ///< of FileSchemaHistory; empty: it is the topic
  std::string topic;   ///< of KafkaSchemaHistory; empty: none
  std::string kafka;   ///< properties of its consumer, a line each

  bool is_known() const { return !file.empty() || !topic.empty(); }
};
SchemaHistory SchemaHistoryOf(const ConnectorConfig& config);

/// The statements of the history that lie before `start`, in order; nothing where there are none. A statement's record
/// names the GTID set before it, so one whose set is the start's own is yet to come; without GTIDs its place behind it.
/// Those of a snapshot count where they are of the start itself. The topic is read by kcat-consume.
/// Errors: 65 for a record that is none, 66 for a file that cannot be read, and kcat-consume's.
std::optional<std::vector<CatalogJournal::Entry>> ReadSchemaHistory(const SchemaHistory& history,
                                                                    const Position& start);

}  // namespace cdc::tail
