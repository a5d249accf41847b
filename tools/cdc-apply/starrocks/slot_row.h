#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/position.h"
#include "tools/cdc-apply/starrocks/load_client.h"

namespace cdc::apply::starrocks {

/// A table that a slot has delivered.
struct SlotTableState {
  std::string source_db, source_table;
  bool created = false;  ///< by cdc-apply
  bool dropped = false;  ///< at the source
  std::string shape;     ///< columns, types and key as they were last seen
  std::string rows;      ///< RowsOption
};

/// A slot: one row of the table cdc_position, replaced with each commit.
struct SlotRow {
  std::string slot;
  uint64_t epoch = 0;     ///< counts the copies that took the slot over
  uint64_t sequence = 0;  ///< counts commits; the label of a commit is made of it, and StarRocks takes a label once
  std::optional<Position> position;
  std::map<std::string, SlotTableState> tables;
  /// Per-table transactions that are prepared, and to be committed since this row is: label and table.
  std::vector<std::pair<std::string, std::string>> pending;

  LoadRows ToRows() const;
  /// Of columns format, epoch, sequence, position, tables and pending. Errors: 76 for a format that is newer.
  static SlotRow Parse(const std::string& slot, const std::vector<std::optional<std::string>>& columns);
};

/// A value of the header `label`: letters, digits, "_" and "-". Errors: 64 for a slot whose name is too long.
std::string LabelOf(const std::string& nonce, const std::string& slot, uint64_t sequence);

}  // namespace cdc::apply::starrocks
