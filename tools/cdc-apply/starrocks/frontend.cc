#include "tools/cdc-apply/starrocks/frontend.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "common/error.h"
#include "tools/cdc-apply/random_uuid.h"
#include "tools/cdc-apply/starrocks/columns.h"

namespace cdc::apply::starrocks {
namespace {

constexpr int kFirstWithMultiTable = 4;
constexpr size_t kNonceBytes = 8;
constexpr auto kAlterTimeout = std::chrono::seconds(60);
constexpr auto kAlterPoll = std::chrono::milliseconds(100);

std::string NameOf(const TargetColumn& column) {
  return QuotedName(ColumnName(column));
}

}  // namespace

Frontend::Frontend(const Place& place) : place_(place), sql_(place.query, 0, ServerKind::kOther) {
  sql_.Execute("USE " + QuotedName(place.database));
}

bool Frontend::has_multi_table_transactions() {
  if (!place_.transactions.empty()) return place_.transactions == "multi";
  return std::atoi(sql_.Value("SELECT current_version()").c_str()) >= kFirstWithMultiTable;
}

std::vector<Frontend::Column> Frontend::Columns(const std::string& table) {
  std::vector<Column> columns;
  for (const auto& row :
       sql_.Query("SELECT COLUMN_NAME, COLUMN_KEY FROM information_schema.columns WHERE "
                  "TABLE_SCHEMA = " +
                  Quoted(place_.database) + " AND TABLE_NAME = " + Quoted(table) + " ORDER BY ORDINAL_POSITION"))
    columns.push_back({row.at(0).value_or(""), row.at(1).value_or("") == "PRI"});
  return columns;
}

/// Key columns come first, in the key's order: StarRocks wants it so.
std::string Frontend::CreateSql(const TargetTable& table) const {
  std::string columns, key;
  for (const size_t column : table.key) {
    columns += (columns.empty() ? "" : ", ") + NameOf(table.columns[column]) + " " +
               ColumnType(table.columns[column], true) + " NOT NULL";
    key += (key.empty() ? "" : ", ") + NameOf(table.columns[column]);
  }
  for (size_t i = 0; i < table.columns.size(); ++i)
    if (!IsInKey(table, i))
      columns += (columns.empty() ? "" : ", ") + NameOf(table.columns[i]) + " " + ColumnType(table.columns[i], false) +
                 " NULL";
  std::string sql = "CREATE TABLE " + QuotedName(table.name) + " (" + columns + ") ";
  sql += key.empty() ? "DISTRIBUTED BY RANDOM" : "PRIMARY KEY (" + key + ") DISTRIBUTED BY HASH (" + key + ")";
  if (place_.buckets > 0) sql += " BUCKETS " + std::to_string(place_.buckets);
  if (place_.replication > 0)
    sql += " PROPERTIES (\"replication_num\" = \"" + std::to_string(place_.replication) + "\")";
  return sql;
}

void Frontend::CreateTable(const TargetTable& table) {
  sql_.Execute(CreateSql(table));
}

void Frontend::AddColumns(const TargetTable& table, const std::vector<size_t>& columns) {
  std::string added;
  for (const size_t column : columns)
    added += (added.empty() ? "ADD COLUMN " : ", ADD COLUMN ") + NameOf(table.columns[column]) + " " +
             ColumnType(table.columns[column], false) + " NULL";
  sql_.Execute("ALTER TABLE " + QuotedName(table.name) + " " + added);
  const auto deadline = std::chrono::steady_clock::now() + kAlterTimeout;
  for (;;) {
    const auto present = Columns(table.name);
    const bool done = std::all_of(columns.begin(), columns.end(), [&](size_t column) {
      return std::any_of(present.begin(), present.end(),
                         [&](const Column& c) { return c.name == ColumnName(table.columns[column]); });
    });
    if (done) return;
    if (std::chrono::steady_clock::now() > deadline)
      Fail(ExitStatus::kTempFail, "new columns of table \"" + table.name + "\" are not there after 60 s", added,
           "SHOW ALTER TABLE COLUMN tells how far StarRocks is");
    std::this_thread::sleep_for(kAlterPoll);
  }
}

void Frontend::DropTable(const std::string& table) {
  sql_.Execute("DROP TABLE " + QuotedName(table));
}
void Frontend::RemoveAllRows(const std::string& table) {
  sql_.Execute("TRUNCATE TABLE " + QuotedName(table));
}

void Frontend::VisitKeys(const TargetTable& table, const KeyVisitor& visitor) {
  std::string names;
  for (const size_t column : table.key) names += (names.empty() ? "" : ", ") + NameOf(table.columns[column]);
  std::vector<std::string_view> key(table.key.size());
  sql_.Stream("SELECT " + names + " FROM " + QuotedName(table.name),
              [&](const char* const* values, const unsigned long* lengths) {
                for (size_t i = 0; i < key.size(); ++i) key[i] = {values[i], lengths[i]};
                visitor(key);
              });
}

std::string Frontend::EnsurePositions() {
  std::string sql =
      "CREATE TABLE IF NOT EXISTS cdc_position (slot VARCHAR(255) NOT NULL, format INT NULL, epoch BIGINT NULL, "
      "sequence BIGINT NULL, position VARCHAR(1048576) NULL, tables VARCHAR(1048576) NULL, pending VARCHAR(1048576) "
      "NULL, updated_at DATETIME NULL) PRIMARY KEY (slot) COMMENT " +
      Quoted(RandomUuid().substr(0, kNonceBytes)) + " DISTRIBUTED BY HASH (slot) BUCKETS 1";
  if (place_.replication > 0)
    sql += " PROPERTIES (\"replication_num\" = \"" + std::to_string(place_.replication) + "\")";
  sql_.Execute(sql);
  // The first to create it has chosen.
  const std::string nonce =
      sql_.Value("SELECT TABLE_COMMENT FROM information_schema.tables WHERE TABLE_SCHEMA = " + Quoted(place_.database) +
                 " AND TABLE_NAME = 'cdc_position'");
  if (nonce.empty())
    Fail(ExitStatus::kConfig, "table cdc_position of " + place_.name + " is not one that cdc-apply made", "",
         "its comment is to be the one that it was made with; remove or rename the table");
  return nonce;
}

bool Frontend::HasPositions() {
  return !Columns("cdc_position").empty();
}

std::optional<SlotRow> Frontend::ReadSlot(const std::string& slot) {
  const auto rows = sql_.Query(
      "SELECT format, epoch, sequence, position, tables, pending FROM cdc_position WHERE slot = " + Quoted(slot));
  if (rows.empty()) return std::nullopt;
  return SlotRow::Parse(slot, rows[0]);
}

}  // namespace cdc::apply::starrocks
