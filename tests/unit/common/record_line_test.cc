#include "common/record_line.h"

#include <doctest/doctest.h>

#include <random>

#include "common/json_scan.h"
#include "failure.h"

using namespace cdc;

namespace {

std::string TextOf(std::string_view bytes) {
  std::string out;
  AppendRecordBytes(out, {false, bytes});
  return out;
}

}  // namespace

TEST_CASE("the form of bytes in a record line") {
  CHECK(TextOf("{\"a\":1}") == "{\"a\":1}");
  CHECK(TextOf("[1, 2]") == "[1, 2]");
  CHECK(TextOf("12.50") == "12.50");
  CHECK(TextOf("true") == "true");
  CHECK(TextOf("null") == "\"null\"");
  CHECK(TextOf("\"s\"") == "\"\\\"s\\\"\"");
  CHECK(TextOf("") == "\"\"");
  CHECK(TextOf(" {}") == "\" {}\"");
  CHECK(TextOf("{\n}") == "\"{\\n}\"");
  CHECK(TextOf("{\"@base64\":\"AA==\"}") == "\"{\\\"@base64\\\":\\\"AA==\\\"}\"");
  CHECK(TextOf("\xff") == "{\"@base64\":\"/w==\"}");
  CHECK(TextOf("{\"a\":\"\xff\"}").substr(0, 11) == "{\"@base64\":");
}

TEST_CASE("a line as kcat prints it is read") {
  RecordLineReader reader;
  RecordLine record;
  reader.Parse(
      R"({"topic":"t","partition":2,"offset":12,"tstype":"create","ts":99,"broker":1,"headers":["h","v","n",null],"key":"k","payload":{"a": 1}})",
      "stdin line 1", &record);
  CHECK(record.topic == "t");
  CHECK(record.partition == 2);
  CHECK(record.offset == 12);
  CHECK(record.ts_ms == 99);
  REQUIRE(record.headers.size() == 2);
  CHECK(record.headers[0].second.bytes == "v");
  CHECK(record.headers[1].second.is_null);
  CHECK(record.key.bytes == "k");
  CHECK(record.payload.bytes == "{\"a\": 1}");
  reader.Parse(R"({"topic":"t"})", "stdin line 2", &record);
  CHECK(record.key.is_null);
  CHECK(record.payload.is_null);
  CHECK(record.headers.empty());
}

TEST_CASE("lengths that do not fit are passed over") {
  RecordLineReader reader;
  RecordLine record;
  for (const char* line : {R"({"@len":[1,1],"topic":"t","key":"kk","payload":{"a":1}})",
                           R"({"@len":[4,7],"topic":"t","payload":{"a":1},"key":"kk"})",
                           R"({"@len":[4,7],"topic":"t","key":"kk", "payload":{"a":1}})",
                           R"({"@len":[99999,7],"topic":"t","key":"kk","payload":{"a":1}})",
                           R"({"@len":[4,7],"topic":"t","key":"kk","payload":{"a":1}})"}) {
    reader.Parse(line, "x", &record);
    CHECK_MESSAGE(record.key.bytes == "kk", line);
    CHECK_MESSAGE(record.payload.bytes == "{\"a\":1}", line);
  }
}

TEST_CASE("malformed record lines are refused with their place") {
  RecordLineReader reader;
  RecordLine record;
  for (const char* line :
       {"", "{", "{\"topic\":1}", "{\"key\":1}", "{\"topic\":\"t\",\"key\":\"\\q\"}", "{\"topic\":\"t\"} x",
        "{\"topic\":\"t\",\"partition\":\"a\"}", "{\"topic\":\"t\",\"headers\":[\"a\"]}",
        "{\"topic\":\"t\",\"headers\":[1,2]}", "{\"topic\":\"t\",\"key\":{\"@base64\":\"*\"}}"}) {
    const Error error = ErrorOf([&] { reader.Parse(line, "stdin line 3", &record); });
    CHECK(error.status == ExitStatus::kData);
    CHECK(error.what.rfind("stdin line 3: malformed record line: ", 0) == 0);
  }
}

TEST_CASE("random bytes come back as they were, with and without lengths") {
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const std::string pieces[] = {"{",
                                "}",
                                "[",
                                "]",
                                "\"",
                                "\\",
                                "null",
                                "true",
                                "1",
                                "-",
                                ".5",
                                "e9",
                                ",",
                                ":",
                                " ",
                                "\n",
                                "\r",
                                "\t",
                                "\x01",
                                "é",
                                "😀",
                                "\xff",
                                "\xc3",
                                std::string(1, '\0'),
                                "{\"@base64\":\"AA==\"}",
                                "{\"a\":1}",
                                "\\u0041",
                                "key",
                                "\"payload\":",
                                "@len",
                                "{\"@base64\""};
  const auto bytes = [&] {
    std::string out;
    for (auto i = random() % 7; i > 0; --i) out += pieces[random() % std::size(pieces)];
    return out;
  };
  RecordLineReader reader;
  for (int round = 0; round < 20000; ++round) {
    const std::string topic = "t" + bytes();
    if (std::string check; !AppendUnescaped(check, TextOf("x")) || TextOf(topic).front() == '{')
      continue;  // topics are text
    const std::string key = bytes(), payload = bytes(), name = "h", value = bytes();
    RecordLine record;
    record.topic = topic;
    record.key = {random() % 8 == 0, key};
    record.payload = {random() % 8 == 0, payload};
    if (random() % 2) record.partition = static_cast<int32_t>(random() % 100);
    if (random() % 2) record.offset = static_cast<int64_t>(random());
    if (random() % 2) record.ts_ms = static_cast<int64_t>(random());
    if (random() % 2) record.headers.push_back({name, {false, value}});
    for (const bool with_lengths : {false, true}) {
      std::string line;
      AppendRecordLine(line, record, with_lengths);
      REQUIRE(line.back() == '\n');
      line.pop_back();
      REQUIRE(line.find('\n') == std::string::npos);
      REQUIRE(IsJson(line));
      RecordLine back;
      reader.Parse(line, "x", &back);
      REQUIRE(back.topic == record.topic);
      REQUIRE(back.partition == record.partition);
      REQUIRE(back.offset == record.offset);
      REQUIRE(back.ts_ms == record.ts_ms);
      REQUIRE(back.headers.size() == record.headers.size());
      if (!back.headers.empty()) REQUIRE(back.headers[0].second.bytes == value);
      REQUIRE(back.key.is_null == record.key.is_null);
      REQUIRE(back.payload.is_null == record.payload.is_null);
      if (!record.key.is_null) REQUIRE(back.key.bytes == key);
      if (!record.payload.is_null) REQUIRE(back.payload.bytes == payload);
      // The form is unique: what was read writes the same line again.
      std::string again;
      AppendRecordLine(again, back, with_lengths);
      again.pop_back();
      REQUIRE(again == line);
    }
  }
}
