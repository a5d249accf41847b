#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/error.h"
#include "tools/cdc-apply/target_table.h"
#include "tools/cdc-apply/value.h"

namespace cdc::apply {

/// To be said of a row without a key that is to be changed, and that the target does not have.
constexpr const char* kNoSuchRowHint =
    "the target was changed by others, began without a snapshot, or the source has altered the table since the row "
    "came: --dead-letters FILE passes the row over, a new snapshot makes the table what the source's is";

/// To be said of a row that came as a new one. `table`: as it is named in the target.
[[noreturn]] inline void FailNotNew(const std::string& table) {
  Fail(ExitStatus::kData,
       "a row of table \"" + table + "\" is there with other values, and --mode insert-only takes new rows only", "",
       "--mode upsert, or --dead-letters FILE");
}

/// One change of one row, as a sink applies it.
struct RowChange {
  enum class Kind { kNone, kUpsert, kDelete, kTruncate, kUpdateAll, kEndVersion };
  Kind kind = Kind::kNone;  ///< kNone: nothing to do (a tombstone after its delete);
                            ///< kUpdateAll: all rows get the values of `after` that are not absent
                            ///< kEndVersion: so do the rows that have the values of `before` that are not absent, and
                            ///< NULL in the last column
  char op = 0;              ///< Debezium's letter, for people
  int64_t ts_us = 0;        ///< when the source committed it, microseconds since 1970; 0: not known
  TargetTable* table = nullptr;
  bool table_changed = false;   ///< the table is new, or has other columns than at its last change
  bool has_before = false;      ///< `before` holds the old row, or at least its key
  bool checks_old_row = false;  ///< the row under the old key goes only where it is `before` still (kEndVersion: and
                                ///< began before its end)
  bool keeps_old_row = false;   ///< kUpsert: the row under the old key stays as it is, and what `after` does not carry
                                ///< is taken from it
  std::vector<Value> before;    ///< one a column; absent where not known
  std::vector<Value> after;     ///< kUpsert

  /// As new, but for the room of its rows.
  void Clear() {
    RowChange empty;
    std::swap(empty.before, before);
    std::swap(empty.after, after);
    empty.before.clear();
    empty.after.clear();
    *this = std::move(empty);
  }
};

/// It does not carry all columns.
inline bool IsPartial(const std::vector<Value>& row) {
  return std::any_of(row.begin(), row.end(), [](const Value& value) { return value.is_absent(); });
}

/// The row goes from one key to another; a part of the old key that is absent is as it was.
inline bool KeyMoves(const std::vector<size_t>& key, const Value* before, const Value* after) {
  return before != nullptr && std::any_of(key.begin(), key.end(), [&](size_t column) {
           return !before[column].is_absent() && !(before[column] == after[column]);
         });
}
inline bool KeyMoves(const std::vector<size_t>& key, const RowChange& change) {
  return KeyMoves(key, change.has_before ? change.before.data() : nullptr, change.after.data());
}

}  // namespace cdc::apply
