#include "tools/cdc-apply/batch_sink.h"

#include <unistd.h>
#include <zlib.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "common/error.h"
#include "common/json_writer.h"
#include "common/log.h"
#include "common/state_folder.h"
#include "tools/cdc-apply/durable_file.h"
#include "tools/cdc-apply/history_sink.h"
#include "tools/cdc-apply/row_text.h"
#include "tools/cdc-apply/shared_names.h"

namespace cdc::apply {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormatVersion = 1;
// Then follows the epoch of the copy that writes it.
const std::string kUnfinished = ".rows-";

/// What tells the target from others: of a URL scheme, host, port and path. Who asks there, and with which query, may
/// change.
std::string PlaceOf(const std::string& target) {
  return target.rfind("http", 0) == 0 ? HookPlace(ParseHookUrl(target)) : target;
}

/// Slots of one name and several targets do not meet.
std::string Suffix(const std::string& target) {
  const auto sum = crc32(0, reinterpret_cast<const Bytef*>(target.data()), static_cast<uInt>(target.size()));
  char digits[16];
  std::snprintf(digits, sizeof digits, "%08lx", static_cast<unsigned long>(sum));
  return std::string("-") + digits;
}

class BatchSink : public HistorySink {
 public:
  BatchSink(std::string target, std::unique_ptr<BatchTaker> taker)
      : target_(PlaceOf(target)),
        former_(std::move(target)),
        taker_(std::move(taker)),
        folder_(StateFolder() + "/cdc-apply") {}

  std::optional<Position> OpenSlot(const std::string& slot) override {
    slot_ = slot.empty() ? kUnmarked : slot;
    MakeFolders(folder_);
    const FileLock lock(Path(".lock"));
    TakeFormerFiles();
    Read(Path(".json"));
    ++epoch_;
    RemoveUnfinished();
    NoteOpened();
    Write();
    if (!pending_key_.empty()) {
      LogNote("the batch that was under way is given again, under the same key");
      Give();
    }
    return position_;
  }

  std::optional<Position> ReadPosition(const std::string& slot) override {
    slot_ = slot;
    const std::string former = FormerFiles();
    Read(former.empty() ? Path(".json") : former + ".json");
    return position_;
  }

  void Apply(const RowChange& change) override {
    if (change.kind != RowChange::Kind::kUpsert) return;
    if (change.table_changed) TakeTable(*change.table);
    if (!rows_) rows_ = std::make_unique<GrowingFile>(Path((kUnfinished + std::to_string(epoch_)).c_str()));
    std::string& lines = rows_->buffer();
    lines += R"({"table":)";
    AppendJsonString(lines, change.table->name);
    lines += R"(,"row":)";
    AppendJsonRow(lines, *change.table, change.after);
    lines.back() = '}';  // in the place of its line feed
    lines += '\n';
    rows_->MaybeFlush();
  }

  void Mark(const Position* position) override {
    marked_bytes_ = rows_ ? rows_->size() : 0;
    marked_ = true;
    if (position != nullptr) next_position_ = *position;
  }

  void Commit() override {
    if (!marked_) return;
    const FileLock lock(Path(".lock"));
    CheckEpoch();
    ++sequence_;
    if (marked_bytes_ == 0) {
      position_ = next_position_;
      Write();
    } else {
      pending_key_ = slot_ + "/" + std::to_string(sequence_) + (next_position_ ? "/" + next_position_->ToJson() : "");
      CDC_CHECK(rows_->size() == marked_bytes_, "no source transaction is open at a commit");
      rows_->Finish();
      if (!MoveFile(rows_->path(), Path(".batch")))
        Fail(ExitStatus::kIoError, "\"" + rows_->path() + "\" is missing: it held the rows of a batch");
      SyncFolder(folder_);
      rows_.reset();
      Write();
      Give();
    }
    marked_bytes_ = 0;
    marked_ = false;
  }

  void RollBackToMark() override {
    if (rows_) rows_->CutTo(marked_bytes_);
  }

 private:
  std::string Path(const char* suffix) const { return folder_ + "/" + PathPart(slot_) + Suffix(target_) + suffix; }

  void TakeTable(const TargetTable& table) {
    NoteDelivered(table.source_db, table.source_table);
    const std::string suffix = Suffix(target_) + ".json";
    if (AddName(table.name) && slot_ != kUnmarked)
      CheckNameIsFree(folder_, suffix, PathPart(slot_) + suffix, table.name);
  }

  /// Path of the slot's files, without suffix, where they have the name that earlier versions gave them: that of the
  /// whole URL. Empty: there are none, or newer ones.
  std::string FormerFiles() const {
    if (access(Path(".json").c_str(), F_OK) == 0) {
      CheckNoneOfOurOwn();
      return "";
    }
    std::vector<std::string> found;
    for (const std::string& name : FilesOf(folder_)) {
      const std::string start = PathPart(slot_) + "-", end = ".json";
      if (name.size() != start.size() + 8 + end.size() || name.rfind(start, 0) != 0 ||
          name.compare(name.size() - end.size(), end.size(), end) != 0)
        continue;
      const Json state = Json::parse(ReadWholeFile(folder_ + "/" + name).value_or(""), nullptr, false);
      if (!state.is_object() || !state.contains("target") || PlaceOf(state["target"]) != target_) continue;
      const std::string path = folder_ + "/" + name.substr(0, name.size() - end.size());
      if (state["target"] == former_) return path;
      found.push_back(path);
    }
    if (found.size() > 1)
      Fail(ExitStatus::kConfig, "slot \"" + slot_ + "\" of " + target_ + " has several positions, of several URLs",
           "\"" + found[0] + ".json\", \"" + found[1] + ".json\"", "remove those that are no longer used");
    return found.empty() ? "" : found.front();
  }

