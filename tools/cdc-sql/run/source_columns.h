#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tools/cdc-sql/plan/logical_plan.h"

namespace cdc::sql {

/// Watches what the stream's schema lines say of the columns of topics, and warns of what would end in silent NULLs or
/// stale results: a table that declares a column which its topic does not have, and columns that change while state is
/// kept.
class SourceColumns {
 public:
  /// `columns_json`: the array "columns" of a schema line. `scans`: the tables that read the topic.
  void Learn(const std::string& topic, std::string_view columns_json, const std::vector<const PlanNode*>& scans);

 private:
  std::map<std::string, std::vector<std::string>> known_;  ///< by topic: names and types of its columns
};

}  // namespace cdc::sql
