// Avro's container files: what is written is read back, and its head is the one of the specification.
#include "tools/cdc-apply/iceberg/avro.h"

#include <doctest/doctest.h>

#include "common/error.h"

namespace cdc::apply::iceberg {
namespace {

AvroFile Example() {
  AvroFile file;
  file.schema = Json::parse(R"({"type":"record","name":"r","fields":[
    {"name":"n","type":"long"},{"name":"i","type":"int"},{"name":"s","type":["null","string"],"default":null},
    {"name":"b","type":"bytes"},{"name":"flag","type":"boolean"},{"name":"d","type":"double"},
    {"name":"list","type":{"type":"array","items":"int"}}]})");
  file.metadata = {{"format-version", "2"}, {"content", "data"}};
  for (const int64_t n : {int64_t{0}, int64_t{-1}, int64_t{63}, int64_t{64}, INT64_MAX, INT64_MIN}) {
    Json record = {{"n", n}, {"i", -5}, {"s", nullptr}, {"flag", true}, {"d", -1.5e300}};
    if (n == 64) record["s"] = "é \" \n";
    record["b"] = Json::binary({0, 255, 7});
    record["list"] = Json::array({1, 2, 300});
    if (n == 63) record["list"] = Json::array();
    file.records.push_back(record);
  }
  return file;
}

TEST_CASE("a file comes back as it was") {
  const AvroFile file = Example();
  const std::string bytes = EncodeAvro(file);
  CHECK(bytes.substr(0, 4) == std::string("Obj\1", 4));
  const AvroFile back = DecodeAvro(bytes, "t");
  CHECK(back.metadata == file.metadata);
  REQUIRE(back.records.size() == file.records.size());
  for (size_t i = 0; i < file.records.size(); ++i)
    for (const auto& [name, value] : file.records[i].items()) CHECK(back.records[i].at(name) == value);
}

TEST_CASE("a file that is cut at any place is refused") {
  const std::string bytes = EncodeAvro(Example());
  for (size_t length = 0; length < bytes.size(); ++length) {
    CAPTURE(length);
    // Cut between blocks it is a shorter file.
    size_t records = 0;
    try {
      records = DecodeAvro(std::string_view(bytes).substr(0, length), "t").records.size();
    } catch (const Failure& failure) {
      CHECK(failure.error().status == ExitStatus::kData);
    }
    CHECK(records == 0);
  }
}

TEST_CASE("a file of no records") {
  AvroFile file = Example();
  file.records.clear();
  CHECK(DecodeAvro(EncodeAvro(file), "t").records.empty());
}

}  // namespace
}  // namespace cdc::apply::iceberg
