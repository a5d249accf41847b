#include "tools/cdc-sql/connect/source_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "common/error.h"
#include "tools/cdc-sql/run/utf16.h"
#include "tools/cdc-sql/sql/duration.h"

namespace cdc::sql {

namespace fs = std::filesystem;

namespace {

fs::path Located(const TableDef& table) {
  std::string text = table.Get("path").value_or("");
  if (text.rfind("file://", 0) == 0) text = text.substr(7);
  const fs::path path(text);
  std::error_code ignored;
  if (path.is_absolute() || fs::exists(path, ignored) || table.span.source == nullptr) return path;
  const fs::path beside = fs::path(table.span.source->name).parent_path() / path;
  return fs::exists(beside, ignored) ? beside : path;
}

}  // namespace

FileLines::FileLines(const TableDef& table)
    : table_(table), has_metadata_(std::any_of(table.columns.begin(), table.columns.end(), [](const ColumnDef& column) {
        return column.kind == ColumnDef::Kind::kMetadata;
      })) {
  if (table.format() == "csv") csv_.emplace(table);
  if (const auto interval = table.Get("source.monitor-interval"))
    monitor_ms_ = std::max<int64_t>(1, ParseDurationMillis(*interval).value_or(0));
  Look(true);
}

/// Appends the files that are not known yet.
void FileLines::Look(bool first) {
  const fs::path path = Located(table_);
  const size_t known = paths_.size();
  std::error_code error;
  if (fs::is_directory(path, error)) {
    for (fs::recursive_directory_iterator at(path, error), end; !error && at != end; at.increment(error)) {
      const std::string name = at->path().filename().string();
      const std::string file = at->path().string();
      std::error_code unreadable;  // a link that leads nowhere, or a file that went meanwhile
      if (at->is_regular_file(unreadable) && name[0] != '.' && name[0] != '_' && known_.insert(file).second)
        paths_.push_back(file);
    }
    std::sort(paths_.begin() + static_cast<std::ptrdiff_t>(known), paths_.end());
  } else if (fs::exists(path, error) && known_.insert(path.string()).second) {
    paths_.push_back(path.string());
  }
  next_look_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(monitor_ms_);
  if (!first) return;  // what went away may come again
  if (error || (paths_.empty() && !fs::is_directory(path)))
    Fail(ExitStatus::kNoInput,
         "cannot read the files of the table '" + table_.name + "': " + path.string() + ": " +
             (error ? error.message() : "no such file or folder"),
         "", "'path' is taken from the current directory, or from that of the script");
}

FileLines::~FileLines() {
  if (fd_ >= 0) close(fd_);
}

bool FileLines::Open() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
  input_.reset();
  while (next_ < paths_.size()) {
    const std::string& path = paths_[next_++];
    fd_ = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd_ < 0 && errno == ENOENT && IsEndless()) {  // it went since it was seen, and may come again
      known_.erase(path);
      continue;
    }
    if (fd_ < 0) Fail(ExitStatus::kNoInput, "cannot read " + path + ": " + ErrnoText(errno));
    input_ = std::make_unique<LineInput>(fd_, path);
    input_->SetBeforeBlock(before_block_);
    if (has_metadata_) LearnFacts(path);
    return true;
  }
  return false;
}

void FileLines::LearnFacts(const std::string& path) {
  struct stat status = {};
  if (fstat(fd_, &status) != 0) Fail(ExitStatus::kNoInput, "cannot read " + path + ": " + ErrnoText(errno));
  const int64_t millis = int64_t{status.st_mtim.tv_sec} * 1000 + status.st_mtim.tv_nsec / 1000000;
  // The names of files are bytes: what is no text in them becomes U+FFFD, as Java reads it.
  std::string whole, name;
  AppendDecoded(&whole, fs::absolute(path).lexically_normal().string());
  AppendDecoded(&name, fs::path(path).filename().string());
  facts_ = {{"file.path", whole},
            {"file.name", name},
            {"file.size", std::to_string(status.st_size)},
            {"file.modification-time", std::to_string(millis)}};
}

int64_t FileLines::WaitMillis() {
  if (monitor_ms_ == 0 || input_ || next_ < paths_.size()) return 0;
  const auto now = std::chrono::steady_clock::now();
  if (now >= next_look_) Look(false);
  if (next_ < paths_.size()) return 0;
  return std::max<int64_t>(1, std::chrono::ceil<std::chrono::milliseconds>(next_look_ - now).count());
}

bool FileLines::Next(std::string_view* line) {
  where_.clear();
  if (!NextLine(line)) return false;
  return !csv_ || !EndsInQuotes(*line, false, *csv_) || GoOnInQuotes(line);
}

/// A field in quotes has the line ends that stand in it.
bool FileLines::GoOnInQuotes(std::string_view* line) {
  joined_ = *line;
  where_ = input_->Where();
  for (bool inside = true; inside;) {
    std::string_view more;
    const LineInput::Status status = input_->Next(&more);
    if (status == LineInput::Status::kStopped) return false;
    if (status == LineInput::Status::kEnd) break;
    if (status == LineInput::Status::kTimeout) continue;
    joined_.append(1, '\n').append(more);
    inside = EndsInQuotes(more, true, *csv_);
  }
  joined_.reserve(joined_.size() + LineInput::kPadding);
  *line = joined_;
  return true;
}

bool FileLines::NextLine(std::string_view* line) {
  for (;;) {
    if (input_) {
      const LineInput::Status status = input_->Next(line);
      if (status == LineInput::Status::kLine) return true;
      if (status == LineInput::Status::kStopped) return false;
      if (status == LineInput::Status::kTimeout) continue;  // a status line was asked for
    }
    if (!Open()) return false;
  }
}

}  // namespace cdc::sql
