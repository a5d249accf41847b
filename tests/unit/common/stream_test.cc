#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/stream_reader.h"
#include "common/stream_writer.h"
#include "failure.h"

using namespace cdc;
using Event = StreamReader::Event;

namespace {

const std::string kHello =
    "{\"@cdc\":\"hello\",\"v\":1,\"tool\":\"t\",\"slot\":\"s\",\"pos\":{\"file\":\"b.1\",\"pos\":4}}\n";
const std::string kRow = "{\"topic\":\"t\",\"key\":null,\"payload\":1}\n";
std::string Begin(int n) {
  return "{\"@cdc\":\"begin\",\"n\":" + std::to_string(n) + ",\"pos\":{\"file\":\"b.1\",\"pos\":9}}\n";
}
std::string Mark(int n, int rows) {
  return "{\"@cdc\":\"mark\",\"n\":" + std::to_string(n) + ",\"rows\":" + std::to_string(rows) +
         ",\"pos\":{\"file\":\"b.1\",\"pos\":9}}\n";
}
const std::string kEnd = "{\"@cdc\":\"end\",\"reason\":\"until\",\"exit\":0}\n";

/// Reads `text` to its end and gives the events, one letter each. `status`: what a last stage would end with.
std::string Read(const std::string& text, StreamReader::Options options = {}, int* status = nullptr) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  REQUIRE(write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  close(ends[1]);
  LineInput input(ends[0], "stdin");
  StreamReader reader(input, options);
  std::string events;
  try {
    for (;;) {
      const Event event = reader.Next();
      events += "rbmceEDST"[static_cast<int>(event)];
      if (status != nullptr && event >= Event::kEnd) {
        *status = StreamEndStatus(reader, event, "all before is there");
        break;
      }
      if (event == Event::kEof || event == Event::kDied) break;
    }
  } catch (...) {
    close(ends[0]);
    throw;
  }
  close(ends[0]);
  return events;
}

}  // namespace

TEST_CASE("a marked stream is followed to its end") {
  CHECK(Read(kHello + Begin(1) + kRow + kRow + Mark(1, 2) + Begin(2) + Mark(2, 0) + kEnd) == "cbrrmbmeE");
}

TEST_CASE("the end without an end line means that the upstream died") {
  CHECK(Read(kHello + Begin(1) + kRow) == "cbrD");
  CHECK(Read(kHello + Begin(1) + kRow + Mark(1, 1) + kEnd.substr(0, kEnd.size() - 1)) == "cbrmD");
  CHECK(Read(kHello) == "cD");
}

TEST_CASE("a pipe that brings nothing is an upstream that died, a file that is empty is not") {
  CHECK(Read("") == "D");
  StreamReader::Options filtered;
  filtered.filtered = true;
  CHECK(Read("", filtered) == "E");
  const int fd = open("/dev/null", O_RDONLY);
  LineInput input(fd, "stdin");
  CHECK(StreamReader(input, {}).Next() == Event::kEof);
  close(fd);
}

TEST_CASE("the last stage's exit status tells how the stream ended") {
  const auto status = [](const std::string& text) {
    int status_of_end = -1;
    Read(text, {}, &status_of_end);
    return status_of_end;
  };
  CHECK(status(kHello + Begin(1) + kRow + Mark(1, 1) + kEnd) == 0);
  CHECK(status(kRow) == 0);
  CHECK(status(kHello + Begin(1) + kRow) == 75);
  CHECK(status(kHello + "{\"@cdc\":\"end\",\"reason\":\"error\",\"exit\":66}\n") == 75);
}

TEST_CASE("an unmarked stream just ends") {
  CHECK(Read(kRow + kRow.substr(0, kRow.size() - 1)) == "rrE");
}

TEST_CASE("what a marked stream must not do") {
  const auto what = [](const std::string& text) { return ErrorOf([&] { Read(text); }).what; };
  CHECK(what(kHello + Begin(1) + kRow + Mark(1, 2)) == "stdin line 4: the mark counts 2 rows, 1 came");
  CHECK(what(kHello + Begin(1) + kRow + Mark(1, 0)) == "stdin line 4: the mark counts 0 rows, 1 came");
  CHECK(what(kHello + kRow) == "stdin line 2: a row outside begin and mark");
  CHECK(what(kHello + Begin(1) + Mark(1, 0) + Begin(3)) ==
        "stdin line 4: transaction 3 follows 1: lines are missing or repeated");
  CHECK(what(kHello + Begin(1) + Begin(2)) == "stdin line 3: begin inside a transaction");
  CHECK(what(kHello + Mark(1, 0)) == "stdin line 2: mark without its begin");
  CHECK(what(kHello + kEnd + kRow) == "stdin line 3: a line after the end line");
  CHECK(what("hello\n") == "stdin line 1: not a line of a change stream");
  CHECK(what("{\"op\":\"c\"}\n") == "stdin line 1: a change line where record lines are read");
  CHECK(what("{\"@cdc\":\"hello\",\"v\":2}\n") == "stdin line 1: the stream has format version 2, this tool knows 1");
  CHECK(what("{\"@cdc\":\"hello\",\"v\":1\n").rfind("stdin line 1: malformed control line", 0) == 0);
}

TEST_CASE("a filter of the user's own takes rows out") {
  StreamReader::Options filtered;
  filtered.filtered = true;
  CHECK(Read(kHello + Begin(1) + kRow + Mark(1, 2) + kEnd, filtered) == "cbrmeE");
  CHECK(ErrorOf([&] { Read(kHello + Begin(1) + kRow + Mark(1, 0) + kEnd, filtered); }).status == ExitStatus::kData);
}

TEST_CASE("marks are passed on with the writer's own count") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  ByteOutput output(ends[1], "stdout");
  StreamWriter writer(output);
  ControlLine control;
  const std::string begin = Begin(4).substr(0, Begin(4).size() - 1);
  control.Parse(begin, "x");
  writer.Pass(control);
  writer.buffer() += kRow;
  writer.RowWritten();
  const std::string mark = Mark(4, 9).substr(0, Mark(4, 9).size() - 1);
  control.Parse(mark, "x");
  writer.PassMark(control, ",\"offset\":1");
  writer.End("eof", 0, "");
  CHECK(writer.buffer() ==
        Begin(4) + kRow + "{\"@cdc\":\"mark\",\"n\":4,\"rows\":1,\"pos\":{\"file\":\"b.1\",\"pos\":9},\"offset\":1}\n" +
            "{\"@cdc\":\"end\",\"reason\":\"eof\",\"exit\":0}\n");
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE("a transaction of the writer's own moves the numbers of those behind it") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  ByteOutput output(ends[1], "stdout");
  StreamWriter writer(output);
  const Position position = Position::Parse("{\"file\":\"b.1\",\"pos\":9}");
  CHECK_FALSE(writer.BeginInserted(position));
  ControlLine control;
  const auto pass = [&](const std::string& line) {
    const std::string text = line.substr(0, line.size() - 1);
    control.Parse(text, "x");
    if (control.kind() == ControlKind::kMark)
      writer.PassMark(control);
    else
      writer.Pass(control);
  };
  pass(Begin(1));
  pass(Mark(1, 0));
  CHECK(writer.BeginInserted(position));
  writer.buffer() += kRow;
  writer.RowWritten();
  writer.MarkInserted(5, position);
  pass(Begin(2));
  pass(Mark(2, 0));
  CHECK(Read(kHello + writer.buffer() + kEnd) == "cbmbrmbmeE");
  CHECK(writer.buffer().find(Begin(3)) != std::string::npos);
  close(ends[0]);
  close(ends[1]);
}
