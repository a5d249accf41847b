#include "tools/cdc-apply/iceberg/file_store.h"

#include "common/error.h"

namespace cdc::apply::iceberg {
namespace {

bool IsS3(const std::string& location) {
  // The last two are names that Hadoop's file systems gave to the same.
  for (const char* scheme : {"s3://", "s3a://", "s3n://"})
    if (location.rfind(scheme, 0) == 0) return true;
  return false;
}

class FileStoreByScheme : public FileStore {
 public:
  explicit FileStoreByScheme(std::unique_ptr<S3Files> s3) : local_(MakeLocalStore()), s3_(std::move(s3)) {}

  void Write(const std::string& location, std::string_view bytes) override { Of(location).Write(location, bytes); }
  std::string Read(const std::string& location) override { return Of(location).Read(location); }
  void Remove(const std::string& location) override { Of(location).Remove(location); }
  std::string LocalPathFor(const std::string& location) override { return Of(location).LocalPathFor(location); }
  int64_t Publish(const std::string& local_path, const std::string& location) override {
    return Of(location).Publish(local_path, location);
  }
  std::string LocalCopyOf(const std::string& location) override { return Of(location).LocalCopyOf(location); }
  void FinishReading(const std::string& local_path) override {
    // Each knows its own, and the local store has nothing to do.
    if (s3_) s3_->FinishReading(local_path);
  }

 private:
  FileStore& Of(const std::string& location) {
    if (!IsS3(location)) return *local_;
    if (!s3_)
      Fail(ExitStatus::kConfig, "this cdc-apply was built without HTTP, and \"" + Shown(location) + "\" is in S3", "",
           "install libcurl4-openssl-dev (make deps does) and build anew");
    return *s3_;
  }

  std::unique_ptr<FileStore> local_;
  std::unique_ptr<S3Files> s3_;
};

}  // namespace

std::unique_ptr<FileStore> MakeFileStore(std::unique_ptr<S3Files> s3) {
  return std::make_unique<FileStoreByScheme>(std::move(s3));
}

}  // namespace cdc::apply::iceberg
