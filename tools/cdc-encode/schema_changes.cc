#include "tools/cdc-encode/schema_changes.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "common/ddl/lexer.h"
#include "common/error.h"
#include "common/json_scan.h"
#include "common/json_writer.h"
#include "common/log.h"
#include "tools/cdc-encode/connect_schema.h"
#include "tools/cdc-encode/java_hash.h"
#include "tools/cdc-encode/offset_record.h"
#include "tools/cdc-encode/pretty_json.h"
#include "tools/cdc-encode/table_plan.h"
#include "tools/cdc-encode/topic_name.h"
#include "tools/cdc-encode/type_map.h"

namespace cdc::encode {
namespace {

using ddl::StatementKind;

constexpr std::string_view kKeySchema =
    R"({"type":"struct","fields":[{"type":"string","optional":false,"field":"databaseName"}],"optional":false,)"
    R"("name":"io.debezium.connector.mysql.SchemaChangeKey","version":1})";
constexpr std::string_view kValueFields =
    R"({"type":"int64","optional":false,"field":"ts_ms"},{"type":"string","optional":true,"field":"databaseName"},)"
    R"({"type":"string","optional":true,"field":"schemaName"},{"type":"string","optional":true,"field":"ddl"},)"
    R"({"type":"array","items":{"type":"struct","fields":[{"type":"string","optional":false,"field":"type"},)"
    R"({"type":"string","optional":false,"field":"id"},{"type":"struct","fields":[)"
    R"({"type":"string","optional":true,"field":"defaultCharsetName"},)"
    R"({"type":"array","items":{"type":"string","optional":false},"optional":true,"field":"primaryKeyColumnNames"},)"
    R"({"type":"array","items":{"type":"struct","fields":[{"type":"string","optional":false,"field":"name"},)"
    R"({"type":"int32","optional":false,"field":"jdbcType"},{"type":"int32","optional":true,"field":"nativeType"},)"
    R"({"type":"string","optional":false,"field":"typeName"},{"type":"string","optional":true,"field":"typeExpression"},)"
    R"({"type":"string","optional":true,"field":"charsetName"},{"type":"int32","optional":true,"field":"length"},)"
    R"({"type":"int32","optional":true,"field":"scale"},{"type":"int32","optional":false,"field":"position"},)"
    R"({"type":"boolean","optional":true,"field":"optional"},)"
    R"({"type":"boolean","optional":true,"field":"autoIncremented"},)"
    R"({"type":"boolean","optional":true,"field":"generated"},{"type":"string","optional":true,"field":"comment"},)"
    R"({"type":"string","optional":true,"field":"defaultValueExpression"},)"
    R"({"type":"array","items":{"type":"string","optional":false},"optional":true,"field":"enumValues"}],)"
    R"("optional":false,"name":"io.debezium.connector.schema.Column","version":1},"optional":false,"field":"columns"},)"
    R"({"type":"string","optional":true,"field":"comment"}],"optional":true,)"
    R"("name":"io.debezium.connector.schema.Table","version":1,"field":"table"}],"optional":false,)"
    R"("name":"io.debezium.connector.schema.Change","version":1},"optional":false,"field":"tableChanges"}],)"
    R"("optional":false,"name":"io.debezium.connector.mysql.SchemaChangeValue","version":1})";

int64_t NowNanoseconds() {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<int64_t>(now.tv_sec) * 1000000000 + now.tv_nsec;
}

/// A JSON string: in Connect's records as JsonConverter writes it, in the history as Jackson writes to text.
void AppendText(std::string& out, std::string_view text, bool history) {
  if (history)
    AppendJsonString(out, text);
  else
    AppendConnectString(out, text);
}

/// "db"."table", quotes inside doubled.
std::string QuotedId(const Picture::TableId& id) {
  std::string out;
  for (const std::string* part : {&id.first, &id.second}) {
    if (!out.empty()) out += '.';
    out += '"';
    for (const char c : *part) out += c == '"' ? "\"\"" : std::string(1, c);
    out += '"';
  }
  return out;
}

/// From the first to the last token, without the comments around them.
std::string Trimmed(const std::string& query, const std::vector<ddl::Token>& tokens) {
  size_t last = tokens.size();
  while (last > 0 && (tokens[last - 1].kind == ddl::TokenKind::kEnd || tokens[last - 1].text == ";")) --last;
  if (last == 0) return query;
  return query.substr(tokens[0].offset, tokens[last - 1].end() - tokens[0].offset);
}

bool IsWord(const ddl::Token& token, std::string_view word) {
  return token.kind == ddl::TokenKind::kWord && ddl::EqualsIgnoreCase(token.text, word);
}

/// The statement up to the first of its objects, as typed: "DROP TABLE IF EXISTS ".
size_t FirstObject(const std::vector<ddl::Token>& tokens) {
  size_t at = 0;
  while (at < tokens.size() && !IsWord(tokens[at], "TABLE") && !IsWord(tokens[at], "TABLES")) ++at;
  ++at;
  if (at + 1 < tokens.size() && IsWord(tokens[at], "IF")) at += 2;
  return std::min(at, tokens.size() - 1);
}

}  // namespace

SchemaChanges::~SchemaChanges() {
  if (file_ >= 0) close(file_);
}

bool SchemaChanges::IsDatabaseCaptured(const std::string& name) const {
  if (!settings_.databases_included.empty()) return settings_.databases_included.Matches(name);
  return !settings_.databases_excluded.Matches(name);
}

bool SchemaChanges::IsCaptured(const TableId& id) const {
  const std::string name = id.first + "." + id.second;
  if (!IsDatabaseCaptured(id.first)) return false;
  if (!settings_.tables_included.empty()) return settings_.tables_included.Matches(name);
  return !settings_.tables_excluded.Matches(name);
}

SchemaChanges::Reading SchemaChanges::Read(const std::string& query, const ddl::Statement* statement, Before before,
                                           const std::string& default_db, uint64_t sql_mode) const {
  ddl::LexerMode mode = ddl::LexerMode::FromSqlMode(sql_mode);
  mode.versioned_comments = false;
  const std::vector<ddl::Token> tokens = ddl::Tokenize(query, mode);
  const std::string text = Trimmed(query, tokens);
  const auto id_of = [&](const ddl::TableName& name) {
    return TableId(name.database.empty() ? default_db : name.database, name.table);
  };
  Reading reading;
  const auto one = [&](const std::string& database, std::vector<Change> changes) {
    reading.events.push_back({text, database, std::move(changes)});
  };
  const StatementKind kind = statement == nullptr ? StatementKind::kOther : statement->kind;
  switch (kind) {
    case StatementKind::kCreateTable: {
      if (before.existed) break;
      const TableId id = id_of(statement->create_table.name);
      reading.tables = {id};
      one(id.first, {{"CREATE", id, {}}});
      // The rows of CREATE TABLE … SELECT come with the statement, which the server then logs so.
      const size_t count = tokens.size();
      for (size_t i = 1; i < count && !reading.in_group; ++i)
        reading.in_group = IsWord(tokens[i], "TRANSACTION") && IsWord(tokens[i - 1], "START");
      if (count > 3 && IsWord(tokens[count - 2], "TRANSACTION") && IsWord(tokens[count - 3], "START"))
        reading.events[0].text = query.substr(tokens[0].offset, tokens[count - 4].end() - tokens[0].offset);
      return reading;
    }
    case StatementKind::kAlterTable: {
      TableId id = id_of(statement->tables[0]);
      for (const auto& action : statement->actions)
        if (action.kind == ddl::AlterAction::Kind::kRenameTable) id = id_of(action.new_table);
      reading.tables = {id};
      one(id.first, {{"ALTER", id, {}}});
      return reading;
    }
    case StatementKind::kDropTable: {
      const size_t first = FirstObject(tokens);
      const std::string prefix = query.substr(tokens[0].offset, tokens[first].offset - tokens[0].offset);
      std::string suffix;
      for (const std::string_view word : {"CASCADE", "RESTRICT"})
        if (tokens.size() > 1 && IsWord(tokens[tokens.size() - 2], word))
          suffix = " " + std::string(tokens[tokens.size() - 2].text);
      for (const ddl::TableName& name : statement->tables) {
        const TableId id = id_of(name);
        reading.tables.push_back(id);
        std::string quoted;
        ddl::AppendQuotedName(quoted, id.first);
        quoted += '.';
        ddl::AppendQuotedName(quoted, id.second);
        reading.events.push_back({prefix + quoted + suffix, id.first, {{"DROP", id, {}}}});
      }
      return reading;
    }
    case StatementKind::kRenameTable: {
      const size_t first = FirstObject(tokens);
      const std::string prefix = query.substr(tokens[0].offset, tokens[first].offset - tokens[0].offset);
      size_t at = first;
      for (const ddl::RenamePair& pair : statement->renames) {
        size_t end = at;
        while (end + 1 < tokens.size() && tokens[end].text != "," && tokens[end].text != ";") ++end;
        const TableId to = id_of(pair.to);
        reading.tables.push_back(to);
        const std::string clause = query.substr(tokens[at].offset, tokens[end - 1].end() - tokens[at].offset);
        reading.events.push_back({prefix + clause, to.first, {{"ALTER", to, id_of(pair.from)}}});
        at = end + 1;
      }
      return reading;
    }
    case StatementKind::kCreateIndex:
      if (!before.key_wanted || !IsCaptured(id_of(statement->tables[0]))) break;
      reading.tables = {id_of(statement->tables[0])};
      one(reading.tables[0].first, {{"ALTER", reading.tables[0], {}}});
      return reading;
    case StatementKind::kTruncateTable:
      reading.tables = {id_of(statement->tables[0])};
      one(reading.tables[0].first, {});
      return reading;
    case StatementKind::kCreateView:
      if (!statement->tables.empty()) reading.tables = {id_of(statement->tables[0])};
      reading.names_view = true;
      one(reading.tables.empty() ? default_db : reading.tables[0].first, {});
      return reading;
    case StatementKind::kCreateDatabase:
    case StatementKind::kDropDatabase:
    case StatementKind::kUse:
      reading.names_tables = false;
      one(statement->database.name.empty() ? default_db : statement->database.name, {});
      return reading;
    case StatementKind::kSet:
      reading.names_tables = false;
      one(default_db, {});
      return reading;
    default: break;
  }
  // Nothing that the connector's parser makes an event of: the statement as it is.
  reading.events.push_back({query, default_db, {}});
  return reading;
}

void SchemaChanges::AppendColumn(std::string& out, const PictureColumn& column, size_t position, bool history) const {
  const auto text = [&](std::string_view name, std::string_view value) {
    out += ",\"";
    out += name;
    out += "\":";
    AppendText(out, value, history);
  };
  const auto number = [&](std::string_view name, std::optional<int64_t> value) {
    if (!value && history) return;
    out += ",\"";
    out += name;
    out += "\":";
    out += value ? std::to_string(*value) : "null";
  };
  const auto flag = [&](std::string_view name, bool value) {
    out += ",\"";
    out += name;
    out += value ? "\":true" : "\":false";
  };
  out += "{\"name\":";
  AppendText(out, column.name, history);
  number("jdbcType", JdbcType(column));
  number("nativeType", std::nullopt);
  text("typeName", column.type_name);
  text("typeExpression", column.type_name);
  if (column.charset.empty())
    out += ",\"charsetName\":null";
  else
    text("charsetName", column.charset);
  number("length", column.length);
  number("scale", column.scale ? std::optional<int64_t>(*column.scale) : std::nullopt);
  number("position", static_cast<int64_t>(position));
  flag("optional", column.optional);
  flag("autoIncremented", column.auto_increment);
  flag("generated", column.generated);
  if (settings_.schema_comments && column.comment)
    text("comment", *column.comment);
  else
    out += ",\"comment\":null";
  if (history) flag("hasDefaultValue", column.has_default || column.optional);
  if (column.default_expression)
    text("defaultValueExpression", *column.default_expression);
  else if (!history)
    out += ",\"defaultValueExpression\":null";
  if (column.enum_values.empty() && !history) {
    out += ",\"enumValues\":null";
  } else {
    out += ",\"enumValues\":[";
    for (size_t i = 0; i < column.enum_values.size(); ++i) {
      if (i > 0) out += ',';
      AppendText(out, column.enum_values[i], history);
    }
    out += ']';
  }
  out += '}';
}

void SchemaChanges::AppendTable(std::string& out, const TablePicture& table, bool history) const {
  out += "{\"defaultCharsetName\":";
  AppendText(out, table.default_charset, history);
  out += ",\"primaryKeyColumnNames\":[";
  for (size_t i = 0; i < table.key.size(); ++i) {
    if (i > 0) out += ',';
    AppendText(out, table.key[i], history);
  }
  out += "],\"columns\":[";
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (i > 0) out += ',';
    AppendColumn(out, table.columns[i], i + 1, history);
  }
  out += history ? "],\"attributes\":[]}" : "]";
  out += ",\"comment\":";
  if (settings_.schema_comments && table.comment)
    AppendText(out, *table.comment, history);
  else
    out += "null";
  if (!history) out += '}';
}

