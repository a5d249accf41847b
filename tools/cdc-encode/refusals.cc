#include "tools/cdc-encode/refusals.h"

#include <algorithm>

#include "common/connector_properties.h"
#include "common/log.h"
#include "common/source_properties.h"
#include "common/text_list.h"
#include "tools/cdc-encode/settings.h"

namespace cdc::encode {
namespace {

/// The values that binlog-tail reads, with its own limits.
void CheckSourceValues(const ConnectorConfig& config) {
  CheckProperties(config, PropertyOwner::kSource, "binlog-tail");
  config.GetInteger("database.port", 3306, 1, 65535);
  config.GetInteger("database.server.id", 0, 0, 4294967295);
  config.GetInteger("connect.timeout.ms", 30000, 1, 86400000);
  config.GetInteger("snapshot.lock.timeout.ms", 10000, 1, 86400000);
  config.GetChoice("database.ssl.mode", "preferred",
                   {"disabled", "preferred", "required", "verify_ca", "verify_identity"});
  CheckSourceProperties(config);
  for (const char* list : {"database.include.list", "database.exclude.list", "table.include.list", "table.exclude.list",
                           "snapshot.include.collection.list"})
    ReadExpressions(config, list);
  ReadGtidLists(config);
  if (ReadSnapshotMode(config) == "configuration_based") ReadBasedOnConfiguration(config);
  ReadLocks(config);
  ReadTableOrder(config);
  ReadSnapshotStatements(config);
}

bool IsBelow(const std::string& name, const std::string& family) {
  return name.size() > family.size() && name[family.size()] == '.' && name.compare(0, family.size(), family) == 0;
}

/// With it go the properties that only mean something together with it, or would be refused without it.
void RemoveFamily(ConnectorConfig* config, const std::string& property) {
  std::vector<std::string> names;
  for (const auto& [name, entry] : config->entries())
    if (name == property || IsBelow(name, property) || IsBelow(property, name)) names.push_back(name);
  // What a converter's name begins is known by "converters" alone.
  const std::vector<std::string> converters = SplitList(config->Get("converters"));
  if (std::any_of(converters.begin(), converters.end(), [&](const auto& name) { return IsBelow(property, name); }))
    for (const auto& [name, entry] : config->entries())
      if (name == "converters" || std::any_of(converters.begin(), converters.end(),
                                              [&](const auto& converter) { return IsBelow(name, converter); }))
        names.push_back(name);
  for (const std::string& name : names) config->Remove(name);
}

/// What is wrong, without "FILE:LINE: property "NAME" " before it, and what would do.
std::string Reason(const Error& error, const std::string& property) {
  const std::string named = "property \"" + property + "\" ";
  const size_t at = error.what.find(named), place = error.what.find(": ");
  const std::string reason = at != std::string::npos      ? error.what.substr(at + named.size())
                             : place != std::string::npos ? error.what.substr(place + 2)
                                                          : error.what;
  return error.hint.empty() ? reason : reason + "; " + error.hint;
}

template <typename Check>
void Collect(ConnectorConfig rest, Check check, Refusals* refusals) {
  for (;;) {
    try {
      return check(rest);
    } catch (const RefusedProperty& refused) {
      const bool fresh =
          refusals->reasons.emplace(refused.property(), Reason(refused.error(), refused.property())).second;
      if (fresh) refusals->errors.push_back(refused.error());
      if (!rest.Has(refused.property())) return;
      RemoveFamily(&rest, refused.property());
    }
  }
}

constexpr char kRegexStrategy[] = "DefaultRegexTopicNamingStrategy";

}  // namespace

Refusals FindRefusals(const ConnectorConfig& config) {
  Refusals refusals;
  ConnectorConfig sound = config;
  for (const auto& [name, entry] : config.entries()) {
    if (!entry.problem) continue;
    refusals.reasons[name] = Reason(*entry.problem, name);
    refusals.errors.push_back(*entry.problem);
    RemoveFamily(&sound, name);
  }
  Collect(sound, CheckSourceValues, &refusals);
  Collect(
      sound,
      [](const ConnectorConfig& rest) {
        EncodeSettings settings;
        ApplyConnectorConfig(rest, &settings);
      },
      &refusals);
  return refusals;
}

std::string IdleBecause(const ConnectorConfig& config, const std::string& property) {
  const auto below = [&](const std::string& family) { return IsBelow(property, family); };
  const bool of_regex = property == "topic.regex" || property == "topic.replacement" || below("topic.key");
  if (of_regex && config.Get("topic.naming.strategy").find(kRegexStrategy) == std::string::npos)
    return std::string("topic.naming.strategy is not io.debezium.schema.") + kRegexStrategy;
  if (below("snapshot.mode.configuration.based") && config.Get("snapshot.mode") != "configuration_based")
    return "snapshot.mode is not configuration_based";
  if (below("transforms")) {
    const std::vector<std::string> names = SplitList(config.Get("transforms"));
    if (std::none_of(names.begin(), names.end(), [&](const auto& name) { return below("transforms." + name); }))
      return "transforms does not name it";
  }
  return {};
}

void WarnOfIdleProperties(const ConnectorConfig& config) {
  for (const auto& [name, entry] : config.entries())
    if (const std::string because = IdleBecause(config, name); !because.empty())
      LogWarning(entry.where + ": property \"" + name + "\" does nothing: " + because);
}

}  // namespace cdc::encode
