#include "tools/cdc-apply/sqlite_table.h"

#include <algorithm>

#include "common/error.h"

namespace cdc::apply {
namespace {

// A double gives back each decimal of so many digits; SQLite's NUMERIC affinity then computes and compares with it.
constexpr int kExactDigits = 15;

/// The declared type, which decides SQLite's affinity: none where a conversion could change the value.
std::string TypeOf(const TargetColumn& column) {
  switch (column.kind) {
    case ColumnKind::kBoolean:
    case ColumnKind::kInteger: return "INTEGER";
    case ColumnKind::kDecimal:
      if (column.precision > kExactDigits || column.precision == 0) return "TEXT";
      return "NUMERIC(" + std::to_string(column.precision) + "," + std::to_string(column.scale) + ")";
    case ColumnKind::kReal: return "REAL";
    case ColumnKind::kBytes: return "BLOB";
    case ColumnKind::kUnsigned:
    case ColumnKind::kAny: return "";
    case ColumnKind::kText:
    case ColumnKind::kDate:
    case ColumnKind::kTime:
    case ColumnKind::kTimestamp:
    case ColumnKind::kInstant:
    case ColumnKind::kJson: return "TEXT";
  }
  return "";
}

}  // namespace

void SqliteTable::Create(const TargetTable& table) {
  std::string sql = "CREATE TABLE IF NOT EXISTS " + SqliteName(name_) + " (";
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const TargetColumn& column = table.columns[i];
    if (i > 0) sql += ", ";
    sql += SqliteName(column.name);
    if (const std::string type = TypeOf(column); !type.empty()) sql += " " + type;
    // A key that SQLite would let be NULL is no key.
    if (std::find(table.key.begin(), table.key.end(), i) != table.key.end()) sql += " NOT NULL";
  }
  if (!table.key.empty()) {
    sql += ", PRIMARY KEY (";
    for (size_t i = 0; i < table.key.size(); ++i)
      sql += (i > 0 ? ", " : "") + SqliteName(table.columns[table.key[i]].name);
    sql += ")";
  }
  ExecuteSqlite(db_, sql + ")");
}

void SqliteTable::CheckKey(const TargetTable& table) {
  std::string columns;
  for (const size_t index : table.key) columns += (columns.empty() ? "" : ", ") + SqliteName(table.columns[index].name);
  sqlite3_stmt* probe = nullptr;
  const std::string sql = "INSERT INTO " + SqliteName(name_) + " (" + columns + ") SELECT " + columns + " FROM " +
                          SqliteName(name_) + " WHERE 0 ON CONFLICT (" + columns + ") DO NOTHING";
  const int code = sqlite3_prepare_v2(db_, sql.c_str(), -1, &probe, nullptr);
  const std::string message = sqlite3_errmsg(db_);
  sqlite3_finalize(probe);
  if (code != SQLITE_OK)
    Fail(ExitStatus::kConfig,
         "table \"" + name_ + "\" of the target cannot be upserted by (" + columns + "): " + message, "",
         "give it a primary or unique key over these columns, or another name: --table-name");
}

void SqliteTable::Prepare(const TargetTable& table) {
  statements_.clear();
  table_ = &table;
  Create(table);
  std::vector<std::string> present;
  SqliteStatement info(db_, "SELECT name FROM pragma_table_xinfo(?1)");
  info.Bind(1, name_);
  while (info.Step()) present.push_back(info.Text(0));
  for (const auto& column : table.columns) {
    const auto same = [&](const std::string& name) { return sqlite3_stricmp(name.c_str(), column.name.c_str()) == 0; };
    if (std::any_of(present.begin(), present.end(), same)) continue;
    ExecuteSqlite(db_,
                  "ALTER TABLE " + SqliteName(name_) + " ADD COLUMN " + SqliteName(column.name) + " " + TypeOf(column));
  }
  if (!table.key.empty()) CheckKey(table);
}

void SqliteTable::Clear() {
  ExecuteSqlite(db_, "DELETE FROM " + SqliteName(name_));
}

void SqliteTable::Apply(const RowChange& change) {
  const bool keyed = !table_->key.empty();
  switch (change.kind) {
    case RowChange::Kind::kNone: break;
    case RowChange::Kind::kTruncate: Clear(); break;
    case RowChange::Kind::kDelete: keyed ? DeleteByKey(change.before) : DeleteByRow(change.before); break;
    case RowChange::Kind::kUpsert:
      if (keyed) {
        Upsert(change);
      } else {
        if (change.has_before) DeleteByRow(change.before);
        InsertKeyless(change.after);
      }
  }
}

void SqliteTable::Upsert(const RowChange& change) {
  if (change.has_before) {
    const bool key_moved = std::any_of(table_->key.begin(), table_->key.end(), [&](size_t index) {
      return !change.before[index].is_absent() && !(change.before[index] == change.after[index]);
    });
    if (key_moved && MoveKey(change)) return;
  }
  InsertKeyless(change.after);
}

