#include "common/connector_config.h"

#include <doctest/doctest.h>

#include <cstdlib>

#include "common/property_file.h"
#include "failure.h"

using namespace cdc;

TEST_CASE("a connector file is read with old names, references and places") {
  setenv("CDC_TEST_USER", "jane", 1);
  const auto config = ConnectorConfig::Parse(R"({
  "name": "c1",
  "config": {
    "database.user": "${CDC_TEST_USER}",
    "database.password": "${env:CDC_TEST_USER}",
    "database.port": 3307,
    "include.schema.changes": true,
    "database.server.name": "mysql",
    "transforms.r.replacement": "${env:CDC_TEST_USER}.${routedByValue}",
    "database.history.kafka.topic": "h"
  }
})",
                                             "c.json");
  CHECK(config.name() == "c1");
  CHECK(config.Get("database.user") == "jane");
  CHECK(config.Get("database.password") == "jane");
  CHECK(config.Get("transforms.r.replacement") == "jane.${routedByValue}");
  CHECK(config.GetInteger("database.port", 1, 1, 65535) == 3307);
  CHECK(config.GetFlag("include.schema.changes", false));
  CHECK(config.Get("topic.prefix") == "mysql");
  CHECK(config.Where("topic.prefix") == "c.json:8");
  CHECK(config.Get("schema.history.internal.kafka.topic") == "h");
  CHECK(config.Get("nothing", "else") == "else");
}

TEST_CASE("a property file is read by Java's rules") {
  const auto entries =
      ParsePropertyFile("# c\n! d\n\n a = b\\\n   c\nk:v\nx y z\nu=\\u00e9\\t\\\\\nempty\nk\\ 1=\"q\"\r\n", "p");
  REQUIRE(entries.size() == 6);
  CHECK(entries[0].name == "a");
  CHECK(entries[0].value == "bc");
  CHECK(entries[0].line == 4);
  CHECK(entries[1].value == "v");
  CHECK(entries[2].value == "y z");
  CHECK(entries[3].value == "é\t\\");
  CHECK(entries[4].value == "");
  CHECK(entries[5].name == "k 1");
  CHECK(entries[5].value == "\"q\"");
  CHECK(ConnectorConfig::Parse("name=c2\ndatabase.port=5\n", "p").name() == "c2");
}

TEST_CASE("bad configurations are refused with file and line") {
  const auto error = [](const char* text) { return ErrorOf([&] { ConnectorConfig::Parse(text, "c.json"); }); };
  CHECK(error("{\n\"a\":\"${CDC_TEST_NOT_SET}\"}").what ==
        "c.json:2: environment variable \"CDC_TEST_NOT_SET\" is not set");
  CHECK(error("{\n\"a\":1,\n\"a\":2}").what == "c.json:3: property \"a\" is given twice");
  CHECK(error("{\n\"a\":1,\n\"b\" 2}").what == "c.json:3: malformed JSON");
  CHECK(error("{\"config\":{\n\"a\":{}}}").status == ExitStatus::kConfig);
  CHECK(error("{\"a\":1} x").what == "c.json:1: text after the JSON object");
  CHECK(ErrorOf([] { ConnectorConfig::Load("/nonexistent/c.json"); }).status == ExitStatus::kNoInput);
  const auto config = ConnectorConfig::Parse("{\"a\":\"maybe\",\n\"n\":\"7x\"}", "c.json");
  CHECK(ErrorOf([&] { (void)config.GetFlag("a", true); }).what ==
        "c.json:1: property \"a\" cannot be \"maybe\": true or false");
  CHECK(ErrorOf([&] { (void)config.GetInteger("n", 0, 0, 9); }).what ==
        "c.json:2: property \"n\" cannot be \"7x\": a whole number from 0 to 9");
}

TEST_CASE("--set overrides under either name") {
  auto config = ConnectorConfig::Parse("{\"database.hostname\":\"mysql\"}", "c.json");
  config.Set("database.hostname=127.0.0.1");
  config.Set("database.server.name=p");
  CHECK(config.Get("database.hostname") == "127.0.0.1");
  CHECK(config.Where("database.hostname") == "--set");
  CHECK(config.Get("topic.prefix") == "p");
  CHECK(ErrorOf([&] { config.Set("novalue"); }).status == ExitStatus::kUsage);
}
