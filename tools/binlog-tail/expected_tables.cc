#include "tools/binlog-tail/expected_tables.h"

#include "common/error.h"
#include "common/log.h"
#include "common/nearest.h"

namespace cdc::tail {

ExpectedTables::ExpectedTables(const TableFilter& filter) : filter_(filter) {
  if (!filter.expects_tables()) return;
  for (size_t i = 0; i < filter.table_patterns().size(); ++i)
    if (TableFilter::IsPlainName(filter.table_patterns()[i])) missing_.insert(i);
}

void ExpectedTables::Saw(std::string_view database, std::string_view table) {
  if (missing_.empty()) return;
  for (auto index = missing_.begin(); index != missing_.end();) {
    const bool found = filter_.PatternMatches(*index, database, table) && filter_.Captures(database, table);
    index = found ? missing_.erase(index) : std::next(index);
  }
  constexpr size_t kMostOthers = 1000;
  if (others_.size() < kMostOthers) others_.insert(std::string(database) + "." + std::string(table));
}

void ExpectedTables::Check(bool from_position) const {
  for (const size_t index : missing_) {
    const std::string& name = filter_.table_patterns()[index];
    const std::string what = "the log has no table \"" + name + "\"";
    if (from_position || others_.empty()) {
      LogWarning(what + (others_.empty() ? ": it names none at all" : " from the position on where reading began"));
      continue;
    }
    const std::string nearest = NearestName(name, others_, 1 + name.size() / 4);
    Fail(ExitStatus::kNoInput, what,
         nearest.empty() ? "neither rows nor statements of it are in the files given"
                         : "the nearest name in it is \"" + nearest + "\"",
         "names are database.table; an expression may match nothing: \"" + name + ".*\"");
  }
}

}  // namespace cdc::tail
