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

}  // namespace cdc::apply::iceberg
