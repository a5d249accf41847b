#include "tools/binlog-tail/schema_history.h"

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>

#include "common/collation.h"
#include "common/error.h"
#include "common/property_file.h"
#include "common/record_line.h"
#include "common/tool_output.h"

namespace cdc::tail {
namespace {

using nlohmann::json;
using Entry = CatalogJournal::Entry;

constexpr std::string_view kPrefix = "schema.history.internal";

/// Reads records one by one and keeps what lies before the start.
class Reader {
 public:
  Reader(const SchemaHistory& history, const Position& start) : history_(history), start_(start) {}

  void Take(std::string_view text, const std::string& where) {
    const json record = json::parse(text, nullptr, false);
    if (!record.is_object() || !record.contains("position") || !record.contains("source"))
      Fail(ExitStatus::kData, where + ": no record of a schema history", Shown(std::string(text), 200));
    if (record["source"].value("server", "") != history_.server) return;
    const auto ddl = record.find("ddl");
    if (ddl == record.end() || !ddl->is_string()) return;
    Entry entry;
    entry.place.position = Position::Parse(record["position"].dump());
    if (!IsDone(entry.place.position)) return;
    entry.statement.sql = ddl->get<std::string>();
    const auto database = record.find("databaseName");
    if (database != record.end() && database->is_string()) entry.statement.database = database->get<std::string>();
    TakeServerCharset(entry.statement.sql);
    entry.statement.server_collation = server_collation_;
    entries_.push_back(std::move(entry));
  }

  std::vector<Entry> entries() { return std::move(entries_); }

 private:
  bool IsDone(const Position& place) const {
    const bool in_snapshot = !place.snapshot.empty();
    if (place.gtids && start_.gtids) {
      if (!start_.gtids->Contains(*place.gtids)) return false;
      return in_snapshot || !place.gtids->Contains(*start_.gtids);
    }
    if (place.file.empty() || start_.file.empty()) return false;
    return !IsEarlier(start_, place);
  }

  /// SET character_set_server=…, collation_server=NAME, with which each snapshot begins.
  void TakeServerCharset(const std::string& sql) {
    constexpr std::string_view kName = "collation_server=";
    const size_t at = sql.find(kName);
    if (sql.rfind("SET ", 0) != 0 || at == std::string::npos) return;
    const size_t begin = at + kName.size();
    const CollationInfo* collation =
        FindCollation(std::string_view(sql).substr(begin, sql.find_first_of(", ;", begin) - begin));
    if (collation != nullptr) server_collation_ = static_cast<uint16_t>(collation->id);
  }

  const SchemaHistory& history_;
  const Position& start_;
  std::optional<uint16_t> server_collation_;
  std::vector<Entry> entries_;
};

void ForEachLine(const std::string& text, const std::string& name,
                 const std::function<void(std::string_view, const std::string&)>& take) {
  size_t number = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    ++number;
    if (end > at) take(std::string_view(text).substr(at, end - at), name + ":" + std::to_string(number));
    at = end + 1;
  }
}

std::string ReadTopic(const SchemaHistory& history) {
  ToolRun run;
  run.tool = "kcat-consume";
  run.words = {"--quiet", "--config", "@CONFIG@", "--until", "end", history.topic};
  run.config = history.kafka;
  run.purpose = "read the schema history in topic \"" + history.topic + "\"";
  return ToolOutput(run);
}

}  // namespace

SchemaHistory SchemaHistoryOf(const ConnectorConfig& config) {
  const std::string prefix(kPrefix);
  SchemaHistory history;
  history.server = config.Get("topic.prefix");
  const std::string store = config.Get(prefix, "io.debezium.storage.kafka.history.KafkaSchemaHistory");
  if (store == "io.debezium.storage.file.history.FileSchemaHistory")
    history.file = config.Get(prefix + ".file.filename");
  if (store != "io.debezium.storage.kafka.history.KafkaSchemaHistory" ||
      !config.Has(prefix + ".kafka.bootstrap.servers"))
    return history;
  history.topic = config.Get(prefix + ".kafka.topic");
  history.kafka = "bootstrap.servers=" + config.Get(prefix + ".kafka.bootstrap.servers") + "\n";
  const std::string consumer = prefix + ".consumer.";
  for (const auto& [name, entry] : config.entries())
    if (name.rfind(consumer, 0) == 0) history.kafka += name.substr(consumer.size()) + "=" + entry.value + "\n";
  return history;
}

std::optional<std::vector<Entry>> ReadSchemaHistory(const SchemaHistory& history, const Position& start) {
  Reader reader(history, start);
  if (!history.file.empty()) {
    if (!std::filesystem::exists(history.file)) return std::nullopt;
    ForEachLine(ReadFile(history.file), history.file,
                [&](std::string_view line, const std::string& where) { reader.Take(line, where); });
  } else {
    RecordLineReader records;
    ForEachLine(ReadTopic(history), history.topic, [&](std::string_view line, const std::string& where) {
      if (line.rfind("{\"@cdc\":", 0) == 0) return;
      RecordLine record;
      records.Parse(line, where, &record);
      if (!record.payload.is_null) reader.Take(record.payload.bytes, where);
    });
  }
  std::vector<Entry> entries = reader.entries();
  if (entries.empty()) return std::nullopt;
  return entries;
}

}  // namespace cdc::tail
