#include "common/connector_config.h"
#include "common/connector_properties.h"
#include "target.h"
#include "tools/cdc-encode/settings.h"

// A connector's file: JSON or properties, and what cdc-encode makes of it.

FUZZ_TARGET(config) {
  cdc::fuzz::Takes([&] {
    const cdc::ConnectorConfig config = cdc::ConnectorConfig::Parse(bytes, "connector");
    for (const auto& [name, entry] : config.entries()) cdc::FindProperty(name);
    cdc::encode::EncodeSettings settings;
    cdc::encode::ApplyConnectorConfig(config, &settings);
  });
}
