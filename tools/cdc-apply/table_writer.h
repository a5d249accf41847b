#pragma once

#include <string>
#include <vector>

#include "tools/cdc-apply/net_changes.h"
#include "tools/cdc-apply/sql_server.h"

namespace cdc::apply {

/// Sends the changes of one table to a server, in statements of many rows.
class TableWriter {
 public:
  TableWriter(SqlServer& server, const ServerTable& table) : server_(server), table_(table) {}

  /// Deletions first: a row may take over what a unique key of the target's own kept for one that goes.
  void Write(const std::vector<NetChanges::Change>& changes);

  /// In their order; they need not have the same columns.
  void Insert(const std::vector<const Value*>& rows);
  /// Gives the row of this key new values, its key among them; false if there is none.
  bool Move(const Value* before, const Value* after);
  /// Adds the row `after`, which takes what it does not carry from the row of the key in `before`; false if there is
  /// none.
  bool Copy(const Value* before, const Value* after);
  void UpdateAll(const Value* row);
  /// Rows that have the values of `before` that are given, and NULL in the last column, get that of `after`.
  /// `is_letter`: it is told where another row has the key.
  void EndVersion(const Value* before, const Value* after, bool is_letter);
  void EndAllVersions(const std::string& time);
  /// The row of this key, where the others of its values are these too.
  void DeleteIfSame(const Value* row);
  /// Of a table without a key. Errors: 65 if the target has no such row.
  void DeleteRow(const Value* row);

 private:
  void EndOpenVersions(const std::vector<const Value*>& rows);
  /// Calls `send` with lists of the rows' values in these columns, "(1,2), (3,4)", each as long as a statement should
  /// be, and with where the rows that are in it begin and end.
  template <typename Send>
  void InLists(const std::vector<const Value*>& rows, const std::vector<size_t>& columns, Send send);
  void DeleteKeys(const std::vector<const Value*>& rows);
  void Upsert(const std::vector<const Value*>& rows, bool all_new);
  void Update(const Value* row);
  void InsertAlike(const std::vector<const Value*>& rows);
  void InsertNew(const std::vector<const Value*>& rows);
  /// The number of rows that were changed.
  uint64_t SendRows(const std::vector<const Value*>& rows, const std::vector<size_t>& columns,
                    const std::string& suffix);
  std::string SameRow(const Value* row);
  std::string SameValue(const Value* row, size_t column);
  std::string Assignments(const Value* row, bool with_key);
  std::string KeyCondition(const Value* row);
  std::vector<size_t> PresentColumns(const Value* row) const;
  bool HaveSameColumns(const Value* a, const Value* b) const;
  std::string ColumnNames(const std::vector<size_t>& columns) const;
  SqlServer& server_;
  const ServerTable& table_;
};

}  // namespace cdc::apply
