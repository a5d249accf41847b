#include "tools/cdc-sql/bind/upsert_options.h"

#include <algorithm>
#include <array>

namespace cdc::sql {

namespace {

constexpr std::array<std::string_view, 22> kOptions = {"connector",
                                                       "topic",
                                                       "topic-pattern",
                                                       "key.format",
                                                       "key.fields-prefix",
                                                       "value.format",
                                                       "value.fields-include",
                                                       "scan.bounded.mode",
                                                       "scan.bounded.specific-offsets",
                                                       "scan.bounded.timestamp-millis",
                                                       "scan.parallelism",
                                                       "scan.topic-partition-discovery.interval",
                                                       "scan.watermark.emit.strategy",
                                                       "scan.watermark.idle-timeout",
                                                       "scan.watermark.alignment.group",
                                                       "scan.watermark.alignment.max-drift",
                                                       "scan.watermark.alignment.update-interval",
                                                       "sink.parallelism",
                                                       "sink.buffer-flush.max-rows",
                                                       "sink.buffer-flush.interval",
                                                       "sink.delivery-guarantee",
                                                       "sink.transactional-id-prefix"};

bool IsChangelog(const std::string& format) {
  return format == "debezium-json" || format == "canal-json" || format == "maxwell-json" || format == "ogg-json";
}

}  // namespace

bool IsUpsertKafkaOption(std::string_view key) {
  return key == "sink.transaction-naming-strategy" ||
         std::find(kOptions.begin(), kOptions.end(), key) != kOptions.end();
}

void CheckUpsertKafka(const TableDef& table, const Span& use) {
  if (table.primary_key.empty())
    FailAt(use, "an upsert-kafka table needs a PRIMARY KEY", "PRIMARY KEY (…) NOT ENFORCED");
  for (const char* name : {"key.format", "value.format"}) {
    const std::optional<std::string> format = table.Get(name);
    if (!format)
      FailAt(use, "the upsert-kafka table '" + table.name + "' has no '" + name + "'",
             "'" + std::string(name) + "' = 'json'");
    if (IsChangelog(*format))
      FailAt(table.SpanOf(name), "upsert-kafka has rows and tombstones, the format " + *format + " has changes of them",
             "'" + std::string(name) + "' = 'json', or 'connector' = 'kafka'");
  }
  const std::string prefix = table.Get("key.fields-prefix").value_or("");
  for (const std::string& key : table.primary_key)
    if (key.rfind(prefix, 0) != 0)
      FailAt(table.SpanOf("key.fields-prefix"),
             "the column '" + key + "' of the PRIMARY KEY does not begin with '" + prefix + "'",
             "the prefix is that of the columns; the records' keys are without it");
}

void CheckUpsertKafkaSink(const TableDef& table) {
  const auto flushes = [&table](const char* name) {
    const std::string value = table.Get(name).value_or("0");
    return value.find_first_of("123456789") != std::string::npos;
  };
  if (flushes("sink.buffer-flush.max-rows") != flushes("sink.buffer-flush.interval"))
    FailAt(table.SpanOf(flushes("sink.buffer-flush.max-rows") ? "sink.buffer-flush.max-rows"
                                                              : "sink.buffer-flush.interval"),
           "'sink.buffer-flush.max-rows' and 'sink.buffer-flush.interval' go together", "set both, or neither");
}

}  // namespace cdc::sql
