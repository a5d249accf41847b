#include "tools/cdc-apply/file_sink.h"

#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "common/error.h"
#include "tools/cdc-apply/durable_file.h"
#include "tools/cdc-apply/history_sink.h"
#include "tools/cdc-apply/row_file.h"
#include "tools/cdc-apply/shared_names.h"

namespace cdc::apply {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormatVersion = 1;
constexpr uint64_t kFileBytes = 128 << 20;
constexpr auto kFileAge = std::chrono::seconds(60);
constexpr int kNumberDigits = 12;

std::string FormatOf(const TargetPath& target) {
  std::string format = "ndjson";
  for (const auto& [name, value] : target.parameters) {
    if (name != "format")
      Fail(ExitStatus::kUsage, "target file: has no parameter \"" + Shown(name) + "\"", "",
           "format=ndjson, format=csv or format=parquet");
    format = value;
  }
  CheckFileFormat(format);
  return format;
}

class FileSink : public HistorySink {
 public:
  explicit FileSink(const TargetPath& target) : root_(target.path), format_(FormatOf(target)) {}

  CommitPace pace() const override { return {kFileAge, kFileBytes, UINT64_MAX, false}; }

  std::optional<Position> OpenSlot(const std::string& slot) override {
    slot_ = slot.empty() ? kUnmarked : PathPart(slot);
    MakeFolders(HiddenFolder());
    const FileLock lock(LockPath());
    ReadManifest();
    FinishRenames(true);
    RemoveUnfinished();
    ++epoch_;
    NoteOpened();
    WriteManifest({});
    return position_;
  }

  std::optional<Position> ReadPosition(const std::string& slot) override {
    slot_ = PathPart(slot);
    ReadManifest();
    return position_;
  }

  void Apply(const RowChange& change) override {
    if (change.kind != RowChange::Kind::kUpsert) return;
    FileOf(*change.table, change.table_changed).file->Add(change.after);
  }

  void Mark(const Position* position) override {
    for (const auto& file : files_) file->file->Mark();
    if (position != nullptr) position_ = *position;
    marked_ = true;
  }

  void Commit() override {
    if (!marked_) return;
    marked_ = false;
    std::vector<Rename> renames;
    for (const auto& file : files_) {
      if (!file->file->has_marked_rows()) continue;
      file->file->Finish();
      renames.push_back({file->file->path(), file->final_path});
    }
    SyncFolder(HiddenFolder());
    const FileLock lock(LockPath());
    CheckEpoch();
    WriteManifest(renames);
    pending_ = renames;
    FinishRenames(false);
    files_.clear();
    by_table_.clear();
  }

  void RollBackToMark() override {
    // A file without any marked row goes, with its header.
    const auto is_new = [](const auto& file) { return !file->file->has_marked_rows(); };
    for (auto at = by_table_.begin(); at != by_table_.end();) at = is_new(at->second) ? by_table_.erase(at) : ++at;
    files_.erase(std::remove_if(files_.begin(), files_.end(), is_new), files_.end());
    for (const auto& file : files_) file->file->CutToMark();
  }

 private:
  struct OpenFile {
    std::unique_ptr<RowFile> file;
    std::string final_path;  // relative to root_
  };
  struct Rename {
    std::string from, to;  // `to` relative to root_
  };

  bool is_marked() const { return slot_ != kUnmarked; }
  std::string HiddenFolder() const { return root_ + "/.cdc"; }
  std::string ManifestPath() const { return HiddenFolder() + "/" + slot_ + ".json"; }
  std::string LockPath() const { return HiddenFolder() + "/" + slot_ + ".lock"; }
  std::string TemporaryPrefix() const { return slot_ + "~"; }

  OpenFile& FileOf(const TargetTable& table, bool changed) {
    OpenFile*& file = by_table_[&table];
    // Rows of one file have the same columns.
    if (file != nullptr && !changed && !file->file->is_full()) return *file;
    if (!table.source_table.empty()) NoteDelivered(table.source_db, table.source_table);
    if (AddName(table.name) && is_marked()) CheckNameIsFree(HiddenFolder(), ".json", slot_ + ".json", table.name);
    std::string number = std::to_string(next_number_++);
    number.insert(0, kNumberDigits - std::min<size_t>(kNumberDigits, number.size()), '0');
    auto opened = std::make_unique<OpenFile>();
    opened->final_path = PathPart(table.name) + "/" + slot_ + "-" + number + "." + format_;
    opened->file =
        OpenRowFile(format_, HiddenFolder() + "/" + TemporaryPrefix() + std::to_string(epoch_) + "-" + number, table);
    file = opened.get();
    files_.push_back(std::move(opened));
    return *file;
  }

