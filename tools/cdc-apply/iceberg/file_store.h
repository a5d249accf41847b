#pragma once

#include <memory>
#include <string>
#include <string_view>

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

}  // namespace cdc::apply::iceberg
