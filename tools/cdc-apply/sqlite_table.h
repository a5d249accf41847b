#pragma once

#include <sqlite3.h>

#include <string>
#include <unordered_map>
#include <vector>

#include "tools/cdc-apply/row_change.h"
#include "tools/cdc-apply/sqlite_definition.h"
#include "tools/cdc-apply/sqlite_statement.h"

namespace cdc::apply {

/// One target table in SQLite, and the statements that change its rows.
class SqliteTable {
 public:
  SqliteTable(sqlite3* db, std::string name) : db_(db), name_(std::move(name)), definition_(db, name_) {}

  /// Makes the table ready for rows of this shape (SqliteDefinition).
  void Prepare(const TargetTable& table, DdlRule& ddl, KnownTable* known);

  /// Of columns of the user's own, in which SQLite would round a value.
  const std::vector<ColumnLimit>& limits() const { return definition_.limits(); }

  void Apply(const RowChange& change);
  void Clear();

 private:
  void Upsert(const RowChange& change);
  void Insert(const std::vector<Value>& row);
  void RunWith(char verb, const std::vector<Value>& row);
  bool Update(const std::vector<Value>& row);
  void ApplyKnown(const RowChange& change);
  bool MoveKey(const RowChange& change);
  bool CopyRow(const RowChange& change);
  void RunWithKey(char verb, const RowChange& change);
  void EndVersion(const RowChange& change);
  void Delete(const RowChange& change);
  void DeleteByKey(const std::vector<Value>& row);
  void DeleteIfSame(const std::vector<Value>& row);
  bool Finds(const std::vector<Value>& row);
  void DeleteByRow(const std::vector<Value>& row);
  SqliteStatement& StatementFor(char verb, const std::vector<Value>& row);
  std::string UpsertSql(const std::vector<Value>& row) const;
  std::string Assignments(const std::vector<Value>& row, int* parameter) const;
  std::string UpdateSql(const std::vector<Value>& row) const;
  std::string UpdateAllSql(const std::vector<Value>& row) const;
  std::string EndVersionSql(const std::vector<Value>& row, bool is_letter) const;
  std::string MoveKeySql(const std::vector<Value>& row) const;
  std::string CopyRowSql(const std::vector<Value>& row) const;
  std::string KeySql(int parameter) const;
  std::string SameRowSql(const std::vector<Value>& row) const;
  std::string SameSql(size_t column, int parameter) const;
  std::string DeleteRowSql(const std::vector<Value>& row) const;
  std::string RowIdName() const;
  std::string DeleteKeySql() const;
  sqlite3* db_;
  std::string name_;
  SqliteDefinition definition_;
  const TargetTable* table_ = nullptr;
  std::unordered_map<std::string, SqliteStatement> statements_;  // by verb and present columns
  std::string statement_key_;
};

}  // namespace cdc::apply
