#include "tools/cdc-apply/hidden_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "common/error.h"

namespace cdc::apply {
namespace {

[[noreturn]] void FailAccess(const char* how) {
  Fail(ExitStatus::kIoError, std::string("could not ") + how + " a file under TMPDIR: " + ErrnoText(errno));
}

}  // namespace

HiddenFile::HiddenFile() {
  const char* folder = std::getenv("TMPDIR");
  std::string name = std::string(folder == nullptr || *folder == '\0' ? "/tmp" : folder) + "/cdc-apply-XXXXXX";
  fd_ = mkostemp(name.data(), O_CLOEXEC);
  if (fd_ < 0)
    Fail(ExitStatus::kCannotCreate, "could not create \"" + name + "\": " + ErrnoText(errno), "",
         "TMPDIR names the folder where rows wait until they are sent");
  unlink(name.c_str());
}

HiddenFile::~HiddenFile() {
  close(fd_);
}

int64_t HiddenFile::size() const {
  struct stat status;
  if (fstat(fd_, &status) != 0) FailAccess("read");
  return status.st_size;
}

void HiddenFile::Append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) FailAccess("write");
    if (written > 0) bytes.remove_prefix(static_cast<size_t>(written));
  }
}

std::string HiddenFile::Read(int64_t offset, size_t size) const {
  std::string bytes(size, '\0');
  for (size_t done = 0; done < size;) {
    const ssize_t read = pread(fd_, bytes.data() + done, size - done, offset + static_cast<int64_t>(done));
    if (read == 0) Fail(ExitStatus::kIoError, "a file under TMPDIR is shorter than what was written to it");
    if (read < 0 && errno != EINTR) FailAccess("read");
    if (read > 0) done += static_cast<size_t>(read);
  }
  return bytes;
}

void HiddenFile::Empty() {
  if (ftruncate(fd_, 0) != 0 || lseek(fd_, 0, SEEK_SET) != 0) FailAccess("write");
}

MappedPart::MappedPart(const HiddenFile& file, int64_t offset, int64_t size) : size_(static_cast<size_t>(size)) {
  if (size_ == 0) return;
  bytes_ = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.fd(), offset);
  if (bytes_ == MAP_FAILED)
    Fail(ExitStatus::kOsError, "could not map a file under TMPDIR into memory: " + ErrnoText(errno));
}

MappedPart::~MappedPart() {
  if (bytes_ != nullptr) munmap(bytes_, size_);
}

}  // namespace cdc::apply
