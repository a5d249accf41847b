#include "tools/kcat-produce/produce_options.h"

#include "common/connector_config.h"

namespace cdc::kafka {

std::vector<OptionSpec> ConnectionOptions(KafkaConfig* config, int* connect_timeout_ms) {
  return {
      {"--brokers", "-b", "HOST:PORT,...", "Connection", "bootstrap servers (or bootstrap.servers in --config)",
       [config](const std::string& value) { config->Set("bootstrap.servers", value, "--brokers"); }},
      {"--config", "-F", "FILE", "Connection", "property file with librdkafka's properties; later options override",
       [config](const std::string& value) { config->Load(value); }},
      {"--property", "-X", "NAME=VALUE", "Connection", "any property of librdkafka; may be given again",
       [config](const std::string& value) { config->SetAssignment(value); }},
      {"--connect-timeout-ms", "", "MS", "Connection",
       "how long the cluster may take to answer at the start, 1 to 600000 (default: 10000)",
       [connect_timeout_ms](const std::string& value) {
         *connect_timeout_ms = static_cast<int>(ParseOptionInteger("--connect-timeout-ms", value, 1, 600'000));
       }},
  };
}

CommandLine MakeProduceCommandLine(ProduceOptions* options) {
  const auto text = [](std::string* target) { return [target](const std::string& value) { *target = value; }; };
  const auto flag = [](bool* target, bool value = true) {
    return [target, value](const std::string&) { *target = value; };
  };
  std::vector<OptionSpec> specs = ConnectionOptions(&options->config, &options->connect_timeout_ms);
  // The connector's own file names a broker (of the schema history) and the slot: enough to begin with.
  specs.push_back({"--connector", "-c", "FILE", "Connection",
                   "Debezium connector file: its name is the slot, its history's servers the brokers",
                   text(&options->connector)});
  specs.push_back({"--set", "", "NAME=VALUE", "Connection", "set or override a property of the connector file",
                   [options](const std::string& value) { options->sets.push_back(value); }});
  const std::vector<OptionSpec> rest = {
      {"--slot", "", "NAME", "Position", "name under which the position is stored (default: the stream's)",
       text(&options->slot)},
      {"--position-topic", "", "TOPIC", "Position",
       "topic of positions, in Kafka Connect's form (default: debezium_offsets)", text(&options->position_topic)},
      {"--print-position", "", "SINK", "Position", "print the position that kafka:FILE holds for --slot, and leave",
       text(&options->print_position)},
      {"--no-transactions", "", "", "Delivery", "no Kafka transactions and no position: at least once",
       flag(&options->transactions, false)},
      {"--split-transactions", "", "", "Delivery", "a source transaction beyond 64 MiB may become several in Kafka",
       flag(&options->split_transactions)},
      {"--keep-partition", "", "", "Records", "write each record to the partition that its line names",
       flag(&options->keep_partition)},
      {"--keep-timestamp", "", "", "Records", "give each record the timestamp of its line",
       flag(&options->keep_timestamp)},
      {"--filtered", "", "", "Input", "a filter of yours takes rows out: accept fewer than the marks count",
       flag(&options->filtered)},
  };
  specs.insert(specs.end(), rest.begin(), rest.end());
  return CommandLine("kcat-produce", "Writes the record lines on standard input to Kafka.", specs);
}

void TakeConnector(ProduceOptions* options) {
  if (options->connector.empty()) {
    if (!options->sets.empty())
      Fail(ExitStatus::kUsage, "option --set needs --connector", "", "see kcat-produce --help");
    return;
  }
  ConnectorConfig connector = ConnectorConfig::Load(options->connector);
  for (const auto& assignment : options->sets) connector.Set(assignment);
  if (options->slot.empty()) options->slot = connector.name();
  const std::string brokers = connector.Get("schema.history.internal.kafka.bootstrap.servers");
  if (!brokers.empty()) options->config.SetDefault("bootstrap.servers", brokers);
}

void CheckProducerProperties(const ProduceOptions& options) {
  const KafkaConfig& config = options.config;
  const auto refuse = [&](const std::string& name, const std::string& why, const std::string& hint) {
    Fail(ExitStatus::kConfig, config.Where(name) + ": Kafka property \"" + name + "\" cannot be set: " + why, "", hint);
  };
  if (config.Has("transactional.id"))
    refuse("transactional.id", "it is cdc.SLOT, so that two writers of one slot know of each other",
           "leave it out: --slot NAME chooses it");
  const std::string idempotence = config.Get("enable.idempotence");
  const bool is_off = idempotence == "false" || idempotence == "f" || idempotence == "0";
  if (options.transactions && is_off)
    refuse("enable.idempotence", "transactions need it, and they keep the position",
           "--no-transactions goes without both");
  for (const char* name : {"acks", "request.required.acks"})
    if (const std::string acks = config.Get(name); !is_off && (acks == "0" || acks == "1"))
      refuse(name, "a record may be lost or doubled then, and transactions and enable.idempotence do not allow it",
             "--no-transactions -X enable.idempotence=false goes without both");
}

}  // namespace cdc::kafka
