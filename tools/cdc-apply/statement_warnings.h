#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tools/cdc-apply/source_statement.h"

namespace cdc::apply {

/// Tells the user of statements of the source that change what the target holds, and that the target does not follow.
class StatementWarnings {
 public:
  /// Whether the slot has delivered rows of a table (no name: of any of the database).
  using Delivers = std::function<bool(const std::string& db, const std::string& table)>;
  explicit StatementWarnings(Delivers delivers) : delivers_(std::move(delivers)) {}

  void Take(const SourceStatement& statement, const std::string& where);
  /// The change that a TRUNCATE makes of the table has come.
  void TakeTruncation(const std::string& db, const std::string& table);
  /// The end of the source transaction: truncations that did not come are left out of the stream.
  void TakeEnd();
  void DropOpen() { truncated_.clear(); }

 private:
  void Warn(const std::string& text, const std::string& where) const;
  struct Truncated {
    std::string db, table, text, where;
  };
  Delivers delivers_;
  std::vector<Truncated> truncated_;
};

}  // namespace cdc::apply
