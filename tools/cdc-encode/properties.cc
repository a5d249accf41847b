#include "tools/cdc-encode/properties.h"

#include <vector>

#include "common/nearest.h"

namespace cdc::encode {
namespace {

using Role = PropertyRole;

constexpr PropertyInfo kProperties[] = {
    // Records.
    {"topic.prefix", Role::kRecords, ""},
    {"topic.delimiter", Role::kRecords, ""},
    {"tombstones.on.delete", Role::kRecords, ""},
    {"skipped.operations", Role::kRecords, ""},
    {"decimal.handling.mode", Role::kRecords, ""},
    {"bigint.unsigned.handling.mode", Role::kRecords, ""},
    {"binary.handling.mode", Role::kRecords, ""},
    {"time.precision.mode", Role::kRecords, ""},
    {"enable.time.adjuster", Role::kRecords, ""},
    {"include.query", Role::kRecords, ""},
    {"include.schema.comments", Role::kRecords, ""},
    {"include.schema.changes", Role::kRecords, ""},
    {"key.converter", Role::kRecords, ""},
    {"value.converter", Role::kRecords, ""},
    {"key.converter.schemas.enable", Role::kRecords, ""},
    {"value.converter.schemas.enable", Role::kRecords, ""},
    {"header.converter", Role::kRecords, ""},
    {"header.converter.schemas.enable", Role::kRecords, ""},
    {"transforms", Role::kRecords, ""},
    {"transforms.*", Role::kRecords, ""},
    {"topic.naming.strategy", Role::kDefaultOnly, "io.debezium.schema.DefaultTopicNamingStrategy"},
    {"key.converter.decimal.format", Role::kDefaultOnly, "BASE64"},
    {"value.converter.decimal.format", Role::kDefaultOnly, "BASE64"},
    {"key.converter.replace.null.with.default", Role::kDefaultOnly, "true"},
    {"value.converter.replace.null.with.default", Role::kDefaultOnly, "true"},
    {"header.converter.*", Role::kDefaultOnly, ""},
    {"schema.name.adjustment.mode", Role::kDefaultOnly, "none"},
    {"field.name.adjustment.mode", Role::kDefaultOnly, "none"},
    {"message.key.columns", Role::kDefaultOnly, ""},
    {"skip.messages.without.change", Role::kDefaultOnly, "false"},
    {"provide.transaction.metadata", Role::kDefaultOnly, "false"},
    {"column.*", Role::kDefaultOnly, ""},
    {"datatype.propagate.source.type", Role::kDefaultOnly, ""},
    {"converters", Role::kDefaultOnly, ""},
    {"post.processors", Role::kDefaultOnly, ""},
    {"predicates", Role::kDefaultOnly, ""},
    {"heartbeat.interval.ms", Role::kDefaultOnly, "0"},
    {"heartbeat.action.query", Role::kDefaultOnly, ""},
    {"signal.data.collection", Role::kDefaultOnly, ""},
    {"notification.enabled.channels", Role::kDefaultOnly, ""},
    {"unavailable.value.placeholder", Role::kDefaultOnly, "__debezium_unavailable_value"},
    {"sourceinfo.struct.maker", Role::kDefaultOnly, "io.debezium.connector.mysql.MySqlSourceInfoStructMaker"},
    {"event.converting.failure.handling.mode", Role::kDefaultOnly, "warn"},
    // Other tools of the pipe.
    {"name", Role::kElsewhere, ""},
    {"connector.class", Role::kElsewhere, ""},
    {"database.*", Role::kElsewhere, ""},
    {"driver.*", Role::kElsewhere, ""},
    {"table.include.list", Role::kElsewhere, ""},
    {"table.exclude.list", Role::kElsewhere, ""},
    {"table.ignore.builtin", Role::kElsewhere, ""},
    {"connect.timeout.ms", Role::kElsewhere, ""},
    {"connect.keep.alive*", Role::kElsewhere, ""},
    {"use.nongraceful.disconnect", Role::kElsewhere, ""},
    {"snapshot.*", Role::kElsewhere, ""},
    {"incremental.snapshot.*", Role::kElsewhere, ""},
    {"schema.history.internal*", Role::kElsewhere, ""},
    {"gtid.source.*", Role::kElsewhere, ""},
    {"read.only", Role::kElsewhere, ""},
    {"event.processing.failure.handling.mode", Role::kElsewhere, ""},
    {"event.deserialization.failure.handling.mode", Role::kElsewhere, ""},
    {"inconsistent.schema.handling.mode", Role::kElsewhere, ""},
    {"streaming.delay.ms", Role::kElsewhere, ""},
    {"signal.*", Role::kElsewhere, ""},
    {"notification.*", Role::kElsewhere, ""},
    {"topic.heartbeat.prefix", Role::kElsewhere, ""},
    {"topic.transaction", Role::kElsewhere, ""},
    {"topic.creation.*", Role::kElsewhere, ""},
    {"producer.override.*", Role::kElsewhere, ""},
    {"consumer.override.*", Role::kElsewhere, ""},
    {"admin.override.*", Role::kElsewhere, ""},
    // Nothing here.
    {"tasks.max", Role::kMeaningless, ""},
    {"tasks.max.enforce", Role::kMeaningless, ""},
    {"config.action.reload", Role::kMeaningless, ""},
    {"errors.*", Role::kMeaningless, ""},
    {"max.batch.size", Role::kMeaningless, ""},
    {"max.queue.size", Role::kMeaningless, ""},
    {"max.queue.size.in.bytes", Role::kMeaningless, ""},
    {"poll.interval.ms", Role::kMeaningless, ""},
    {"query.fetch.size", Role::kMeaningless, ""},
    {"min.row.count.to.stream.results", Role::kMeaningless, ""},
    {"retriable.restart.connector.wait.ms", Role::kMeaningless, ""},
    {"binlog.buffer.size", Role::kMeaningless, ""},
    {"topic.cache.size", Role::kMeaningless, ""},
    {"custom.metric.tags", Role::kMeaningless, ""},
    {"transaction.metadata.factory", Role::kMeaningless, ""},
    {"key.converter.schemas.cache.size", Role::kMeaningless, ""},
    {"value.converter.schemas.cache.size", Role::kMeaningless, ""},
    {"key.converter.converter.type", Role::kMeaningless, ""},
    {"value.converter.converter.type", Role::kMeaningless, ""},
    {"exactly.once.support", Role::kMeaningless, ""},
    {"transaction.boundary*", Role::kMeaningless, ""},
    {"offsets.storage.topic", Role::kMeaningless, ""},
    {"internal.*", Role::kMeaningless, ""},
    {"source.struct.version", Role::kMeaningless, ""},
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
  return {name, Role::kUnknown, ""};
}

std::string NearestProperty(std::string_view name) {
  std::vector<std::string_view> names;
  for (const PropertyInfo& property : kProperties)
    if (property.name.back() != '*') names.push_back(property.name);
  return NearestName(name, names, 3);
}

}  // namespace cdc::encode