  /// Of two pipelines with several URLs for one place, the first to start got the newer name: the other does not go on
  /// from the first one's position.
  void CheckNoneOfOurOwn() const {
    const std::string own = folder_ + "/" + PathPart(slot_) + Suffix(former_) + ".json";
    if (former_ == target_ || access(own.c_str(), F_OK) != 0) return;
    Fail(ExitStatus::kConfig, "slot \"" + slot_ + "\" of " + target_ + " has two positions, of two URLs",
         "\"" + Path(".json") + "\", \"" + own + "\"",
         "remove the one that is no longer used; where both are, give this one another --slot");
  }

  void TakeFormerFiles() {
    const std::string former = FormerFiles();
    if (former.empty()) return;
    // The state last: it tells whether there is a batch.
    MoveFile(former + ".batch", Path(".batch"));
    SyncFolder(folder_);
    if (!MoveFile(former + ".json", Path(".json")))
      Fail(ExitStatus::kIoError, "\"" + former + ".json\" is missing: it held the position of the slot");
    SyncFolder(folder_);
    unlink((former + ".lock").c_str());
  }

  /// Rows of copies that ended before they had made them a batch.
  void RemoveUnfinished() {
    const std::string start = PathPart(slot_) + Suffix(target_) + kUnfinished;
    for (const std::string& name : FilesOf(folder_))
      if (name.rfind(start, 0) == 0) unlink((folder_ + "/" + name).c_str());
  }

  /// The batch that the state names.
  void Give() {
    const std::string path = Path(".batch");
    if (access(path.c_str(), F_OK) != 0)
      Fail(ExitStatus::kIoError, "\"" + path + "\" is missing: it held a batch that was under way");
    taker_->Take({slot_, pending_key_, next_position_ ? next_position_->ToJson() : "", path});
    pending_key_.clear();
    position_ = next_position_;
    Write();
    // Only now: a state that names the batch needs it.
    unlink(path.c_str());
  }

  void Read(const std::string& path) {
    const auto text = ReadWholeFile(path);
    if (!text) return;
    const Json state = Json::parse(*text, nullptr, false);
    if (!state.is_object() || !state.contains("format"))
      Fail(ExitStatus::kData, "\"" + path + "\" is damaged", "", "it holds the position of the slot");
    if (state["format"] > kFormatVersion)
      Fail(ExitStatus::kProtocol, "\"" + path + "\" has format version " + state["format"].dump(), "",
           "use the version of cdc-apply that wrote it, or a newer one");
    epoch_ = state.at("epoch").get<uint64_t>();
    sequence_ = state.at("sequence").get<uint64_t>();
    pending_key_ = state.at("pending").get<std::string>();
    position_ = PositionOf(state.at("position"));
    next_position_ = PositionOf(state.at("next"));
    if (state.contains("names"))
      for (const auto& name : state["names"]) AddName(name.get<std::string>());
  }

  static std::optional<Position> PositionOf(const Json& json) {
    if (json.is_null()) return std::nullopt;
    return Position::Parse(json.dump());
  }

  void Write() {
    const auto json = [](const std::optional<Position>& position) {
      return position ? Json::parse(position->ToJson()) : Json();
    };
    Json state = {{"format", kFormatVersion},    {"target", target_},           {"epoch", epoch_},
                  {"sequence", sequence_},       {"position", json(position_)}, {"pending", pending_key_},
                  {"next", json(next_position_)}};
    if (slot_ != kUnmarked) state["names"] = names();
    WriteWholeFile(Path(".json"), state.dump() + "\n");
  }

  void CheckEpoch() {
    const auto text = ReadWholeFile(Path(".json"));
    const Json state = text ? Json::parse(*text, nullptr, false) : Json();
    if (state.is_object() && state.value("epoch", uint64_t{0}) == epoch_) return;
    Fail(ExitStatus::kTempFail, "slot \"" + slot_ + "\" of " + target_ + " was taken over by another cdc-apply",
         "nothing of this copy was lost or doubled");
  }

  std::string target_, former_, slot_;
  std::unique_ptr<BatchTaker> taker_;
  std::string folder_;
  bool marked_ = false;
  uint64_t epoch_ = 0, sequence_ = 0;
  std::optional<Position> position_, next_position_;  // of what is taken; of the batch
  std::string pending_key_;                           // empty: none is under way
  std::unique_ptr<GrowingFile> rows_;                 // since the last commit; null: none
  size_t marked_bytes_ = 0;
};

}  // namespace

std::unique_ptr<Sink> MakeBatchSink(const std::string& target, std::unique_ptr<BatchTaker> taker) {
  return std::make_unique<BatchSink>(target, std::move(taker));
}

}  // namespace cdc::apply
