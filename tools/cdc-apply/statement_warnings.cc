#include "tools/cdc-apply/statement_warnings.h"

#include <algorithm>

#include "common/error.h"
#include "common/log.h"

namespace cdc::apply {

void StatementWarnings::Take(const SourceStatement& statement, const std::string& where) {
  for (const auto& [db, table] : statement.truncated)
    if (delivers_(db, table)) truncated_.push_back({db, table, statement.text, where});
  const bool concerns_us =
      statement.is_unreadable || std::any_of(statement.not_followed.begin(), statement.not_followed.end(),
                                             [&](const auto& name) { return delivers_(name.first, name.second); });
  if (concerns_us) Warn(statement.text, where);
}

void StatementWarnings::TakeTruncation(const std::string& db, const std::string& table) {
  std::erase_if(truncated_, [&](const Truncated& one) { return one.db == db && one.table == table; });
}

void StatementWarnings::TakeEnd() {
  for (const Truncated& one : truncated_) Warn(one.text, one.where);
  truncated_.clear();
}

void StatementWarnings::Warn(const std::string& text, const std::string& where) const {
  LogWarning(where + ": the source ran \"" + Shown(text) +
             "\"; rows that are in the target already are not changed by it (see CAVEATS in cdc-apply(1))");
}

}  // namespace cdc::apply
