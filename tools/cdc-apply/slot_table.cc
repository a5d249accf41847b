#include "tools/cdc-apply/slot_table.h"

#include <algorithm>

#include "common/error.h"
#include "tools/cdc-apply/added_columns.h"
#include "tools/cdc-apply/slot_errors.h"

namespace cdc::apply {
namespace {

constexpr int kFormatVersion = 1;
constexpr const char* kRowsOption = "rows_option";

}  // namespace

std::optional<Position> SlotTable::Open(const std::string& slot) {
  slot_ = slot;
  // A user that may not create tables does not need to where they are there.
  for (const auto& [table, sql] : server_.BookkeepingSql())
    if (const std::string& name = table; server_.Columns(name).empty())
      Make(sql, [&] { return !server_.Columns(name).empty(); });
  CheckRows();
  server_.Execute("BEGIN");
  const bool known = server_.ExecuteCounted(
                         "UPDATE cdc_position SET epoch = epoch + 1, updated_at = CURRENT_TIMESTAMP" + OfSlot()) > 0;
  if (!known)
    server_.Execute("INSERT INTO cdc_position (slot, format, epoch, updated_at) VALUES (" + server_.Quoted(slot) +
                    ", " + std::to_string(kFormatVersion) + ", 1, CURRENT_TIMESTAMP)");
  // Read under the lock that the change of the epoch took: an older copy's last commit may have been on its way.
  const auto position = Read(slot);
  epoch_ = server_.Query("SELECT epoch FROM cdc_position" + OfSlot()).at(0).at(0).value_or("");
  server_.Execute("COMMIT");
  return position;
}

/// Of several first starts at the same moment one makes it, and is in the way of the others, IF NOT EXISTS or not.
void SlotTable::Make(const std::string& sql, const std::function<bool()>& is_there) {
  try {
    server_.ExecuteDdl(sql);
  } catch (const Failure&) {
    if (!is_there()) throw;
  }
}

void SlotTable::CheckRows() {
  const auto has_option = [&] {
    const auto columns = server_.Columns("cdc_table");
    return std::any_of(columns.begin(), columns.end(), [](const auto& column) { return column.first == kRowsOption; });
  };
  // Of an earlier version.
  if (!has_option()) Make(std::string("ALTER TABLE cdc_table ADD COLUMN ") + kRowsOption + " VARCHAR(100)", has_option);
  for (const auto& row : server_.Query(std::string("SELECT name, ") + kRowsOption + " FROM cdc_table" + OfSlot()))
    CheckRowsOption(row[0].value_or(""), slot_, row[1].value_or(""), rows_option_);
}

std::optional<Position> SlotTable::Read(const std::string& slot) {
  if (server_.Columns("cdc_position").empty()) return std::nullopt;
  const auto rows = server_.Query("SELECT format, position FROM cdc_position WHERE slot = " + server_.Quoted(slot));
  if (rows.empty()) return std::nullopt;
  const std::string format = rows[0][0].value_or("");
  if (format != std::to_string(kFormatVersion))
    Fail(ExitStatus::kProtocol,
         "slot \"" + slot + "\" of " + server_.name() + " has format version " + format + ", this tool knows " +
             std::to_string(kFormatVersion),
         "", "use the version of cdc-apply that wrote it, or a newer one");
  if (!rows[0][1]) return std::nullopt;
  return Position::Parse(*rows[0][1]);
}

void SlotTable::Join(const SlotTable& opened) {
  slot_ = opened.slot_;
  epoch_ = opened.epoch_;
  Share();
}

void SlotTable::Lock() {
  server_.Execute("BEGIN");
  if (slot_.empty()) return;
  const auto rows = server_.Query("SELECT epoch FROM cdc_position" + OfSlot() +
                                  std::string(is_shared_ ? server_.SharedLock() : " FOR UPDATE"));
  if (!rows.empty() && rows[0][0] == epoch_) return;
  server_.Execute("ROLLBACK");
  Fail(ExitStatus::kTempFail, "slot \"" + slot_ + "\" of " + server_.name() + " was taken over by another cdc-apply",
       "nothing of this copy was lost or doubled");
}

void SlotTable::Store(const Position& position) {
  server_.Execute("UPDATE cdc_position SET position = " + server_.Quoted(position.ToJson()) +
                  ", format = " + std::to_string(kFormatVersion) + ", updated_at = CURRENT_TIMESTAMP" + OfSlot());
}

std::vector<std::string> SlotTable::Tables(const TableScope& scope) {
  std::string where = OfSlot();
  if (scope.kind != TableScope::Kind::kAll)
    where += " AND COALESCE(source_db, '') = " + server_.Quoted(scope.db) +
             " AND COALESCE(source_table, '') = " + server_.Quoted(scope.table);
  std::vector<std::string> names;
  for (const auto& row : server_.Query("SELECT name FROM cdc_table" + where + " ORDER BY name"))
    names.push_back(row[0].value_or(""));
  return names;
}

bool SlotTable::Delivers(const std::string& db, const std::string& table) {
  if (slot_.empty()) return false;
  return !server_.Query("SELECT 1 FROM cdc_table" + OfSource(db, table) + " LIMIT 1").empty();
}

void SlotTable::Renew(const std::string& table, bool is_there) {
  // Like Note: over the connection that changes tables.
  server_.ExecuteDdl((is_there ? "UPDATE cdc_table SET dropped = 0" : "DELETE FROM cdc_table") + OfSlot() +
                     " AND name = " + server_.Quoted(table));
}

KnownTable SlotTable::Known(const std::string& table) {
  KnownTable known;
  if (slot_.empty()) return known;
  const auto rows =
      server_.Query("SELECT created, shape FROM cdc_table" + OfSlot() + " AND name = " + server_.Quoted(table));
  if (rows.empty()) return known;
  known.noted = true;
  known.created = rows[0][0] == "1";
  known.shape = rows[0][1].value_or("");
  return known;
}

void SlotTable::Note(const TargetTable& table, const KnownTable& known) {
  if (slot_.empty()) return;
  const auto other = server_.Query("SELECT slot FROM cdc_table WHERE name = " + server_.Quoted(table.name) +
                                   " AND slot <> " + server_.Quoted(slot_));
  if (!other.empty()) FailShared(table.name, table.name, other[0][0].value_or(""));
  // A table that is not noted any more would not be cdc-apply's own.
  server_.ExecuteTogether(
      {"DELETE FROM cdc_table" + OfSlot() + " AND name = " + server_.Quoted(table.name),
       std::string("INSERT INTO cdc_table (slot, name, source_db, source_table, created, dropped, shape, ") +
           kRowsOption + ") VALUES (" + server_.Quoted(slot_) + ", " + server_.Quoted(table.name) + ", " +
           server_.Quoted(table.source_db) + ", " + server_.Quoted(table.source_table) + ", " +
           (known.created ? "1" : "0") + ", 0, " + server_.Quoted(known.shape) + ", " + server_.Quoted(rows_option_) +
           ")"});
}

std::vector<std::pair<std::string, bool>> SlotTable::TakeTableEvent(const TableEvent& event) {
  using Kind = TableEvent::Kind;
  std::vector<std::pair<std::string, bool>> void_tables;
  if (slot_.empty()) return void_tables;
  std::string where = OfSource(event.db, event.table);
  if (event.kind == Kind::kDropped || event.kind == Kind::kRenamedTo) {
    server_.Execute("UPDATE cdc_table SET dropped = " + std::string(event.kind == Kind::kDropped ? "1" : "0") + where);
    return void_tables;
  }
  if (event.kind != Kind::kCreated) where += " AND dropped = 1";
  for (const auto& row : server_.Query("SELECT name, created FROM cdc_table" + where))
    void_tables.emplace_back(row[0].value_or(""), row[1] == "1");
  server_.Execute("DELETE FROM cdc_table" + where);
  return void_tables;
}

std::vector<std::string> SlotTable::TakeColumnEvents(const ColumnEvents& events) {
  std::vector<std::string> tables;
  if (slot_.empty()) return tables;
  for (const auto& row : server_.Query("SELECT name, shape FROM cdc_table" + OfSource(events.db, events.table))) {
    const std::string name = row[0].value_or(""), before = row[1].value_or("");
    const std::string shape = ShapeAfter(before, events.events);
    if (shape == before) continue;
    server_.ExecuteDdl("UPDATE cdc_table SET shape = " + server_.Quoted(shape) + OfSlot() +
                       " AND name = " + server_.Quoted(name));
    tables.push_back(name);
  }
  return tables;
}

}  // namespace cdc::apply
