#pragma once

#include <optional>
#include <string>

#include "common/kafka_config.h"
#include "common/position.h"

namespace cdc::kafka {

/// The topic that holds positions, in the form of Kafka Connect's offset topic: key ["<name>",{…}], value the offset.
/// Read at read_committed, so only positions whose transaction ended count.

/// The last position whose key names `slot`; empty if there is none, or the topic does not exist. Errors: 69, 77.
std::optional<Position> ReadPositionTopic(const KafkaConfig& config, const std::string& topic, const std::string& slot,
                                          int connect_timeout_ms);

/// Creates the topic, compacted with one partition, unless it is there.
void CreatePositionTopic(rd_kafka_s* handle, const std::string& topic);

/// The key of a position that cdc-encode did not make: ["<slot>",{}].
std::string PositionKey(const std::string& slot);

}  // namespace cdc::kafka
