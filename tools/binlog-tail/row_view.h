#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/table_schema.h"

namespace cdc::tail {

/// Change lines for people to look at, in colour on a terminal, time in UTC:
///   10:11:12.345 + orders id=7 total=12.00
///   10:11:12.345 ~ orders id=7 total: 9.50 → 12.00
///   10:11:12.345 - orders id=7 total=12.00
class RowView {
 public:
  explicit RowView(bool colours) : colours_(colours) {}

  /// The table's key: what an update shows beside the columns that change.
  void Learn(const TableSchema& table);

  /// Appends what `lines`, whole change lines, say.
  void Append(std::string& out, std::string_view lines);

 private:
  void AppendLine(std::string& out, std::string_view line);
  void AppendDifference(std::string& out, const std::string& table, std::string_view before, std::string_view after);
  bool IsKey(const std::string& table, std::string_view name) const;

  bool colours_;
  std::map<std::string, std::vector<std::string>> keys_;  // by "db.table"
};

}  // namespace cdc::tail
