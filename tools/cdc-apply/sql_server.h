#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/cdc-apply/column_limit.h"
#include "tools/cdc-apply/key_collation.h"
#include "tools/cdc-apply/target_table.h"
#include "tools/cdc-apply/type_change.h"
#include "tools/cdc-apply/value.h"
#include "tools/cdc-apply/verify/canonical.h"

namespace cdc::apply {

struct RowChange;

/// A target table as it stands on the server.
struct ServerTable {
  TargetTable shape;
  std::vector<std::string> types;   ///< the server's type of each column of `shape`
  std::vector<bool> merges_texts;   ///< columns whose collation takes some texts that differ for one
  std::vector<bool> left_out;       ///< columns that the table lacks, and does not get (--ddl ignore)
  bool replaces_rows = false;       ///< a row that changes is deleted and inserted: an update might hit another one by
                                    ///< another unique key, or may not set a column
  bool keeps_identity = false;      ///< a column of the user's is GENERATED ALWAYS AS IDENTITY (PostgreSQL)
  bool is_ours = false;             ///< cdc-apply made it, so that its key tells rows apart by their bytes
  std::vector<ColumnLimit> limits;  ///< of columns that may get more than they hold
};

/// A database server that speaks SQL: one session in which rows and the position are written, and what its dialect says
/// otherwise than others. Errors of all calls: 69 for a lost connection, 77 for privileges, 65 for values that the
/// server refuses, 75 for a lock or a conflict that may be gone at the next try.
class SqlServer {
 public:
  using Rows = std::vector<std::vector<std::optional<std::string>>>;
  virtual ~SqlServer() = default;

  virtual const std::string& name() const = 0;  ///< for messages
  virtual void Execute(const std::string& sql) = 0;
  /// The number of rows that the statement changed or deleted.
  virtual uint64_t ExecuteCounted(const std::string& sql) = 0;
  virtual Rows Query(const std::string& sql) = 0;
  /// A statement about tables, which must not end the transaction that is open.
  virtual void ExecuteDdl(const std::string& sql) = 0;
  /// Statements of bookkeeping that go with it: all of them or none.
  virtual void ExecuteTogether(const std::vector<std::string>& statements) {
    for (const auto& sql : statements) ExecuteDdl(sql);
  }

  virtual std::string Name(std::string_view name) const = 0;
  virtual std::string Quoted(std::string_view text) = 0;
  /// A literal of the column's type.
  virtual void AppendLiteral(std::string& out, const Value& value, const ServerTable& table, size_t column) = 0;

  /// The same column, by the server's rules for upper and lower case.
  virtual bool SameColumn(std::string_view a, std::string_view b) const { return a == b; }
  virtual size_t longest_name() const { return std::string::npos; }  ///< bytes of a table's or column's name
  /// The types that the table's columns get. `there`: what the table has already; none: it is to be made.
  virtual std::vector<std::string> TypesOf(const TargetTable& table, const NamedTypes& there) const = 0;
  /// Columns of `there` that the source has no more, and which have to give room to its others, with the types that do.
  virtual NamedTypes TypesThatGiveRoom(const TargetTable&, const NamedTypes& /*there*/) const { return {}; }
  virtual std::string TableSuffix() const { return ""; }
  /// Names and types of the table's columns in the database of the session; none: there is no such table.
  virtual NamedTypes Columns(const std::string& table) = 0;
  /// What is to be known of columns that the user made.
  struct ColumnTraits {
    bool is_generated = false;    ///< computed by the server, which takes no value for it
    bool is_identity = false;     ///< numbered by the server, but for those who override that
    KeyCollation collation = {};  ///< of texts
  };
  virtual ColumnTraits TraitsOf(const std::string& table, const std::string& column) = 0;
  /// Stands in an INSERT between the columns and the rows.
  virtual std::string_view InsertOption(const ServerTable&) const { return ""; }
  /// What a column of this type holds.
  virtual ColumnLimit LimitOf(const std::string& table, const std::string& column, const std::string& type) = 0;
  /// Fails with 65 for a row with a value that the server has no way to store, whatever the column.
  virtual void CheckRow(const RowChange&, const ServerTable&) const {}
  /// Column names of each unique key, the primary one among them.
  virtual std::vector<std::vector<std::string>> UniqueKeys(const std::string& table) = 0;
  /// How values come to a new type of their column.
  virtual Conversion ConversionOf(const std::string& column, const TypeChange& change) const = 0;
  /// What is to become of a table.
  struct Alteration {
    struct Column {
      std::string name, type;
      std::string conversion;  ///< as ConversionOf tells it
    };
    NamedTypes added;
    std::vector<std::string> dropped;  ///< columns in whose place one of `added` comes, which has that name
    std::vector<std::string> emptied;  ///< columns that get other values in all rows
    std::vector<std::pair<std::string, std::string>> filled;  ///< of these and of `added`: the literal; else it is NULL
    std::vector<Column> types;
    std::optional<std::vector<std::string>> key;  ///< in the place of the one that it has
    std::vector<std::string> unkeyed;             ///< columns that leave the key, and may be NULL from now on
    bool empty() const { return added.empty() && emptied.empty() && types.empty() && !key; }
    bool Adds(const std::string& column) const {
      return std::any_of(added.begin(), added.end(), [&](const auto& one) { return one.first == column; });
    }
    bool Empties(const std::string& column) const {
      return std::find(emptied.begin(), emptied.end(), column) != emptied.end();
    }
    bool Drops(const std::string& column) const {
      return std::find(dropped.begin(), dropped.end(), column) != dropped.end();
    }
    const std::string* FillOf(const std::string& column) const {
      for (const auto& [name, literal] : filled)
        if (name == column) return &literal;
      return nullptr;
    }
  };
  /// Statements that do it; none needs room that another one makes.
  virtual std::vector<std::string> AlterSql(const std::string& table, const Alteration& alteration) = 0;
  /// The tables of positions, and statements that create them.
  virtual std::vector<std::pair<std::string, std::string>> BookkeepingSql() const = 0;

