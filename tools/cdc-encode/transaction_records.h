#pragma once

#include <string>
#include <vector>

#include "common/change_line.h"
#include "common/control_line.h"
#include "common/position.h"
#include "tools/cdc-encode/other_records.h"
#include "tools/cdc-encode/table_plan.h"

namespace cdc::encode {

/// provide.transaction.metadata: a BEGIN and an END record around the rows of each transaction, and the block in each
/// row's envelope. Statements that change definitions, XA branches and snapshots have neither.
class TransactionRecords {
 public:
  TransactionRecords(const EncodeSettings& settings, OtherRecords& records);

  void TakeHello(const ControlLine& hello);
  void TakeBegin(const ControlLine& begin);
  void TakeDdl() { is_bare_ = true; }
  void TakeMark(const ControlLine& mark);

  /// Before each record of a row; block() is then its transaction block.
  void TakeRow(const ChangeLine& change, const TablePlan& plan);
  const std::string& block() const { return block_; }
  const std::string& id() const { return id_; }
  uint64_t total() const { return total_; }
  uint64_t of_table() const { return of_table_; }

 private:
  void Write(std::string_view status, bool counts, int64_t ts_us);
  void Start(std::string_view gtid, int64_t ts_us);
  const EncodeSettings& settings_;
  OtherRecords& records_;
  std::string topic_;
  Position before_, after_;  // around the transaction
  bool snapshot_ = false, started_ = false;
  bool is_bare_ = false;    // without records, unless rows follow
  bool of_branch_ = false;  // its rows are those of an XA branch
  std::string id_, block_ = "null";
  uint64_t total_ = 0, of_table_ = 0;
  struct Count {
    std::string table;  // "db.table"
    uint64_t rows;
  };
  std::vector<Count> counts_;
};

}  // namespace cdc::encode
