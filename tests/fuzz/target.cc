#include "target.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "common/error.h"
#include "common/json_scan.h"

namespace cdc::fuzz {

std::vector<Target>& Targets() {
  static std::vector<Target> targets;
  return targets;
}

bool Takes(const std::function<void()>& work) {
  try {
    work();
    return true;
  } catch (const Failure& failure) {
    Require(failure.error().status != ExitStatus::kSoftware, failure.what());
    Require(!failure.error().what.empty(), "a refusal says why");
    return false;
  }
}

void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

void RequireJson(std::string_view text) {
  if (!IsJson(text)) std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
  Require(IsJson(text), "what is written is JSON");
}

int NullFd() {
  static const int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
  return fd;
}

int FileOf(std::string_view bytes) {
  const int fd = memfd_create("input", MFD_CLOEXEC);
  Require(fd >= 0 && write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()), "a file in memory");
  lseek(fd, 0, SEEK_SET);
  return fd;
}

}  // namespace cdc::fuzz
