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

namespace cdc::apply {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormatVersion = 1;

/// Slots of one name and several targets do not meet.
std::string FileName(const std::string& slot, const std::string& target) {
  const auto sum = crc32(0, reinterpret_cast<const Bytef*>(target.data()), static_cast<uInt>(target.size()));
  char digits[16];
  std::snprintf(digits, sizeof digits, "%08lx", static_cast<unsigned long>(sum));
  return PathPart(slot) + "-" + digits;
}

class BatchSink : public HistorySink {
 public:
  BatchSink(std::string target, std::unique_ptr<BatchTaker> taker)
      : target_(std::move(target)), taker_(std::move(taker)), folder_(StateFolder() + "/cdc-apply") {}

  std::optional<Position> OpenSlot(const std::string& slot) override {
    slot_ = slot.empty() ? "unmarked" : slot;
    MakeFolders(folder_);
    const FileLock lock(Path(".lock"));
    Read();
    ++epoch_;
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
    Read();
    return position_;
  }

  void Apply(const RowChange& change) override {
    if (change.kind != RowChange::Kind::kUpsert) return;
    if (change.table_changed) NoteDelivered(change.table->source_db, change.table->source_table);
    lines_ += R"({"table":)";
    AppendJsonString(lines_, change.table->name);
    lines_ += R"(,"row":)";
    AppendJsonRow(lines_, *change.table, change.after);
    lines_.back() = '}';  // in the place of its line feed
    lines_ += '\n';
  }

  void Mark(const Position* position) override {
    marked_bytes_ = lines_.size();
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
      WriteWholeFile(Path(".batch"), std::string_view(lines_).substr(0, marked_bytes_));
      Write();
      Give();
    }
    lines_.erase(0, marked_bytes_);
    marked_bytes_ = 0;
    marked_ = false;
  }

  void RollBackToMark() override { lines_.resize(marked_bytes_); }

 private:
  std::string Path(const char* suffix) const { return folder_ + "/" + FileName(slot_, target_) + suffix; }

  /// The batch that the state names.
  void Give() {
    const std::string path = Path(".batch");
    if (access(path.c_str(), F_OK) != 0)
      Fail(ExitStatus::kIoError, "\"" + path + "\" is missing: it held a batch that was under way");
    taker_->Take({slot_, pending_key_, next_position_ ? next_position_->ToJson() : "", path});
    pending_key_.clear();
    position_ = next_position_;
    Write();
  }

  void Read() {
    const auto text = ReadWholeFile(Path(".json"));
    if (!text) return;
    const Json state = Json::parse(*text, nullptr, false);
    if (!state.is_object() || !state.contains("format"))
      Fail(ExitStatus::kData, "\"" + Path(".json") + "\" is damaged", "", "it holds the position of the slot");
    if (state["format"] > kFormatVersion)
      Fail(ExitStatus::kProtocol, "\"" + Path(".json") + "\" has format version " + state["format"].dump(), "",
           "use the version of cdc-apply that wrote it, or a newer one");
    epoch_ = state.at("epoch").get<uint64_t>();
    sequence_ = state.at("sequence").get<uint64_t>();
    pending_key_ = state.at("pending").get<std::string>();
    position_ = PositionOf(state.at("position"));
    next_position_ = PositionOf(state.at("next"));
  }

  static std::optional<Position> PositionOf(const Json& json) {
    if (json.is_null()) return std::nullopt;
    return Position::Parse(json.dump());
  }

  void Write() {
    const auto json = [](const std::optional<Position>& position) {
      return position ? Json::parse(position->ToJson()) : Json();
    };
    const Json state = {{"format", kFormatVersion},    {"target", target_},           {"epoch", epoch_},
                        {"sequence", sequence_},       {"position", json(position_)}, {"pending", pending_key_},
                        {"next", json(next_position_)}};
    WriteWholeFile(Path(".json"), state.dump() + "\n");
  }

  void CheckEpoch() {
    const auto text = ReadWholeFile(Path(".json"));
    const Json state = text ? Json::parse(*text, nullptr, false) : Json();
    if (state.is_object() && state.value("epoch", uint64_t{0}) == epoch_) return;
    Fail(ExitStatus::kTempFail, "slot \"" + slot_ + "\" of " + target_ + " was taken over by another cdc-apply",
         "nothing of this copy was lost or doubled");
  }

  std::string target_, slot_;
  std::unique_ptr<BatchTaker> taker_;
  std::string folder_;
  bool marked_ = false;
  uint64_t epoch_ = 0, sequence_ = 0;
  std::optional<Position> position_, next_position_;  // of what is taken; of the batch
  std::string pending_key_;                           // empty: none is under way
  std::string lines_;
  size_t marked_bytes_ = 0;
};

}  // namespace

std::unique_ptr<Sink> MakeBatchSink(const std::string& target, std::unique_ptr<BatchTaker> taker) {
  return std::make_unique<BatchSink>(target, std::move(taker));
}

}  // namespace cdc::apply