/// The tables that the source block of an event names: those of the statement's events that stand together with it and
/// are of the same database.
std::vector<SchemaChanges::TableId> SchemaChanges::TablesOf(const Event& event, const Reading& reading) const {
  if (reading.events.size() < 2) return reading.tables;
  const auto of_another = [&](const Event& other) { return other.database != event.database; };
  const auto here = reading.events.begin() + (&event - reading.events.data());
  const auto last = std::find_if(here, reading.events.end(), of_another);
  const auto first = std::find_if(std::make_reverse_iterator(here), reading.events.rend(), of_another).base();
  std::vector<TableId> tables;
  for (const TableId& id : reading.tables)
    if (std::any_of(first, last,
                    [&](const Event& other) { return !other.changes.empty() && other.changes[0].id == id; }))
      tables.push_back(id);
  return tables;
}

std::string SchemaChanges::PublicValue(const ControlLine& ddl, const Event& event, const Reading& reading,
                                       const Picture& picture, int64_t now_ns) const {
  const bool snapshot = ddl.Flag("snapshot");
  // A snapshot's statements have the connector's clock, a log's the event's, in milliseconds.
  int64_t ts_us = snapshot ? now_ns / 1000 : static_cast<int64_t>(ddl.Number("ts_us"));
  if (!snapshot) ts_us -= ts_us % 1000;
  std::string value = "{\"source\":{\"version\":\"3.0.8.Final\",\"connector\":\"mysql\",\"name\":";
  AppendConnectString(value, settings_.topic_prefix);
  value += ",\"ts_ms\":" + std::to_string(ts_us / 1000);
  if (snapshot)
    value += ddl.Flag("last") ? ",\"snapshot\":\"last\"" : ",\"snapshot\":\"true\"";
  else
    value += settings_.value_null_default ? ",\"snapshot\":\"false\"" : ",\"snapshot\":null";
  value += ",\"db\":";
  AppendConnectString(value, event.database);
  value += ",\"sequence\":null,\"ts_us\":" + std::to_string(ts_us) +
           ",\"ts_ns\":" + std::to_string(snapshot ? now_ns : ts_us * 1000) + ",\"table\":";
  if (reading.names_tables) {
    std::string names;
    for (const TableId& id : TablesOf(event, reading)) names += (names.empty() ? "" : ",") + id.second;
    AppendConnectString(value, names);
  } else {
    value += "null";
  }
  value += ",\"server_id\":" + std::string(snapshot ? "0" : ddl.Has("server_id") ? ddl.Raw("server_id") : "0");
  value += ",\"gtid\":" + std::string(ddl.Has("gtid") ? ddl.Raw("gtid") : "null");
  value += ",\"file\":" + std::string(ddl.Raw("file")) + ",\"pos\":" + std::string(ddl.Raw("pos")) +
           ",\"row\":" + std::to_string(LastRow(ddl.Text("file"))) + ",\"thread\":";
  value += reading.in_group && ddl.Has("thread") ? std::string(ddl.Raw("thread")) : "null";
  value += ",\"query\":null},\"ts_ms\":" + std::to_string(now_ns / 1000000) + ",\"databaseName\":";
  AppendConnectString(value, event.database);
  value += ",\"schemaName\":null,\"ddl\":";
  AppendConnectString(value, event.text);
  value += ",\"tableChanges\":[";
  for (const Change& change : event.changes) {
    const TablePicture* table = picture.Find(change.id.first, change.id.second);
    if (table == nullptr && change.type != "DROP") continue;
    value += "{\"type\":\"" + std::string(change.type) + "\",\"id\":";
    AppendConnectString(value, QuotedId(change.id));
    value += ",\"table\":";
    if (change.type == "DROP")
      value += "null";
    else
      AppendTable(value, *table, false);
    value += '}';
  }
  return value + "]}";
}

