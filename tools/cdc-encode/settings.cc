#include "tools/cdc-encode/settings.h"

#include "common/connector_properties.h"
#include "common/source_properties.h"
#include "common/text_list.h"

namespace cdc::encode {
namespace {

constexpr char kJsonConverter[] = "org.apache.kafka.connect.json.JsonConverter";
constexpr char kSimpleConverter[] = "org.apache.kafka.connect.storage.SimpleHeaderConverter";
constexpr char kUnwrapType[] = "io.debezium.transforms.ExtractNewRecordState";

void CheckConverter(const ConnectorConfig& config, const std::string& side) {
  const std::string value = config.Get(side + ".converter", kJsonConverter);
  if (value != kJsonConverter)
    config.Refuse(side + ".converter", "has a value that cdc-encode does not support: " + value,
                  std::string("only ") + kJsonConverter + " is possible");
}

void ApplySkippedOperations(const ConnectorConfig& config, EncodeSettings* settings) {
  if (!config.Has("skipped.operations")) return;
  settings->skipped_operations.clear();
  const std::vector<std::string> items = SplitList(config.Get("skipped.operations"));
  for (const std::string& item : items) {
    if (item == "none" && items.size() == 1) continue;
    if (item.size() != 1 || std::string("cudtr").find(item[0]) == std::string::npos)
      config.Refuse("skipped.operations", "has an unknown operation: " + item, "a list of c, u, d, t and r, or none");
    settings->skipped_operations.insert(item[0]);
  }
  if (items.empty()) config.Refuse("skipped.operations", "is empty", "a list of c, u, d, t and r, or none");
}

Adjustment ReadAdjustment(const ConnectorConfig& config, const std::string& property) {
  const std::string mode = config.GetChoice(property, "none", {"none", "avro", "avro_unicode"});
  return mode == "avro" ? Adjustment::kAvro : mode == "avro_unicode" ? Adjustment::kAvroUnicode : Adjustment::kNone;
}

JavaRegex ReadExpression(const ConnectorConfig& config, const std::string& property, const std::string& text,
                         JavaRegex::Case letters) {
  std::string error;
  std::optional<JavaRegex> regex = JavaRegex::Compile(text, letters, &error);
  if (!regex) config.Refuse(property, "holds \"" + text + "\", which is no regular expression: " + error);
  return *regex;
}

void ApplyNames(const ConnectorConfig& config, EncodeSettings* settings) {
  TopicNaming& topics = settings->topics;
  topics.delimiter = config.Get("topic.delimiter", topics.delimiter);
  const std::string strategies = "io.debezium.schema.", suffix = "TopicNamingStrategy";
  const std::string strategy = config.Get("topic.naming.strategy", strategies + "Default" + suffix);
  bool known = false;
  for (const char* name : {"Default", "Schema", "DefaultUnicode", "DefaultRegex"})
    known = known || strategy == strategies + name + suffix;
  if (!known)
    config.Refuse("topic.naming.strategy", "names a strategy that cdc-encode does not support: " + strategy,
                  "Default, DefaultUnicode and DefaultRegex" + suffix + " of " + strategies + " are possible");
  topics.unicode = strategy.find("Unicode") != std::string::npos;
  settings->schema_names = ReadAdjustment(config, "schema.name.adjustment.mode");
  settings->field_names = ReadAdjustment(config, "field.name.adjustment.mode");
  if (strategy.find("Regex") == std::string::npos) return;
  const auto pattern = [&](const std::string& name, bool required) {
    if (required && !config.Has(name))
      config.Refuse("topic.naming.strategy", "needs the property " + name, "set " + name);
    return ReadExpression(config, name, config.Get(name), JavaRegex::Case::kExact);
  };
  const auto replacement = [&](const std::string& name, const JavaRegex& regex) {
    std::string error;
    if (!regex.ReplaceFirst("", config.Get(name), &error)) config.Refuse(name, "does not read: " + error);
    return config.Get(name);
  };
  topics.routes = true;
  topics.regex = pattern("topic.regex", true);
  if (!config.Has("topic.replacement")) pattern("topic.replacement", true);
  topics.replacement = replacement("topic.replacement", topics.regex);
  if (!config.GetFlag("topic.key.enforce.uniqueness", true)) return;
  topics.key_field = config.Get("topic.key.field.name", "__dbz__physicalTableIdentifier");
  if (!config.Has("topic.key.field.regex")) return;
  topics.key_field_rule = true;
  topics.key_field_regex = pattern("topic.key.field.regex", false);
  topics.key_field_replacement = replacement("topic.key.field.replacement", topics.key_field_regex);
}

/// "regex:a,b;regex:c"
void ApplyKeyRules(const ConnectorConfig& config, EncodeSettings* settings) {
  std::string rest = config.Get("message.key.columns");
  while (!rest.empty()) {
    const size_t end = rest.find(';');
    const std::string entry = rest.substr(0, end);
    rest.erase(0, end == std::string::npos ? end : end + 1);
    const size_t colon = entry.rfind(':');
    const std::vector<std::string> columns =
        SplitList(colon == std::string::npos ? std::string() : entry.substr(colon + 1));
    std::string table = entry.substr(0, colon);
    table.erase(0, table.find_first_not_of(" \t"));
    if (columns.empty() || table.empty())
      config.Refuse("message.key.columns", "holds \"" + entry + "\", which is no table with columns",
                    "as in shop.orders:id,customer;shop.items:id");
    KeyRule rule{ReadExpression(config, "message.key.columns", table, JavaRegex::Case::kIgnore), {}};
    // The connector reads the two as one expression, so that a name may be one too.
    for (const std::string& column : columns)
      rule.columns.push_back(
          {column, ReadExpression(config, "message.key.columns", table + "." + column, JavaRegex::Case::kIgnore)});
    settings->key_rules.push_back(std::move(rule));
  }
}

void ApplyHistory(const ConnectorConfig& config, EncodeSettings* settings) {
  constexpr char kKafka[] = "io.debezium.storage.kafka.history.KafkaSchemaHistory";
  constexpr char kFile[] = "io.debezium.storage.file.history.FileSchemaHistory";
  constexpr char kMemory[] = "io.debezium.relational.history.MemorySchemaHistory";
  const std::string history = "schema.history.internal", store = config.Get(history, kKafka);
  settings->schema_changes = config.GetFlag("include.schema.changes", true);
  if (store == kKafka)
    settings->history_topic = config.Get(history + ".kafka.topic");
  else if (store == kFile)
    settings->history_file = config.Get(history + ".file.filename");
  else if (store != kMemory)
    config.Refuse(history, "names a store that cdc-encode does not support: " + store,
                  std::string("one of ") + kKafka + ", " + kFile + ", " + kMemory);
  settings->store_captured_tables = config.GetFlag(history + ".store.only.captured.tables.ddl", false);
  settings->store_captured_databases = config.GetFlag(history + ".store.only.captured.databases.ddl", false);
  settings->tables_included = ReadExpressions(config, "table.include.list");
  settings->tables_excluded = ReadExpressions(config, "table.exclude.list");
  settings->databases_included = ReadExpressions(config, "database.include.list");
  settings->databases_excluded = ReadExpressions(config, "database.exclude.list");
}

void ApplyModes(const ConnectorConfig& config, TypeModes* modes) {
  const std::string decimal = config.GetChoice("decimal.handling.mode", "precise", {"precise", "double", "string"});
  modes->decimal = decimal == "double"   ? DecimalMode::kDouble
                   : decimal == "string" ? DecimalMode::kString
                                         : DecimalMode::kPrecise;
  const std::string bigint = config.GetChoice("bigint.unsigned.handling.mode", "long", {"long", "precise"});
  modes->bigint = bigint == "precise" ? BigintMode::kPrecise : BigintMode::kLong;
  const std::string binary =
      config.GetChoice("binary.handling.mode", "bytes", {"bytes", "base64", "base64-url-safe", "hex"});
  modes->binary = binary == "base64"            ? BinaryMode::kBase64
                  : binary == "base64-url-safe" ? BinaryMode::kBase64Url
                  : binary == "hex"             ? BinaryMode::kHex
                                                : BinaryMode::kBytes;
  const std::string time =
      config.GetChoice("time.precision.mode", "adaptive_time_microseconds", {"adaptive_time_microseconds", "connect"});
  modes->time = time == "connect" ? TimeMode::kConnect : TimeMode::kAdaptiveMicroseconds;
  modes->adjust_years = config.GetFlag("enable.time.adjuster", true);
}

void ApplyUnwrap(const ConnectorConfig& config, const std::string& prefix, UnwrapSettings* unwrap) {
  unwrap->enabled = true;
  unwrap->keep_tombstones = !config.GetFlag(prefix + "drop.tombstones", true);
  const std::string deletes = config.GetChoice(prefix + "delete.handling.mode", "drop", {"drop", "rewrite", "none"});
  unwrap->on_delete = deletes == "rewrite" ? UnwrapSettings::Delete::kRewrite
                      : deletes == "none"  ? UnwrapSettings::Delete::kNull
                                           : UnwrapSettings::Delete::kDrop;
  unwrap->add_fields =
      ParseAddedFields(config.Get(prefix + "add.fields"), config.Get(prefix + "add.fields.prefix", "__"));
  unwrap->add_headers =
      ParseAddedFields(config.Get(prefix + "add.headers"), config.Get(prefix + "add.headers.prefix", "__"));
  unwrap->route_field = config.Get(prefix + "route.by.field");
  const std::string mode_name = prefix + "delete.tombstone.handling.mode";
  if (config.Has(mode_name) && !SetUnwrapMode(config.Get(mode_name), unwrap))
    config.Refuse(mode_name, "has an unknown value: " + config.Get(mode_name),
                  "drop, tombstone, rewrite or rewrite-with-tombstone");
}

void CheckUnwrapOptions(const ConnectorConfig& config, const std::string& prefix) {
  for (const auto& [name, entry] : config.entries()) {
    if (name.rfind(prefix, 0) != 0) continue;
    const std::string option = name.substr(prefix.size());
    static const std::set<std::string> kObeyed = {"type",
                                                  "predicate",
                                                  "negate",
                                                  "drop.tombstones",
                                                  "delete.handling.mode",
                                                  "route.by.field",
                                                  "add.fields",
                                                  "add.fields.prefix",
                                                  "add.headers",
                                                  "add.headers.prefix",
                                                  "delete.tombstone.handling.mode"};
    // No record of the connector has the header that names fields to drop; and a row's NULLs are copied as they are.
    const bool without_effect = option == "drop.fields.header.name" || option == "drop.fields.from.key" ||
                                option == "drop.fields.keep.schema.compatible" ||
                                option == "replace.null.with.default" || entry.value.empty() ||
                                option == "plugin.version";
    if (kObeyed.count(option) == 0 && !without_effect)
      config.Refuse(name, "is not supported by cdc-encode", "remove it");
  }
}

/// ExtractNewRecordState is made with the records where that comes to the same, the other transforms behind them.
void ApplyTransforms(const ConnectorConfig& config, EncodeSettings* settings) {
  TransformChain::Unwraps unwraps;
  for (const std::string& transform : SplitList(config.Get("transforms"))) {
    const std::string prefix = "transforms." + transform + ".";
    if (config.Get(prefix + "type") != kUnwrapType) continue;
    CheckUnwrapOptions(config, prefix);
    ApplyUnwrap(config, prefix, &unwraps[transform]);
  }
  std::string of_rows;
  settings->chain = TransformChain::Read(config, unwraps, {settings->json_headers, settings->header_schemas}, &of_rows);
  if (of_rows.empty()) return;
  settings->unwrap = unwraps[of_rows];
  for (std::vector<AddedField>* fields : {&settings->unwrap.add_fields, &settings->unwrap.add_headers})
    std::erase_if(*fields, [](const AddedField& field) { return !field.known; });
}

}  // namespace

bool SetUnwrapMode(const std::string& mode, UnwrapSettings* unwrap) {
  using Delete = UnwrapSettings::Delete;
  unwrap->keep_tombstones = mode == "rewrite-with-tombstone";
  if (mode == "drop")
    unwrap->on_delete = Delete::kDrop;
  else if (mode == "tombstone")
    unwrap->on_delete = Delete::kNull;
  else if (mode == "rewrite" || mode == "rewrite-with-tombstone")
    unwrap->on_delete = Delete::kRewrite;
  else
    return false;
  return true;
}

/// Those that go to the log or to JMX are no records.
static void CheckNotifications(const ConnectorConfig& config) {
  for (const std::string& channel : SplitList(config.Get("notification.enabled.channels")))
    if (channel != "log" && channel != "jmx")
      config.Refuse("notification.enabled.channels", "has a channel that cdc-encode does not support: " + channel,
                    "log and jmx are possible, and mean nothing here");
}

void ApplyConnectorConfig(const ConnectorConfig& config, EncodeSettings* settings) {
  CheckNotifications(config);
  CheckProperties(config, PropertyOwner::kRecords, "cdc-encode");
  CheckSourceProperties(config);
  settings->connector_name = config.name();
  settings->topic_prefix = config.Get("topic.prefix", settings->topic_prefix);
  ApplyNames(config, settings);
  CheckConverter(config, "key");
  CheckConverter(config, "value");
  settings->key_schemas = config.GetFlag("key.converter.schemas.enable", true);
  settings->value_schemas = config.GetFlag("value.converter.schemas.enable", true);
  const std::string headers = config.Get("header.converter", kSimpleConverter);
  if (headers != kSimpleConverter && headers != kJsonConverter)
    config.Refuse("header.converter", "has a value that cdc-encode does not support: " + headers,
                  std::string("one of ") + kSimpleConverter + ", " + kJsonConverter);
  settings->json_headers = headers == kJsonConverter;
  settings->header_schemas = config.GetFlag("header.converter.schemas.enable", true);
  settings->tombstones = config.GetFlag("tombstones.on.delete", true);
  settings->schema_comments = config.GetFlag("include.schema.comments", false);
  settings->include_query = config.GetFlag("include.query", false);
  ApplyHistory(config, settings);
  settings->skip_unchanged = config.GetFlag("skip.messages.without.change", false);
  settings->key_numeric =
      config.GetChoice("key.converter.decimal.format", "base64", {"base64", "numeric"}) == "numeric";
  settings->value_numeric =
      config.GetChoice("value.converter.decimal.format", "base64", {"base64", "numeric"}) == "numeric";
  settings->key_null_default = config.GetFlag("key.converter.replace.null.with.default", true);
  settings->value_null_default = config.GetFlag("value.converter.replace.null.with.default", true);
  settings->columns = ColumnRules(config);
  settings->converters = ColumnConverters(config);
  settings->heartbeat_ms = config.GetInteger("heartbeat.interval.ms", 0, 0, INT32_MAX);
  settings->heartbeat_prefix = config.Get("topic.heartbeat.prefix", settings->heartbeat_prefix);
  settings->transactions = config.GetFlag("provide.transaction.metadata", false);
  settings->transaction_topic = config.Get("topic.transaction", settings->transaction_topic);
  ApplyKeyRules(config, settings);
  ApplySkippedOperations(config, settings);
  ApplyModes(config, &settings->modes);
  ApplyTransforms(config, settings);
}

}  // namespace cdc::encode
