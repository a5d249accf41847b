#include "common/source_properties.h"

#include "common/text_list.h"

namespace cdc {

void CheckSourceProperties(const ConnectorConfig& config) {
  constexpr char kClass[] = "io.debezium.connector.mysql.MySqlConnector";
  const std::string name = config.Get("connector.class");
  if (!name.empty() && name != kClass && name != "MySqlConnector" && name != "MySql")
    config.Refuse("connector.class", "is " + name + ": what that connector writes is not what comes of it here",
                  std::string(kClass) + " reads MariaDB's log too");
  for (const std::string list : {"database", "table"})
    if (config.Has(list + ".include.list") && config.Has(list + ".exclude.list"))
      config.Refuse(list + ".exclude.list", "stands beside " + list + ".include.list", "only one of them is possible");
}

std::string ReadSnapshotMode(const ConnectorConfig& config) {
  if (config.Get("snapshot.mode") == "custom")
    config.Refuse("snapshot.mode", "is custom: a Java class decides, which only the connector can run",
                  "configuration_based decides by properties (snapshot.mode.configuration.based.*)");
  return config.GetChoice("snapshot.mode", "initial",
                          {"initial", "initial_only", "no_data", "schema_only", "never", "always", "when_needed",
                           "recovery", "schema_only_recovery", "configuration_based"});
}

BasedOnConfiguration ReadBasedOnConfiguration(const ConnectorConfig& config) {
  const std::string prefix = "snapshot.mode.configuration.based.";
  BasedOnConfiguration based;
  based.rows = config.GetFlag(prefix + "snapshot.data", false);
  based.stream = config.GetFlag(prefix + "start.stream", false);
  based.when_gone = config.GetFlag(prefix + "snapshot.on.data.error", false);
  based.trusts_present = config.GetFlag(prefix + "snapshot.on.schema.error", false);
  if (!based.rows && !based.when_gone && !based.stream)
    config.Refuse("snapshot.mode", "asks for neither rows nor the log",
                  "set " + prefix + "snapshot.data or " + prefix + "start.stream to true");
  return based;
}

bool ReadLocks(const ConnectorConfig& config) {
  const std::string property = "snapshot.locking.mode";
  if (config.Get(property) == "custom")
    config.Refuse(property, "is custom: a Java class decides, which only the connector can run",
                  "minimal locks for as long as the position is taken, none does without a lock");
  return config.GetChoice(property, "minimal",
                          {"minimal", "minimal_percona", "minimal_percona_no_table_locks", "extended", "none"}) !=
         "none";
}

TableOrder ReadTableOrder(const ConnectorConfig& config) {
  const std::string order =
      config.GetChoice("snapshot.tables.order.by.row.count", "disabled", {"disabled", "ascending", "descending"});
  return order == "ascending"    ? TableOrder::kFewestRowsFirst
         : order == "descending" ? TableOrder::kMostRowsFirst
                                 : TableOrder::kByFilter;
}

std::map<std::string, std::string> ReadSnapshotStatements(const ConnectorConfig& config) {
  const std::string overrides = "snapshot.select.statement.overrides";
  std::map<std::string, std::string> statements;
  for (const std::string& table : SplitList(config.Get(overrides))) {
    const std::string property = overrides + "." + table;
    if (!config.Has(property)) config.Refuse(overrides, "names " + table + ", but there is no " + property);
    statements[table] = config.Get(property);
  }
  for (const auto& [name, entry] : config.entries())
    if (name.rfind(overrides + ".", 0) == 0 && statements.count(name.substr(overrides.size() + 1)) == 0)
      config.Refuse(name, "is of a table that " + overrides + " does not name");
  return statements;
}

GtidLists ReadGtidLists(const ConnectorConfig& config) {
  const std::string includes = "gtid.source.includes", excludes = "gtid.source.excludes";
  GtidLists lists{ReadExpressions(config, includes), ReadExpressions(config, excludes), false};
  if (!lists.includes.empty() && !lists.excludes.empty())
    config.Refuse(excludes, "stands beside " + includes, "only one of them is possible");
  lists.filters_rows =
      config.GetFlag("gtid.source.filter.dml.events", true) && !(lists.includes.empty() && lists.excludes.empty());
  return lists;
}

}  // namespace cdc
