#include <doctest/doctest.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <set>

#include "common/error.h"
#include "common/log.h"
#include "tools/binlog-tail/binlog_file.h"
#include "tools/binlog-tail/log_stream.h"

// The recorded logs, cut: what is left gives the first of the whole log's rows and no others, and ends in order between
// two transactions, else with a message that says what is missing. With CDC_CUT_BYTES (tests/slow) it is cut after each
// of so many bytes and around the end of every event; else here and there, so that the test is short.

using namespace cdc;
using namespace cdc::tail;

namespace {

std::string Inflated(const std::filesystem::path& path) {
  std::string text;
  gzFile file = gzopen(path.c_str(), "rb");
  char buffer[65536];
  for (int got; (got = gzread(file, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<size_t>(got));
  gzclose(file);
  return text;
}

struct Outcome {
  std::string rows;  ///< lines
  std::optional<Error> error;
};

Outcome Read(const std::string& path) {
  Outcome outcome;
  const TableFilter filter;
  ByteOutput output(-1, "test");
  StreamWriter writer(output);
  Catalog catalog;
  try {
    BinlogFiles source({path}, "");
    EventReader reader(source);
    LogStream stream(reader, filter, catalog, writer, {});
    stream.Run({});
  } catch (const Failure& failure) {
    outcome.error = failure.error();
  }
  for (std::string_view text = output.buffer(); !text.empty();) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) break;
    if (text.substr(0, 6) == "{\"op\":") outcome.rows += text.substr(0, end + 1);
    text.remove_prefix(end + 1);
  }
  return outcome;
}

/// Where to cut, longest first, and which places are the ends of events.
std::set<size_t, std::greater<>> Cuts(const std::string& log, size_t all_below, std::set<size_t>* ends) {
  constexpr size_t kBytesBetween = 2999, kEventsBetween = 41;
  std::set<size_t, std::greater<>> cuts;
  for (size_t at = 0; at < log.size(); at += at < all_below ? 1 : kBytesBetween) cuts.insert(at);
  for (size_t at = 4, number = 0; at + 19 <= log.size(); ++number) {
    ends->insert(at);
    const bool near = all_below > 0 || number % kEventsBetween == 3 || number < 3;
    for (size_t cut = at - 2; near && cut <= at + 2; ++cut) cuts.insert(cut);
    uint32_t size;
    std::memcpy(&size, log.data() + at + 9, sizeof size);
    at += size;
  }
  return cuts;
}

bool SaysWhatIsMissing(const std::string& what) {
  for (const char* text : {"ends in the middle of the event at", "ends inside the transaction", "is no binary log"})
    if (what.find(text) != std::string::npos) return true;
  return false;
}

}  // namespace

TEST_CASE("logs cut at any length give the rows before the cut, and an end or a message") {
  const char* source = std::getenv("CDC_SOURCE");
  REQUIRE(source != nullptr);
  const char* bytes = std::getenv("CDC_CUT_BYTES");
  const size_t all_below = bytes == nullptr ? 0 : static_cast<size_t>(std::atoi(bytes));
  SetLogLevel(LogLevel::kQuiet);
  size_t count = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(std::filesystem::path(source) / "tests/data/binlog")) {
    if (entry.path().string().find(".binlog.gz") == std::string::npos) continue;
    const std::string log = Inflated(entry.path());
    REQUIRE(log.size() > 4);
    const int fd = memfd_create("log", 0);
    REQUIRE(write(fd, log.data(), log.size()) == static_cast<ssize_t>(log.size()));
    const std::string path = "/proc/self/fd/" + std::to_string(fd);
    const Outcome whole = Read(path);
    std::set<size_t> ends;
    for (const size_t cut : Cuts(log, all_below, &ends)) {
      REQUIRE(ftruncate(fd, static_cast<off_t>(cut)) == 0);
      const Outcome part = Read(path);
      ++count;
      const std::string place = entry.path().string() + " cut after " + std::to_string(cut) + " bytes";
      CHECK_MESSAGE(whole.rows.compare(0, part.rows.size(), part.rows) == 0, place);
      if (!part.error) {
        CHECK_MESSAGE(ends.count(cut) > 0, place);
        continue;
      }
      // A log that cannot be read without a server is refused for that, where it is.
      const bool as_whole = whole.error && part.error->what == whole.error->what;
      const std::string all = part.error->what + " " + part.error->detail;
      CHECK_MESSAGE((as_whole || SaysWhatIsMissing(all)), place, ": ", all);
    }
    close(fd);
  }
  MESSAGE(count, " cuts");
}
