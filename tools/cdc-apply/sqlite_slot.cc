#include "tools/cdc-apply/sqlite_slot.h"

#include <sqlite3.h>

#include "common/error.h"

namespace cdc::apply {

namespace {

constexpr int kFormatVersion = 1;

}  // namespace

std::optional<Position> SqliteSlot::Take(const std::string& slot) {
  name_ = slot;
  const auto position = Read(slot);
  SqliteStatement take(db_,
                       "INSERT INTO cdc_position (slot, format, epoch, updated_at) VALUES (?1, ?2, 1, datetime('now')) "
                       "ON CONFLICT (slot) DO UPDATE SET epoch = epoch + 1 RETURNING epoch");
  take.Bind(1, slot);
  take.Bind(2, int64_t{kFormatVersion});
  if (!take.Step()) Fail(ExitStatus::kIoError, "could not take slot \"" + slot + "\" in \"" + file_ + "\"");
  epoch_ = take.Integer(0);
  take.Run();
  return position;
}

std::optional<Position> SqliteSlot::Read(const std::string& slot) {
  SqliteStatement exists(db_, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'cdc_position'");
  if (!exists.Step()) return std::nullopt;
  exists.Reset();
  SqliteStatement read(db_, "SELECT format, position FROM cdc_position WHERE slot = ?1");
  read.Bind(1, slot);
  if (!read.Step()) return std::nullopt;
  if (read.Integer(0) > kFormatVersion)
    Fail(ExitStatus::kProtocol,
         "slot \"" + slot + "\" of \"" + file_ + "\" has format version " + std::to_string(read.Integer(0)) +
             ", this tool knows " + std::to_string(kFormatVersion),
         "", "use the version of cdc-apply that wrote it, or a newer one");
  if (read.IsNull(1)) return std::nullopt;
  return Position::Parse(read.Text(1));
}

bool SqliteSlot::IsOurs() {
  SqliteStatement ask(db_, "SELECT epoch FROM cdc_position WHERE slot = ?1");
  ask.Bind(1, name_);
  return ask.Step() && ask.Integer(0) == epoch_;
}

bool SqliteSlot::Store(const Position& position) {
  if (!store_)
    store_ = SqliteStatement(db_,
                             "UPDATE cdc_position SET position = ?1, format = ?2, updated_at = datetime('now') "
                             "WHERE slot = ?3 AND epoch = ?4");
  const std::string text = position.ToJson();
  store_.Bind(1, text);
  store_.Bind(2, int64_t{kFormatVersion});
  store_.Bind(3, name_);
  store_.Bind(4, epoch_);
  store_.Run();
  return sqlite3_changes(db_) == 1;
}

void SqliteSlot::FailTaken() const {
  Fail(ExitStatus::kTempFail, "slot \"" + name_ + "\" of \"" + file_ + "\" was taken over by another cdc-apply",
       "nothing of this copy was lost or doubled");
}

}  // namespace cdc::apply
