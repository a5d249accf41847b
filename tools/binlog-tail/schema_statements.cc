#include "tools/binlog-tail/schema_statements.h"

#include "common/json_writer.h"

namespace cdc::tail {
namespace {

struct Statement {
  std::string database, query;
};

std::string NameOf(const TableSchema& table) {
  return QuotedName(table.db) + "." + QuotedName(table.table);
}

std::vector<Statement> StatementsFor(MysqlConnection& connection,
                                     const std::vector<std::shared_ptr<const TableSchema>>& tables) {
  std::vector<Statement> statements;
  const auto server = connection.Query("SELECT @@character_set_server, @@collation_server");
  statements.push_back({"", "SET character_set_server=" + server.at(0)[0].value_or("") +
                                ", collation_server=" + server.at(0)[1].value_or("")});
  for (const auto& table : tables) statements.push_back({table->db, "DROP TABLE IF EXISTS " + NameOf(*table)});
  std::string database;
  for (const auto& table : tables) {
    if (table->db != database) {
      database = table->db;
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
    statements.push_back({database, table->create});
  }
  return statements;
}

}  // namespace

void WriteSchemaStatements(MysqlConnection& connection, const std::vector<std::shared_ptr<const TableSchema>>& tables,
                           const Position& position, int64_t ts_us, bool last, StreamWriter& writer) {
  const std::vector<Statement> statements = StatementsFor(connection, tables);
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
