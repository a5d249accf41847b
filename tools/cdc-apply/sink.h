#pragma once

#include <optional>
#include <string>

#include "common/position.h"
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
};

/// Where rows go. A sink with transactions holds the position in the same commit as the rows, under a slot.
///
/// Calls: OpenSlot once (marked streams only), then for each source transaction Begin, Apply…, Mark; Commit now and
/// then, always after a Mark. RollBackToMark drops what came after the last Mark.
class Sink {
 public:
  virtual ~Sink() = default;

  /// Takes the slot over from any older copy (which is then fenced) and gives the stored position.
  virtual std::optional<Position> OpenSlot(const std::string& slot) = 0;

  /// The stored position, changing nothing; for --print-position.
  virtual std::optional<Position> ReadPosition(const std::string& slot) = 0;

  virtual void Begin() = 0;

  /// The content of these tables comes anew: what they hold goes, in the same transaction.
  virtual void ClearTables(const TableScope& scope) = 0;

  /// Whether the slot has delivered rows of this table of the source (an empty name: of any of the database).
  virtual bool Delivers(const std::string& db, const std::string& table) = 0;

  virtual void Apply(const RowChange& change) = 0;

  /// The source dropped or made a table, in this source transaction: what the target holds of one that was dropped goes
  /// when it is made anew.
  virtual void TakeTableEvent(const TableEvent& event) = 0;

  /// End of a source transaction. `position` null: an unmarked stream.
  virtual void Mark(const Position* position) = 0;

  /// Makes all up to the last Mark durable and visible, with its position. Errors: 75 if a newer copy owns the slot.
  virtual void Commit() = 0;

  virtual void RollBackToMark() = 0;
};

}  // namespace cdc::apply
