#include "tools/cdc-encode/options.h"

#include "common/connector_properties.h"
#include "common/error.h"
#include "tools/cdc-encode/refusals.h"

namespace cdc::encode {
namespace {

void CheckTopicPrefix(const std::string& prefix) {
  for (const char c : prefix) {
    const bool valid =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    if (!valid)
      Fail(ExitStatus::kConfig, "topic prefix \"" + Shown(prefix) + "\" has a character that topics cannot have",
           "letters, digits, '.', '_' and '-' are allowed");
  }
}

}  // namespace

CommandLine MakeCommandLine(Options* options) {
  std::vector<OptionSpec> specs = {
      {"--connector", "-c", "FILE", "Records",
       "the connector's configuration, JSON or properties; all else can be said there",
       [options](const std::string& value) { options->connector_path = value; }},
      {"--set", "", "NAME=VALUE", "Records", "add or override a property of the connector; may be repeated",
       [options](const std::string& value) {
         options->assignments.push_back(value);
         // The last one holds, whichever way it is said.
         if (value.rfind("topic.prefix=", 0) == 0) options->topic_prefix.clear();
       }},
      {"--topic-prefix", "", "NAME", "Records", "first part of topic names, topic.prefix",
       [options](const std::string& value) { options->topic_prefix = value; }},
      {"--schemas", "", "", "Records", "write the schema with each key and value (the connector's default)",
       [options](const std::string&) { options->schemas = "on"; }},
      {"--no-schemas", "", "", "Records", "write keys and values without schema",
       [options](const std::string&) { options->schemas = "off"; }},
      {"--unwrap",
       "",
       "MODE",
       "Records",
       "write the row itself instead of the envelope; MODE says what deletes become",
       [options](const std::string& value) { options->unwrap = value; },
       {"drop", "tombstone", "rewrite", "rewrite-with-tombstone"}},
      {"--explain-config", "", "FILE", "Records",
       "print every property of a connector's file: value, place, and what it does here",
       [options](const std::string& value) { options->explain_path = value; }},
      {"--filtered", "", "", "Input", "a filter before this tool may have taken rows out",
       [options](const std::string&) { options->filtered = true; }},
  };
  return CommandLine("cdc-encode", "Change lines in, Kafka records as the Debezium MySQL connector writes them out.",
                     std::move(specs));
}

EncodeSettings MakeSettings(const Options& options) {
  EncodeSettings settings;
  if (!options.connector_path.empty() || !options.assignments.empty()) {
    ConnectorConfig config =
        options.connector_path.empty() ? ConnectorConfig() : ConnectorConfig::Load(options.connector_path);
    for (const std::string& assignment : options.assignments) config.Set(assignment);
    ApplyConnectorConfig(config, &settings);
    NoteMeaningless(config);
    WarnOfIdleProperties(config);
  }
  if (!options.topic_prefix.empty()) settings.topic_prefix = options.topic_prefix;
  if (!options.schemas.empty()) settings.key_schemas = settings.value_schemas = options.schemas == "on";
  if (!options.unwrap.empty()) {
    settings.unwrap.enabled = true;
    SetUnwrapMode(options.unwrap, &settings.unwrap);
  }
  if (settings.topic_prefix.empty())
    Fail(ExitStatus::kConfig, "topic.prefix is missing", "it is the first part of every topic's name",
         "set topic.prefix in the connector's file, or give --topic-prefix NAME");
  CheckTopicPrefix(settings.topic_prefix);
  return settings;
}

}  // namespace cdc::encode
