#include <sqlite3.h>
#include <unistd.h>

#include <charconv>

#include "common/error.h"
#include "tools/cdc-apply/sqlite_slot.h"
#include "tools/cdc-apply/sqlite_statement.h"
#include "tools/cdc-apply/verify/sides.h"

namespace cdc::apply {
namespace {

std::string Expression(const SourceColumn& column) {
  const std::string name = SqliteName(column.at_target());
  switch (column.form_at_target()) {
    case CanonicalForm::kBit:
      return "CASE typeof(" + name + ") WHEN 'blob' THEN hex(" + name + ") ELSE " + name + " END";
    case CanonicalForm::kHex: return "CASE WHEN " + name + " IS NULL THEN NULL ELSE hex(" + name + ") END";
    case CanonicalForm::kNone: return "NULL";
    default: return name;
  }
}

/// SQLite itself shows 15 digits, or others than the value's. A NUMERIC is a double as well; the fewest digits that
/// tell it from others are those that were written into it.
std::string TextOf(double value, CanonicalForm form) {
  char text[400];
  const bool is_real = form == CanonicalForm::kFloat || form == CanonicalForm::kReal;
  const auto result = is_real ? std::to_chars(text, text + sizeof text, value)
                              : std::to_chars(text, text + sizeof text, value, std::chars_format::fixed);
  return {text, result.ptr};
}

class SqliteSide : public TargetSide {
 public:
  explicit SqliteSide(const std::string& file) : path_(file) {
    if (access(file.c_str(), F_OK) != 0) Fail(ExitStatus::kNoInput, "there is no database \"" + file + "\"");
    const int code = sqlite3_open_v2(file.c_str(), &db_, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
    handle_.reset(db_);
    if (code != SQLITE_OK) FailSqlite(db_, code, "could not open SQLite database \"" + file + "\"");
    constexpr int kBusyTimeoutMs = 30'000;
    sqlite3_busy_timeout(db_, kBusyTimeoutMs);
  }

  std::optional<Position> TakeSnapshot(const std::string& slot) override {
    if (in_snapshot_) ExecuteSqlite(db_, "COMMIT");
    ExecuteSqlite(db_, "BEGIN");
    in_snapshot_ = true;
    return SqliteSlot(db_, path_).Read(slot);
  }

  std::vector<DeliveredTable> Tables(const std::string& slot) override {
    std::vector<DeliveredTable> tables;
    SqliteStatement list(db_,
                         "SELECT name, coalesce(source_db, ''), coalesce(source_table, ''), dropped FROM cdc_table "
                         "WHERE slot = ?1 ORDER BY name");
    list.Bind(1, slot);
    while (list.Step()) tables.push_back({list.Text(0), list.Text(1), list.Text(2), list.Integer(3) != 0});
    return tables;
  }

  std::vector<std::pair<std::string, std::string>> Columns(const std::string& table) override {
    std::vector<std::pair<std::string, std::string>> columns;
    SqliteStatement info(db_, "SELECT name, type FROM pragma_table_xinfo(?1)");
    info.Bind(1, table);
    while (info.Step()) columns.emplace_back(info.Text(0), info.Text(1));
    return columns;
  }

  void Visit(const std::string& table, const std::vector<SourceColumn>& columns, const RowVisitor& visitor) override {
    std::string list;
    for (const auto& column : columns) list += (list.empty() ? "" : ", ") + Expression(column);
    SqliteStatement rows(db_, "SELECT " + list + " FROM " + SqliteName(table));
    std::vector<std::string> texts(columns.size());
    std::vector<std::optional<std::string_view>> row(columns.size());
    while (rows.Step()) {
      for (size_t i = 0; i < columns.size(); ++i) {
        const int column = static_cast<int>(i);
        row[i].reset();
        if (rows.IsNull(column)) continue;
        texts[i] = rows.IsReal(column) ? TextOf(rows.Real(column), columns[i].form_at_target()) : rows.Text(column);
        row[i] = texts[i];
      }
      visitor(row);
    }
  }

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };
  std::string path_;
  std::unique_ptr<sqlite3, Close> handle_;
  sqlite3* db_ = nullptr;
  bool in_snapshot_ = false;
};

}  // namespace

std::unique_ptr<TargetSide> MakeSqliteSide(const std::string& file) {
  return std::make_unique<SqliteSide>(file);
}

}  // namespace cdc::apply
