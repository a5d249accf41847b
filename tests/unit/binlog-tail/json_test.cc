#include <doctest/doctest.h>

#include "bytes.h"
#include "common/error.h"
#include "tools/binlog-tail/json_binary.h"
#include "tools/binlog-tail/json_diff.h"

using namespace cdc;
using namespace cdc::tail;

namespace {

std::string Document(const char* hex) {
  const std::string binary = FromHex(hex);
  TextBuffer out;
  AppendJsonDocument(out, binary);
  return std::string(out.view());
}

std::string Patched(const char* before, const char* diffs) {
  const std::string document = FromHex(before), changes = FromHex(diffs);
  TextBuffer out;
  AppendPatchedJson(out, document, changes);
  return std::string(out.view());
}

// {"a":1,"b":[10,20,30],"c":"x"}
constexpr const char* kSample =
    "00 0300 2b00 1900 0100 1a00 0100 1b00 0100 05 0100 02 1c00 0c 2900 61 62 63"
    "0300 0d00 05 0a00 05 1400 05 1e00 0178";

}  // namespace

TEST_CASE("JSON: scalars keep their kind") {
  CHECK(Document("") == "null");
  CHECK(Document("0400") == "null");
  CHECK(Document("0401") == "true");
  CHECK(Document("05ffff") == "-1");
  CHECK(Document("06ffff") == "65535");
  CHECK(Document("0affffffffffffffff") == "18446744073709551615");
  CHECK(Document("0b000000000000f83f") == "1.5e0");
  CHECK(Document("0b9a9999999999b93f") == "1e-1");
  CHECK(Document("0b0000000000000080") == "-0e0");
  CHECK(Document("0b7dc39425ad49b254") == "1e100");
  CHECK(Document("0c0568c3a96c6c") == "\"h\xc3\xa9ll\"" + std::string());
}

TEST_CASE("JSON: opaque values carry their type") {
  CHECK(Document("0ff6080c037ffffff3fea6") == "-12.345");
  CHECK(Document("0f0a080000000000bab219") == "{\"@date\":\"2024-02-29\"}");
  CHECK(Document("0f0c08f55b0a8fd3bab219") == "{\"@datetime\":\"2024-02-29 13:14:15.678901\"}");
  CHECK(Document("0f0b08e05ef8335dffffff") == "{\"@time\":\"-10:11:12.500000\"}");
  CHECK(Document("0f10020155") == "{\"@bit\":\"AVU=\"}");
  CHECK(Document("0f0f03616263") == "{\"@opaque\":[15,\"YWJj\"]}");
}

TEST_CASE("JSON: names that look like tags are doubled") {
  CHECK(Document("00 0100 0d00 0b00 0200 05 0100 4061") == "{\"@@a\":1}");
}

TEST_CASE("JSON: containers") {
  CHECK(Document("00 0000 0400") == "{}");
  CHECK(Document("02 0000 0400") == "[]");
  CHECK(Document(kSample) == "{\"a\":1,\"b\":[10,20,30],\"c\":\"x\"}");
}

TEST_CASE("JSON: damage is refused") {
  CHECK_THROWS_AS(Document("00 0100 0400"), Failure);                         // entries beyond the end
  CHECK_THROWS_AS(Document("00 0100 0d00 ff00 0200 05 0100 4061"), Failure);  // name outside
  CHECK_THROWS_AS(Document("0d"), Failure);
  CHECK_THROWS_AS(Document("0c05 6161"), Failure);
  CHECK_THROWS_AS(Document("0c02 c328"), Failure);
  // An array that holds itself.
  CHECK_THROWS_AS(Document("02 0100 0700 02 0000"), Failure);
}

TEST_CASE("JSON: changes are applied to the document before") {
  // replace $.a by 2, $.b[1] by 99
  CHECK(Patched(kSample, "00 03 242e61 03 050200 00 06 242e625b315d 03 056300") ==
        "{\"a\":2,\"b\":[10,99,30],\"c\":\"x\"}");
  CHECK(Patched(kSample, "02 06 242e625b305d") == "{\"a\":1,\"b\":[20,30],\"c\":\"x\"}");
  // insert $.new: members are ordered by the length of their names
  CHECK(Patched(kSample, "01 05 242e6e6577 03 050700") == "{\"a\":1,\"b\":[10,20,30],\"c\":\"x\",\"new\":7}");
  CHECK(Patched(kSample, "01 06 242e625b305d 03 050700") == "{\"a\":1,\"b\":[7,10,20,30],\"c\":\"x\"}");
  CHECK(Patched(kSample, "01 06 242e625b395d 03 050700") == "{\"a\":1,\"b\":[10,20,30,7],\"c\":\"x\"}");
  CHECK(Patched(kSample, "00 01 24 02 0401") == "true");
  CHECK_THROWS_AS(Patched(kSample, "00 03 242e78 03 050200"), Failure);
  CHECK_THROWS_AS(Patched(kSample, "02 01 24"), Failure);
}

TEST_CASE("JSON: changes without a document before") {
  TextBuffer out;
  AppendJsonChanges(out, FromHex("00 03 242e61 03 050200 02 06 242e625b305d"));
  CHECK(out.view() == "{\"@changes\":[{\"replace\":\"$.a\",\"value\":2},{\"remove\":\"$.b[0]\"}]}");
}
