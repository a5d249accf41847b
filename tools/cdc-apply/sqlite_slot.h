#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/position.h"
#include "tools/cdc-apply/sqlite_statement.h"

namespace cdc::apply {

/// The position of a slot in a SQLite database: a row of cdc_position. Its `epoch` counts the copies that took the slot
/// over, so that one that was taken over finds another than its own. Transactions are the caller's.
class SqliteSlot {
 public:
  static constexpr const char* kCreateTable =
      "CREATE TABLE IF NOT EXISTS cdc_position (slot TEXT PRIMARY KEY NOT NULL, format INTEGER NOT NULL, epoch INTEGER "
      "NOT NULL, position TEXT, updated_at TEXT NOT NULL);";

  /// `file`: for messages.
  SqliteSlot(sqlite3* db, std::string file) : db_(db), file_(std::move(file)) {}

  /// Takes the slot over; nothing if it has no position yet. Errors: 76 for a format that is newer than this tool.
  std::optional<Position> Take(const std::string& slot);
  /// The position of any slot, also where there is no table. Errors: 76.
  std::optional<Position> Read(const std::string& slot);
  /// Whether no other copy has taken the slot.
  bool IsOurs();
  /// False, and nothing is stored, if another copy has taken the slot.
  bool Store(const Position& position);
  [[noreturn]] void FailTaken() const;

  const std::string& name() const { return name_; }  ///< empty: none was taken
  int64_t epoch() const { return epoch_; }

 private:
  sqlite3* db_;
  std::string file_;
  std::string name_;
  int64_t epoch_ = 0;
  SqliteStatement store_;
};

}  // namespace cdc::apply
