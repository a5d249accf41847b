#include "tools/cdc-sql/bind/option_values.h"

#include <algorithm>
#include <charconv>

#include "tools/cdc-sql/bind/table_options.h"
#include "tools/cdc-sql/sql/duration.h"

namespace cdc::sql {

namespace {

template <typename T>
bool IsNumber(std::string_view text, T* number) {
  if (text.size() > 1 && text[0] == '+') text.remove_prefix(1);  // Java's parseInt takes it
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size();
}

void CheckCount(const TableDef& table, const std::string& key) {
  const auto value = table.Get(key);
  int32_t count = 0;
  if (value && (!IsNumber(*value, &count) || count < 1))
    FailAt(table.SpanOf(key), "'" + key + "' is a whole number from 1 on, and not '" + *value + "'");
}

void CheckDuration(const TableDef& table, const std::string& key) {
  const auto value = table.Get(key);
  if (value && !ParseDurationMillis(*value))
    FailAt(table.SpanOf(key), key + ": '" + *value + "' is no duration", kDurationHint);
}

/// `side`: startup or bounded. Kafka looks up no offsets of times before 1970.
void CheckMillis(const TableDef& table, const std::string& side) {
  const std::string key = "scan." + side + ".timestamp-millis";
  const auto value = table.Get(key);
  const bool used = table.Get("scan." + side + ".mode").value_or("") == "timestamp";
  int64_t millis = 0;
  if (value && (!IsNumber(*value, &millis) || (used && millis < 0)))
    FailAt(table.SpanOf(key), "'" + *value + "' of '" + key + "' is no number of milliseconds since 1970");
}

void CheckKey(const TableDef& table) {
  const bool has_format = table.Get("key.format").has_value();
  const std::string prefix = table.Get("key.fields-prefix").value_or("");
  const std::vector<std::string> fields = KeyFields(table);
  if (!has_format && table.Get("key.fields"))
    FailAt(table.SpanOf("key.fields"), "'key.fields' needs a 'key.format'", "'key.format' = 'json'");
  if (has_format && fields.empty())
    FailAt(table.SpanOf("key.format"), "'key.format' needs 'key.fields', the columns that the key is made of",
           "'key.fields' = 'id'");
  if (prefix.empty()) return;
  for (const std::string& field : fields)
    if (field.rfind(prefix, 0) != 0)
      FailAt(table.SpanOf("key.fields"),
             "the column '" + field + "' of 'key.fields' does not begin with '" + prefix + "'",
             "'key.fields-prefix' is what the names of all key columns begin with; the records' keys are without it");
}

void CheckKeyPrefix(const TableDef& table) {
  if (!table.Get("key.fields-prefix").value_or("").empty() &&
      table.Get("value.fields-include").value_or("ALL") == "ALL")
    FailAt(table.SpanOf("key.fields-prefix"),
           "'key.fields-prefix' is for columns that only the key has: the value has all of them",
           "'value.fields-include' = 'EXCEPT_KEY'");
}

void CheckPartitioner(const TableDef& table) {
  const auto partitioner = table.Get("sink.partitioner");
  if (!partitioner) return;
  if (*partitioner != "default" && *partitioner != "fixed" && *partitioner != "round-robin")
    FailAt(table.SpanOf("sink.partitioner"), "there is no partitioner '" + *partitioner + "'",
           "'default', 'fixed' and 'round-robin' are there; a class of Java's cannot be run");
  if (*partitioner == "round-robin" && table.Get("key.fields"))
    FailAt(table.SpanOf("sink.partitioner"),
           "'round-robin' is for records without a key, and the table has 'key.fields'", "take one of the two out");
}

}  // namespace

void CheckOptionValues(const TableDef& table) {
  for (const char* key : {"scan.parallelism", "sink.parallelism"}) CheckCount(table, key);
  for (const char* key :
       {"scan.topic-partition-discovery.interval", "scan.watermark.idle-timeout", "scan.watermark.alignment.max-drift",
        "scan.watermark.alignment.update-interval", "source.monitor-interval"})
    CheckDuration(table, key);
  const char* const interval = "source.monitor-interval";
  if (const auto value = table.Get(interval); value && ParseDurationMillis(*value).value_or(0) <= 0)
    FailAt(table.SpanOf(interval), std::string(interval) + ": '" + *value + "' is no time to wait",
           "leave it out where no files come later");
  if (const auto emit = table.Get("scan.watermark.emit.strategy");
      emit && *emit != "on-event" && *emit != "on-periodic")
    FailAt(table.SpanOf("scan.watermark.emit.strategy"), "'" + *emit + "' is no time for watermarks to be sent",
           "'on-event' and 'on-periodic' are");
  const char* const group = "scan.watermark.alignment.group";
  const char* const drift = "scan.watermark.alignment.max-drift";
  if (table.Get(group).has_value() != table.Get(drift).has_value())
    FailAt(table.SpanOf(table.Get(group) ? group : drift),
           "'" + std::string(group) + "' and '" + drift + "' go together", "set both, or neither");
}

std::map<int32_t, int64_t> SpecificOffsets(const TableDef& table, const std::string& key) {
  std::map<int32_t, int64_t> offsets;
  const std::string text = table.Get(key).value_or("");
  size_t at = 0;
  do {  // an empty text is one pair, and no good one
    const size_t end = std::min(text.find(';', at), text.size());
    const std::string_view pair = std::string_view(text).substr(at, end - at);
    at = end + 1;
    static constexpr std::string_view kPartition = "partition:", kOffset = "offset:";
    const size_t comma = std::min(pair.find(','), pair.size());
    const std::string_view left = pair.substr(0, comma), right = pair.substr(std::min(comma + 1, pair.size()));
    int32_t partition = 0;
    int64_t offset = 0;
    if (left.substr(0, kPartition.size()) != kPartition || right.substr(0, kOffset.size()) != kOffset ||
        !IsNumber(left.substr(kPartition.size()), &partition) || !IsNumber(right.substr(kOffset.size()), &offset))
      FailAt(table.SpanOf(key), "'" + text + "' of '" + key + "' is no list of partitions and offsets",
             "'partition:0,offset:42;partition:1,offset:300' is one");
    offsets[partition] = offset;
  } while (at < text.size());
  return offsets;
}

void CheckKafkaValues(const TableDef& table) {
  for (const char* side : {"startup", "bounded"}) {
    CheckMillis(table, side);
    const std::string mode = "scan." + std::string(side) + ".mode", key = "scan." + std::string(side);
    if (table.Get(mode).value_or("") == "specific-offsets") SpecificOffsets(table, key + ".specific-offsets");
  }
  if (table.Get("scan.bounded.mode").value_or("") == "group-offsets" && !table.Get("properties.group.id"))
    FailAt(table.SpanOf("scan.bounded.mode"), "'group-offsets' ends at the offsets of a group, and there is none",
           "'properties.group.id' = '…'");
  std::string naming = table.Get("sink.transaction-naming-strategy").value_or("pooling");
  for (char& c : naming) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  if (naming != "pooling" && naming != "incrementing")
    FailAt(table.SpanOf("sink.transaction-naming-strategy"),
           "'" + naming + "' is no value of 'sink.transaction-naming-strategy'", "'POOLING' and 'INCREMENTING' are");
  for (const char* mode : {"scan.startup.mode", "scan.bounded.mode"})
    if (table.Get(mode).value_or("") == "specific-offsets" && TopicsOf(table).size() != 1)
      FailAt(table.SpanOf(mode), "'specific-offsets' is for a table of one topic");
  CheckKeyPrefix(table);
  if (table.connector() == "kafka") CheckKey(table);
}

void CheckKafkaSinkValues(const TableDef& table) {
  if (table.Get("sink.delivery-guarantee").value_or("") == "exactly-once" && !table.Get("sink.transactional-id-prefix"))
    FailAt(table.SpanOf("sink.delivery-guarantee"), "'exactly-once' needs a name for the sink's transactions",
           "'sink.transactional-id-prefix' = '…'");
  if (table.Get("topic-pattern"))
    FailAt(table.SpanOf("topic-pattern"), "a table that is written has one topic, and 'topic-pattern' names none",
           "'topic' = '…'");
  if (TopicsOf(table).size() > 1)
    FailAt(table.SpanOf("topic"), "a table that is written has one topic, and not several",
           "a table for each of them, and EXECUTE STATEMENT SET");
  if (table.connector() == "kafka") CheckPartitioner(table);
}

}  // namespace cdc::sql
