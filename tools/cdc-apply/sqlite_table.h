#pragma once

#include <sqlite3.h>

#include <string>
#include <unordered_map>
#include <vector>

#include "tools/cdc-apply/apply_mode.h"
#include "tools/cdc-apply/column_limit.h"
#include "tools/cdc-apply/ddl_mode.h"
#include "tools/cdc-apply/row_change.h"
#include "tools/cdc-apply/sqlite_statement.h"

namespace cdc::apply {

struct KnownTable;

/// One target table in SQLite: its DDL, and the statements that change its rows.
class SqliteTable {
 public:
  SqliteTable(sqlite3* db, std::string name) : db_(db), name_(std::move(name)) {}

  /// Creates the table, or adds the columns that it lacks. One that we have created is rebuilt with its rows where its
  /// key or the type of a column is another now. Sets `known` to what is to be known of it. Errors: 78 if a table of
  /// that name has no unique key over the key columns, or its rows do not fit the new key.
  void Prepare(const TargetTable& table, DdlRule& ddl, KnownTable* known);

  /// Of columns of the user's own, in which SQLite would round a value.
  const std::vector<ColumnLimit>& limits() const { return limits_; }

  void Apply(const RowChange& change);
  void Clear();

 private:
  struct Present {
    std::string name, type;
    int64_t key_index;  // from 1; 0: not in the primary key
    bool is_generated;
  };
  std::vector<Present> PresentColumns() const;
  static const Present* Find(const std::vector<Present>& present, const std::string& column);
  std::string CreateSql(const TargetTable& table, const std::string& name, const std::vector<Present>& others) const;
  bool Fits(const TargetTable& table, const std::vector<Present>& present) const;
  void Rebuild(const TargetTable& table, const std::vector<Present>& present, const KnownTable& stored,
               const DdlRule& ddl);
  std::string Converted(const TargetTable& table, const Present& present, const std::string& shape) const;
  void ConvertValues(const TargetTable& table, const std::vector<Present>& present, const std::string& shape);
  /// The value that all rows get in a column.
  struct Filling {
    size_t column;
    OwnedValue value;
  };
  std::vector<Filling> FillingsOf(const TargetTable& table, const std::vector<Present>& present,
                                  const KnownTable& known, const DdlRule& ddl) const;
  static void Bind(const std::vector<Filling>& fillings, SqliteStatement* statement);
  void CheckKey(const TargetTable& table);
  void CheckCollations(const TargetTable& table, DdlRule& ddl) const;
  void LeaveOutGenerated(const TargetTable& table, const std::vector<Present>& present, DdlRule& ddl);
  void AddMissing(const TargetTable& table, const std::vector<Present>& present, const KnownTable& known, DdlRule& ddl);
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
  const TargetTable* table_ = nullptr;
  std::vector<bool> left_out_;  // columns that the table lacks, and does not get
  bool any_left_out_ = false;
  std::vector<ColumnLimit> limits_;
  std::unordered_map<std::string, SqliteStatement> statements_;  // by verb and present columns
  std::string statement_key_;
};

}  // namespace cdc::apply
