#include "tools/cdc-apply/dead_letters.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "common/error.h"
#include "common/json_scan.h"
#include "common/json_writer.h"

namespace cdc::apply {
namespace {

/// What a row's line and the line of its table's shape have in common: the topic, or database and table.
std::string TableKey(std::string_view line) {
  std::string topic, db, table;
  JsonMembers members(line);
  while (members.Next()) {
    std::string* part = members.name() == "topic"   ? &topic
                        : members.name() == "db"    ? &db
                        : members.name() == "table" ? &table
                                                    : nullptr;
    if (part != nullptr && part->empty()) AppendUnescaped(*part, members.value());
    if (!topic.empty() || !table.empty()) break;
  }
  return topic.empty() ? db + '\0' + table : topic;
}

}  // namespace

std::optional<Letter> ReadLetter(const ControlLine& control) {
  if (control.kind_name() != "dead") return std::nullopt;
  return Letter{control.Has("ts_us") ? static_cast<int64_t>(control.Number("ts_us")) : 0, control.Flag("snapshot")};
}

DeadLetters::DeadLetters(const std::string& path)
    : path_(path), fd_(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)) {
  if (fd_ < 0) Fail(ExitStatus::kCannotCreate, "could not open \"" + path + "\" for dead letters: " + ErrnoText(errno));
}

DeadLetters::~DeadLetters() {
  close(fd_);
}

void DeadLetters::TakeShape(const ControlLine& control, std::string_view line) {
  // The topic of a `schema` line that names database and table as well is what its records have.
  const std::string key =
      control.Has("topic") ? control.Text("topic") : control.Text("db") + '\0' + control.Text("table");
  shapes_[key] = line;
}

void DeadLetters::Add(const KeptBatch::Row& row, std::string_view line, const std::string& reason) {
  std::string text;
  if (const auto shape = shapes_.find(TableKey(line)); shape != shapes_.end()) {
    text += shape->second + '\n';
    shapes_.erase(shape);
  }
  text += R"({"@cdc":"dead","reason":)";
  AppendJsonStringLossy(text, reason);
  text += R"(,"where":)";
  AppendJsonStringLossy(text, row.where);
  text += R"(,"pos":)" + (row.position.empty() ? "null" : row.position);
  // What the row itself may not tell, and the stream told beside it.
  if (row.ts_us != 0) text += ",\"ts_us\":" + std::to_string(row.ts_us);
  if (row.in_snapshot) text += ",\"snapshot\":true";
  text += "}\n";
  text += line;
  text += '\n';
  Write(text);
  ++count_;
}

void DeadLetters::Write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) Fail(ExitStatus::kIoError, "could not write \"" + path_ + "\": " + ErrnoText(errno));
    text.remove_prefix(static_cast<size_t>(written));
  }
  if (fsync(fd_) != 0 && errno != EINVAL)  // a pipe or a terminal has no disk
    Fail(ExitStatus::kIoError, "could not write \"" + path_ + "\": " + ErrnoText(errno));
}

}  // namespace cdc::apply
