#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/connector_config.h"
#include "tools/cdc-encode/column_converters.h"
#include "tools/cdc-encode/column_rules.h"
#include "tools/cdc-encode/topic_name.h"
#include "tools/cdc-encode/transform.h"
#include "tools/cdc-encode/type_map.h"
#include "tools/cdc-encode/unwrap_settings.h"

namespace cdc::encode {

/// An entry of message.key.columns.
struct KeyRule {
  JavaRegex table;  ///< of "db.table"
  struct Column {
    std::string name;  ///< as written
    JavaRegex whole;   ///< table and name in one, of "db.table.column"
  };
  std::vector<Column> columns;
};

/// How records are made. Defaults are the connector's.
struct EncodeSettings {
  std::string connector_name;  ///< in the offset record's key; empty: the stream's slot
  std::string topic_prefix;
  TopicNaming topics;
  Adjustment schema_names = Adjustment::kNone;      ///< schema.name.adjustment.mode
  Adjustment field_names = Adjustment::kNone;       ///< field.name.adjustment.mode
  bool key_schemas = true;                          ///< key.converter.schemas.enable
  bool value_schemas = true;                        ///< value.converter.schemas.enable
  bool json_headers = false;                        ///< header.converter is JsonConverter, not SimpleHeaderConverter
  bool header_schemas = true;                       ///< header.converter.schemas.enable
  bool key_numeric = false, value_numeric = false;  ///< …converter.decimal.format=NUMERIC
  bool key_null_default = true, value_null_default = true;  ///< …converter.replace.null.with.default
  bool tombstones = true;                                   ///< tombstones.on.delete
  bool skip_unchanged = false;                              ///< skip.messages.without.change
  std::vector<KeyRule> key_rules;                           ///< message.key.columns
  ColumnRules columns;
  ColumnConverters converters;
  bool schema_changes = false;  ///< include.schema.changes
  std::string history_topic;    ///< schema.history.internal.kafka.topic; empty: none
  std::string history_file;     ///< schema.history.internal.file.filename; empty: none
  bool store_captured_tables = false, store_captured_databases = false;  ///< schema.history.internal.store.only…
  ExpressionList tables_included, tables_excluded, databases_included, databases_excluded;
  int64_t heartbeat_ms = 0;                               ///< heartbeat.interval.ms; 0: none
  std::string heartbeat_prefix = "__debezium-heartbeat";  ///< topic.heartbeat.prefix
  bool transactions = false;                              ///< provide.transaction.metadata
  std::string transaction_topic = "transaction";          ///< topic.transaction, behind the prefix
  bool schema_comments = false;
  bool include_query = false;
  std::set<char> skipped_operations = {'t'};
  TypeModes modes;
  UnwrapSettings unwrap;
  /// The other transforms; null: none. They work on records with their schemas, whatever the converters write.
  std::shared_ptr<const TransformChain> chain;

  bool made_key_schemas() const { return key_schemas || chain != nullptr; }
  bool made_value_schemas() const { return value_schemas || chain != nullptr; }
};

/// Reads what concerns records from a connector's configuration into `settings`. Properties that have no meaning here
/// are said once on stderr; one that we cannot obey is refused (78) with its place.
void ApplyConnectorConfig(const ConnectorConfig& config, EncodeSettings* settings);

/// "drop", "tombstone", "rewrite", "rewrite-with-tombstone" (delete.tombstone.handling.mode). False: unknown.
bool SetUnwrapMode(const std::string& mode, UnwrapSettings* unwrap);

}  // namespace cdc::encode
