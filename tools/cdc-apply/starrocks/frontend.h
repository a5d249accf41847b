#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/mysql/connection.h"
#include "tools/cdc-apply/starrocks/place.h"
#include "tools/cdc-apply/starrocks/slot_row.h"
#include "tools/cdc-apply/target_table.h"

namespace cdc::apply::starrocks {

/// The front end's SQL: what Stream Load has no way for. Errors: those of MysqlConnection.
class Frontend {
 public:
  explicit Frontend(const Place& place);

  /// Whether one load transaction may span tables (StarRocks 4.0 and later).
  bool has_multi_table_transactions();

  struct Column {
    std::string name;
    bool is_key = false;
  };
  /// None: there is no such table.
  std::vector<Column> Columns(const std::string& table);
  void CreateTable(const TargetTable& table);
  /// Returns when the columns are there, which StarRocks makes in the background. Errors: 75 if that takes long.
  void AddColumns(const TargetTable& table, const std::vector<size_t>& columns);
  void DropTable(const std::string& table);
  void RemoveAllRows(const std::string& table);
  /// The key of each row, as text.
  using KeyVisitor = std::function<void(const std::vector<std::string_view>& key)>;
  void VisitKeys(const TargetTable& table, const KeyVisitor& visitor);

  /// Creates the table of positions where there is none; gives the text by which its labels differ from those of
  /// another table of positions that this database may have had.
  std::string EnsurePositions();
  bool HasPositions();
  std::optional<SlotRow> ReadSlot(const std::string& slot);

 private:
  std::string CreateSql(const TargetTable& table) const;
  std::string Quoted(std::string_view text) { return sql_.Quoted(text); }
  const Place& place_;
  MysqlConnection sql_;
};

}  // namespace cdc::apply::starrocks
