#pragma once

#include <functional>
#include <vector>

#include "tools/cdc-apply/net_changes.h"
#include "tools/cdc-apply/starrocks/load_client.h"
#include "tools/cdc-apply/target_table.h"

namespace cdc::apply::starrocks {

/// Rows of one table as bodies of loads, in pieces of a size that a request should have.
class TableRows {
 public:
  using Send = std::function<void(const LoadRows& rows)>;
  TableRows(const TargetTable& table, Send send);

  /// `is_delete`: of the row's key; its other columns as far as they are known.
  void Add(const Value* row, bool is_delete);
  /// The key as text, in the order of the table's key.
  void AddDelete(const std::vector<std::string_view>& key);
  void Finish();

 private:
  void Start();
  void End(bool is_delete);
  void AddName(size_t column);
  const TargetTable& table_;
  Send send_;
  std::vector<std::string> names_;  // of the columns, as JSON
  std::vector<bool> in_key_;
  LoadRows rows_;
};

}  // namespace cdc::apply::starrocks