std::string SchemaChanges::HistoryValue(const ControlLine& ddl, const Event& event, const Reading& reading,
                                        const Picture& picture, int64_t now_ns) const {
  std::string value = "{\"source\":{\"server\":";
  AppendJsonString(value, settings_.topic_prefix);
  value += "},\"position\":";
  AppendHistoryPosition(value, ddl, reading.in_group, settings_.transactions);
  value += ",\"ts_ms\":" + std::to_string(now_ns / 1000000) + ",\"databaseName\":";
  AppendJsonString(value, event.database);
  value += ",\"ddl\":";
  AppendJsonString(value, event.text);
  value += ",\"tableChanges\":[";
  for (const Change& change : event.changes) {
    const TablePicture* table = picture.Find(change.id.first, change.id.second);
    if (table == nullptr && change.type != "DROP") continue;
    value += "{\"type\":\"" + std::string(change.type) + "\",\"id\":";
    AppendJsonString(value, QuotedId(change.id));
    if (!change.previous.second.empty()) {
      value += ",\"previousId\":";
      AppendJsonString(value, QuotedId(change.previous));
    }
    if (change.type != "DROP") {
      value += ",\"table\":";
      AppendTable(value, *table, true);
    }
    value += '}';
  }
  return value + "]}";
}

void SchemaChanges::AppendToFile(const std::string& line) {
  if (file_ < 0) {
    file_ = open(settings_.history_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file_ < 0)
      Fail(ExitStatus::kCannotCreate,
           "could not open the schema history \"" + settings_.history_file + "\": " + ErrnoText(errno));
  }
  const std::string text = line + "\n";
  // One write a record, so that a record is there whole or not at all.
  if (write(file_, text.data(), text.size()) != static_cast<ssize_t>(text.size()) || fdatasync(file_) != 0)
    Fail(ExitStatus::kIoError,
         "could not write the schema history \"" + settings_.history_file + "\": " + ErrnoText(errno));
}

