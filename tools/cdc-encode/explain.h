#pragma once

#include "common/byte_output.h"
#include "common/connector_config.h"
#include "tools/cdc-encode/refusals.h"

namespace cdc::encode {

/// --explain-config: every property of the connector, those of the file first: its value, where that comes from, and
/// what it does here. Secrets are not shown.
void ExplainConfig(const ConnectorConfig& config, const Refusals& refusals, ByteOutput& output);

}  // namespace cdc::encode
