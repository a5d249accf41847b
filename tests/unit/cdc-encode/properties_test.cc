#include <doctest/doctest.h>

#include "tests/unit/common/failure.h"
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
