#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cdc::apply {

/// A file under TMPDIR without a name, which a kill leaves nothing of. Programs open it by path(). Errors: 73, 74.
class HiddenFile {
 public:
  HiddenFile();
  HiddenFile(const HiddenFile&) = delete;
  HiddenFile& operator=(const HiddenFile&) = delete;
  ~HiddenFile();

  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }
  int64_t size() const;
  void Append(std::string_view bytes);
  std::string Read(int64_t offset, size_t size) const;
  void Empty();
  int fd() const { return fd_; }

 private:
  int fd_;
};

/// A part of a file, in memory as it is on the disk. `offset` is one of whole pages. Errors: 71.
class MappedPart {
 public:
  MappedPart(const HiddenFile& file, int64_t offset, int64_t size);
  MappedPart(const MappedPart&) = delete;
  MappedPart& operator=(const MappedPart&) = delete;
  ~MappedPart();
  std::string_view bytes() const { return {static_cast<const char*>(bytes_), size_}; }

 private:
  void* bytes_ = nullptr;
  size_t size_;
};

}  // namespace cdc::apply
