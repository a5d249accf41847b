#include "tools/binlog-tail/schema_statements.h"

#include <map>

#include "common/json_writer.h"

namespace cdc::tail {
namespace {

struct Statement {
  std::string database, query;
};

struct Definition {
  std::string database, table, create;
  std::string name() const { return QuotedName(database) + "." + QuotedName(table); }
};

/// In the order in which the connector walks them, which is that of the names' bytes.
std::vector<Definition> Definitions(MysqlConnection& connection,
                                    const std::vector<std::shared_ptr<const TableSchema>>& tables, bool all) {
  std::map<std::pair<std::string, std::string>, std::string> creates;
  for (const auto& table : tables) creates[{table->db, table->table}] = table->create;
  if (all) {
    for (const auto& row : connection.Query(
             "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE' AND "
             "TABLE_SCHEMA NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys')")) {
      const std::pair<std::string, std::string> id(row[0].value_or(""), row[1].value_or(""));
      if (creates.count(id) > 0) continue;
      // What was dropped meanwhile, or may not be seen, is not known.
      std::vector<MysqlConnection::Row> shown;
      unsigned error;
      if (!connection.TryQuery("SHOW CREATE TABLE " + QuotedName(id.first) + "." + QuotedName(id.second), &shown,
                               &error))
        continue;
      if (!shown.empty() && shown[0].size() > 1) creates[id] = shown[0][1].value_or("");
    }
  }
  std::vector<Definition> definitions;
  for (auto& [id, create] : creates) definitions.push_back({id.first, id.second, std::move(create)});
  return definitions;
}

std::vector<Statement> StatementsFor(MysqlConnection& connection,
                                     const std::vector<std::shared_ptr<const TableSchema>>& tables, bool all) {
  std::vector<Statement> statements;
  const auto server = connection.Query("SELECT @@character_set_server, @@collation_server");
  statements.push_back({"", "SET character_set_server=" + server.at(0)[0].value_or("") +
                                ", collation_server=" + server.at(0)[1].value_or("")});
  const std::vector<Definition> definitions = Definitions(connection, tables, all);
  for (const Definition& table : definitions)
    statements.push_back({table.database, "DROP TABLE IF EXISTS " + table.name()});
  std::string database;
  for (const Definition& table : definitions) {
    if (table.database != database) {
      database = table.database;
      const std::string name = QuotedName(database);
      const auto defaults = connection.Query(
          "SELECT default_character_set_name, default_collation_name FROM information_schema.schemata WHERE "
          "schema_name = " +
          connection.Quoted(database));
      std::string create = "CREATE DATABASE " + name;
      if (!defaults.empty())
        create += " CHARSET " + defaults[0][0].value_or("") + " COLLATE " + defaults[0][1].value_or("");
      statements.push_back({database, "DROP DATABASE IF EXISTS " + name});
      statements.push_back({database, create});
      statements.push_back({database, "USE " + name});
    }
    statements.push_back({database, table.create});
  }
  return statements;
}

}  // namespace

void WriteSchemaStatements(MysqlConnection& connection, const std::vector<std::shared_ptr<const TableSchema>>& tables,
                           bool all, const Position& position, int64_t ts_us, bool last, StreamWriter& writer) {
  const std::vector<Statement> statements = StatementsFor(connection, tables, all);
  for (size_t i = 0; i < statements.size(); ++i) {
    std::string line = "{\"@cdc\":\"ddl\",\"snapshot\":true,";
    if (last && i + 1 == statements.size()) line += "\"last\":true,";
    line += "\"query\":";
    AppendJsonString(line, statements[i].query);
    line += ",\"db\":";
    AppendJsonString(line, statements[i].database);
    line += ",\"charset\":\"utf8mb4\",\"ts_us\":";
    AppendInteger(line, ts_us);
    line += ",\"file\":";
    AppendJsonString(line, position.file);
    line += ",\"pos\":";
    AppendInteger(line, position.pos);
    line += ",\"before\":";
    position.AppendJson(line);
    line += ",\"after\":";
    position.AppendJson(line);
    writer.Control(line + "}");
  }
}

}  // namespace cdc::tail
