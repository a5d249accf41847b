#include "common/byte_output.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "failure.h"

using namespace cdc;

TEST_CASE("a file that cannot take all ends with a whole line") {
  std::string path = "/tmp/byte-output-XXXXXX";
  const int fd = mkstemp(path.data());
  REQUIRE(fd >= 0);
  unlink(path.c_str());
  // A limit of the file's size stands for a full disk.
  const auto before = signal(SIGXFSZ, SIG_IGN);
  rlimit limit;
  REQUIRE(getrlimit(RLIMIT_FSIZE, &limit) == 0);
  const rlimit small = {3'000'000, limit.rlim_max};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  const std::string line = std::string(36, 'x') + "\n";
  ByteOutput out(fd, "file");
  const Error error = ErrorOf([&] {
    for (int i = 0; i < 200'000; ++i) {
      out.buffer().append(line);
      out.MaybeFlush();
    }
    out.Flush();
  });
  REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  signal(SIGXFSZ, before);
  CHECK(error.status == ExitStatus::kIoError);
  struct stat status;
  REQUIRE(fstat(fd, &status) == 0);
  CHECK(status.st_size == 3'000'000 / 37 * 37);
  CHECK(lseek(fd, 0, SEEK_CUR) == status.st_size);
  close(fd);
}