/// Columns that the change does not carry stay with the row, so it is moved and not written anew. False if there is no
/// row under the old key.
bool SqliteTable::MoveKey(const RowChange& change) {
  SqliteStatement& statement = StatementFor('m', change.after);
  int parameter = 0;
  for (const Value& value : change.after)
    if (!value.is_absent()) statement.Bind(++parameter, value);
  for (const size_t index : table_->key) statement.Bind(++parameter, change.before[index]);
  statement.Run();
  return sqlite3_changes(db_) > 0;
}

void SqliteTable::InsertKeyless(const std::vector<Value>& row) {
  SqliteStatement& statement = StatementFor('+', row);
  int parameter = 0;
  for (const Value& value : row)
    if (!value.is_absent()) statement.Bind(++parameter, value);
  statement.Run();
}

void SqliteTable::DeleteByKey(const std::vector<Value>& row) {
  SqliteStatement& statement = StatementFor('k', row);
  int parameter = 0;
  for (const size_t index : table_->key) statement.Bind(++parameter, row[index]);
  statement.Run();
}

void SqliteTable::DeleteByRow(const std::vector<Value>& row) {
  SqliteStatement& statement = StatementFor('-', row);
  int parameter = 0;
  for (const Value& value : row)
    if (!value.is_absent()) statement.Bind(++parameter, value);
  statement.Run();
  if (sqlite3_changes(db_) == 0)
    Fail(ExitStatus::kData,
         "a row of table \"" + name_ + "\", which has no key, is to be changed but is not in the target", "",
         "the target was changed by others, or began without a snapshot");
}

SqliteStatement& SqliteTable::StatementFor(char verb, const std::vector<Value>& row) {
  statement_key_.assign(1, verb);
  if (verb != 'k')
    for (const Value& value : row) statement_key_ += value.is_absent() ? '0' : '1';
  SqliteStatement& statement = statements_[statement_key_];
  if (!statement) {
    const std::string sql = verb == '+'   ? UpsertSql(row)
                            : verb == 'k' ? DeleteKeySql()
                            : verb == 'm' ? MoveKeySql(row)
                                          : DeleteRowSql(row);
    statement = SqliteStatement(db_, sql);
  }
  return statement;
}

std::string SqliteTable::UpsertSql(const std::vector<Value>& row) const {
  std::string columns, parameters, updates, keys;
  int parameter = 0;
  for (size_t i = 0; i < row.size(); ++i) {
    if (row[i].is_absent()) continue;
    const std::string name = SqliteName(table_->columns[i].name);
    columns += (columns.empty() ? "" : ", ") + name;
    parameters += (parameters.empty() ? "?" : ", ?") + std::to_string(++parameter);
    if (std::find(table_->key.begin(), table_->key.end(), i) == table_->key.end())
      updates += (updates.empty() ? "" : ", ") + name + " = excluded." + name;
  }
  for (const size_t index : table_->key) keys += (keys.empty() ? "" : ", ") + SqliteName(table_->columns[index].name);
  std::string sql = "INSERT INTO " + SqliteName(name_) + " (" + columns + ") VALUES (" + parameters + ")";
  if (!keys.empty()) sql += " ON CONFLICT (" + keys + ") DO " + (updates.empty() ? "NOTHING" : "UPDATE SET " + updates);
  return sql;
}

std::string SqliteTable::DeleteKeySql() const {
  std::string sql = "DELETE FROM " + SqliteName(name_) + " WHERE ";
  for (size_t i = 0; i < table_->key.size(); ++i)
    sql += (i > 0 ? " AND " : "") + SqliteName(table_->columns[table_->key[i]].name) + " = ?" + std::to_string(i + 1);
  return sql;
}

std::string SqliteTable::MoveKeySql(const std::vector<Value>& row) const {
  std::string set, where;
  int parameter = 0;
  for (size_t i = 0; i < row.size(); ++i)
    if (!row[i].is_absent())
      set += (set.empty() ? "" : ", ") + SqliteName(table_->columns[i].name) + " = ?" + std::to_string(++parameter);
  for (const size_t index : table_->key)
    where +=
        (where.empty() ? "" : " AND ") + SqliteName(table_->columns[index].name) + " = ?" + std::to_string(++parameter);
  return "UPDATE OR REPLACE " + SqliteName(name_) + " SET " + set + " WHERE " + where;
}

std::string SqliteTable::DeleteRowSql(const std::vector<Value>& row) const {
  std::string where;
  int parameter = 0;
  for (size_t i = 0; i < row.size(); ++i)
    if (!row[i].is_absent())
      where +=
          (where.empty() ? "" : " AND ") + SqliteName(table_->columns[i].name) + " IS ?" + std::to_string(++parameter);
  // Of several equal rows one goes.
  return "DELETE FROM " + SqliteName(name_) + " WHERE rowid = (SELECT rowid FROM " + SqliteName(name_) + " WHERE " +
         where + " LIMIT 1)";
}

}  // namespace cdc::apply
