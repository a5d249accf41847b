#include "tools/cdc-sql/state/step_journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "common/error.h"
#include "common/json_scan.h"
#include "common/json_writer.h"
#include "common/line_input.h"
#include "common/log.h"
#include "common/property_file.h"

namespace cdc::sql {

namespace {

[[noreturn]] void FailJournal(const std::string& path) {
  Fail(ExitStatus::kIoError, "could not write the journal " + path + ": " + ErrnoText(errno));
}

std::string LineOf(const JournalStep& step) {
  std::string line = "{\"runs\":[";
  for (const JournalStep::Run& run : step.runs) {
    if (line.back() != '[') line += ',';
    line += '[';
    AppendJsonString(line, run.topic);
    line += ',';
    AppendInteger(line, run.partition);
    line += ',';
    AppendInteger(line, run.end);
    line += ']';
  }
  line += "],\"pos\":";
  step.position.AppendJson(line);
  line += ",\"ts_us\":";
  AppendInteger(line, step.ts_us);
  return line + "}\n";
}

/// Nothing if the line is not whole.
std::optional<JournalStep> ParseStep(std::string_view line) {
  JournalStep step;
  bool good = true;
  JsonMembers members(line);
  while (members.Next()) {
    const std::string_view name = members.name(), value = members.value();
    if (name == "pos") step.position = Position::Parse(value);
    if (name == "ts_us") good = good && ParseJsonUnsigned(value, &step.ts_us);
    if (name != "runs") continue;
    JsonElements runs(value);
    while (runs.Next()) {
      JournalStep::Run run;
      int64_t partition = 0;
      JsonElements parts(runs.value());
      good = good && parts.Next() && AppendUnescaped(run.topic, parts.value()) && parts.Next() &&
             ParseJsonInteger(parts.value(), &partition) && parts.Next() && ParseJsonInteger(parts.value(), &run.end);
      run.partition = static_cast<int32_t>(partition);
      step.runs.push_back(std::move(run));
    }
    good = good && runs.ok();
  }
  if (!good || !members.ok() || !step.position.is_kafka()) return std::nullopt;
  return step;
}

/// The steps that are whole, and how many bytes they take.
std::deque<JournalStep> ReadSteps(const std::string& path, size_t* whole) {
  std::deque<JournalStep> steps;
  const std::string text = ReadFile(path);
  size_t at = 0;
  for (;;) {
    *whole = at;
    const size_t end = text.find('\n', at);
    if (end == std::string::npos) return steps;
    std::optional<JournalStep> step;
    try {
      step = ParseStep(std::string_view(text).substr(at, end - at));
    } catch (const Failure&) {
      // not a position: as damaged as any other line that is none
    }
    if (!step) {
      LogWarning("the journal " + path + " is damaged after " + std::to_string(steps.size()) +
                 " steps: what comes after them is taken in the order in which it comes now");
      return steps;
    }
    steps.push_back(std::move(*step));
    at = end + 1;
  }
}

int64_t OffsetIn(const Position& position, const std::string& topic, int32_t partition) {
  const auto found = position.kafka.find(topic);
  if (found == position.kafka.end()) return 0;
  const auto offset = found->second.find(partition);
  return offset == found->second.end() ? 0 : offset->second;
}

}  // namespace

StepJournal::~StepJournal() {
  Close();
}

void StepJournal::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

std::deque<JournalStep> StepJournal::Recall(uint64_t number, uint64_t* last) {
  std::deque<JournalStep> steps;
  *last = number;
  for (const uint64_t journal : store_.Journals()) {
    if (journal < number) continue;
    size_t whole = 0;
    std::deque<JournalStep> more = ReadSteps(store_.JournalOf(journal), &whole);
    std::move(more.begin(), more.end(), std::back_inserter(steps));
    *last = journal;
    path_ = store_.JournalOf(journal);
    Close();
    fd_ = open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    if (fd_ < 0 || ftruncate(fd_, static_cast<off_t>(whole)) != 0) FailJournal(path_);
  }
  if (fd_ < 0) Begin(number);
  return steps;
}

void StepJournal::Begin(uint64_t number) {
  Close();
  path_ = store_.JournalOf(number);
  fd_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
  if (fd_ < 0) FailJournal(path_);
  SyncFolder(store_.folder());
}

void StepJournal::Append(const JournalStep& step) {
  const std::string line = LineOf(step);
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t count = write(fd_, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) FailJournal(path_);
    rest.remove_prefix(static_cast<size_t>(count));
  }
  if (fdatasync(fd_) != 0) FailJournal(path_);
}

void HeldRecords::Hold(const RecordLine& record, std::string_view line, const std::string& where) {
  Held held;
  held.order = next_order_++;
  held.offset = record.offset;
  held.line.reserve(line.size() + LineInput::kPadding);
  held.line = line;
  held.line.append(LineInput::kPadding, '\0');
  held.size = line.size();
  held.where = where;
  held_[{std::string(record.topic), record.partition}].push_back(std::move(held));
}

void HeldRecords::Reached(const Position& position) {
  reached_ = FartherOf(reached_, position);
}

bool HeldRecords::Has(const JournalStep& step) const {
  return std::all_of(step.runs.begin(), step.runs.end(), [this](const JournalStep::Run& run) {
    return OffsetIn(reached_, run.topic, run.partition) >= run.end;
  });
}

std::vector<HeldRecords::Held> HeldRecords::Take(const JournalStep& step) {
  std::vector<Held> taken;
  for (const JournalStep::Run& run : step.runs) {
    const auto found = held_.find({run.topic, run.partition});
    if (found == held_.end()) continue;
    std::deque<Held>& records = found->second;
    while (!records.empty() && records.front().offset < run.end) {
      taken.push_back(std::move(records.front()));
      records.pop_front();
    }
    if (records.empty()) held_.erase(found);
  }
  return taken;
}

std::vector<HeldRecords::Held> HeldRecords::TakeAll() {
  std::vector<Held> taken;
  for (auto& [partition, records] : held_) std::move(records.begin(), records.end(), std::back_inserter(taken));
  held_.clear();
  std::sort(taken.begin(), taken.end(), [](const Held& a, const Held& b) { return a.order < b.order; });
  return taken;
}

Position FartherOf(const Position& a, const Position& b) {
  Position farther = a;
  for (const auto& [topic, partitions] : b.kafka)
    for (const auto& [partition, offset] : partitions) {
      int64_t& mine = farther.kafka[topic][partition];
      mine = std::max(mine, offset);
    }
  return farther;
}

}  // namespace cdc::sql
