#include "tools/binlog-tail/schema_statements.h"

#include <map>

#include "common/json_writer.h"
#include "common/mysql/connection.h"

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
std::vector<Definition> Definitions(const ServerTables& said) {
  std::map<TableKey, std::string> creates = said.others;
  for (const auto& table : said.tables) creates[{table->db, table->table}] = table->create;
  std::vector<Definition> definitions;
  for (auto& [id, create] : creates) definitions.push_back({id.first, id.second, std::move(create)});
  return definitions;
}

std::vector<Statement> StatementsFor(const ServerTables& said) {
  std::vector<Statement> statements;
  statements.push_back(
      {"", "SET character_set_server=" + said.server.charset + ", collation_server=" + said.server.collation});
  const std::vector<Definition> definitions = Definitions(said);
  for (const Definition& table : definitions)
    statements.push_back({table.database, "DROP TABLE IF EXISTS " + table.name()});
  std::string database;
  for (const Definition& table : definitions) {
    if (table.database != database) {
      database = table.database;
      const std::string name = QuotedName(database);
      const auto defaults = said.databases.find(database);
      std::string create = "CREATE DATABASE " + name;
      if (defaults != said.databases.end())
        create += " CHARSET " + defaults->second.charset + " COLLATE " + defaults->second.collation;
      statements.push_back({database, "DROP DATABASE IF EXISTS " + name});
      statements.push_back({database, create});
      statements.push_back({database, "USE " + name});
    }
    statements.push_back({database, table.create});
  }
  return statements;
}

}  // namespace

void WriteSchemaStatements(const ServerTables& said, const Position& position, int64_t ts_us, bool last,
                           StreamWriter& writer) {
  const std::vector<Statement> statements = StatementsFor(said);
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
