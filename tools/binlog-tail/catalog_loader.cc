#include "tools/binlog-tail/catalog_loader.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "common/collation.h"
#include "common/ddl/parser.h"
#include "common/error.h"
#include "common/log.h"
#include "common/nearest.h"

namespace cdc::tail {
namespace {

using Tables = std::map<std::pair<std::string, std::string>, std::shared_ptr<TableSchema>>;

constexpr const char* kOwnDatabases = "('mysql','information_schema','performance_schema','sys')";

std::string Lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

std::string CharsetName(const std::string& name) {
  const CharsetInfo* info = FindCharset(name);
  return info == nullptr ? name : info->name;
}

std::string CollationName(const std::string& name) {
  const CollationInfo* info = FindCollation(name);
  return info == nullptr ? name : info->name;
}

/// MariaDB shows a default as it would be typed.
void TakeMariadbDefault(const std::string& typed, ColumnSchema& column) {
  if (typed == "NULL") return;
  const bool quoted = typed.size() >= 2 && typed.front() == '\'' && typed.back() == '\'';
  if (!quoted) {
    const bool number = typed.find_first_not_of("0123456789.+-eE") == std::string::npos;
    (number ? column.default_text : column.default_expression) = typed;
    return;
  }
  std::string text;
  for (size_t i = 1; i + 1 < typed.size(); ++i) {
    if ((typed[i] == '\'' || typed[i] == '\\') && i + 2 < typed.size()) ++i;
    text += typed[i];
  }
  column.default_text = text;
}

ColumnSchema ColumnFromRow(const MysqlConnection::Row& row, bool is_mariadb) {
  ColumnSchema column;
  column.name = row[2].value_or("");
  column.type_text = row[3].value_or("");
  column.type = ParseMysqlType(column.type_text);
  column.nullable = row[4] == "YES";
  if (row[5] &&
      (column.type.is_text() || column.type.kind == MysqlKind::kEnum || column.type.kind == MysqlKind::kSet)) {
    column.charset = CharsetName(*row[5]);
    column.collation = CollationName(row[6].value_or(""));
  }
  column.extra = Lower(row[8].value_or(""));
  column.generated = !row[9].value_or("").empty();
  if (row[9] == "ROW START" || row[9] == "ROW END") column.extra += " " + Lower(*row[9]);
  column.invisible = column.extra.find("invisible") != std::string::npos;
  column.comment = row[10].value_or("");
  if (row[7] && !column.generated) {
    const bool expression = column.extra.find("default_generated") != std::string::npos;
    if (is_mariadb)
      TakeMariadbDefault(*row[7], column);
    else
      (expression ? column.default_expression : column.default_text) = *row[7];
  }
  return column;
}

void LoadTableList(MysqlConnection& connection, const std::string& where, Tables& tables, const TableFilter* filter) {
  const auto rows = connection.Query(
      "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_COLLATION, TABLE_COMMENT, TABLE_TYPE FROM information_schema.TABLES "
      "WHERE TABLE_TYPE "
      "IN "
      "('BASE TABLE', 'SYSTEM VERSIONED') AND " +
      where);
  for (const auto& row : rows) {
    const std::string database = row[0].value_or(""), name = row[1].value_or("");
    if (filter != nullptr && !filter->Captures(database, name)) continue;
    auto table = std::make_shared<TableSchema>();
    table->db = database;
    table->table = name;
    if (const CollationInfo* collation = FindCollation(row[2].value_or(""))) {
      table->collation = collation->name;
      table->charset = collation->charset;
    }
    table->comment = row[3].value_or("");
    table->system_versioned = row[4] == "SYSTEM VERSIONED";
    tables[{database, name}] = std::move(table);
  }
}

void LoadColumns(MysqlConnection& connection, const std::string& where, Tables& tables) {
  const bool is_mariadb = connection.is_mariadb();
  MysqlConnection::Row copy(11);
  connection.Stream(
      "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, CHARACTER_SET_NAME, COLLATION_NAME, "
      "COLUMN_DEFAULT, EXTRA, GENERATION_EXPRESSION, COLUMN_COMMENT FROM information_schema.COLUMNS WHERE " +
          where + " ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION",
      [&](const char* const* values, const unsigned long* lengths) {
        const auto table = tables.find({std::string(values[0], lengths[0]), std::string(values[1], lengths[1])});
        if (table == tables.end()) return;
        for (size_t i = 0; i < copy.size(); ++i) {
          copy[i].reset();
          if (values[i] != nullptr) copy[i] = std::string(values[i], lengths[i]);
        }
        table->second->columns.push_back(ColumnFromRow(copy, is_mariadb));
      });
}

/// The server shows definitions in utf8mb3, so that "?" may be any character beyond; rows without names in the log are
/// read by these definitions.
void WarnOfHiddenMembers(MysqlConnection& connection, const Tables& tables) {
  constexpr std::string_view kBeyond[] = {"utf8mb4", "utf16", "utf16le", "utf32", "gb18030"};
  const auto may_hide = [&](const ColumnSchema& column) {
    const bool has_members = column.type.kind == MysqlKind::kEnum || column.type.kind == MysqlKind::kSet;
    return has_members && column.type_text.find('?') != std::string::npos &&
           std::find(std::begin(kBeyond), std::end(kBeyond), column.charset) != std::end(kBeyond);
  };
  std::string names;
  for (const auto& [key, table] : tables)
    for (const auto& column : table->columns)
      if (may_hide(column)) names += (names.empty() ? "" : ", ") + key.first + "." + key.second + "." + column.name;
  if (names.empty()) return;
  std::vector<MysqlConnection::Row> rows;
  unsigned ignored;  // of versions that have no such variable
  const bool knows = connection.TryQuery("SELECT @@binlog_row_metadata", &rows, &ignored);
  if (knows && !rows.empty() && rows[0][0] == "FULL") return;
  LogWarning(
      "members of ENUM or SET with \"?\", in which the server may hide a character of four bytes, which rows of "
      "the log would then lack: " +
      names + " (binlog_row_metadata=FULL tells them)");
}

/// The primary key, or the first unique key over columns that allow no NULL.
void LoadKeys(MysqlConnection& connection, const std::string& where, Tables& tables) {
  struct Key {
    std::vector<std::string> columns;
    bool usable = true;
  };
  std::map<const TableSchema*, std::vector<std::pair<std::string, Key>>> keys;
  const auto rows = connection.Query(
      "SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, COLUMN_NAME, NULLABLE, SUB_PART FROM information_schema.STATISTICS "
      "WHERE "
      "NON_UNIQUE = 0 AND " +
      where + " ORDER BY TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX");
  for (const auto& row : rows) {
    const auto table = tables.find({row[0].value_or(""), row[1].value_or("")});
    if (table == tables.end()) continue;
    auto& list = keys[table->second.get()];
    const std::string index = row[2].value_or("");
    if (list.empty() || list.back().first != index) list.emplace_back(index, Key());
    Key& key = list.back().second;
    key.columns.push_back(row[3].value_or(""));
    // A column that may be NULL, a prefix, or an expression does not identify a row.
    if (index != "PRIMARY" && (row[4].value_or("") == "YES" || row[5] || !row[3])) key.usable = false;
  }
  for (auto& [name, table] : tables) {
    for (auto& [index, key] : keys[table.get()]) {
      if (index == "PRIMARY")
        table->key = key.columns;
      else if (key.usable && table->unique.empty())
        table->unique = key.columns;
    }
    if (!table->key.empty()) table->unique.clear();
    table->TakeRowEndOutOfKeys();
  }
}

/// The names of the statement that SHOW CREATE TABLE gives are those that information_schema gave. They are not where
/// an ALTER came between; SHOW waits for one that is under way.
bool ShowsSameColumns(const TableSchema& table) {
  try {
    const ddl::Statement statement = ddl::ParseStatement(table.create, ddl::LexerMode());
    const auto& columns = statement.create_table.columns;
    return std::equal(columns.begin(), columns.end(), table.columns.begin(), table.columns.end(),
                      [](const auto& shown, const auto& column) { return shown.name == column.name; });
  } catch (const Failure&) {
    return true;  // nothing to compare with
  }
}

/// False: the table is not there any more.
bool LoadCreateText(MysqlConnection& connection, TableSchema& table) {
  constexpr unsigned kNoSuchTable = 1146, kNoSuchDatabase = 1049;
  std::vector<MysqlConnection::Row> rows;
  unsigned error;
  if (!connection.TryQuery("SHOW CREATE TABLE " + QuotedName(table.db) + "." + QuotedName(table.table), &rows,
                           &error)) {
    if (error == kNoSuchTable || error == kNoSuchDatabase) return false;
    connection.FailServer("read the definition of " + table.db + "." + table.table);
  }
  if (rows.empty() || rows[0].size() < 2) return false;
  table.create = rows[0][1].value_or("");
  return true;
}

/// Null: the table is not there, or (`changed`) changed while it was read.
std::shared_ptr<TableSchema> LoadOnce(MysqlConnection& connection, const std::string& database,
                                      const std::string& table, bool* changed) {
  const std::string where =
      "TABLE_SCHEMA = " + connection.Quoted(database) + " AND TABLE_NAME = " + connection.Quoted(table);
  Tables tables;
  *changed = false;
  LoadTableList(connection, where, tables, nullptr);
  if (tables.empty()) return nullptr;
  LoadColumns(connection, where, tables);
  WarnOfHiddenMembers(connection, tables);
  LoadKeys(connection, where, tables);
  const auto loaded = tables.begin()->second;
  if (!LoadCreateText(connection, *loaded)) return nullptr;
  *changed = !ShowsSameColumns(*loaded);
  return *changed ? nullptr : loaded;
}

std::shared_ptr<TableSchema> LoadSteady(MysqlConnection& connection, const std::string& database,
                                        const std::string& table) {
  bool changed = true;
  for (int attempt = 0; changed && attempt < 10; ++attempt) {
    const auto loaded = LoadOnce(connection, database, table, &changed);
    if (!changed) return loaded;
  }
  Fail(ExitStatus::kTempFail, "table " + database + "." + table + " changes faster than its definition can be read");
}

void LoadDatabases(MysqlConnection& connection, ServerTables* tables) {
  for (const auto& row : connection.Query(
           "SELECT SCHEMA_NAME, DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA"))
    tables->databases[row[0].value_or("")] = {CharsetName(row[1].value_or("")), CollationName(row[2].value_or(""))};
  const auto server = connection.Query("SELECT @@character_set_server, @@collation_server");
  tables->server = {server.at(0)[0].value_or(""), server.at(0)[1].value_or("")};
}

void SetUpSession(MysqlConnection& connection) {
  unsigned ignored;  // each variable is of some versions only
  connection.TryExecute("SET SESSION show_gipk_in_create_table_and_information_schema = ON", &ignored);
  connection.TryExecute("SET SESSION sql_quote_show_create = 1", &ignored);
}

/// In Debezium's order.
void SortTables(const TableFilter& filter, ServerTables* said) {
  std::stable_sort(said->tables.begin(), said->tables.end(), [&](const auto& a, const auto& b) {
    const size_t first = filter.PatternIndex(a->db, a->table), second = filter.PatternIndex(b->db, b->table);
    return std::tie(first, a->db, a->table) < std::tie(second, b->db, b->table);
  });
}

/// What was dropped meanwhile, or may not be seen, is not known.
void LoadOthers(MysqlConnection& connection, const std::string& where, const Tables& captured, ServerTables* said) {
  for (const auto& row : connection.Query(
           "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE' AND " +
           where)) {
    const TableKey key(row[0].value_or(""), row[1].value_or(""));
    if (captured.count(key) > 0) continue;
    std::vector<MysqlConnection::Row> shown;
    unsigned error;
    if (!connection.TryQuery("SHOW CREATE TABLE " + QuotedName(key.first) + "." + QuotedName(key.second), &shown,
                             &error))
      continue;
    if (!shown.empty() && shown[0].size() > 1) said->others[key] = shown[0][1].value_or("");
  }
}

/// A table that the user may not read is not shown to it, as if it were not there.
void CheckReadable(MysqlConnection& connection, const std::string& database, const std::string& table) {
  constexpr unsigned kTableDenied = 1142, kColumnDenied = 1143, kDatabaseDenied = 1044;
  const std::string name = QuotedName(database) + "." + QuotedName(table);
  std::vector<MysqlConnection::Row> rows;
  unsigned error;
  if (connection.TryQuery("SELECT 1 FROM " + name + " LIMIT 0", &rows, &error)) return;
  if (error != kTableDenied && error != kColumnDenied && error != kDatabaseDenied) return;
  const std::string user = connection.Account();
  Fail(ExitStatus::kNoPermission, "user " + user + " may not read table \"" + database + "." + table + "\"",
       "its definition is needed, and is shown to those only who may read it",
       "GRANT SELECT ON " + name + " TO " + user);
}

/// Views that the expression matches, as `"shop.totals" is a view`; empty: none. Only tables have rows in the log.
std::string ViewMatching(MysqlConnection& connection, const TableFilter& filter, size_t pattern) {
  for (const auto& row : connection.Query(std::string("SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES "
                                                      "WHERE TABLE_TYPE = 'VIEW' AND TABLE_SCHEMA NOT IN ") +
                                          kOwnDatabases + " ORDER BY TABLE_SCHEMA, TABLE_NAME")) {
    const std::string database = row[0].value_or(""), view = row[1].value_or("");
    if (filter.PatternMatches(pattern, database, view)) return "\"" + database + "." + view + "\" is a view";
  }
  return "";
}

constexpr char kInsteadOfView[] = "a view has no rows of its own in the log: capture the tables that it selects from";

void CheckPatterns(MysqlConnection& connection, const TableFilter& filter, const Tables& tables, bool must_exist) {
  const auto& patterns = filter.table_patterns();
  for (size_t i = 0; i < patterns.size(); ++i) {
    const bool matched = std::any_of(tables.begin(), tables.end(), [&](const auto& entry) {
      return filter.PatternMatches(i, entry.first.first, entry.first.second);
    });
    if (matched) continue;
    const std::string view = ViewMatching(connection, filter, i);
    if (must_exist && filter.expects_tables() && TableFilter::IsPlainName(patterns[i])) {
      if (tables.empty() && !MayReadTables(connection)) FailNoTables(connection, filter);
      Fail(ExitStatus::kNoInput, "server " + connection.name() + " has no table \"" + patterns[i] + "\"",
           view.empty() ? "or none that this user may see" : view,
           view.empty() ? "names are database.table; GRANT SELECT on it makes a table visible" : kInsteadOfView);
    }
    LogWarning("no table of server " + connection.name() + " matches \"" + patterns[i] + "\" now" +
               (view.empty() ? "" : ": " + view + "; " + kInsteadOfView));
  }
}

/// Databases, or tables of databases that are captured: some of them, and the nearest to what was asked for first.
std::string WhatThereIs(MysqlConnection& connection, const TableFilter& filter) {
  std::vector<std::string> databases, tables;
  for (const auto& row : connection.Query(
           std::string("SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_TYPE IN "
                       "('BASE TABLE', 'SYSTEM VERSIONED') AND TABLE_SCHEMA NOT IN ") +
           kOwnDatabases + " ORDER BY TABLE_SCHEMA, TABLE_NAME")) {
    const std::string database = row[0].value_or("");
    if (databases.empty() || databases.back() != database) databases.push_back(database);
    if (filter.MayCaptureDatabase(database)) tables.push_back(database + "." + row[1].value_or(""));
  }
  const bool of_tables = !tables.empty();
  std::vector<std::string>& names = of_tables ? tables : databases;
  if (names.empty()) return "this user sees no table on it";
  const auto distance = [&](const std::string& name) {
    size_t least = SIZE_MAX;
    for (const std::string& word : of_tables ? filter.table_patterns() : filter.database_patterns())
      least = std::min(least, EditDistance(name, word));
    return least;
  };
  std::stable_sort(names.begin(), names.end(), [&](const auto& a, const auto& b) { return distance(a) < distance(b); });
  constexpr size_t kShown = 8;
  std::string text = of_tables ? "tables there: " : "databases with tables: ";
  for (size_t i = 0; i < std::min(kShown, names.size()); ++i) text += (i > 0 ? ", " : "") + Shown(names[i]);
  return names.size() > kShown ? text + ", and " + std::to_string(names.size() - kShown) + " more" : text;
}

}  // namespace

bool MayReadTables(MysqlConnection& connection) {
  const std::string role = connection.Value("SELECT CURRENT_ROLE()");
  const bool with_roles = !connection.is_mariadb() && !role.empty() && role != "NONE";
  for (const auto& row :
       connection.Query(with_roles ? "SHOW GRANTS FOR CURRENT_USER() USING " + role : "SHOW GRANTS")) {
    const std::string grant = row[0].value_or("");
    const std::string privileges = grant.substr(0, grant.find(" ON "));
    if (privileges.find("SELECT") != std::string::npos || privileges.find("ALL PRIVILEGES") != std::string::npos)
      return true;
  }
  return false;
}

void FailNoTables(MysqlConnection& connection, const TableFilter& filter) {
  const std::string user = connection.Account();
  if (!MayReadTables(connection))
    Fail(ExitStatus::kNoPermission, "user " + user + " may read no table of server " + connection.name(),
         "it has no SELECT, and tables that it may not read are not shown to it", "GRANT SELECT ON *.* TO " + user);
  const std::string wanted = filter.described();
  std::string view;
  for (size_t i = 0; i < filter.table_patterns().size() && view.empty(); ++i)
    view = ViewMatching(connection, filter, i);
  if (!view.empty())
    Fail(ExitStatus::kNoInput, "no table of server " + connection.name() + " matches " + wanted, view,
         std::string(kInsteadOfView) + "; a snapshot of nothing would empty the copy");
  Fail(ExitStatus::kNoInput,
       "no table of server " + connection.name() + (wanted.empty() ? " can be captured" : " matches " + wanted),
       WhatThereIs(connection, filter) + "; GRANT SELECT makes a table visible to " + user,
       "a snapshot of nothing would empty the copy: mend the filter, or begin without one: --snapshot no_data");
}

bool ReachesFurther(MysqlConnection& connection, const std::string& database, const std::string& table) {
  const std::string db = connection.Quoted(database), name = connection.Quoted(table);
  const auto any = [&](const std::string& of, const std::string& where) {
    return !connection.Query("SELECT 1 FROM information_schema." + of + " WHERE " + where + " LIMIT 1").empty();
  };
  return any("VIEWS", "TABLE_SCHEMA = " + db + " AND TABLE_NAME = " + name) ||
         any("TRIGGERS", "EVENT_OBJECT_SCHEMA = " + db + " AND EVENT_OBJECT_TABLE = " + name) ||
         any("REFERENTIAL_CONSTRAINTS", "UNIQUE_CONSTRAINT_SCHEMA = " + db + " AND REFERENCED_TABLE_NAME = " + name +
                                            " AND (DELETE_RULE IN ('CASCADE', 'SET NULL', 'SET DEFAULT') OR "
                                            "UPDATE_RULE IN ('CASCADE', 'SET NULL', 'SET DEFAULT'))");
}

bool IsSequence(MysqlConnection& connection, const std::string& database, const std::string& name) {
  return !connection
              .Query("SELECT 1 FROM information_schema.TABLES WHERE TABLE_TYPE = 'SEQUENCE' AND TABLE_SCHEMA = " +
                     connection.Quoted(database) + " AND TABLE_NAME = " + connection.Quoted(name))
              .empty();
}

ServerTables LoadTables(MysqlConnection& connection, const LoadPlan& plan) {
  SetUpSession(connection);
  const std::string where = std::string("TABLE_SCHEMA NOT IN ") + kOwnDatabases;
  Tables tables;
  LoadTableList(connection, where, tables, plan.filter);
  CheckPatterns(connection, *plan.filter, tables, plan.must_exist);
  LoadColumns(connection, where, tables);
  WarnOfHiddenMembers(connection, tables);
  LoadKeys(connection, where, tables);
  ServerTables said;
  LoadDatabases(connection, &said);
  for (auto& [name, table] : tables) {
    if (!LoadCreateText(connection, *table)) continue;
    if (!ShowsSameColumns(*table)) table = LoadSteady(connection, name.first, name.second);
    if (table) said.tables.push_back(table);
  }
  if (plan.others) LoadOthers(connection, where, tables, &said);
  SortTables(*plan.filter, &said);
  return said;
}

bool ReloadChanged(MysqlConnection& connection, const LoadPlan& plan, const TableChanges& changes, ServerTables* said) {
  if (changes.others) {
    *said = LoadTables(connection, plan);
    return true;
  }
  bool reloaded = false;
  for (const TableKey& key : changes.defined) {
    const bool captured = plan.filter->Captures(key.first, key.second);
    if (!captured && !plan.others) continue;
    reloaded = true;
    std::erase_if(said->tables,
                  [&](const auto& table) { return table->db == key.first && table->table == key.second; });
    said->others.erase(key);
    const auto table = LoadSteady(connection, key.first, key.second);
    if (!table) continue;
    if (captured)
      said->tables.push_back(table);
    else
      said->others[key] = table->create;
  }
  SortTables(*plan.filter, said);
  return reloaded;
}

std::shared_ptr<const TableSchema> LoadTable(MysqlConnection& connection, const TableKey& key) {
  SetUpSession(connection);
  auto loaded = LoadSteady(connection, key.first, key.second);
  if (!loaded) CheckReadable(connection, key.first, key.second);
  return loaded;
}

}  // namespace cdc::tail
