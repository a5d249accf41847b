#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/position.h"
#include "tools/cdc-apply/sink.h"
#include "tools/cdc-apply/source_statement.h"
#include "tools/cdc-apply/sql_server.h"
#include "tools/cdc-apply/table_definition.h"

namespace cdc::apply {

/// The bookkeeping in the target database: table cdc_position (one row a slot: position and epoch, which counts the
/// copies that took the slot over), and cdc_table (the tables of each slot).
class SlotTable {
 public:
  explicit SlotTable(SqlServer& server) : server_(server) {}

  /// What RowsOption tells of the rows to come; before Open.
  void SetRowsOption(const std::string& option) { rows_option_ = option; }

  /// Takes the slot over. Errors: 76 for a format that is newer than this tool; 78 for tables with rows of another
  /// mode.
  std::optional<Position> Open(const std::string& slot);
  std::optional<Position> Read(const std::string& slot);

  /// Several sessions of one copy are going to work under the slot: Lock is not to keep the others out.
  void Share() { is_shared_ = true; }
  /// This session works under the slot that the other one has opened.
  void Join(const SlotTable& opened);

  /// Begins a transaction and makes sure that it is still our slot; no other copy can take it before the end of the
  /// transaction. Errors: 75 if one has.
  void Lock();
  void Store(const Position& position);

  std::vector<std::string> Tables(const TableScope& scope);
  bool Delivers(const std::string& db, const std::string& table);
  /// The table is filled anew, as one that is there, or as one that nothing is known of.
  void Renew(const std::string& table, bool is_there);
  KnownTable Known(const std::string& table);
  void Note(const TargetTable& table, const KnownTable& known);
  /// The tables (name, created by us) whose rows the event makes void.
  std::vector<std::pair<std::string, bool>> TakeTableEvent(const TableEvent& event);

  /// Remembers what becomes of columns; gives the names of the tables that have them.
  std::vector<std::string> TakeColumnEvents(const ColumnEvents& events);

  const std::string& slot() const { return slot_; }

 private:
  void Make(const std::string& sql, const std::function<bool()>& is_there);
  void CheckRows();
  std::string OfSource(const std::string& db, const std::string& table) {
    return OfSlot() + " AND source_db = " + server_.Quoted(db) +
           (table.empty() ? "" : " AND source_table = " + server_.Quoted(table));
  }
  std::string OfSlot() { return " WHERE slot = " + server_.Quoted(slot_); }
  SqlServer& server_;
  std::string slot_;  // empty: a stream without marks, for which there is no bookkeeping
  std::string epoch_;
  std::string rows_option_;
  bool is_shared_ = false;
};

}  // namespace cdc::apply