  void ReadManifest() {
    const auto text = ReadWholeFile(ManifestPath());
    if (!text) return;
    const Json manifest = Json::parse(*text, nullptr, false);
    if (!manifest.is_object() || !manifest.contains("format"))
      Fail(ExitStatus::kData, "\"" + ManifestPath() + "\" is damaged", "",
           "it holds the position of the slot; take it from a backup, or begin anew into another folder");
    if (manifest["format"] > kFormatVersion)
      Fail(ExitStatus::kProtocol,
           "\"" + ManifestPath() + "\" has format version " + manifest["format"].dump() + ", this tool knows " +
               std::to_string(kFormatVersion),
           "", "use the version of cdc-apply that wrote it, or a newer one");
    epoch_ = manifest.at("epoch");
    next_number_ = manifest.at("next");
    position_.reset();
    if (!manifest.at("position").is_null()) position_ = Position::Parse(manifest["position"].dump());
    pending_.clear();
    for (const auto& rename : manifest.at("files"))
      pending_.push_back({HiddenFolder() + "/" + rename.at(0).get<std::string>(), rename.at(1)});
    for (const auto& table : manifest.at("tables"))
      NoteDelivered(table.at(0).get<std::string>(), table.at(1).get<std::string>());
    if (manifest.contains("names"))
      for (const auto& name : manifest["names"]) AddName(name.get<std::string>());
  }

  void WriteManifest(const std::vector<Rename>& renames) {
    Json manifest = {{"format", kFormatVersion}, {"epoch", epoch_}, {"next", next_number_}};
    manifest["position"] = position_ ? Json::parse(position_->ToJson()) : Json();
    manifest["files"] = Json::array();
    for (const auto& rename : renames)
      manifest["files"].push_back(Json::array({rename.from.substr(HiddenFolder().size() + 1), rename.to}));
    manifest["tables"] = Json::array();
    for (const auto& [db, table] : delivered()) manifest["tables"].push_back(Json::array({db, table}));
    if (is_marked()) manifest["names"] = names();
    WriteWholeFile(ManifestPath(), manifest.dump() + "\n");
  }

  /// The manifest has decided on these; some may have been done already.
  void FinishRenames(bool at_start) {
    std::string last;
    for (const auto& rename : pending_) {
      const std::string to = root_ + "/" + rename.to;
      const std::string folder = to.substr(0, to.rfind('/'));
      if (folder != last) MakeFolders(folder);
      last = folder;
      // At a start it was done already, as a rule, and whoever reads the files may have taken this one away since.
      if (!MoveFile(rename.from, to) && !at_start)
        Fail(ExitStatus::kIoError, "\"" + rename.from + "\" is missing, which was to become \"" + to + "\"", "",
             "somebody removed it; its rows come again with a new snapshot, or into another folder");
      SyncFolder(folder);
    }
    pending_.clear();
  }

  /// Files of copies that ended before they had decided on them.
  void RemoveUnfinished() {
    for (const std::string& name : FilesOf(HiddenFolder()))
      if (name.rfind(TemporaryPrefix(), 0) == 0) unlink((HiddenFolder() + "/" + name).c_str());
  }

  void CheckEpoch() {
    const auto text = ReadWholeFile(ManifestPath());
    const Json manifest = text ? Json::parse(*text, nullptr, false) : Json();
    if (manifest.is_object() && manifest.value("epoch", uint64_t{0}) == epoch_) return;
    Fail(ExitStatus::kTempFail, "slot \"" + slot_ + "\" of \"" + root_ + "\" was taken over by another cdc-apply",
         "nothing of this copy was lost or doubled");
  }

  std::string root_, slot_;
  std::string format_;
  bool marked_ = false;
  uint64_t epoch_ = 0, next_number_ = 1;
  std::optional<Position> position_;
  std::vector<Rename> pending_;
  std::vector<std::unique_ptr<OpenFile>> files_;
  std::unordered_map<const TargetTable*, OpenFile*> by_table_;
};

}  // namespace

std::unique_ptr<Sink> OpenFileSink(const TargetPath& target) {
  return std::make_unique<FileSink>(target);
}

}  // namespace cdc::apply