  /// The end of an INSERT of rows: what to do with those whose key is there. `columns`: indices of those given.
  virtual std::string OnConflict(const ServerTable& table, const std::vector<size_t>& columns) const = 0;
  /// The end of a query that keeps others from changing its rows, but not from asking the same.
  virtual std::string_view SharedLock() const = 0;
  /// A condition that the column holds the value of the literal and no other; NULL equals NULL.
  virtual std::string SameSql(const ServerTable& table, size_t column, const std::string& literal) const = 0;
  /// Stands between the columns of a key and the keys that a statement looks for.
  virtual std::string_view AmongKeys(size_t /*columns*/) const { return " IN ("; }
  /// The beginning of a statement that deletes rows by their keys, up to WHERE.
  virtual std::string DeleteByKeySql(const ServerTable& table) const { return "DELETE FROM " + Name(table.shape.name); }
  /// Deletes one of the rows that the condition finds.
  virtual std::string DeleteOneSql(const std::string& table, const std::string& condition) const = 0;
  virtual size_t statement_bytes() const = 0;  ///< the size at which a statement of many rows is sent

  // For --verify.

  /// A transaction that reads one state of the database; one that was open ends.
  virtual void BeginSnapshot() = 0;
  using RowVisitor = std::function<void(const std::vector<std::optional<std::string_view>>& row)>;
  /// Rows one by one, without holding them.
  virtual void Stream(const std::string& sql, size_t columns, const RowVisitor& visitor) = 0;
  /// The column as text that can be compared with the source's; `type` is the target's.
  virtual std::string ComparableSql(const std::string& column, const std::string& type, CanonicalForm form) const = 0;

  /// Sends many rows in a way of the server's own; false: there is none, or it does not pay for so few. `all_new`: none
  /// of them should be there.
  virtual bool BulkUpsert(const ServerTable&, const std::vector<size_t>&, const std::vector<const Value*>&,
                          bool /*all_new*/) {
    return false;
  }
  /// The transaction went back: what the session made in it is gone.
  virtual void TakeRollback() {}

 protected:
  /// Quoted names with commas between them.
  std::string ListOf(const std::vector<std::string>& names) const {
    std::string list;
    for (const auto& name : names) list += (list.empty() ? "" : ", ") + Name(name);
    return list;
  }
  /// One statement for all actions, or none. `table`: its quoted name.
  static std::vector<std::string> AlterTableSql(const std::string& table, const std::vector<std::string>& actions) {
    std::string sql;
    for (const auto& action : actions) sql += (sql.empty() ? "ALTER TABLE " + table + " " : ", ") + action;
    if (sql.empty()) return {};
    return {sql};
  }
  /// The statement that gives `emptied` its values, or none.
  std::vector<std::string> EmptySql(const std::string& table, const Alteration& alteration) const {
    std::string set;
    for (const auto& column : alteration.emptied) {
      const std::string* literal = alteration.FillOf(column);
      set += (set.empty() ? "" : ", ") + Name(column) + " = " + (literal == nullptr ? "NULL" : *literal);
    }
    if (set.empty()) return {};
    return {"UPDATE " + Name(table) + " SET " + set};
  }
};

}  // namespace cdc::apply
