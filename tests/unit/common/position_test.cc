#include "common/position.h"

#include <doctest/doctest.h>

#include "failure.h"

using namespace cdc;

static const std::string kUuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562";

TEST_CASE("a position is printed as it was read") {
  for (const std::string& text :
       {std::string(R"({"ts_sec":1763790000,"file":"binlog.000003","pos":2345,"gtids":")") + kUuid +
            R"(:1-42","server_id":1,"server_uuid":")" + kUuid + R"("})",
        std::string(R"({"file":"a.000001","pos":4,"row":2,"server_id":5,"event":3,"snapshot":"INITIAL"})"),
        std::string(R"({"kafka":{"a":{"0":5,"1":7},"b":{"0":1}}})"),
        std::string(R"({"file":"a.000001","pos":4,"xa":{"open":["x"],"from":{"file":"a.000001","pos":2}},"end":1})"),
        std::string(R"({"kafka":{"a":{"0":5}},"end":2})")})
    CHECK(Position::Parse(text).ToJson() == text);
  CHECK(Position::Parse("binlog.000003:77").ToJson() == R"({"file":"binlog.000003","pos":77})");
  CHECK(Position::Parse(kUuid + ":1-5").ToJson() == "{\"gtids\":\"" + kUuid + ":1-5\"}");
  CHECK(Position::Parse("0-1-5").ToJson() == "{\"gtids\":\"0-1-5\"}");
  CHECK(Position::Parse(R"({"ts_sec":1,"file":"f.1","pos":4,"snapshot":true})").snapshot == "INITIAL");
}

TEST_CASE("what is no position is refused") {
  for (const char* bad :
       {"", "{}", "{\"pos\":4}", "binlog", "binlog.1:x", "{\"file\":\"a\",\"pos\":-1}", "{\"file\":\"a\"", "[1]"})
    CHECK(ErrorOf([&] { Position::Parse(bad); }).status == ExitStatus::kUsage);
}

TEST_CASE("positions compare by GTID set, then by file and offset, then not at all") {
  const auto order = [](const std::string& a, const std::string& b) {
    return ComparePositions(Position::Parse(a), Position::Parse(b));
  };
  CHECK(order("b.000001:5", "b.000001:6") == PositionOrder::kBefore);
  CHECK(order("b.1000000:5", "b.999999:6") == PositionOrder::kAfter);
  CHECK(order("b.000001:5", "b.000001:5") == PositionOrder::kEqual);
  CHECK(order("b.000001:5", "c.000001:5") == PositionOrder::kBefore);
  CHECK(order(kUuid + ":1-5", kUuid + ":1-6") == PositionOrder::kBefore);
  CHECK(order(kUuid + ":1-5", kUuid + ":6") == PositionOrder::kUnordered);
  CHECK(order(kUuid + ":1-5", "b.000001:5") == PositionOrder::kUnordered);
  // The sets decide where both have one: files of another server mean nothing.
  CHECK(order("{\"file\":\"b.000009\",\"pos\":4,\"gtids\":\"" + kUuid + ":1\"}",
              "{\"file\":\"b.000001\",\"pos\":4,\"gtids\":\"" + kUuid + ":1-2\"}") == PositionOrder::kBefore);
  CHECK(order(R"({"file":"b.1","pos":4,"server_uuid":"x"})", R"({"file":"b.1","pos":4,"server_uuid":"y"})") ==
        PositionOrder::kUnordered);
  CHECK(order(R"({"kafka":{"t":{"0":5}}})", R"({"kafka":{"t":{"0":5,"1":1}}})") == PositionOrder::kBefore);
  CHECK(order(R"({"kafka":{"t":{"0":5,"1":0}}})", R"({"kafka":{"t":{"0":4,"1":1}}})") == PositionOrder::kUnordered);
}

TEST_CASE("what the end of the input brings lies between the last transaction and whatever comes next") {
  const auto order = [](const std::string& a, const std::string& b) {
    return ComparePositions(Position::Parse(a), Position::Parse(b));
  };
  const auto gtids = [](const std::string& last, const std::string& more) {
    return "{\"gtids\":\"" + kUuid + ":1-" + last + "\"" + more + "}";
  };
  const struct {
    std::string last, last_and_end, last_and_two, next;
  } places[] = {
      {"b.000001:5", R"({"file":"b.000001","pos":5,"end":1})", R"({"file":"b.000001","pos":5,"end":2})", "b.000001:6"},
      {gtids("5", ""), gtids("5", ",\"end\":1"), gtids("5", ",\"end\":2"), gtids("6", "")},
      {R"({"kafka":{"t":{"0":5,"1":2}}})", R"({"kafka":{"t":{"0":5,"1":2}},"end":1})",
       R"({"kafka":{"t":{"0":5,"1":2}},"end":2})", R"({"kafka":{"t":{"0":5,"1":3}}})"},
  };
  for (const auto& place : places) {
    CHECK(order(place.last, place.last_and_end) == PositionOrder::kBefore);
    CHECK(order(place.last_and_end, place.last) == PositionOrder::kAfter);
    CHECK(order(place.last_and_end, place.last_and_end) == PositionOrder::kEqual);
    CHECK(order(place.last_and_end, place.last_and_two) == PositionOrder::kBefore);
    CHECK(order(place.last_and_two, place.next) == PositionOrder::kBefore);
    CHECK(order(place.next, place.last_and_end) == PositionOrder::kAfter);
    CHECK(ReadingStart(Position::Parse(place.last_and_two)).ToJson() == Position::Parse(place.last).ToJson());
  }
  CHECK(order(kUuid + ":1-5", "{\"gtids\":\"" + kUuid + ":6\",\"end\":1}") == PositionOrder::kUnordered);
}
