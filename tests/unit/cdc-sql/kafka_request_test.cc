#include <doctest/doctest.h>

#include "sql_text.h"
#include "tools/cdc-sql/connect/source_kafka.h"

namespace cdc::sql {

static std::string ArgumentsFor(const std::string& options) {
  BoundScript script;
  BindScript(ParseScript(KeptSource("CREATE TABLE t (id INT) WITH ('connector' = 'kafka', 'topic' = 'in', 'format' = "
                                    "'json', 'properties.bootstrap.servers' = 'h:1', " +
                                    options + ");")),
             {}, &script);
  std::string line;
  for (const std::string& argument : RequestFor({script.catalog.Find("t")}, {}).arguments)
    line += (line.empty() ? "" : " ") + argument;
  return line;
}

TEST_CASE("where a table of Kafka begins and ends") {
  CHECK(ArgumentsFor("'scan.startup.mode' = 'earliest-offset'") == "--from beginning in");
  CHECK(ArgumentsFor("'scan.startup.mode' = 'timestamp', 'scan.startup.timestamp-millis' = '1700000000000', "
                     "'scan.bounded.mode' = 'latest-offset'") == "--from @1700000000000 --until end in");
  CHECK(ArgumentsFor("'scan.startup.mode' = 'specific-offsets', 'scan.startup.specific-offsets' = "
                     "'partition:0,offset:2;partition:3,offset:7'") ==
        "--from {\"kafka\":{\"in\":{\"0\":2,\"3\":7}}} in");
  CHECK(ArgumentsFor("'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'specific-offsets', "
                     "'scan.bounded.specific-offsets' = 'partition:0,offset:5'") ==
        "--from beginning --until {\"kafka\":{\"in\":{\"0\":5}}} in");
}

}  // namespace cdc::sql
