#include "common/connector_properties.h"

#include <vector>

#include "common/log.h"
#include "common/nearest.h"
#include "common/text_list.h"

namespace cdc {
namespace {

using Owner = PropertyOwner;

constexpr PropertyInfo kProperties[] = {
    // The server.
    {"database.hostname", Owner::kSource},
    {"database.port", Owner::kSource},
    {"database.user", Owner::kSource},
    {"database.password", Owner::kSource},
    {"database.server.id", Owner::kSource},
    {"database.ssl.mode", Owner::kSource},
    {"database.ssl.*", Owner::kSource, ""},
    {"database.initial.statements", Owner::kSource, ""},
    {"connect.timeout.ms", Owner::kSource},
    {"database.server.id.offset", Owner::kNobody},
    {"database.connectionTimeZone", Owner::kNobody},
    {"database.jdbc.driver", Owner::kNobody},
    {"database.protocol", Owner::kNobody},
    {"database.query.timeout.ms", Owner::kNobody},
    {"connect.keep.alive", Owner::kNobody},
    {"connect.keep.alive.interval.ms", Owner::kNobody},
    {"use.nongraceful.disconnect", Owner::kNobody},
    {"driver.*", Owner::kNobody},
    // What is captured.
    {"database.include.list", Owner::kSource},
    {"database.exclude.list", Owner::kSource},
    {"table.include.list", Owner::kSource},
    {"table.exclude.list", Owner::kSource},
    {"table.ignore.builtin", Owner::kSource, "true"},
    {"gtid.source.includes", Owner::kSource},
    {"gtid.source.excludes", Owner::kSource},
    {"gtid.source.filter.dml.events", Owner::kSource},
    {"event.processing.failure.handling.mode", Owner::kNobody},
    {"event.deserialization.failure.handling.mode", Owner::kNobody},
    {"inconsistent.schema.handling.mode", Owner::kNobody},
    {"snapshot.mode", Owner::kSource},
    {"snapshot.mode.configuration.based.snapshot.data", Owner::kSource},
    {"snapshot.mode.configuration.based.snapshot.schema", Owner::kNobody},
    {"snapshot.mode.configuration.based.start.stream", Owner::kSource},
    {"snapshot.mode.configuration.based.snapshot.on.schema.error", Owner::kSource},
    {"snapshot.mode.configuration.based.snapshot.on.data.error", Owner::kSource},
    {"snapshot.mode.custom.name", Owner::kSource, "",
     "a Java class, which only the connector can run; snapshot.mode=configuration_based decides by properties"},
    {"snapshot.query.mode", Owner::kSource, "select_all"},
    {"snapshot.query.mode.custom.name", Owner::kSource, "",
     "a Java class, which only the connector can run; snapshot.select.statement.overrides gives statements"},
    {"snapshot.locking.mode.custom.name", Owner::kSource, "",
     "a Java class, which only the connector can run; snapshot.locking.mode is minimal or none"},
    {"snapshot.include.collection.list", Owner::kSource},
    {"snapshot.select.statement.overrides", Owner::kSource},
    {"snapshot.select.statement.overrides.*", Owner::kSource},
    {"snapshot.tables.order.by.row.count", Owner::kSource},
    {"snapshot.delay.ms", Owner::kSource, "0"},
    {"streaming.delay.ms", Owner::kSource, "0"},
    {"snapshot.locking.mode", Owner::kSource},
    {"snapshot.lock.timeout.ms", Owner::kSource},
    {"snapshot.isolation.mode", Owner::kNobody},
    {"snapshot.max.threads", Owner::kNobody},
    {"snapshot.fetch.size", Owner::kNobody},
    {"incremental.snapshot.*", Owner::kNobody},
    {"read.only", Owner::kNobody},
    // Records.
    {"topic.prefix", Owner::kRecords},
    {"topic.delimiter", Owner::kRecords},
    {"tombstones.on.delete", Owner::kRecords},
    {"skipped.operations", Owner::kRecords},
    {"decimal.handling.mode", Owner::kRecords},
    {"bigint.unsigned.handling.mode", Owner::kRecords},
    {"binary.handling.mode", Owner::kRecords},
    {"time.precision.mode", Owner::kRecords},
    {"enable.time.adjuster", Owner::kRecords},
    {"include.query", Owner::kRecords},
    {"include.schema.comments", Owner::kRecords},
    {"include.schema.changes", Owner::kRecords},
    {"key.converter", Owner::kRecords},
    {"value.converter", Owner::kRecords},
    {"key.converter.schemas.enable", Owner::kRecords},
    {"value.converter.schemas.enable", Owner::kRecords},
    {"header.converter", Owner::kRecords},
    {"header.converter.schemas.enable", Owner::kRecords},
    {"header.converter.plugin.version", Owner::kNobody},
    {"transforms", Owner::kRecords},
    {"transforms.*", Owner::kRecords},
    {"topic.naming.strategy", Owner::kRecords},
    {"topic.regex", Owner::kRecords},
    {"topic.replacement", Owner::kRecords},
    {"topic.key.*", Owner::kRecords},
    {"key.converter.decimal.format", Owner::kRecords},
    {"value.converter.decimal.format", Owner::kRecords},
    {"key.converter.replace.null.with.default", Owner::kRecords},
    {"value.converter.replace.null.with.default", Owner::kRecords},
    {"header.converter.*", Owner::kRecords, ""},
    {"schema.name.adjustment.mode", Owner::kRecords},
    {"field.name.adjustment.mode", Owner::kRecords},
    {"message.key.columns", Owner::kRecords},
    {"skip.messages.without.change", Owner::kRecords},
    {"provide.transaction.metadata", Owner::kRecords},
    {"column.*", Owner::kRecords},
    {"datatype.propagate.source.type", Owner::kRecords},
    {"converters", Owner::kRecords},
    {"post.processors", Owner::kRecords, ""},
    {"predicates", Owner::kRecords},
    {"predicates.*", Owner::kRecords},
    {"heartbeat.interval.ms", Owner::kRecords},
    {"heartbeat.action.query", Owner::kRecords, ""},
    {"signal.data.collection", Owner::kRecords, ""},
    {"notification.enabled.channels", Owner::kRecords},
    {"unavailable.value.placeholder", Owner::kRecords, "__debezium_unavailable_value"},
    {"sourceinfo.struct.maker", Owner::kRecords, "io.debezium.connector.mysql.MySqlSourceInfoStructMaker"},
    {"event.converting.failure.handling.mode", Owner::kRecords, "warn"},
    // Delivery.
    {"name", Owner::kDelivery},
    {"connector.class", Owner::kDelivery},
    {"schema.history.internal", Owner::kRecords},
    {"schema.history.internal.*", Owner::kRecords},
    {"signal.*", Owner::kDelivery},
    {"notification.*", Owner::kDelivery},
    {"topic.heartbeat.prefix", Owner::kRecords},
    {"heartbeat.topics.prefix", Owner::kNobody},
    {"topic.transaction", Owner::kRecords},
    {"topic.creation.*", Owner::kDelivery},
    {"producer.override.*", Owner::kDelivery},
    {"consumer.override.*", Owner::kDelivery},
    {"admin.override.*", Owner::kDelivery},
    // Nothing here.
    {"tasks.max", Owner::kNobody},
    {"connector.plugin.version", Owner::kNobody},
    {"key.converter.plugin.version", Owner::kNobody},
    {"value.converter.plugin.version", Owner::kNobody},
    {"gtid.new.channel.position", Owner::kNobody},
    {"snapshot.new.tables", Owner::kNobody},
    {"tasks.max.enforce", Owner::kNobody},
    {"config.action.reload", Owner::kNobody},
    {"errors.*", Owner::kNobody},
    {"max.batch.size", Owner::kNobody},
    {"max.queue.size", Owner::kNobody},
    {"max.queue.size.in.bytes", Owner::kNobody},
    {"poll.interval.ms", Owner::kNobody},
    {"query.fetch.size", Owner::kNobody},
    {"min.row.count.to.stream.results", Owner::kNobody},
    {"retriable.restart.connector.wait.ms", Owner::kNobody},
    {"binlog.buffer.size", Owner::kNobody},
    {"topic.cache.size", Owner::kNobody},
    {"custom.metric.tags", Owner::kNobody},
    {"transaction.metadata.factory", Owner::kNobody},
    {"key.converter.schemas.cache.size", Owner::kNobody},
    {"value.converter.schemas.cache.size", Owner::kNobody},
    {"key.converter.converter.type", Owner::kNobody},
    {"value.converter.converter.type", Owner::kNobody},
    {"exactly.once.support", Owner::kNobody},
    {"transaction.boundary*", Owner::kNobody},
    {"offsets.storage.topic", Owner::kNobody},
    {"internal.*", Owner::kNobody},
    {"source.struct.version", Owner::kNobody},
};

}  // namespace

PropertyInfo FindProperty(std::string_view name) {
  for (const PropertyInfo& property : kProperties) {
    std::string_view pattern = property.name;
    if (pattern.back() == '*') {
      pattern.remove_suffix(1);
      if (name.substr(0, pattern.size()) == pattern) return property;
    } else if (name == pattern) {
      return property;
    }
  }
  return {name, Owner::kUnknown};
}

PropertyInfo FindProperty(const ConnectorConfig& config, std::string_view name) {
  const PropertyInfo property = FindProperty(name);
  if (property.owner != Owner::kUnknown) return property;
  for (const std::string& converter : SplitList(config.Get("converters")))
    if (name.size() > converter.size() && name.substr(0, converter.size()) == converter &&
        name[converter.size()] == '.')
      return {name, Owner::kRecords};
  return property;
}

std::vector<std::string> KnownProperties() {
  std::vector<std::string> names;
  for (const PropertyInfo& property : kProperties)
    if (property.name.back() != '*') names.emplace_back(property.name);
  return names;
}

std::string NearestProperty(std::string_view name) {
  std::vector<std::string_view> names;
  for (const PropertyInfo& property : kProperties)
    if (property.name.back() != '*') names.push_back(property.name);
  return NearestName(name, names, 3);
}

void CheckProperties(const ConnectorConfig& config, PropertyOwner owner, const std::string& tool) {
  for (const auto& [name, entry] : config.entries()) {
    const PropertyInfo property = FindProperty(config, name);
    if (property.owner == Owner::kUnknown) {
      const std::string nearest = NearestProperty(name);
      config.Refuse(name, "is not known", nearest.empty() ? "" : "did you mean " + nearest + "?");
    }
    if (property.owner != owner || property.only == nullptr || entry.value == property.only) continue;
    if (*property.only == '\0') config.Refuse(name, "is not supported by " + tool, property.instead);
    config.Refuse(name, "has a value that " + tool + " does not support: " + entry.value,
                  "only " + std::string(property.only) + " is possible");
  }
}

void NoteMeaningless(const ConnectorConfig& config) {
  std::string meaningless;
  for (const auto& [name, entry] : config.entries())
    if (FindProperty(name).owner == Owner::kNobody) meaningless += (meaningless.empty() ? "" : ", ") + name;
  if (!meaningless.empty()) LogNote("these properties have no meaning here: " + meaningless);
}

}  // namespace cdc
