#include "tools/cdc-sql/state/checkpoint_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/error.h"
#include "common/json_scan.h"
#include "common/json_writer.h"
#include "common/log.h"
#include "common/shown_sink.h"
#include "common/sink_position.h"

namespace cdc::sql {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCheckpoint = "checkpoint-", kJournal = "journal-";

std::string Numbered(std::string_view word, uint64_t number) {
  char digits[24];
  std::snprintf(digits, sizeof digits, "%012llu", static_cast<unsigned long long>(number));
  return std::string(word) + digits;
}

/// The number in "<word><digits>"; nothing for other names.
std::optional<uint64_t> NumberIn(const std::string& name, std::string_view word) {
  if (name.rfind(word, 0) != 0) return std::nullopt;
  uint64_t number = 0;
  const std::string digits = name.substr(word.size());
  const size_t first = std::min(digits.find_first_not_of('0'), digits.size() - 1);
  if (digits.empty() || !ParseJsonUnsigned(std::string_view(digits).substr(first), &number)) return std::nullopt;
  return number;
}

std::vector<uint64_t> NumbersIn(const std::string& folder, std::string_view word) {
  std::vector<uint64_t> numbers;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (const auto number = NumberIn(at->path().filename().string(), word)) numbers.push_back(*number);
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

void RemoveFile(const std::string& path) {
  if (unlink(path.c_str()) != 0 && errno != ENOENT)
    Fail(ExitStatus::kIoError, "could not remove " + path + ": " + ErrnoText(errno));
}

std::string ReadSmallFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void CreateFolder(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    Fail(ExitStatus::kCannotCreate, "could not create the folder of checkpoints " + folder + ": " + error.message());
}

void WriteSmallFile(const std::string& path, const std::string& text) {
  const std::string fresh = path + "." + std::to_string(getpid()) + ".tmp";
  {
    std::ofstream file(fresh, std::ios::binary | std::ios::trunc);
    file << text;
    if (!file.flush()) Fail(ExitStatus::kCannotCreate, "could not write " + fresh + ": " + ErrnoText(errno));
  }
  if (rename(fresh.c_str(), path.c_str()) != 0)
    Fail(ExitStatus::kCannotCreate, "could not write " + path + ": " + ErrnoText(errno));
}

bool NotAhead(const Position& checkpoint, const Position& sink) {
  const PositionOrder order = ComparePositions(checkpoint, sink);
  return order == PositionOrder::kBefore || order == PositionOrder::kEqual;
}

}  // namespace

CheckpointStore::~CheckpointStore() {
  if (lock_ >= 0) close(lock_);
}

void CheckpointStore::Lock() {
  CreateFolder(folder_);
  const std::string path = folder_ + "/lock";
  lock_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0) Fail(ExitStatus::kCannotCreate, "could not create " + path + ": " + ErrnoText(errno));
  if (flock(lock_, LOCK_EX | LOCK_NB) != 0)
    Fail(ExitStatus::kTempFail, "another cdc-sql keeps its checkpoints in " + folder_, "",
         "end it first, or give --checkpoint another folder");
  // What an earlier process did not finish writing.
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_, error))
    if (entry.path().extension() == ".tmp") RemoveFile(entry.path().string());
}

void CheckpointStore::LeaveLockToParent() {
  close(lock_);
  lock_ = -1;
}

std::string CheckpointStore::PathOf(uint64_t number) const {
  return folder_ + "/" + Numbered(kCheckpoint, number);
}

std::string CheckpointStore::JournalOf(uint64_t number) const {
  return folder_ + "/" + Numbered(kJournal, number);
}

std::vector<uint64_t> CheckpointStore::Journals() const {
  return NumbersIn(folder_, kJournal);
}

std::vector<CheckpointStore::Entry> CheckpointStore::List() const {
  std::vector<Entry> entries;
  for (const uint64_t number : NumbersIn(folder_, kCheckpoint)) {
    Entry entry;
    entry.path = PathOf(number);
    try {
      entry.head = ReadCheckpointHead(entry.path);
    } catch (const Failure& failure) {
      if (failure.error().status == ExitStatus::kConfig) throw;
      LogWarning(std::string(failure.what()) + "; it is passed over");
      continue;
    }
    entry.head.number = number;
    entries.push_back(std::move(entry));
  }
  return entries;
}

bool CheckpointStore::IsWhole(const Entry& entry) {
  const std::optional<std::string> damage = FindDamage(entry.path);
  if (damage) LogWarning("the checkpoint " + entry.path + " is damaged: " + *damage + "; the one before it is taken");
  return !damage;
}

