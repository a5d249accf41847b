#include "common/error.h"
#include "tools/cdc-apply/mysql_server.h"
#include "tools/cdc-apply/verify/side.h"

namespace cdc::apply {
namespace {

constexpr int kMostSnapshots = 100;
constexpr unsigned long kFirstWithBinaryLogStatus = 80200;

/// What MySQL would show in fewer digits than it holds, or as bytes.
std::string Expression(const SourceColumn& column) {
  const std::string name = QuotedName(column.name);
  switch (CanonicalFormOf(column.type)) {
    case CanonicalForm::kFloat:
    case CanonicalForm::kReal: return name + " + 0E0";
    case CanonicalForm::kHex:
    case CanonicalForm::kBit: {
      if (column.type.kind != MysqlKind::kBit) return "HEX(" + name + ")";
      const int bytes = (std::max(column.type.length, 1) + 7) / 8;
      return "LPAD(HEX(" + name + " + 0), " + std::to_string(2 * bytes) + ", '0')";
    }
    case CanonicalForm::kNone: return "NULL";
    default: return name;
  }
}

}  // namespace

SourceSide::SourceSide(const std::string& url) : sql_(MysqlOptionsOf(ParseTargetUrl(url))) {
  sql_.Execute("SET NAMES utf8mb4, time_zone = '+00:00'");
  sql_.Execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
}

Position SourceSide::CurrentPosition() {
  const bool is_new = !sql_.is_mariadb() && sql_.version() >= kFirstWithBinaryLogStatus;
  const auto rows = sql_.Query(is_new ? "SHOW BINARY LOG STATUS" : "SHOW MASTER STATUS");
  if (rows.empty()) Fail(ExitStatus::kConfig, "server " + sql_.name() + " writes no binary log");
  Position position;
  position.file = rows[0].at(0).value_or("");
  position.pos = std::stoull(rows[0].at(1).value_or("0"));
  const std::string gtids = sql_.is_mariadb() ? "" : rows[0].size() > 4 ? rows[0][4].value_or("") : "";
  if (!gtids.empty()) position.gtids = Position::Parse(gtids).gtids;
  if (!sql_.is_mariadb()) position.server_uuid = sql_.Value("SELECT @@server_uuid");
  return position;
}

Position SourceSide::TakeSnapshot() {
  // Where nothing was committed meanwhile, the snapshot is of that position.
  for (int i = 0; i < kMostSnapshots; ++i) {
    sql_.Execute("ROLLBACK");
    const Position before = CurrentPosition();
    sql_.Execute("START TRANSACTION WITH CONSISTENT SNAPSHOT");
    const Position after = CurrentPosition();
    if (before.ToJson() == after.ToJson()) return after;
  }
  Fail(ExitStatus::kTempFail, "server " + sql_.name() + " commits too often to read it at one position", "",
       "try again when less is written");
}

std::vector<SourceColumn> SourceSide::Columns(const std::string& db, const std::string& table) {
  std::vector<SourceColumn> columns;
  for (const auto& row :
       sql_.Query("SELECT COLUMN_NAME, COLUMN_TYPE, COLUMN_KEY FROM information_schema.COLUMNS WHERE "
                  "TABLE_SCHEMA = " +
                  sql_.Quoted(db) + " AND TABLE_NAME = " + sql_.Quoted(table) + " ORDER BY ORDINAL_POSITION"))
    columns.push_back({row.at(0).value_or(""), ParseMysqlType(row.at(1).value_or("")), row.at(2) == "PRI"});
  return columns;
}

std::vector<std::string> SourceSide::Tables(const std::string& db) {
  std::vector<std::string> tables;
  for (const auto& row :
       sql_.Query("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE' AND "
                  "TABLE_SCHEMA = " +
                  sql_.Quoted(db) + " ORDER BY TABLE_NAME"))
    tables.push_back(row.at(0).value_or(""));
  return tables;
}

bool SourceSide::HasRows(const std::string& db, const std::string& table) {
  return !sql_.Query("SELECT 1 FROM " + QuotedName(db) + "." + QuotedName(table) + " LIMIT 1").empty();
}

void SourceSide::Visit(const std::string& db, const std::string& table, const std::vector<SourceColumn>& columns,
                       const RowVisitor& visitor) {
  std::string list;
  for (const auto& column : columns) list += (list.empty() ? "" : ", ") + Expression(column);
  std::vector<std::optional<std::string_view>> row(columns.size());
  sql_.Stream(
      "SELECT " + list + " FROM " + QuotedName(db) + "." + QuotedName(table),
      [&](const char* const* values, const unsigned long* lengths) {
        for (size_t i = 0; i < row.size(); ++i)
          row[i] = values[i] == nullptr ? std::nullopt : std::optional<std::string_view>({values[i], lengths[i]});
        visitor(row);
      });
}

}  // namespace cdc::apply
