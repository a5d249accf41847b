#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "common/error.h"
#include "common/log.h"
#include "common/position.h"
#include "tools/cdc-apply/apply_mode.h"
#include "tools/cdc-apply/row_change.h"
#include "tools/cdc-apply/source_statement.h"

namespace cdc::apply {

/// Some of the target tables of a slot.
struct TableScope {
  enum class Kind {
    kAll,
    kResults,  ///< those of no single table of the source
    kSource,   ///< those of table `db`.`table` of the source
  };
  Kind kind = Kind::kAll;
  std::string db = {}, table = {};
  bool is_filled_anew = true;     ///< a snapshot's rows follow; else the source has truncated it
  std::string versions_end = {};  ///< --mode scd2: no row goes, but versions that are valid end then

  /// Tells the user of a table whose rows go because they come anew.
  void Note(const std::string& target_table) const {
    if (is_filled_anew && versions_end.empty()) LogNote("a snapshot fills table \"" + target_table + "\" anew");
  }
};

/// The target refused rows when they were sent: one of those that came so far, and not of need the one at hand.
class SendFailure : public Failure {
 public:
  using Failure::Failure;
};

/// When a sink wants to be told to commit: at the first mark after one of these is exceeded.
struct CommitPace {
  std::chrono::milliseconds after = std::chrono::milliseconds(20);  ///< since the oldest row that waits
  uint64_t bytes = 8 << 20;                                         ///< of input
  uint64_t rows = 10'000;
  bool when_idle = true;  ///< also when the input runs dry
};

/// Where rows go. A sink with transactions holds the position in the same commit as the rows, under a slot.
///
/// Calls: OpenSlot once (marked streams only), then for each source transaction Begin, Apply…, Mark; Commit now and
/// then, always after a Mark. RollBackToMark drops what came after the last Mark.
class Sink {
 public:
  virtual ~Sink() = default;

  virtual CommitPace pace() const { return {}; }
  virtual ApplyMode default_mode() const { return ApplyMode::kUpsert; }
  virtual bool CanApply(ApplyMode) const { return true; }
  /// Before anything else. False: there are no tables to be altered here.
  virtual bool TakeDdlMode(DdlMode) { return false; }
  /// Values with more digits after the point than the target's column holds are rounded; else they are refused.
  virtual void AllowRounding() {}
  /// What RowsOption tells of the rows to come. A slot whose tables have others is refused by OpenSlot (78).
  virtual void TakeRowsOption(const std::string&) {}
  /// Of a table with a key, more than the key of an old row is of use.
  virtual bool needs_old_rows() const { return true; }
  /// A row that is only marked as deleted is to come with all that is known of it.
  virtual bool wants_whole_rows() const { return false; }

  /// A row can be removed on condition that it is as it was.
  virtual bool can_compare_rows() const { return true; }

  /// Takes the slot over from any older copy (which is then fenced) and gives the stored position.
  virtual std::optional<Position> OpenSlot(const std::string& slot) = 0;

  /// The stored position, changing nothing; for --print-position.
  virtual std::optional<Position> ReadPosition(const std::string& slot) = 0;

  /// `position`: as the transaction's Mark will tell it.
  virtual void Begin(const Position* position) = 0;

  /// The content of these tables comes anew: what they hold goes (or ends), in the same transaction.
  virtual void ClearTables(const TableScope& scope) = 0;

  /// Whether the slot has delivered rows of this table of the source (an empty name: of any of the database).
  virtual bool Delivers(const std::string& db, const std::string& table) = 0;

  virtual void Apply(const RowChange& change) = 0;

  /// The source dropped or made a table, in this source transaction: what the target holds of one that was dropped goes
  /// when it is made anew.
  virtual void TakeTableEvent(const TableEvent& event) = 0;

  /// The source altered columns of a table, in this source transaction: what that means for rows that are there is to
  /// be known when the table's next row comes, in whichever run.
  virtual void TakeColumnEvents(const ColumnEvents&) {}

  /// End of a source transaction. `position` null: an unmarked stream.
  virtual void Mark(const Position* position) = 0;

  /// Makes all up to the last Mark durable and visible, with its position. Errors: 75 if a newer copy owns the slot.
  virtual void Commit() = 0;

  virtual void RollBackToMark() = 0;

  /// From now on Commit may return before its work is done; a later call tells if it failed, and nothing is committed
  /// after that. Not together with the calls for refused rows.
  virtual void CommitInBackground() {}
  /// A commit is under way: the next one would wait for it.
  virtual bool is_committing() { return false; }
  /// All commits are done.
  virtual void FinishCommits() {}

  // For rows that the target refuses (--dead-letters).

  /// Whether rows are sent later than Apply, so that a failure does not tell the row.
  virtual bool sends_later() const { return false; }
  /// Counts commits, of which a sink makes some of its own accord: before a table changes, for example.
  virtual uint64_t commits() const { return 0; }
  /// Undoes all since the last commit.
  virtual void RollBackToCommit() {}
  /// Within a source transaction: what was applied is sent, and may be gone back to until SendAll.
  virtual void SetSavepoint() {}
  virtual void SendAll() {}
  virtual void RollBackToSavepoint() {}
  /// Fails with 65 for a row that the target would refuse when it is sent, as far as that can be told.
  virtual void CheckRow(const RowChange&) {}
};

}  // namespace cdc::apply