void SchemaChanges::WriteEvent(const ControlLine& ddl, const Event& event, const Reading& reading,
                               const Picture& picture) {
  const bool any_captured =
      std::any_of(reading.tables.begin(), reading.tables.end(), [&](const TableId& id) { return IsCaptured(id); });
  if (settings_.store_captured_databases && !event.database.empty() && !IsDatabaseCaptured(event.database)) return;
  const bool restricted = settings_.store_captured_tables && !any_captured;
  if (restricted && reading.names_tables) return;
  // Of several events of a statement only those whose own table is captured.
  if (settings_.store_captured_tables && !event.changes.empty() && !IsCaptured(event.changes[0].id)) return;
  const int64_t now = NowNanoseconds();
  const bool is_set = !reading.names_tables && event.database.empty();
  const bool stored = !settings_.store_captured_tables || (any_captured && !reading.names_view);
  if (stored || is_set) {
    if (!settings_.history_topic.empty())
      records_.WriteHistory(settings_.history_topic, PrettyJson(HistoryValue(ddl, event, reading, picture, now)));
    else if (!settings_.history_file.empty())
      AppendToFile(HistoryValue(ddl, event, reading, picture, now));
  }
  if (!settings_.schema_changes) return;
  std::string key = "{\"databaseName\":";
  AppendConnectString(key, event.database);
  const std::string schema =
      "{\"type\":\"struct\",\"fields\":[" + SourceSchema("source") + "," + std::string(kValueFields);
  records_.Write(TopicName(settings_.topics, settings_.topic_prefix, "", ""), kKeySchema, key + "}", schema,
                 PublicValue(ddl, event, reading, picture, now), 0);
}

void SchemaChanges::Write(const ControlLine& ddl, const std::string& query, const ddl::Statement* statement,
                          Before before, const Picture& picture) {
  if (!enabled() || query == "FLUSH PRIVILEGES") return;
  if (statement != nullptr && (statement->temporary || statement->kind == StatementKind::kTransaction)) return;
  uint64_t sql_mode = 0;
  ParseJsonUnsigned(ddl.Raw("sql_mode"), &sql_mode);
  Reading reading = Read(query, statement, before, ddl.Has("db") ? ddl.Text("db") : "", sql_mode);
  std::set<TableId> seen;
  std::erase_if(reading.tables, [&](const TableId& id) { return !seen.insert(id).second; });
  std::vector<std::pair<std::string, TableId>> named;
  for (const TableId& id : reading.tables) named.emplace_back(id.first + "." + id.second, id);
  SortLikeJavaHash(named, [](const auto& pair) -> const std::string& { return pair.first; });
  for (size_t i = 0; i < named.size(); ++i) reading.tables[i] = named[i].second;
  for (const Event& event : reading.events) WriteEvent(ddl, event, reading, picture);
}

}  // namespace cdc::encode
