#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>

#include "common/error.h"
#include "tools/cdc-apply/durable_file.h"
#include "tools/cdc-apply/iceberg/file_store.h"

namespace cdc::apply::iceberg {
namespace {

std::string PathOf(const std::string& location) {
  // "file:///a", as Java's readers write it "file:/a" too.
  std::string path = location.rfind("file:", 0) == 0 ? location.substr(5) : location;
  while (path.rfind("//", 0) == 0) path.erase(0, 1);
  if (path.empty() || path[0] != '/')
    Fail(ExitStatus::kConfig, "the table's files are at \"" + Shown(location) + "\", where cdc-apply cannot write", "",
         "a local warehouse has file:///… locations");
  return path;
}

std::string FolderOf(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

class LocalStore : public FileStore {
 public:
  void Write(const std::string& location, std::string_view bytes) override {
    const std::string path = PathOf(location);
    MakeFolderOf(path);
    WriteWholeFile(path, bytes);
  }

  std::string Read(const std::string& location) override {
    auto bytes = ReadWholeFile(PathOf(location));
    if (!bytes) FailMissing(location);
    return std::move(*bytes);
  }

  void Remove(const std::string& location) override { unlink(PathOf(location).c_str()); }

  std::string LocalPathFor(const std::string& location) override {
    const std::string path = PathOf(location);
    MakeFolderOf(path);
    return path;
  }

  int64_t Publish(const std::string& local_path, const std::string& location) override {
    struct stat status;
    if (stat(local_path.c_str(), &status) != 0) FailMissing(location);
    SyncFolder(FolderOf(local_path));
    return status.st_size;
  }

  std::string LocalCopyOf(const std::string& location) override { return PathOf(location); }
  void FinishReading(const std::string&) override {}

 private:
  [[noreturn]] static void FailMissing(const std::string& location) {
    Fail(ExitStatus::kNoInput, "file \"" + location + "\" of an Iceberg table is not there");
  }

  void MakeFolderOf(const std::string& path) {
    const std::string folder = FolderOf(path);
    if (folder == last_folder_) return;
    MakeFolders(folder);
    last_folder_ = folder;
  }

  std::string last_folder_;
};

}  // namespace

std::unique_ptr<FileStore> MakeLocalStore() {
  return std::make_unique<LocalStore>();
}

std::string RandomUuid() {
  uint8_t bytes[16];
  if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
    Fail(ExitStatus::kOsError, "no random bytes: " + ErrnoText(errno));
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3f) | 0x80);
  std::string text;
  for (size_t i = 0; i < sizeof bytes; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", bytes[i]);
    text += digits;
  }
  return text;
}

}  // namespace cdc::apply::iceberg
