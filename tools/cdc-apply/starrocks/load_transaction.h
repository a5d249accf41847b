#pragma once

#include <string>
#include <vector>

#include "tools/cdc-apply/starrocks/load_client.h"
#include "tools/cdc-apply/starrocks/slot_row.h"

namespace cdc::apply::starrocks {

/// One commit of a slot: loads into several tables, and the slot's row. Its label is made of the slot's sequence
/// number, and StarRocks takes a label once: of two copies that write the same number one is refused, so that the
/// label is also what fences an older copy.
///
/// StarRocks 4.0 and later: one transaction over all tables. Before: one a table, all prepared; then the slot's row
/// in a load of its own, which decides; then these are committed, by the next copy where this one dies.
///
/// Errors of all calls, beyond LoadClient's: 65 for rows that StarRocks refuses, 75 where another copy has taken the
/// number, or the transaction is gone (it took too long, for example).
class LoadTransaction {
 public:
  LoadTransaction(LoadClient& client, bool multi, std::string label)
      : client_(client), multi_(multi), label_(std::move(label)) {}

  /// Sends rows. Loads of one table take effect in their order.
  void Load(const LoadRows& rows);
  /// Writes the row, with the tables that are to be committed by it, and makes all visible.
  void Commit(SlotRow* row);
  void Rollback();

  bool is_open() const { return !tables_.empty(); }

 private:
  struct Part {
    std::string label, table;
    uint64_t rows;  ///< sent so far
  };
  void Begin(const std::string& label, const std::string& table);
  Part& PartOf(const std::string& table);
  LoadClient& client_;
  bool multi_;
  std::string label_;
  std::vector<Part> tables_;
};

/// Takes a number for a copy that starts: an older copy's transaction of that number is ended. False: the number has
/// been committed, by another.
bool TakeNumber(LoadClient& client, bool multi, const std::string& label, const SlotRow& row);

/// Commits what an earlier copy prepared and decided on. Errors: 65 where StarRocks has given up such a transaction.
void FinishPending(LoadClient& client, const SlotRow& row);

}  // namespace cdc::apply::starrocks
