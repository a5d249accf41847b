#include <doctest/doctest.h>

#include "tests/unit/common/failure.h"
#include "tools/cdc-encode/refusals.h"
#include "tools/cdc-encode/settings.h"

using namespace cdc::encode;

namespace {

EncodeSettings Settings(const std::string& properties) {
  EncodeSettings settings;
  ApplyConnectorConfig(cdc::ConnectorConfig::Parse(properties, "c.properties"), &settings);
  return settings;
}

std::string Refusal(const std::string& properties) {
  return ErrorOf([&] { Settings(properties); }).what;
}

}  // namespace

TEST_CASE("what shapes records") {
  const EncodeSettings settings = Settings(
      "name=n\ntopic.prefix=p\nkey.converter.schemas.enable=false\ntombstones.on.delete=false\n"
      "skipped.operations=none\ndecimal.handling.mode=string\ntransforms=u\n"
      "transforms.u.type=io.debezium.transforms.ExtractNewRecordState\ntransforms.u.drop.tombstones=false\n");
  CHECK(settings.connector_name == "n");
  CHECK(settings.topic_prefix == "p");
  CHECK(!settings.key_schemas);
  CHECK(settings.value_schemas);
  CHECK(!settings.tombstones);
  CHECK(settings.skipped_operations.empty());
  CHECK(settings.modes.decimal == DecimalMode::kString);
  CHECK(settings.unwrap.enabled);
  CHECK(settings.unwrap.keep_tombstones);
  CHECK(settings.unwrap.on_delete == UnwrapSettings::Delete::kDrop);
}

TEST_CASE("all refusals of a file are found, and no others because of them") {
  const auto refused = [](const std::string& properties) {
    std::string names;
    for (const auto& [name, why] : FindRefusals(cdc::ConnectorConfig::Parse(properties, "c.properties")).reasons)
      names += (names.empty() ? "" : " ") + name;
    return names;
  };
  CHECK(refused("topic.prefix=p\n") == "");
  CHECK(refused("gtid.source.includes=(\ndatabase.port=x\ntombstones.on.delete=maybe\n") ==
        "database.port gtid.source.includes tombstones.on.delete");
  CHECK(refused("transforms=a\ntransforms.a.type=org.example.Other\ntransforms.a.predicate=x\n") ==
        "transforms.a.type");
  CHECK(refused("notification.enabled.channels=log,jmx\n") == "");
  CHECK(refused("notification.enabled.channels=log,sink\n") == "notification.enabled.channels");
  CHECK(refused("converters=b\nb.type=org.example.Other\n") == "b.type");
  const std::string boolean =
      "converters=b\nb.type=io.debezium.connector.mysql.converters.TinyIntOneToBooleanConverter\n";
  CHECK(refused(boolean + "b.selector=.*\n") == "");
  CHECK(refused(boolean + "b.selector.real=.*\nc.selector=x\n") == "b.selector.real c.selector");
  const std::string route = "transforms=u,r\ntransforms.u.type=io.debezium.transforms.ExtractNewRecordState\n";
  const std::string connect = "transforms.r.type=org.apache.kafka.connect.transforms.";
  CHECK(refused(route + connect + "RegexRouter\ntransforms.r.regex=a\n") == "");
  CHECK(refused(route + connect + "RegexRouter\ntransforms.r.regex=(\n") == "transforms.r.regex");
  CHECK(refused(route + connect + "Filter\ntransforms.r.predicate=p\n") == "transforms.r.predicate");
  CHECK(refused(route + "transforms.r.type=io.debezium.transforms.ByLogicalTableRouter\n").find("transforms.r") == 0);
  CHECK(refused("snapshot.select.statement.overrides=a.b\nsnapshot.select.statement.overrides.c.d=SELECT 1\n") ==
        "snapshot.select.statement.overrides");
  CHECK(refused("snapshot.locking.mode=custom\nsnapshot.tables.order.by.row.count=up\n") ==
        "snapshot.locking.mode snapshot.tables.order.by.row.count");
}

TEST_CASE("a property that another one makes idle") {
  const auto idle = [](const std::string& properties, const std::string& name) {
    return IdleBecause(cdc::ConnectorConfig::Parse(properties, "c.properties"), name);
  };
  const std::string strategy = "topic.naming.strategy=io.debezium.schema.";
  CHECK(idle("topic.regex=a\n", "topic.regex").find("topic.naming.strategy is not") == 0);
  CHECK(idle("topic.regex=a\n" + strategy + "DefaultRegexTopicNamingStrategy\n", "topic.regex") == "");
  CHECK(idle("transforms=u\ntransforms.w.type=x\n", "transforms.w.type") == "transforms does not name it");
  CHECK(idle("transforms=u\ntransforms.u.type=x\n", "transforms.u.type") == "");
  CHECK(idle("topic.prefix=p\n", "topic.prefix") == "");
}

TEST_CASE("refusals name the place, the property and what would do") {
  CHECK(Refusal("topic.prefix=p\ncolumn.mask.with.3.char=a.b.c\n").find("c.properties:2") == 0);
  CHECK(Refusal("message.key.columns=a.b\n").find("message.key.columns") != std::string::npos);
  CHECK(Refusal("key.converter=org.example.Avro\n").find("org.example.Avro") != std::string::npos);
  CHECK(Refusal("transforms=a,b\n").find("transforms") != std::string::npos);
  CHECK(Refusal("skipped.operations=c,x\n").find("x") != std::string::npos);
  CHECK(Refusal("time.precision.mode=adaptive\n").find("time.precision.mode") != std::string::npos);
  const cdc::Error error = ErrorOf([] { Settings("tombstone.on.delete=true\n"); });
  CHECK(error.status == cdc::ExitStatus::kConfig);
  CHECK(error.hint.find("tombstones.on.delete") != std::string::npos);
}
