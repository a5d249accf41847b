#include "common/change_line.h"

#include <doctest/doctest.h>

#include "failure.h"

using namespace cdc;

static const char* kLine =
    R"({"op":"u","db":"shop","table":"orders","before":{"id":7,"a b":"x"},"after":{"id":8,"a b":null},"ts_us":12,"gtid":"g:1","file":"b.1","pos":5,"row":2,"server_id":1,"thread":9})";

TEST_CASE("a change line is cut into its members") {
  ChangeLine change;
  ParseChangeLine(kLine, "x", &change);
  CHECK(change.op == 'u');
  CHECK(change.db == "shop");
  CHECK(change.table == "orders");
  CHECK(change.before == R"({"id":7,"a b":"x"})");
  CHECK(change.ts_us == 12);
  CHECK(change.thread == 9);
  CHECK(change.query.empty());
  std::string tail;
  AppendChangeTail(tail, change);
  CHECK(tail == R"(,"ts_us":12,"gtid":"g:1","file":"b.1","pos":5,"row":2,"server_id":1,"thread":9})"
                "\n");
}

TEST_CASE("rows of one event are read as if each stood alone") {
  const std::string head = R"({"op":"c","db":"d","table":"t","after":)";
  const std::string tail = R"(,"ts_us":12,"gtid":"g:1","file":"b.1","pos":5,"row":)";
  const std::string end = R"(,"server_id":1,"thread":9,"query":"q \" x"})";
  const std::string lines[] = {
      head + R"({"id":1})" + tail + "0" + end,
      head + R"({"id":2,"s":"},\"ts_us\":12"})" + tail + "1" + end,
      R"({"op":"d","db":"d","table":"t","before":{"id":3})" + tail + "12" + end,
      R"({"op":"u","db":"d","table":"o","before":{"id":3},"after":{"id":4})" + tail + "999999999" + end,
      R"({"op":"t","db":"d","table":"t")" + tail + "4" + end,
      head + R"({"id":1})" + tail + "05" + end,
      head + R"({"id":1},"ts_us":13,"file":"b.1","pos":5,"row":0,"server_id":1})",
      head + R"({"id":1},"ts_us":13,"file":"b.1","pos":5,"row":1,"server_id":1,"snapshot":"last"})",
      head + R"({"id":1},"ts_us":13,"file":"b.1","pos":5,"row":2,"server_id":1,"snapshot":"last"})",
  };
  ChangeLineReader reader;
  for (const std::string& line : lines) {
    ChangeLine alone, after;
    ParseChangeLine(line, "x", &alone);
    reader.Parse(line, "x", &after);
    CHECK_MESSAGE(after.op == alone.op, line);
    CHECK_MESSAGE(after.table == alone.table, line);
    CHECK_MESSAGE(after.before == alone.before, line);
    CHECK_MESSAGE(after.after == alone.after, line);
    CHECK_MESSAGE(after.ts_us == alone.ts_us, line);
    CHECK_MESSAGE(after.gtid == alone.gtid, line);
    CHECK_MESSAGE(after.file == alone.file, line);
    CHECK_MESSAGE(after.row == alone.row, line);
    CHECK_MESSAGE(after.thread == alone.thread, line);
    CHECK_MESSAGE(after.query == alone.query, line);
    CHECK_MESSAGE(after.snapshot == alone.snapshot, line);
  }
  ChangeLine change;
  CHECK(ErrorOf([&] {
          reader.Parse(head + "1" + tail + "0" + end, "x", &change);
        }).what.find("malformed change line") != std::string::npos);
}

TEST_CASE("malformed change lines are refused") {
  ChangeLine change;
  for (const char* bad : {"{\"op\":\"x\",\"table\":\"t\"}", "{\"op\":\"c\",\"table\":\"t\"}",
                          "{\"op\":\"d\",\"table\":\"t\",\"after\":{}}", "{\"op\":\"c\"",
                          "{\"op\":\"c\",\"table\":\"t\",\"after\":1}", "{\"op\":\"c\",\"after\":{}}"})
    CHECK(ErrorOf([&] {
            ParseChangeLine(bad, "stdin line 2", &change);
          }).what.rfind("stdin line 2: malformed change line", 0) == 0);
}

TEST_CASE("rows are split by column, in any order, absent columns left empty") {
  const RowSplitter splitter({"id", "a b", "q\"t", "z"});
  std::vector<std::string_view> values;
  splitter.Split(R"({"id":7,"a b":{"x":[1,"}"]},"q\"t":null,"z":"s,\"}"})", "x", &values);
  CHECK(values == std::vector<std::string_view>{"7", R"({"x":[1,"}"]})", "null", R"("s,\"}")"});
  splitter.Split(R"({"id":7,"z":1})", "x", &values);
  CHECK(values == std::vector<std::string_view>{"7", "", "", "1"});
  splitter.Split(R"({ "z" : 1 , "\u0069d" : 2 })", "x", &values);
  CHECK(values == std::vector<std::string_view>{"2", "", "", "1"});
  splitter.Split("{}", "x", &values);
  CHECK(values == std::vector<std::string_view>{"", "", "", ""});
  CHECK(ErrorOf([&] { splitter.Split(R"({"id":7,"more":1})", "x", &values); }).what ==
        "x: column \"more\" is not in the table's definition");
  CHECK(ErrorOf([&] { splitter.Split(R"({"id":7,"z":"1)", "x", &values); }).status == ExitStatus::kData);
}