std::optional<CheckpointStore::Entry> CheckpointStore::Choose(const std::optional<Position>& sink) const {
  std::vector<Entry> entries = List();
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry)
    if ((!sink || NotAhead(entry->head.position, *sink)) && IsWhole(*entry)) return *entry;
  return std::nullopt;
}

void CheckpointStore::Remove(const std::vector<Entry>& entries, uint64_t oldest_journal) const {
  for (const Entry& entry : entries) RemoveFile(entry.path);
  for (const uint64_t number : Journals())
    if (number < oldest_journal) RemoveFile(JournalOf(number));
}

void CheckpointStore::Clear(bool and_mark) const {
  for (const uint64_t number : NumbersIn(folder_, kCheckpoint)) RemoveFile(PathOf(number));
  for (const uint64_t number : Journals()) RemoveFile(JournalOf(number));
  if (and_mark) RemoveFile(folder_ + "/rebuild");
  SyncFolder(folder_);
}

void CheckpointStore::Prune(size_t keep) const {
  std::vector<Entry> entries = List();
  if (entries.size() <= keep) return;
  size_t first_kept = entries.size() - keep;
  if (const std::string text = ReadSmallFile(folder_ + "/sink"); !text.empty()) {
    std::string sink, slot;
    JsonMembers members(text);
    while (members.Next()) {
      if (members.name() == "sink") sink = UnescapeJsonString(members.value(), folder_);
      if (members.name() == "slot") slot = UnescapeJsonString(members.value(), folder_);
    }
    try {
      const std::optional<Position> held = AskSinkPosition(sink, slot);
      while (held && first_kept > 0 && !NotAhead(entries[first_kept].head.position, *held)) --first_kept;
      if (!held) first_kept = 0;
    } catch (const Failure& failure) {
      LogWarning(std::string(failure.what()) + ": no checkpoint is removed");
      return;
    }
  }
  entries.resize(first_kept);
  if (entries.empty()) return;
  Remove(entries, entries.back().head.number + 1);
}

bool CheckpointStore::rebuild_asked() const {
  return access((folder_ + "/rebuild").c_str(), F_OK) == 0;
}

void CheckpointStore::AskRebuild() const {
  WriteSmallFile(folder_ + "/rebuild", "");
  Clear(false);
}

void CheckpointStore::RememberSink(const std::string& sink, const std::string& slot) const {
  std::string text = "{\"sink\":";
  AppendJsonString(text, sink);
  text += ",\"slot\":";
  AppendJsonString(text, slot);
  text += "}\n";
  const std::string path = folder_ + "/sink";
  if (ReadSmallFile(path) == text) return;
  CreateFolder(folder_);
  WriteSmallFile(path, text);
}

namespace {

/// A new reading of Kafka's topics takes nothing out of the sink, as a snapshot would.
void CheckTakesRebuild(const std::string& sink, const std::string& slot, const Position& held) {
  if (!held.is_kafka()) return;
  Fail(ExitStatus::kConfig,
       "the state is to be built anew from Kafka, but " + ShownSink(sink) + " holds results for slot \"" + slot + "\"",
       "it would keep them, and take what comes after position " + held.ToJson() + " only",
       "give the new results another --slot and an empty target");
}

}  // namespace

void CheckTakesRebuild(const std::string& sink, const std::string& slot) {
  if (const std::optional<Position> held = AskSinkPosition(sink, slot)) CheckTakesRebuild(sink, slot, *held);
}

std::optional<Position> CheckpointPosition(const CheckpointStore& store, const std::string& sink,
                                           const std::string& slot) {
  if (sink.empty()) {
    if (store.rebuild_asked()) return std::nullopt;
    const auto newest = store.Choose(std::nullopt);
    return newest ? std::optional(newest->head.position) : std::nullopt;
  }
  store.RememberSink(sink, slot);
  const std::optional<Position> held = AskSinkPosition(sink, slot);
  if (!held || !held->snapshot.empty()) return std::nullopt;
  if (store.rebuild_asked()) {
    CheckTakesRebuild(sink, slot, *held);
    return std::nullopt;
  }
  if (const auto chosen = store.Choose(held)) return chosen->head.position;
  Fail(ExitStatus::kNoInput,
       "no checkpoint in " + store.folder() + " is at or before the position that " + ShownSink(sink) +
           " holds for slot \"" + slot + "\"",
       "position: " + held->ToJson(),
       "cdc-sql --checkpoint " + store.folder() +
           " --rebuild lets the next start build the state anew, from the source's snapshot");
}

}  // namespace cdc::sql
