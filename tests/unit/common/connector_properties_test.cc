#include "common/connector_properties.h"

#include <doctest/doctest.h>

#include "tests/unit/common/failure.h"

using namespace cdc;

namespace {

Error Refusal(const std::string& properties, PropertyOwner owner) {
  return ErrorOf([&] { CheckProperties(ConnectorConfig::Parse(properties, "c.properties"), owner, "this-tool"); });
}

}  // namespace

TEST_CASE("each property has one owner") {
  CHECK(FindProperty("tasks.max").owner == PropertyOwner::kNobody);
  CHECK(FindProperty("database.hostname").owner == PropertyOwner::kSource);
  CHECK(FindProperty("decimal.handling.mode").owner == PropertyOwner::kRecords);
  CHECK(FindProperty("schema.history.internal").owner == PropertyOwner::kRecords);
  CHECK(FindProperty("no.such.thing").owner == PropertyOwner::kUnknown);
  CHECK(FindProperty("database.hostnam").owner == PropertyOwner::kUnknown);
  CHECK(NearestProperty("topic.prefx") == "topic.prefix");
  CHECK(NearestProperty("entirely.other") == "");
}

TEST_CASE("a tool refuses what nobody knows and what it cannot obey itself") {
  for (const PropertyOwner owner : {PropertyOwner::kSource, PropertyOwner::kRecords}) {
    const Error error = Refusal("name=n\ntabel.include.list=a.b\n", owner);
    CHECK(error.status == ExitStatus::kConfig);
    CHECK(error.what.find("c.properties:2") == 0);
    CHECK(error.hint.find("table.include.list") != std::string::npos);
  }
  const std::string limited = "snapshot.query.mode=custom\n";
  CHECK(Refusal(limited, PropertyOwner::kSource).hint == "only select_all is possible");
  CheckProperties(ConnectorConfig::Parse(limited, "c.properties"), PropertyOwner::kRecords, "this-tool");
  CheckProperties(ConnectorConfig::Parse("snapshot.query.mode=select_all\n", "c.properties"), PropertyOwner::kSource,
                  "this-tool");
}
