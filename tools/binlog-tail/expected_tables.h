#pragma once

#include <set>
#include <string>
#include <string_view>

#include "tools/binlog-tail/table_filter.h"

namespace cdc::tail {

/// The plain names of --tables, looked for in files: there is no server that could be asked whether the tables exist.
class ExpectedTables {
 public:
  explicit ExpectedTables(const TableFilter& filter);

  /// The log names a table, in a table map or in a statement.
  void Saw(std::string_view database, std::string_view table);

  /// At the end of the log. Errors: 66 for a name that no table of it has. Where the log names no table at all, or its
  /// rest alone was read (`from_position`), that means little: then it is a warning.
  void Check(bool from_position) const;

 private:
  const TableFilter& filter_;
  std::set<size_t> missing_;      // indexes of the include list
  std::set<std::string> others_;  // some tables that the log names
};

}  // namespace cdc::tail
