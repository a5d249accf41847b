#include "tools/cdc-sql/run/source_columns.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/log.h"
#include "tools/cdc-sql/connect/physical_fields.h"

namespace cdc::sql {

namespace {

/// The formats whose fields are the columns of the schema line, by name.
bool ReadsByName(const TableDef& table) {
  return table.format() == "json" || table.format() == "debezium-json";
}

void WarnOfMissing(const std::string& topic, const std::vector<std::string>& names, const PlanNode& scan) {
  std::string missing;
  const std::vector<uint8_t> fields = PhysicalFields(scan);
  for (size_t i = 0; i < scan.columns.size(); ++i)
    if (fields[i] != 0 && std::find(names.begin(), names.end(), scan.columns[i].name) == names.end())
      missing += (missing.empty() ? "'" : ", '") + scan.columns[i].name + "'";
  if (!missing.empty())
    LogWarning("table '" + scan.table->name + "': the topic " + topic + " has no column " + missing +
               ": NULL in the rows that come");
}

}  // namespace

void SourceColumns::Learn(const std::string& topic, std::string_view columns_json,
                          const std::vector<const PlanNode*>& scans) {
  const nlohmann::json parsed = nlohmann::json::parse(columns_json, nullptr, false);
  if (!parsed.is_array()) return;
  std::vector<std::string> names, shapes;
  for (const nlohmann::json& column : parsed) {
    if (!column.is_object()) continue;
    names.push_back(column.value("name", ""));
    shapes.push_back(names.back() + " " + column.value("sql", ""));
  }
  const auto [known, is_new] = known_.emplace(topic, shapes);
  if (!is_new && known->second == shapes) return;
  for (const PlanNode* scan : scans) {
    if (!ReadsByName(*scan->table)) continue;
    if (!is_new)
      LogWarning("the columns of the topic " + topic + " have changed: what table '" + scan->table->name +
                 "' gave before stays in results as it was, and rows of before are told by their key alone; a fresh "
                 "snapshot computes them anew");
    WarnOfMissing(topic, names, *scan);
  }
  known->second = shapes;
}

}  // namespace cdc::sql
