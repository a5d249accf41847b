#include "tools/binlog-tail/gtid_sources.h"

#include <string>
#include <utility>

#include "common/source_properties.h"

namespace cdc::tail {

GtidSources::GtidSources(const ConnectorConfig& config) {
  GtidLists lists = ReadGtidLists(config);
  includes_ = std::move(lists.includes);
  excludes_ = std::move(lists.excludes);
  filters_rows_ = lists.filters_rows;
}

bool GtidSources::Counts(std::string_view gtid) const {
  constexpr size_t kUuid = 36;
  if (all() || gtid.size() < kUuid) return true;
  const std::string_view uuid = gtid.substr(0, kUuid);
  return includes_.empty() ? !excludes_.Matches(uuid) : includes_.Matches(uuid);
}

GtidSet GtidSources::Part(const GtidSet& set, bool counting) const {
  GtidSet part;
  for (const auto& [source, intervals] : set.sources())
    if (Counts(source) == counting)
      for (const auto& interval : intervals) part.AddInterval(source, interval.first, interval.last);
  return part;
}

GtidSet GtidSources::Counting(const GtidSet& set) const {
  return all() || set.is_mariadb() ? set : Part(set, true);
}

GtidSet GtidSources::Others(const GtidSet& set) const {
  return Part(set, false);
}

}  // namespace cdc::tail
