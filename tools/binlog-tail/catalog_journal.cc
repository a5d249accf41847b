#include "tools/binlog-tail/catalog_journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "common/clock.h"
#include "common/control_line.h"
#include "common/error.h"
#include "common/json_scan.h"
#include "common/json_writer.h"
#include "common/log.h"
#include "common/property_file.h"

namespace cdc::tail {
namespace {

constexpr uint64_t kFormat = 1;
constexpr int64_t kReachedEveryMs = 2000;

/// Slots are names of any kind; '/' and the like must not lead elsewhere.
std::string FileNameOf(const std::string& slot) {
  std::string name;
  for (const char c : slot) {
    const bool plain =
        std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || (c == '.' && !name.empty());
    char escaped[4];
    std::snprintf(escaped, sizeof escaped, "%%%02X", static_cast<unsigned char>(c));
    name += plain ? std::string(1, c) : std::string(escaped);
  }
  return name;
}

void AppendPlace(std::string& line, const LogPlace& place) {
  line += ",\"pos\":";
  place.position.AppendJson(line);
  if (!place.gtid.empty()) {
    line += ",\"gtid\":";
    AppendJsonString(line, place.gtid);
  }
}

[[noreturn]] void FailFile(const std::string& doing, const std::string& path) {
  Fail(ExitStatus::kIoError, "could not " + doing + " \"" + path + "\": " + ErrnoText(errno), "",
       "--state DIR names another folder, --state none goes without");
}

void WriteAll(int fd, const std::string& text, const std::string& path, bool sync) {
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t written = write(fd, text.data() + done, text.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) FailFile("write", path);
    done += static_cast<size_t>(written);
  }
  if (sync && fdatasync(fd) != 0 && errno != EINVAL) FailFile("write", path);
}

void ReplaceFile(const std::string& path, const std::string& text, bool sync) {
  const std::string fresh = path + ".new";
  const int fd = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) FailFile("create", fresh);
  WriteAll(fd, text, fresh, sync);
  close(fd);
  if (rename(fresh.c_str(), path.c_str()) != 0) FailFile("write", path);
}

/// Errors of what `read` reads are those of the line at `where`: 65.
template <typename Read>
auto OfLine(const std::string& where, Read read) -> decltype(read()) {
  try {
    return read();
  } catch (Failure& failure) {
    Error& error = failure.error();
    if (error.what.find(where) == std::string::npos) error.what = where + ": " + error.what;
    error.status = ExitStatus::kData;
    throw;
  }
}

std::string HeadLine(const Position& base) {
  std::string line = "{\"@cdc\":\"catalog\",\"v\":" + std::to_string(kFormat) + ",\"pos\":";
  base.AppendJson(line);
  return line + "}\n";
}

}  // namespace

bool IsEarlier(const Position& a, const Position& b) {
  const int order = CompareLogNames(a.file, b.file);
  return order < 0 || (order == 0 && a.pos < b.pos);
}

std::optional<bool> IsBeforeStart(const LogPlace& place, const Position& start) {
  if (start.gtids && !place.gtid.empty()) return start.gtids->Contains(place.gtid);
  if (place.gtid.empty() && place.position.gtids && start.gtids) return start.gtids->Contains(*place.position.gtids);
  const std::string &a = place.position.server_uuid, &b = start.server_uuid;
  if ((!a.empty() && !b.empty() && a != b) || place.position.file.empty() || start.file.empty()) return std::nullopt;
  return IsEarlier(place.position, start);
}

bool CatalogJournal::Open(const std::string& folder, const std::string& slot) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) Fail(ExitStatus::kCannotCreate, "could not make folder \"" + folder + "\": " + error.message());
  path_ = folder + "/" + FileNameOf(slot) + ".catalog";
  const std::string lock = path_ + ".lock";
  lock_fd_ = open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_fd_ < 0) FailFile("open", lock);
  return flock(lock_fd_, LOCK_EX | LOCK_NB) == 0;
}

CatalogJournal::~CatalogJournal() {
  if (fd_ >= 0) close(fd_);
  if (lock_fd_ >= 0) close(lock_fd_);
}

CatalogJournal::Entry CatalogJournal::ParseEntry(std::string_view line, const std::string& where) const {
  if (!IsUtf8(line)) Fail(ExitStatus::kData, where + ": not valid UTF-8: " + Shown(std::string(line)));
  ControlLine control;
  control.Parse(line, where);
  Entry entry;
  entry.place.position = control.PositionOf("pos");
  if (control.Has("gtid")) entry.place.gtid = control.Text("gtid");
  if (control.kind() == ControlKind::kTable) {
    entry.table = ParseTableLine(control, where);
    return entry;
  }
  if (control.kind_name() != "statement")
    Fail(ExitStatus::kData, where + ": neither a table nor a statement: " + Shown(std::string(line)));
  entry.statement.sql = control.Text("query");
  entry.statement.database = control.Text("db");
  entry.statement.sql_mode = control.Number("sql_mode");
  if (control.Has("server_collation"))
    entry.statement.server_collation = static_cast<uint16_t>(control.Number("server_collation"));
  return entry;
}

