#include "tools/cdc-sql/bind/table_options.h"

#include <algorithm>
#include <array>
#include <vector>

#include "common/nearest.h"
#include "tools/cdc-sql/bind/option_values.h"
#include "tools/cdc-sql/bind/upsert_options.h"

namespace cdc::sql {

namespace {

constexpr std::array<std::string_view, 7> kReadFormats = {"debezium-json", "json",         "csv",     "raw",
                                                          "canal-json",    "maxwell-json", "ogg-json"};

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

/// Options of the formats, without their prefix.
using Names = std::vector<std::string_view>;

Names FormatOptions(const std::string& format) {
  const Names json = {"ignore-parse-errors",  "timestamp-format.standard",      "map-null-key.mode",
                      "map-null-key.literal", "encode.decimal-as-plain-number", "encode.ignore-null-fields"};
  const auto with = [&json](Names more) {
    more.insert(more.end(), json.begin(), json.end());
    return more;
  };
  if (format == "debezium-json") return with({"schema-include"});
  if (format == "json") return with({"fail-on-missing-field", "decode.json-parser.enabled"});
  if (format == "canal-json") return with({"database.include", "table.include"});
  if (format == "maxwell-json" || format == "ogg-json") return json;
  if (format == "csv")
    return {"field-delimiter",
            "disable-quote-character",
            "quote-character",
            "allow-comments",
            "ignore-parse-errors",
            "array-element-delimiter",
            "escape-character",
            "null-literal",
            "write-bigdecimal-in-scientific-notation"};
  if (format == "raw") return {"charset", "endianness"};
  return {};
}

bool Has(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string DidYouMean(const std::string& name, const Names& names, const std::string& prefix = "") {
  const std::string near = NearestName(name, names, std::max<size_t>(1, name.size() / 4));
  return near.empty() ? "" : "did you mean '" + prefix + near + "'?";
}

const Names kSharedOptions = {"connector",
                              "format",
                              "scan.parallelism",
                              "scan.watermark.emit.strategy",
                              "scan.watermark.idle-timeout",
                              "scan.watermark.alignment.group",
                              "scan.watermark.alignment.max-drift",
                              "scan.watermark.alignment.update-interval",
                              "sink.parallelism"};

Names With(Names names, const Names& more) {
  names.insert(names.end(), more.begin(), more.end());
  return names;
}

const Names kFileOptions = With(kSharedOptions, {"path",
                                                 "source.monitor-interval",
                                                 "source.path.regex-pattern",
                                                 "source.report-statistics",
                                                 "partition.default-name",
                                                 "partition.time-extractor.kind",
                                                 "partition.time-extractor.class",
                                                 "partition.time-extractor.timestamp-pattern",
                                                 "partition.time-extractor.timestamp-formatter",
                                                 "sink.shuffle-by-partition.enable",
                                                 "sink.rolling-policy.file-size",
                                                 "sink.rolling-policy.rollover-interval",
                                                 "sink.rolling-policy.check-interval",
                                                 "sink.rolling-policy.inactivity-interval",
                                                 "sink.partition-commit.trigger",
                                                 "sink.partition-commit.delay",
                                                 "sink.partition-commit.watermark-time-zone",
                                                 "sink.partition-commit.policy.kind",
                                                 "sink.partition-commit.policy.class",
                                                 "sink.partition-commit.policy.class.parameters",
                                                 "sink.partition-commit.success-file.name",
                                                 "auto-compaction",
                                                 "compaction.file-size",
                                                 "compaction.parallelism"});

const Names kStartupModes = {"earliest-offset", "latest-offset", "group-offsets", "timestamp", "specific-offsets"};
const Names kBoundedModes = {"unbounded", "latest-offset", "group-offsets", "timestamp", "specific-offsets"};

const Names kKafkaOptions = With(
    kSharedOptions, {"topic", "topic-pattern", "value.format", "key.format", "key.fields", "key.fields-prefix",
                     "value.fields-include", "scan.startup.mode", "scan.startup.specific-offsets",
                     "scan.startup.timestamp-millis", "scan.bounded.mode", "scan.bounded.specific-offsets",
                     "scan.bounded.timestamp-millis", "scan.topic-partition-discovery.interval", "sink.partitioner",
                     "sink.delivery-guarantee", "sink.transactional-id-prefix", "sink.transaction-naming-strategy"});

bool IsKafkaOption(std::string_view key) {
  return key.rfind("properties.", 0) == 0 || Has(kKafkaOptions, key);
}

/// key.json.… or value.json.…, where these are the formats.
bool HasFieldFormatPrefix(const TableDef& table, const std::string& key) {
  for (const std::string part : {"key", "value"}) {
    const std::string format = table.Get(part + ".format").value_or("");
    const std::string prefix = part + "." + format + ".";
    if (!format.empty() && key.rfind(prefix, 0) == 0 && Has(FormatOptions(format), key.substr(prefix.size())))
      return true;
  }
  return false;
}

/// What the names of the format's options begin with: where the format is that of values, so are they.
std::string FormatPrefix(const TableDef& table) {
  return (table.Get("value.format") ? "value." : "") + table.format() + ".";
}

/// The name of an option of the table's format behind its prefix; empty if it is none.
std::string NameInFormat(const TableDef& table, const std::string& key) {
  const std::string prefix = FormatPrefix(table);
  return !table.format().empty() && key.rfind(prefix, 0) == 0 ? key.substr(prefix.size()) : "";
}

bool HasFormatPrefix(const TableDef& table, const std::string& key) {
  return !NameInFormat(table, key).empty();
}

/// The same of the format of values or of keys.
std::string NameInAnyFormat(const TableDef& table, const std::string& key) {
  const std::string prefix = "key." + table.Get("key.format").value_or("") + ".";
  return key.rfind(prefix, 0) == 0 ? key.substr(prefix.size()) : NameInFormat(table, key);
}

bool IsFlag(std::string_view name) {
  return IsOneOf(name, {"schema-include", "ignore-parse-errors", "fail-on-missing-field", "disable-quote-character",
                        "allow-comments", "encode.decimal-as-plain-number", "encode.ignore-null-fields",
                        "decode.json-parser.enabled"});
}

void CheckFormatOptions(const TableDef& table) {
  const std::string format = table.format();
  for (const Option& option : table.options) {
    const std::string name = NameInAnyFormat(table, option.key), of_value = NameInFormat(table, option.key);
    const Names known = FormatOptions(format);
    if (!of_value.empty() && !Has(known, of_value)) {
      if (table.connector() == "filesystem") continue;  // Flink checks them for kafka, and not for files
      FailAt(option.span, "the format " + format + " has no option '" + of_value + "'",
             DidYouMean(of_value, known, FormatPrefix(table)));
    }
    if (IsFlag(name) && option.value != "true" && option.value != "false")
      FailAt(option.span, "the option '" + option.key + "' is 'true' or 'false'");
    if (name == "timestamp-format.standard" && option.value != "SQL" && option.value != "ISO-8601")
      FailAt(option.span, "the option '" + option.key + "' is 'SQL' or 'ISO-8601'");
  }
}

/// Java reads booleans and names of enumerations in any case.
void UnifyCase(TableDef* table) {
  for (Option& option : table->options) {
    const bool upper =
        option.key == "value.fields-include" || NameInAnyFormat(*table, option.key) == "map-null-key.mode";
    const bool lower = option.key == "scan.startup.mode" || option.key == "scan.bounded.mode" ||
                       option.key == "sink.delivery-guarantee" || IsFlag(NameInAnyFormat(*table, option.key));
    if (!upper && !lower) continue;
    for (char& c : option.value) {
      if (upper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
      if (lower && c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
  }
}

[[noreturn]] void FailUnknown(const TableDef& table, const Option& option, const Names& known) {
  const std::string format = table.format().empty() ? "json" : table.format();
  std::string hint = DidYouMean(option.key, known);
  if (table.Get("value.format") && option.key.rfind(format + ".", 0) == 0)
    hint = "with 'value.format' it is 'value." + option.key + "'";
  if (Has(FormatOptions(format), option.key))
    hint = "options of the format begin with its name: '" + format + "." + option.key + "'";
  FailAt(option.span, "the connector " + table.connector() + " has no option '" + option.key + "'", hint);
}

void CheckMode(const TableDef& table, const std::string& key, const Names& modes) {
  const std::optional<std::string> mode = table.Get(key);
  if (!mode || Has(modes, *mode)) return;
  std::string hint = DidYouMean(*mode, modes);
  if (hint.empty()) {
    for (const std::string_view name : modes) hint += (hint.empty() ? "'" : ", '") + std::string(name) + "'";
    hint += " are";
  }
  FailAt(table.SpanOf(key), "'" + *mode + "' is no value of '" + key + "'", hint);
}

/// The place that the mode is about. `side`: startup or bounded.
void CheckPlace(const TableDef& table, const std::string& side) {
  const std::string key = "scan." + side + ".mode";
  const std::string mode = table.Get(key).value_or("");
  const std::string name = mode == "specific-offsets" ? "scan." + side + ".specific-offsets"
                           : mode == "timestamp"      ? "scan." + side + ".timestamp-millis"
                                                      : "";
  if (!name.empty() && !table.Get(name))
    FailAt(table.SpanOf(key), "'" + key + "' = '" + mode + "' needs '" + name + "'");
}

/// Those of the fields are checked when the table is read.
void CheckDatagenOptions(const TableDef& table) {
  for (const Option& option : table.options)
    if (!IsOneOf(option.key, {"connector", "rows-per-second", "number-of-rows", "scan.parallelism"}) &&
        option.key.rfind("fields.", 0) != 0)
      FailAt(option.span, "the connector datagen has no option '" + option.key + "'",
             "rows-per-second, number-of-rows and fields.NAME.kind, min, max and so on are its options");
}

}  // namespace

void CheckTableOptions(TableDef* defined) {
  UnifyCase(defined);
  const TableDef& table = *defined;
  const std::string connector = table.connector();
  if (connector == "kafka") {
    for (const Option& option : table.options)
      if (!IsKafkaOption(option.key) && !HasFormatPrefix(table, option.key) && !HasFieldFormatPrefix(table, option.key))
        FailUnknown(table, option, kKafkaOptions);
    if (table.Get("topic") && table.Get("topic-pattern"))
      FailAt(table.SpanOf("topic-pattern"), "'topic' and 'topic-pattern' exclude each other",
             "'topic' takes several names too: 'topic' = 'a;b'");
    CheckMode(table, "scan.startup.mode", kStartupModes);
  }
  if (connector == "upsert-kafka")
    for (const Option& option : table.options)
      if (!IsUpsertKafkaOption(option.key) && option.key.rfind("properties.", 0) != 0 &&
          !HasFieldFormatPrefix(table, option.key))
        FailAt(option.span, "the connector upsert-kafka has no option '" + option.key + "'",
               option.key == "format" ? "'key.format' and 'value.format'" : "");
  if (connector == "kafka" || connector == "upsert-kafka") {
    CheckMode(table, "scan.bounded.mode", kBoundedModes);
    CheckMode(table, "value.fields-include", {"ALL", "EXCEPT_KEY"});
    CheckMode(table, "sink.delivery-guarantee", {"none", "at-least-once", "exactly-once"});
    CheckPlace(table, "startup");
    CheckPlace(table, "bounded");
    CheckKafkaValues(table);
  }
  if (connector == "filesystem")
    for (const Option& option : table.options)
      if (!Has(kFileOptions, option.key) && !HasFormatPrefix(table, option.key))
        FailUnknown(table, option, kFileOptions);
  if (connector == "print")
    for (const Option& option : table.options)
      if (!IsOneOf(option.key, {"connector", "print-identifier", "standard-error", "sink.parallelism"}))
        FailAt(option.span, "the connector print has no option '" + option.key + "'",
               "print-identifier and standard-error are its options");
  if (connector == "datagen") CheckDatagenOptions(table);
  CheckOptionValues(table);
  CheckFormatOptions(table);
}

std::shared_ptr<const TableDef> WithHint(const TableDef& table, const std::vector<Option>& options) {
  if (options.empty()) return nullptr;
  auto hinted = std::make_shared<TableDef>(table);
  hinted->options.insert(hinted->options.end(), options.begin(), options.end());
  CheckTableOptions(hinted.get());
  return hinted;
}

namespace {

bool HasOtherKeys(const SqlType& type) {
  const bool keyed = type.kind == TypeKind::kMap || type.kind == TypeKind::kMultiset;
  if (keyed && !type.children[0].is_string()) return true;
  return std::any_of(type.children.begin(), type.children.end(), HasOtherKeys);
}

bool IsOfCsv(const SqlType& type, bool inside) {
  if (type.kind != TypeKind::kArray && type.kind != TypeKind::kRow) return !type.is_nested() && !type.is_interval();
  return !inside && std::all_of(type.children.begin(), type.children.end(),
                                [](const SqlType& part) { return IsOfCsv(part, true); });
}

/// What the format cannot have, whatever the rows are.
void CheckFormatTypes(const TableDef& table) {
  const std::string format = table.format();
  if (format == "csv")
    for (const ColumnDef& column : table.columns)
      if (column.kind == ColumnDef::Kind::kPhysical && !IsOfCsv(column.type, false))
        FailAt(column.span,
               "CSV has no form for the type of the column '" + column.name + "', " + column.type.Plain().Text(),
               "arrays and rows of simple types have one");
  if (format.size() < 4 || format.substr(format.size() - 4) != "json") return;
  for (const ColumnDef& column : table.columns)
    if (column.kind == ColumnDef::Kind::kPhysical && HasOtherKeys(column.type))
      FailAt(column.span,
             "JSON has text as keys of maps, the column '" + column.name + "' is " + column.type.Plain().Text(),
             "MAP<STRING, …>");
}

}  // namespace

void CheckSource(const TableDef& table, const Span& use) {
  const std::string connector = table.connector();
  if (connector.empty())
    FailAt(use, "the table '" + table.name + "' has no connector",
           "WITH ('connector' = 'kafka', 'topic' = '…', 'format' = 'debezium-json')");
  if (connector == "datagen") return;
  if (connector != "kafka" && connector != "filesystem" && connector != "upsert-kafka")
    FailAt(table.SpanOf("connector"), "the connector '" + connector + "' cannot be read",
           "'filesystem' reads files, 'datagen' makes rows up; 'connector' = 'kafka' reads the records of its topic "
           "from the pipe, or from "
           "Kafka with --kafka");
  if (connector == "filesystem" && !table.Get("path"))
    FailAt(use, "the table '" + table.name + "' has no path", "'path' = 'file or folder'");
  const std::string format = table.format();
  if (format.empty())
    FailAt(use, "the table '" + table.name + "' has no format", "'format' = 'debezium-json', 'json', 'csv' or 'raw'");
  if (const auto key = table.Get("key.format"); key && *key != "json" && *key != "raw" && *key != "csv")
    FailAt(table.SpanOf("key.format"), "the format '" + *key + "' cannot be read from keys", "'json' and 'raw' can");
  if (connector == "upsert-kafka") {
    CheckUpsertKafka(table, use);
    if (format != "json" && format != "csv")
      FailAt(table.SpanOf("value.format"), "upsert-kafka reads rows and tombstones", "'value.format' = 'json'");
  }
  if (std::find(kReadFormats.begin(), kReadFormats.end(), format) == kReadFormats.end())
    FailAt(table.SpanOf("format"), "the format '" + format + "' cannot be read",
           "'debezium-json', 'json', 'csv', 'raw', 'canal-json', 'maxwell-json' and 'ogg-json' can");
  CheckFormatTypes(table);
}

void CheckSink(const TableDef& table, const Span& use) {
  if (table.connector().empty())
    FailAt(use, "the table '" + table.name + "' has no connector", "WITH ('connector' = 'kafka' | 'print' | 'jdbc' …)");
  const std::string format = table.format();
  if (!format.empty() && std::find(kReadFormats.begin(), kReadFormats.end(), format) == kReadFormats.end())
    FailAt(table.SpanOf("format"), "the format '" + format + "' cannot be written",
           "'debezium-json', 'json', 'csv', 'raw', 'canal-json', 'maxwell-json' and 'ogg-json' can; without a format "
           "the records carry true updates and their schema");
  if (const auto key_format = table.Get("key.format");
      key_format && *key_format != "json" && *key_format != "csv" && *key_format != "raw")
    FailAt(table.SpanOf("key.format"), "the format '" + *key_format + "' cannot be written as key",
           "'key.format' = 'json', 'csv' or 'raw'");
  CheckFormatTypes(table);
  if (table.connector() == "kafka" || table.connector() == "upsert-kafka") CheckKafkaSinkValues(table);
  if (table.connector() == "upsert-kafka") {
    CheckUpsertKafka(table, use);
    CheckUpsertKafkaSink(table);
  }
}

std::optional<std::string> FormatOption(const TableDef& table, const std::string& name) {
  const std::string key = table.format() + "." + name;
  const std::optional<std::string> value = table.Get("value." + key);
  return value ? value : table.Get(key);
}

std::vector<std::string> KeyFields(const TableDef& table) {
  std::vector<std::string> fields;
  const std::string list = table.Get("key.fields").value_or("");
  if (list.empty() && table.connector() == "upsert-kafka") return table.primary_key;
  for (size_t at = 0; at < list.size();) {
    const size_t end = std::min(list.find(';', at), list.size());
    std::string field = list.substr(at, end - at);
    field.erase(0, std::min(field.find_first_not_of(' '), field.size()));
    field.erase(field.find_last_not_of(' ') + 1);
    fields.push_back(std::move(field));
    at = end + 1;
  }
  return fields;
}

bool IsAppendOnlySource(const TableDef& table) {
  const std::string format = table.format();
  return table.connector() != "upsert-kafka" && format != "debezium-json" && format != "canal-json" &&
         format != "maxwell-json" && format != "ogg-json";
}

bool IsLocalSource(const TableDef& table) {
  return table.connector() == "filesystem" || table.connector() == "datagen";
}

bool IsInsertOnlyFormat(const TableDef& table) {
  const std::string format = table.format();
  return (format == "json" || format == "csv" || format == "raw") && table.connector() != "upsert-kafka";
}

void CheckKafkaKey(const TableDef& table, const Span& span) {
  if (table.connector() != "kafka" || table.primary_key.empty() || !IsInsertOnlyFormat(table)) return;
  FailAt(span,
         "the Kafka table '" + table.name + "' has a PRIMARY KEY, and records of the format " + table.format() +
             " replace nothing: a key may come twice",
         "'connector' = 'upsert-kafka' keeps the last record of each key; or take PRIMARY KEY out");
}

std::vector<std::string> TopicsOf(const TableDef& table) {
  if (table.Get("topic-pattern")) return {};
  const std::string list = table.Get("topic").value_or(table.name);
  std::vector<std::string> topics;
  size_t at = 0;
  for (;;) {
    const size_t end = list.find(';', at);
    topics.push_back(list.substr(at, end == std::string::npos ? std::string::npos : end - at));
    if (end == std::string::npos) return topics;
    at = end + 1;
  }
}

}  // namespace cdc::sql
