#include "tools/cdc-apply/starrocks/slot_row.h"

#include <cctype>
#include <ctime>
#include <nlohmann/json.hpp>

#include "common/error.h"

namespace cdc::apply::starrocks {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormatVersion = 1;
constexpr size_t kMostLabelBytes = 128, kNumberBytes = 32;

std::string NowText() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
  return text;
}

}  // namespace

LoadRows SlotRow::ToRows() const {
  Json tables_json = Json::object(), pending_json = Json::array();
  for (const auto& [name, table] : tables)
    tables_json[name] = {{"db", table.source_db},    {"table", table.source_table}, {"created", table.created},
                         {"dropped", table.dropped}, {"shape", table.shape},        {"rows", table.rows}};
  for (const auto& [label, table] : pending) pending_json.push_back(Json::array({label, table}));
  const Json row = {{"slot", slot},
                    {"format", kFormatVersion},
                    {"epoch", epoch},
                    {"sequence", sequence},
                    {"position", position ? Json(position->ToJson()) : Json()},
                    {"tables", tables_json.dump()},
                    {"pending", pending_json.dump()},
                    {"updated_at", NowText()},
                    {"__op", 0}};
  LoadRows rows;
  rows.table = "cdc_position";
  for (const auto& [name, value] : row.items()) rows.columns.push_back(name);
  rows.json = "[" + row.dump() + "]";
  rows.rows = 1;
  return rows;
}

SlotRow SlotRow::Parse(const std::string& slot, const std::vector<std::optional<std::string>>& columns) {
  SlotRow row;
  row.slot = slot;
  const std::string format = columns.at(0).value_or("");
  if (format != std::to_string(kFormatVersion))
    Fail(ExitStatus::kProtocol,
         "slot \"" + slot + "\" has format version " + format + ", this tool knows " + std::to_string(kFormatVersion),
         "", "use the version of cdc-apply that wrote it, or a newer one");
  row.epoch = std::stoull(columns.at(1).value_or("0"));
  row.sequence = std::stoull(columns.at(2).value_or("0"));
  if (columns.at(3)) row.position = Position::Parse(*columns.at(3));
  const Json tables = Json::parse(columns.at(4).value_or("{}"), nullptr, false);
  const Json pending = Json::parse(columns.at(5).value_or("[]"), nullptr, false);
  if (!tables.is_object() || !pending.is_array())
    Fail(ExitStatus::kData, "the row of slot \"" + slot + "\" in cdc_position is damaged", "",
         "begin anew under another --slot");
  for (const auto& [name, table] : tables.items())
    row.tables[name] = {table.at("db").get<std::string>(),    table.at("table").get<std::string>(),
                        table.at("created").get<bool>(),      table.at("dropped").get<bool>(),
                        table.at("shape").get<std::string>(), table.value("rows", "")};
  for (const auto& item : pending)
    row.pending.emplace_back(item.at(0).get<std::string>(), item.at(1).get<std::string>());
  return row;
}

std::string LabelOf(const std::string& nonce, const std::string& slot, uint64_t sequence) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string label = "cdc_" + nonce + "_";
  for (const char c : slot) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '_') {
      label += c;
      continue;
    }
    label += '-';
    label += kDigits[byte >> 4];
    label += kDigits[byte & 15];
  }
  if (label.size() + kNumberBytes > kMostLabelBytes)
    Fail(ExitStatus::kUsage, "slot \"" + Shown(slot) + "\" is too long a name for labels of StarRocks", "",
         "a shorter one: --slot");
  return label + "_" + std::to_string(sequence);
}

}  // namespace cdc::apply::starrocks
