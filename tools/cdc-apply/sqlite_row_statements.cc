// The statements that change rows of a table in SQLite.
#include <algorithm>

#include "common/error.h"
#include "tools/cdc-apply/sqlite_table.h"

namespace cdc::apply {

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
  if (table_->takes_new_rows_only) updates.clear();
  if (!keys.empty()) sql += " ON CONFLICT (" + keys + ") DO " + (updates.empty() ? "NOTHING" : "UPDATE SET " + updates);
  return sql;
}

std::string SqliteTable::DeleteKeySql() const {
  return "DELETE FROM " + SqliteName(name_) + " WHERE " + KeySql(0);
}

std::string SqliteTable::Assignments(const std::vector<Value>& row, int* parameter) const {
  std::string set;
  for (size_t i = 0; i < row.size(); ++i)
    if (!row[i].is_absent())
      set += (set.empty() ? "" : ", ") + SqliteName(table_->columns[i].name) + " = ?" + std::to_string(++*parameter);
  return set;
}

std::string SqliteTable::UpdateSql(const std::vector<Value>& row) const {
  std::string set, where, of_key;
  int parameter = 0;
  for (size_t i = 0; i < row.size(); ++i) {
    if (row[i].is_absent()) continue;
    const std::string same = SqliteName(table_->columns[i].name) + " = ?" + std::to_string(++parameter);
    if (std::find(table_->key.begin(), table_->key.end(), i) == table_->key.end()) {
      set += (set.empty() ? "" : ", ") + same;
    } else {
      where += (where.empty() ? "" : " AND ") + same;
      of_key = same;
    }
  }
  return "UPDATE " + SqliteName(name_) + " SET " + (set.empty() ? of_key : set) + " WHERE " + where;
}

std::string SqliteTable::UpdateAllSql(const std::vector<Value>& row) const {
  int parameter = 0;
  return "UPDATE " + SqliteName(name_) + " SET " + Assignments(row, &parameter);
}

std::string SqliteTable::EndVersionSql(const std::vector<Value>& row, bool is_letter) const {
  const std::string last = SqliteName(table_->columns.back().name);
  int parameter = 1;
  // The source's clock may have been put back: no version ends before it began.
  const std::string begin = SqliteName(table_->columns[table_->key.back()].name);
  const std::string end = "max(" + begin + ", ?1)";
  std::string sql = "UPDATE " + SqliteName(name_) + " SET " + last + " = " + end + " WHERE " + last + " IS NULL";
  // A version that began since is not the one that it tells of.
  if (is_letter) sql += " AND " + begin + " <= ?1";
  const auto& key = table_->key;
  for (size_t i = 0; i < row.size(); ++i) {
    if (row[i].is_absent()) continue;
    const bool in_key = std::find(key.begin(), key.end(), i) != key.end();
    sql += " AND ";
    sql +=
        in_key ? SqliteName(table_->columns[i].name) + " = ?" + std::to_string(++parameter) : SameSql(i, ++parameter);
  }
  return sql;
}

std::string SqliteTable::MoveKeySql(const std::vector<Value>& row) const {
  int parameter = 0;
  const std::string set = Assignments(row, &parameter);
  return "UPDATE OR REPLACE " + SqliteName(name_) + " SET " + set + " WHERE " + KeySql(parameter);
}

std::string SqliteTable::CopyRowSql(const std::vector<Value>& row) const {
  std::string columns, values, updates, keys;
  int parameter = 0;
  for (size_t i = 0; i < row.size(); ++i) {
    if (definition_.leaves_out(i)) continue;
    const std::string name = SqliteName(table_->columns[i].name);
    columns += (columns.empty() ? "" : ", ") + name;
    values += (values.empty() ? "" : ", ") + (row[i].is_absent() ? name : "?" + std::to_string(++parameter));
    std::string& list = IsInKey(*table_, i) ? keys : updates;
    list += (list.empty() ? "" : ", ") + name + (IsInKey(*table_, i) ? "" : " = excluded." + name);
  }
  return "INSERT INTO " + SqliteName(name_) + " (" + columns + ") SELECT " + values + " FROM " + SqliteName(name_) +
         " WHERE " + KeySql(parameter) + " ON CONFLICT (" + keys + ") DO UPDATE SET " + updates;
}

/// `parameter`: the number of the last one before.
std::string SqliteTable::KeySql(int parameter) const {
  std::string sql;
  for (const size_t index : table_->key)
    sql +=
        (sql.empty() ? "" : " AND ") + SqliteName(table_->columns[index].name) + " = ?" + std::to_string(++parameter);
  return sql;
}

std::string SqliteTable::SameRowSql(const std::vector<Value>& row) const {
  std::string where;
  int parameter = 0;
  for (size_t i = 0; i < row.size(); ++i)
    if (!row[i].is_absent()) where += (where.empty() ? "" : " AND ") + SameSql(i, ++parameter);
  return where;
}

/// By bytes; a column of the user's own may compare otherwise, and only so finds the row by an index.
std::string SqliteTable::SameSql(size_t column, int parameter) const {
  const std::string same = SqliteName(table_->columns[column].name) + " IS ?" + std::to_string(parameter);
  return same + " AND " + same + " COLLATE BINARY";
}

std::string SqliteTable::DeleteRowSql(const std::vector<Value>& row) const {
  // Of several equal rows one goes.
  const std::string rowid = RowIdName();
  return "DELETE FROM " + SqliteName(name_) + " WHERE " + rowid + " = (SELECT " + rowid + " FROM " + SqliteName(name_) +
         " WHERE " + SameRowSql(row) + " LIMIT 1)";
}

/// SQLite knows the number of a row by three names; a column of such a name hides it.
std::string SqliteTable::RowIdName() const {
  for (const char* name : {"rowid", "_rowid_", "oid"})
    if (!definition_.HasColumn(name)) return name;
  Fail(ExitStatus::kConfig,
       "one of several equal rows of table \"" + name_ + "\", which has no key, cannot be told from the others",
       "columns rowid, _rowid_ and oid hide all names that SQLite has for the number of a row",
       "give the table a key at the source, or --mode append");
}

}  // namespace cdc::apply
