#pragma once

#include <sqlite3.h>

#include <string>
#include <utility>
#include <vector>

#include "tools/cdc-apply/column_limit.h"
#include "tools/cdc-apply/ddl_mode.h"
#include "tools/cdc-apply/sqlite_statement.h"
#include "tools/cdc-apply/target_table.h"

namespace cdc::apply {

struct KnownTable;

/// What a target table in SQLite looks like: columns, key, and the DDL that makes them what the source's are.
class SqliteDefinition {
 public:
  SqliteDefinition(sqlite3* db, std::string name) : db_(db), name_(std::move(name)) {}

  /// Creates the table, or adds the columns that it lacks. One that we have created is rebuilt with its rows where its
  /// key or the type of a column is another now. Sets `known` to what is to be known of it. Errors: 78 if a table of
  /// that name has no unique key over the key columns, or its rows do not fit the new key.
  void Prepare(const TargetTable& table, DdlRule& ddl, KnownTable* known);

  /// Of columns of the user's own, in which SQLite would round a value.
  const std::vector<ColumnLimit>& limits() const { return limits_; }
  /// Whether the table, as it stands, has a column of this name, in letters of any case.
  bool HasColumn(const std::string& name) const { return Find(PresentColumns(), name) != nullptr; }
  /// The table lacks the column, and does not get it.
  bool leaves_out(size_t column) const { return left_out_[column]; }
  bool any_left_out() const { return any_left_out_; }

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

  sqlite3* db_;
  std::string name_;
  std::vector<bool> left_out_;
  bool any_left_out_ = false;
  std::vector<ColumnLimit> limits_;
};

}  // namespace cdc::apply
