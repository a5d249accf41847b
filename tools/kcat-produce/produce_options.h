#pragma once

#include <string>
#include <vector>

#include "common/cli.h"
#include "common/kafka_config.h"

namespace cdc::kafka {

struct ProduceOptions {
  KafkaConfig config;
  std::string connector;  ///< a connector's file, and what --set changes of it
  std::vector<std::string> sets;
  std::string slot;  ///< empty: the stream's
  std::string position_topic = "debezium_offsets";
  std::string print_position;  ///< SINK of --print-position
  bool transactions = true;    ///< where the stream is marked
  bool split_transactions = false;
  bool filtered = false;
  bool keep_partition = false;
  bool keep_timestamp = false;
  int connect_timeout_ms = 10'000;
};

CommandLine MakeProduceCommandLine(ProduceOptions* options);

/// Takes slot and brokers from the connector's file where the command line does not say them. Errors: 64, 66, 78.
void TakeConnector(ProduceOptions* options);

/// What the tool decides itself cannot be set: the transactional id, and, where transactions are possible, that the
/// producer is idempotent. Errors: 78 with the property's place.
void CheckProducerProperties(const ProduceOptions& options);

/// --brokers, --config, -X and --connect-timeout-ms, which both tools of this folder have.
std::vector<OptionSpec> ConnectionOptions(KafkaConfig* config, int* connect_timeout_ms);

}  // namespace cdc::kafka
