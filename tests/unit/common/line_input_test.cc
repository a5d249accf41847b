#include "common/line_input.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "common/byte_output.h"
#include "failure.h"

using namespace cdc;

TEST_CASE("lines come whole however the bytes arrive") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const std::string big(3'000'000, 'x');
  std::thread writer([&] {
    for (const std::string& piece : {std::string("a"), std::string("b\n\nc"), std::string("\n"), big + "\nlast"}) {
      ByteOutput out(ends[1], "pipe");
      out.Append(piece);
      out.Flush();
    }
    close(ends[1]);
  });
  LineInput input(ends[0], "stdin");
  std::string_view line;
  REQUIRE(input.Next(&line) == LineInput::Status::kLine);
  CHECK(line == "ab");
  REQUIRE(input.Next(&line) == LineInput::Status::kLine);
  CHECK(line.empty());
  REQUIRE(input.Next(&line) == LineInput::Status::kLine);
  CHECK(line == "c");
  CHECK(input.line_number() == 3);
  CHECK(input.line_offset() == 4);
  REQUIRE(input.Next(&line) == LineInput::Status::kLine);
  CHECK(line == big);
  REQUIRE(input.Next(&line) == LineInput::Status::kLine);
  CHECK(line == "last");
  CHECK(input.last_line_unterminated());
  CHECK(input.Next(&line) == LineInput::Status::kEnd);
  writer.join();
  close(ends[0]);
}

TEST_CASE("before waiting, and only then, the hook is called") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  REQUIRE(write(ends[1], "a\nb\n", 4) == 4);
  LineInput input(ends[0], "stdin");
  int called = 0;
  input.SetBeforeBlock([&] {
    ++called;
    REQUIRE(write(ends[1], "c\n", 2) == 2);
  });
  std::string_view line;
  for (int i = 0; i < 2; ++i) REQUIRE(input.Next(&line) == LineInput::Status::kLine);
  CHECK(called == 0);
  REQUIRE(input.Next(&line) == LineInput::Status::kLine);
  CHECK(line == "c");
  CHECK(called == 1);
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE("waiting ends when the reader of the output goes away") {
  int in[2], out[2];
  REQUIRE(pipe(in) == 0);
  REQUIRE(pipe(out) == 0);
  REQUIRE(write(in[1], "a\n", 2) == 2);
  LineInput input(in[0], "stdin");
  const ByteOutput output(out[1], "stdout");
  input.SetOutput(output);
  std::string_view line;
  output.CheckReader();
  close(out[0]);
  CHECK(input.Next(&line) == LineInput::Status::kLine);  // what is there is read
  CHECK_THROWS_AS((void)input.Next(&line), BrokenPipe);
  CHECK_THROWS_AS(output.CheckReader(), BrokenPipe);
  for (const int fd : {in[0], in[1], out[1]}) close(fd);
}

TEST_CASE("a line beyond the limit is refused") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  std::thread writer([&] {
    const std::string block(1 << 16, 'x');
    while (write(ends[1], block.data(), block.size()) > 0) {
    }
    close(ends[1]);
  });
  {
    LineInput input(ends[0], "stdin", 1000);
    std::string_view line;
    CHECK(ErrorOf([&] { (void)input.Next(&line); }).what == "stdin line 1 is longer than 1000 bytes");
  }
  signal(SIGPIPE, SIG_IGN);
  close(ends[0]);
  writer.join();
}
