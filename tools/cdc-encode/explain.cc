#include "tools/cdc-encode/explain.h"

#include "common/connector_properties.h"

namespace cdc::encode {
namespace {

struct Note {
  std::string_view name;   ///< ends with "*" for a prefix
  std::string_view value;  ///< the connector's default; empty: none
  std::string_view what;
};

// In the order in which people think of them. A property that no note names has its owner's.
constexpr Note kNotes[] = {
    {"name", "", "the slot under which the sink keeps the position; in the position's key"},
    {"connector.class", "", "says that this is a MySQL connector's file"},
    {"topic.prefix", "", "first part of all topic names, name of the source"},
    {"database.hostname", "", "the server"},
    {"database.port", "3306", "the server's port"},
    {"database.user", "", "who logs in"},
    {"database.password", "", "with which password"},
    {"database.server.id", "", "number of binlog-tail among the server's replicas"},
    {"database.ssl.mode", "preferred", "TLS of the connection"},
    {"database.ssl.*", "", "keys of the connection"},
    {"database.initial.statements", "", "statements for each connection"},
    {"connect.timeout.ms", "30000", "how long a connection may take"},
    {"database.include.list", "", "which databases are captured"},
    {"database.exclude.list", "", "which databases are not"},
    {"table.include.list", "", "which tables are captured"},
    {"table.exclude.list", "", "which tables are not"},
    {"table.ignore.builtin", "true", "the server's own tables are left out"},
    {"gtid.source.includes", "", "which servers' transactions count"},
    {"gtid.source.excludes", "", "which servers' transactions do not"},
    {"gtid.source.filter.dml.events", "true", "no filter by server, so nothing to do"},
    {"snapshot.mode", "initial", "what is read before the log"},
    {"snapshot.mode.configuration.based.snapshot.data", "false", "configuration_based: read rows"},
    {"snapshot.mode.configuration.based.snapshot.schema", "false", "definitions are always read"},
    {"snapshot.mode.configuration.based.start.stream", "false", "configuration_based: then the log"},
    {"snapshot.mode.configuration.based.snapshot.on.schema.error", "false", "configuration_based: trust definitions"},
    {"snapshot.mode.configuration.based.snapshot.on.data.error", "false", "configuration_based: when the log is gone"},
    {"snapshot.include.collection.list", "", "whose rows the snapshot reads"},
    {"snapshot.select.statement.overrides", "", "tables whose rows a statement of their own selects"},
    {"snapshot.select.statement.overrides.*", "", "the statement"},
    {"snapshot.locking.mode", "minimal", "a lock for as long as the position is taken; none: a moment without commits"},
    {"snapshot.lock.timeout.ms", "10000", "how long the snapshot tries for its lock, or such a moment"},
    {"snapshot.isolation.mode", "repeatable_read", "always repeatable read"},
    {"snapshot.fetch.size", "", "rows are streamed"},
    {"snapshot.max.threads", "1", "one reader"},
    {"snapshot.tables.order.by.row.count", "disabled", "order of the tables, by the server's estimate"},
    {"snapshot.query.mode", "select_all", "all rows"},
    {"snapshot.delay.ms", "0", "pause before the snapshot"},
    {"streaming.delay.ms", "0", "pause before the log"},
    {"event.processing.failure.handling.mode", "fail", "a failure always stops the stream, nothing is skipped"},
    {"event.deserialization.failure.handling.mode", "fail", "the same"},
    {"inconsistent.schema.handling.mode", "fail", "the same"},
    {"event.converting.failure.handling.mode", "warn", "what cannot be converted becomes NULL, or its default"},
    {"column.include.list", "", "columns that values keep"},
    {"column.exclude.list", "", "columns that values leave out"},
    {"column.truncate.to.*", "", "texts are cut to so many characters"},
    {"column.mask.with.*", "", "so many asterisks in place of the text"},
    {"column.mask.hash.*", "", "a digest in place of the text"},
    {"column.propagate.source.type", "", "columns whose schema has the source's type"},
    {"datatype.propagate.source.type", "", "types whose schema has the source's type"},
    {"message.key.columns", "", "columns of the keys, instead of the table's own key"},
    {"skipped.operations", "t", "changes that give no records"},
    {"skip.messages.without.change", "false", "updates that change nothing of a record give none"},
    {"tombstones.on.delete", "true", "a record without a value behind each delete"},
    {"decimal.handling.mode", "precise", "how DECIMAL is written"},
    {"bigint.unsigned.handling.mode", "long", "how BIGINT UNSIGNED is written"},
    {"binary.handling.mode", "bytes", "how binary columns are written"},
    {"time.precision.mode", "adaptive_time_microseconds", "how dates and times are written"},
    {"enable.time.adjuster", "true", "years of two digits are meant as MySQL means them"},
    {"include.query", "false", "the statement in the source block, where the server logs it"},
    {"include.schema.comments", "false", "comments of columns and tables in schemas"},
    {"include.schema.changes", "true", "records of statements, in the topic named as the prefix"},
    {"provide.transaction.metadata", "false", "records of transactions, and their block in each row's record"},
    {"topic.transaction", "transaction", "their topic, behind the prefix"},
    {"heartbeat.interval.ms", "0", "heartbeat records so often at most; 0: none"},
    {"topic.heartbeat.prefix", "__debezium-heartbeat", "first part of their topic's name"},
    {"heartbeat.action.query", "", "a statement with each heartbeat"},
    {"schema.name.adjustment.mode", "none", "characters of schema names that Avro does not allow"},
    {"field.name.adjustment.mode", "none", "the same of field names"},
    {"topic.naming.strategy", "io.debezium.schema.SchemaTopicNamingStrategy", "how topics are named"},
    {"topic.delimiter", ".", "between the parts of a topic's name"},
    {"topic.regex", "", "DefaultRegexTopicNamingStrategy: names that are changed"},
    {"topic.replacement", "", "DefaultRegexTopicNamingStrategy: what they become"},
    {"topic.key.*", "", "DefaultRegexTopicNamingStrategy: the field that tells tables apart"},
    {"key.converter", "org.apache.kafka.connect.json.JsonConverter", "keys are JSON"},
    {"key.converter.schemas.enable", "true", "with their schema"},
    {"key.converter.decimal.format", "BASE64", "decimals of keys"},
    {"key.converter.replace.null.with.default", "true", "NULL of a key's column that has a default"},
    {"value.converter", "org.apache.kafka.connect.json.JsonConverter", "values are JSON"},
    {"value.converter.schemas.enable", "true", "with their schema"},
    {"value.converter.decimal.format", "BASE64", "decimals of values"},
    {"value.converter.replace.null.with.default", "true", "NULL of a column that has a default"},
    {"header.converter", "org.apache.kafka.connect.storage.SimpleHeaderConverter", "how headers are written"},
    {"transforms", "", "changes of records before they are written, in this order"},
    {"transforms.*", "", "an option of the transform"},
    {"schema.history.internal", "io.debezium.storage.kafka.history.KafkaSchemaHistory", "where the history is kept"},
    {"schema.history.internal.kafka.topic", "", "topic of the history's records"},
    {"schema.history.internal.kafka.bootstrap.servers", "", "the brokers of kcat-produce, unless it is told others"},
    {"schema.history.internal.file.filename", "", "file of the history"},
    {"schema.history.internal.store.only.captured.tables.ddl", "false", "only statements of captured tables"},
    {"schema.history.internal.store.only.captured.databases.ddl", "false", "only statements of captured databases"},
    {"schema.history.internal.skip.unparseable.ddl", "false", "such a table is taken from the server's own definition"},
    {"schema.history.internal.*", "", "nothing: the history is written with the records"},
    {"topic.creation.*", "", "nothing: the brokers' defaults make topics"},
    {"signal.data.collection", "", "table of signals"},
    {"notification.enabled.channels", "", "nothing: log and jmx, which are no records"},
    {"converters", "", "other schemas and values for some columns"},
    {"post.processors", "", "changes of records before they are written"},
    {"predicates", "", "conditions of transforms"},
    {"predicates.*", "", "an option of the condition"},
    {"poll.interval.ms", "500", "nothing: lines go on as they come"},
    {"max.batch.size", "2048", "nothing: there are no batches"},
    {"max.queue.size", "8192", "nothing: the pipe is the queue"},
    {"max.queue.size.in.bytes", "0", "nothing: the pipe is the queue"},
    {"tasks.max", "1", "nothing: there is one"},
};

const Note* FindNote(std::string_view name) {
  for (const Note& note : kNotes) {
    const std::string_view start = note.name.substr(0, note.name.size() - 1);
    if (note.name == name || (note.name.back() == '*' && name.substr(0, start.size()) == start)) return &note;
  }
  return nullptr;
}

std::string_view OwnerNote(PropertyOwner owner) {
  switch (owner) {
    case PropertyOwner::kSource: return "binlog-tail obeys it";
    case PropertyOwner::kRecords: return "cdc-encode obeys it";
    case PropertyOwner::kDelivery: return "for what stands behind cdc-encode";
    case PropertyOwner::kNobody: return "nothing: it has no meaning here";
    case PropertyOwner::kUnknown: break;
  }
  return "refused: the connector has no such property";
}

/// What the property does.
std::string Effect(std::string_view name) {
  const PropertyInfo info = FindProperty(name);
  const Note* note = FindNote(name);
  std::string effect(note != nullptr && info.owner != PropertyOwner::kUnknown ? note->what : OwnerNote(info.owner));
  if (info.owner == PropertyOwner::kUnknown) {
    const std::string nearest = NearestProperty(name);
    if (!nearest.empty()) effect += "; did you mean " + nearest + "?";
  }
  return info.only != nullptr && *info.only == '\0' ? "not supported: " + effect : effect;
}

/// The same of one that is set: refused values are said as such, and why.
std::string EffectOfSet(const ConnectorConfig& config, const std::string& name, const Refusals& refusals) {
  const PropertyOwner owner = FindProperty(config, name).owner;
  if (owner == PropertyOwner::kUnknown) return Effect(name);
  if (const auto refused = refusals.reasons.find(name); refused != refusals.reasons.end())
    return "refused: " + refused->second;
  if (const std::string because = IdleBecause(config, name); !because.empty()) return "nothing: " + because;
  return FindProperty(name).owner == PropertyOwner::kUnknown ? "an option of the converter" : Effect(name);
}

bool IsSecret(std::string_view name) {
  return name.find("password") != std::string_view::npos || name.find("secret") != std::string_view::npos ||
         name.find("sasl.jaas") != std::string_view::npos || name.find(".with.salt.") != std::string_view::npos;
}

std::string ShownName(const std::string& name) {
  const size_t salt = name.find(".with.salt.");
  return salt == std::string::npos ? name : name.substr(0, salt) + ".with.salt.(hidden)";
}

}  // namespace

void ExplainConfig(const ConnectorConfig& config, const Refusals& refusals, ByteOutput& output) {
  output.Append("PROPERTY\tVALUE\tFROM\tHERE\n");
  for (const auto& [name, entry] : config.entries()) {
    std::string from = entry.where;
    if (!entry.written_name.empty() && entry.written_name != name) from += " as " + entry.written_name;
    const bool hidden = IsSecret(name) && name.find(".with.salt.") == std::string::npos;
    output.Append(ShownName(name) + "\t" + (hidden ? "(hidden)" : entry.value) + "\t" + from + "\t" +
                  EffectOfSet(config, name, refusals) + "\n");
  }
  if (!config.name().empty() && !config.Has("name"))
    output.Append("name\t" + config.name() + "\tbeside config\t" + Effect("name") + "\n");
  for (const Note& note : kNotes) {
    if (note.name == "name" && !config.name().empty()) continue;
    if (note.name.back() == '*' || config.Has(std::string(note.name))) continue;
    output.Append(std::string(note.name) + "\t" + std::string(note.value.empty() ? "-" : note.value) + "\tdefault\t" +
                  Effect(note.name) + "\n");
  }
  for (const std::string& name : KnownProperties()) {
    if (FindNote(name) != nullptr || config.Has(name)) continue;
    output.Append(name + "\t-\tdefault\t" + Effect(name) + "\n");
  }
}

}  // namespace cdc::encode