/// Nothing where the file is not there, or was cut short by a machine that stopped.
std::optional<Position> CatalogJournal::ReadReached() const {
  const std::string path = path_ + ".reached";
  if (!std::filesystem::exists(path)) return std::nullopt;
  std::string text = ReadFile(path);
  if (text.empty() || text.back() != '\n') return std::nullopt;
  text.pop_back();
  return OfLine(path, [&] { return Position::Parse(text); });
}

std::optional<std::vector<CatalogJournal::Entry>> CatalogJournal::Load(const Position& start,
                                                                       std::optional<Position>* reached) {
  if (!std::filesystem::exists(path_)) return std::nullopt;
  const std::string text = ReadFile(path_);
  std::vector<Entry> entries;
  std::string kept;
  size_t number = 0;
  for (size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    const std::string_view line = std::string_view(text).substr(at, end - at);
    ++number;
    if (number == 1) {
      ControlLine head;
      const Position base = OfLine(path_ + ":1", [&] {
        head.Parse(line, path_ + ":1");
        return head.PositionOf("pos");
      });
      if (head.kind_name() != "catalog" || head.Number("v") > kFormat)
        Fail(ExitStatus::kConfig, "\"" + path_ + "\" has a format that this version does not know", "",
             "use the newer binlog-tail, or another --state");
      if (IsBeforeStart({base, ""}, start) == std::nullopt) return std::nullopt;
      // The base itself counts as reached.
      const PositionOrder order = ComparePositions(base, start);
      if (order != PositionOrder::kBefore && order != PositionOrder::kEqual) return std::nullopt;
      kept = std::string(line) + "\n";
      continue;
    }
    const std::string where = path_ + ":" + std::to_string(number);
    Entry entry = OfLine(where, [&] { return ParseEntry(line, where); });
    const std::optional<bool> before = IsBeforeStart(entry.place, start);
    if (!before) return std::nullopt;
    if (!*before && ComparePositions(entry.place.position, start) != PositionOrder::kEqual) continue;
    entries.push_back(std::move(entry));
    kept.append(line).push_back('\n');
  }
  if (number == 0) return std::nullopt;
  *reached = std::nullopt;
  const std::optional<Position> stands = ReadReached();
  if (!stands) return std::nullopt;
  const PositionOrder order = ComparePositions(*stands, start);
  if (order == PositionOrder::kUnordered) return std::nullopt;
  if (order == PositionOrder::kBefore) *reached = stands;
  if (kept.size() != text.size()) ReplaceFile(path_, kept, true);
  WriteReached(order == PositionOrder::kBefore ? *stands : start);
  fd_ = open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (fd_ < 0) FailFile("open", path_);
  return entries;
}

std::string CatalogJournal::SetAside() {
  const std::string aside = path_ + ".damaged";
  if (rename(path_.c_str(), aside.c_str()) != 0) FailFile("rename", path_);
  return aside;
}

void CatalogJournal::Begin(const Position& base) {
  if (fd_ >= 0) close(fd_);
  ReplaceFile(path_, HeadLine(base), true);
  WriteReached(base);
  fd_ = open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (fd_ < 0) FailFile("open", path_);
}

void CatalogJournal::Sync() {
  if (pending_.empty()) return;
  WriteAll(fd_, pending_, path_, true);
  pending_.clear();
}

void CatalogJournal::Append(const TableSchema& table, const LogPlace& place) {
  std::string line;
  AppendTableLine(line, table, "start");
  line.resize(line.size() - 2);
  AppendPlace(line, place);
  pending_ += line + "}\n";
}

void CatalogJournal::Append(const StatementText& statement, const LogPlace& place) {
  std::string line = "{\"@cdc\":\"statement\",\"query\":";
  AppendJsonStringLossy(line, statement.sql);
  line += ",\"db\":";
  AppendJsonStringLossy(line, statement.database);
  line += ",\"sql_mode\":" + std::to_string(statement.sql_mode);
  if (statement.server_collation) line += ",\"server_collation\":" + std::to_string(*statement.server_collation);
  AppendPlace(line, place);
  pending_ += line + "}\n";
}

void CatalogJournal::Reached(const Position& position) {
  const int64_t now = MonotonicMs();
  if (now < next_write_ms_) return;
  WriteReached(position);
  next_write_ms_ = now + kReachedEveryMs;
}

void CatalogJournal::WriteReached(const Position& position) {
  ReplaceFile(path_ + ".reached", position.ToJson() + "\n", false);
}

}  // namespace cdc::tail
