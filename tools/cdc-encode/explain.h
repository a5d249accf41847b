#pragma once

#include "common/byte_output.h"
#include "common/connector_config.h"

namespace cdc::encode {

/// --explain-config: every property of the connector, those of the file first: its value, where that comes from, and
/// what it does here. Secrets are not shown.
void ExplainConfig(const ConnectorConfig& config, ByteOutput& output);

/// Refuses, with 78, what binlog-tail would refuse of the file, as far as the file alone tells.
void CheckSourceValues(const ConnectorConfig& config);

}  // namespace cdc::encode
