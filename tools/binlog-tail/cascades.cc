#include "tools/binlog-tail/cascades.h"

#include <algorithm>
#include <string_view>

#include "common/log.h"

namespace cdc::tail {
namespace {

/// Of a definition as SHOW CREATE TABLE writes it, a key a line. (The server's tables of constraints are not shown to
/// users who may only read.)
bool HasCascades(std::string_view create) {
  constexpr std::string_view kRules[] = {"CASCADE", "SET NULL", "SET DEFAULT"};
  const auto cascades = [&](std::string_view line) {
    for (const std::string_view event : {" ON DELETE ", " ON UPDATE "}) {
      const size_t at = line.rfind(event);
      if (at == std::string_view::npos) continue;
      const std::string_view rule = line.substr(at + event.size());
      if (std::any_of(std::begin(kRules), std::end(kRules),
                      [&](std::string_view word) { return rule.substr(0, word.size()) == word; }))
        return true;
    }
    return false;
  };
  for (size_t begin = 0; begin < create.size();) {
    const size_t end = std::min(create.find('\n', begin), create.size());
    const std::string_view line = create.substr(begin, end - begin);
    if (line.substr(0, 13) == "  CONSTRAINT " && line.find(" FOREIGN KEY (") != std::string_view::npos &&
        cascades(line))
      return true;
    begin = end + 1;
  }
  return false;
}

}  // namespace

void WarnOfCascades(const MysqlConnection& connection, const ServerTables& said) {
  constexpr unsigned long kFirstLogged = 90600;
  if (!connection.is_mariadb() && connection.version() >= kFirstLogged) return;
  std::string names;
  for (const auto& table : said.tables)
    if (HasCascades(table->create)) names += (names.empty() ? "" : ", ") + table->db + "." + table->table;
  if (names.empty()) return;
  LogWarning(
      "rows that foreign keys delete or change (CASCADE, SET NULL) are not in the log of this server, so they "
      "do not come: " +
      names);
}

}  // namespace cdc::tail
