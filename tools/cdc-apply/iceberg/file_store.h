#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "tools/cdc-apply/http_client.h"
#include "tools/cdc-apply/iceberg/aws_access.h"

namespace cdc::apply::iceberg {

/// Where a table's files are. A location is the URI that stands in the table's metadata.
class FileStore {
 public:
  virtual ~FileStore() = default;
  virtual void Write(const std::string& location, std::string_view bytes) = 0;
  virtual std::string Read(const std::string& location) = 0;
  /// Nothing happens if it is not there.
  virtual void Remove(const std::string& location) = 0;

  /// A file for a program's own writing, which Publish makes the one at `location`.
  virtual std::string LocalPathFor(const std::string& location) = 0;
  /// The size in bytes.
  virtual int64_t Publish(const std::string& local_path, const std::string& location) = 0;
  /// A file to read; FinishReading when it is not needed any more.
  virtual std::string LocalCopyOf(const std::string& location) = 0;
  virtual void FinishReading(const std::string& local_path) = 0;
};

/// Files under "file:///…"; also plain absolute paths. Errors: 73, 74, 77.
std::unique_ptr<FileStore> MakeLocalStore();

/// Objects of S3, "s3://BUCKET/KEY". Errors: 66, 69, 74, 75, 77.
class S3Files : public FileStore {
 public:
  /// Locations that begin with `prefix` are reached by `access` from now on; the longest such prefix counts.
  virtual void SetAccess(const std::string& prefix, const AwsAccess& access) = 0;
  /// See S3Client.
  virtual void SetRenewal(std::function<bool(const std::string& location)> renew) = 0;
};
std::unique_ptr<S3Files> MakeS3Store(const AwsAccess& access, const HttpSettings& settings);

/// By the scheme of each location. `s3` may be null: this build has no HTTP.
std::unique_ptr<FileStore> MakeFileStore(std::unique_ptr<S3Files> s3);

}  // namespace cdc::apply::iceberg
