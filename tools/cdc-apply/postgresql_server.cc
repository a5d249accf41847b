#include "tools/cdc-apply/postgresql_server.h"

#include <libpq-fe.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <unordered_map>

#include "common/error.h"
#include "tools/cdc-apply/postgresql_copy.h"
#include "tools/cdc-apply/postgresql_types.h"
#include "tools/cdc-apply/row_change.h"

namespace cdc::apply {
namespace {

constexpr size_t kStatementBytes = 1 << 20;
// The server takes in what has come while the next rows are written.
constexpr size_t kCopyBytes = 32 << 10;
// Below this many rows one INSERT is faster than COPY and the statement that takes the rows over.
constexpr size_t kCopyRows = 200;

struct FreeResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, FreeResult>;

constexpr std::string_view kReadOnly = "25006", kCancelled = "57014", kLocked = "55P03";

/// By SQLSTATE (appendix A of PostgreSQL's manual).
ExitStatus StatusOf(std::string_view state) {
  if (state == kReadOnly) return ExitStatus::kUnavailable;
  if (state == kCancelled) return ExitStatus::kTempFail;
  const std::string_view group = state.substr(0, 2);
  if (state.empty() || group == "08" || group == "57") return ExitStatus::kUnavailable;
  if (group == "28" || state == "42501") return ExitStatus::kNoPermission;
  if (group == "3D" || group == "3F" || state == "42P01") return ExitStatus::kNoInput;
  if (group == "40" || state == kLocked || group == "53") return ExitStatus::kTempFail;
  return ExitStatus::kData;
}

std::string Trimmed(const char* message) {
  std::string text = message == nullptr ? "" : message;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

/// A cast to a type with a length cuts what is longer; putting a value into such a column refuses it.
std::string_view LiteralType(std::string_view type) {
  if (type.substr(0, 9) == "character") return "text";
  if (type.substr(0, 4) == "bit(") return "bit varying";
  return type;
}

/// What gives values of a type an equality of all they hold: some types have none, and shapes one of their sizes.
std::string ComparableCast(std::string_view type) {
  if (type == "json") return "::jsonb";
  for (const char* other : {"xml", "point", "line", "lseg", "box", "path", "polygon", "circle"})
    if (type == other) return "::text";
  return "";
}

class PostgresqlServer : public SqlServer {
 public:
  explicit PostgresqlServer(const std::string& url) : connection_(PQconnectdb(Checked(url).c_str())) {
    const auto part = [&](const char* value) { return std::string(value == nullptr ? "" : value); };
    name_ = "postgresql://" + part(PQuser(session())) + "@" + part(PQhost(session())) + ":" + part(PQport(session())) +
            "/" + part(PQdb(session()));
    if (PQstatus(session()) != CONNECTION_OK) FailConnect();
    PQsetNoticeProcessor(
        session(), [](void*, const char*) {}, nullptr);
    Execute(
        "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; SET client_encoding = "
        "'UTF8'; "
        "SET standard_conforming_strings = on; SET bytea_output = 'hex'; SET extra_float_digits = 1");
  }

  const std::string& name() const override { return name_; }
  void Execute(const std::string& sql) override { Run(sql); }
  uint64_t ExecuteCounted(const std::string& sql) override {
    const Result result = Run(sql);
    const std::string count = PQcmdTuples(result.get());
    return count.empty() ? 0 : std::stoull(count);
  }

  Rows Query(const std::string& sql) override {
    const Result result = Run(sql);
    Rows rows(static_cast<size_t>(PQntuples(result.get())));
    for (size_t i = 0; i < rows.size(); ++i)
      for (int column = 0; column < PQnfields(result.get()); ++column) {
        const int row = static_cast<int>(i);
        if (PQgetisnull(result.get(), row, column) != 0)
          rows[i].emplace_back();
        else
          rows[i].emplace_back(PQgetvalue(result.get(), row, column));
      }
    return rows;
  }

  void ExecuteDdl(const std::string& sql) override { Run(sql); }

  void BeginSnapshot() override {
    if (in_snapshot_) Run("ROLLBACK");
    in_snapshot_ = true;
    Run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  }

  void Stream(const std::string& sql, size_t columns, const RowVisitor& visitor) override {
    Run("DECLARE stream NO SCROLL CURSOR FOR " + sql);
    std::vector<std::optional<std::string_view>> row(columns);
    // As many rows at once as take some megabytes, so that large values do not fill the memory.
    constexpr size_t kMostRows = 5000, kBytes = 4 << 20;
    for (size_t count = 16;;) {
      const Result result = Run("FETCH " + std::to_string(count) + " FROM stream");
      if (PQntuples(result.get()) == 0) break;
      count = std::clamp(kBytes * count / std::max<size_t>(PQresultMemorySize(result.get()), 1), size_t{1}, kMostRows);
      for (int i = 0; i < PQntuples(result.get()); ++i) {
        for (size_t c = 0; c < row.size(); ++c) {
          const int column = static_cast<int>(c);
          row[c].reset();
          if (PQgetisnull(result.get(), i, column) == 0)
            row[c] = {PQgetvalue(result.get(), i, column), static_cast<size_t>(PQgetlength(result.get(), i, column))};
        }
        visitor(row);
      }
    }
    Run("CLOSE stream");
  }

  std::string ComparableSql(const std::string& column, const std::string& type, CanonicalForm form) const override {
    const std::string name = Name(column);
    if (type == "bytea") return "upper(encode(" + name + ", 'hex'))";
    if (type == "boolean") return name + "::int";
    if (form == CanonicalForm::kHex || form == CanonicalForm::kBit) return "upper(" + name + "::text)";
    return name + "::text";
  }

  std::string Name(std::string_view name) const override {
    std::string quoted = "\"";
    for (const char c : name) {
      if (c == '"') quoted += '"';
      quoted += c;
    }
    return quoted + '"';
  }

  std::string Quoted(std::string_view text) override {
    std::string quoted;
    AppendQuoted(quoted, text);
    return quoted;
  }

  void AppendLiteral(std::string& out, const Value& value, const ServerTable& table, size_t column) override {
    if (value.kind == Value::Kind::kNull || value.kind == Value::Kind::kAbsent) {
      out += "NULL";
      return;
    }
    // The type beside the text: in a list of rows nothing else would tell it.
    out += '\'';
    const size_t start = out.size();
    AppendPostgresqlText(out, value, table.types[column]);
    // Nearly always there is nothing to double.
    if (out.find('\'', start) != std::string::npos) {
      text_.assign(out, start);
      out.resize(start);
      for (const char c : text_) {
        if (c == '\'') out += '\'';
        out += c;
      }
    }
    out += "'::";
    out += LiteralType(table.types[column]);
  }

  size_t longest_name() const override { return 63; }
  std::vector<std::string> TypesOf(const TargetTable& table, const NamedTypes&) const override {
    std::vector<std::string> types;
    for (const auto& column : table.columns) types.push_back(PostgresqlColumnType(column));
    return types;
  }

  NamedTypes Columns(const std::string& table) override {
    if (!Query("SELECT 1 FROM pg_class WHERE oid = to_regclass(" + Quoted(Name(table)) +
               ") AND relnamespace = 'pg_catalog'::regnamespace")
             .empty())
      Fail(ExitStatus::kConfig, "table \"" + table + "\" has the name of one of PostgreSQL's own", "",
           "another one: --table-name");
    NamedTypes columns;
    for (const auto& row :
         Query("SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = to_regclass(" +
               Quoted(Name(table)) + ") AND attnum > 0 AND NOT attisdropped ORDER BY attnum"))
      columns.emplace_back(row[0].value_or(""), row[1].value_or(""));
    return columns;
  }

  std::string_view InsertOption(const ServerTable& table) const override {
    return table.keeps_identity ? " OVERRIDING SYSTEM VALUE" : "";
  }

  ColumnTraits TraitsOf(const std::string& table, const std::string& column) override {
    constexpr int kFirstWithGenerated = 120000;
    ColumnTraits traits;
    if (PQserverVersion(session()) < kFirstWithGenerated) return traits;
    for (const auto& row : Query(
             "SELECT attgenerated, attidentity, collname, collisdeterministic, atttypid::regtype::text = 'citext' FROM "
             "pg_attribute LEFT JOIN pg_collation c ON c.oid = attcollation WHERE attrelid = to_regclass(" +
             Quoted(Name(table)) + ") AND attname = " + Quoted(column) + " AND NOT attisdropped")) {
      traits.is_generated = !row[0].value_or("").empty();
      traits.is_identity = row[1] == "a";
      const bool ignores_case = row[4] == "t";
      traits.collation.name = ignores_case ? "citext" : row[2].value_or("");
      // A collation that is not deterministic may compare in any way; the others tell all bytes apart.
      traits.collation.level = row[3] == "f"  ? KeyCollation::Level::kLetters
                               : ignores_case ? KeyCollation::Level::kAccents
                                              : KeyCollation::Level::kBytes;
    }
    return traits;
  }

  ColumnLimit LimitOf(const std::string&, const std::string&, const std::string& type) override {
    return LimitOfType(type, 6);
  }
  void CheckRow(const RowChange& change, const ServerTable& table) const override {
    for (const auto* row : {&change.before, &change.after})
      for (size_t i = 0; i < row->size(); ++i)
        if (!table.left_out[i] && ((*row)[i].kind == Value::Kind::kText || (*row)[i].kind == Value::Kind::kBytes) &&
            (*row)[i].text.find('\0') != std::string_view::npos && table.types[i] != "bytea")
          FailNul("a value of column \"" + table.shape.columns[i].name + "\"");
  }

  std::vector<std::vector<std::string>> UniqueKeys(const std::string& table) override {
    std::vector<std::vector<std::string>> keys;
    std::string last;
    for (const auto& row :
         Query("SELECT i.indexrelid, a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = "
               "i.indrelid AND a.attnum = ANY (i.indkey) WHERE i.indrelid = to_regclass(" +
               Quoted(Name(table)) + ") AND i.indisunique AND i.indpred IS NULL ORDER BY 1, a.attnum")) {
      if (keys.empty() || row[0] != last) keys.emplace_back();
      last = row[0].value_or("");
      keys.back().push_back(row[1].value_or(""));
    }
    return keys;
  }

  Conversion ConversionOf(const std::string& column, const TypeChange& change) const override {
    return PostgresqlConversion(Name(column), change);
  }
  std::vector<std::string> AlterSql(const std::string& table, const Alteration& alteration) override {
    if (!alteration.types.empty()) staged_.erase(table);
    std::vector<std::string> actions, later;
    if (alteration.key)
      for (const auto& row : Query("SELECT conname FROM pg_constraint WHERE contype = 'p' AND conrelid = to_regclass(" +
                                   Quoted(Name(table)) + ")"))
        actions.push_back("DROP CONSTRAINT " + Name(row[0].value_or("")));
    for (const auto& column : alteration.unkeyed) actions.push_back("ALTER COLUMN " + Name(column) + " DROP NOT NULL");
    for (const auto& column : alteration.dropped) actions.push_back("DROP COLUMN " + Name(column));
    // By way of a default the rows need not be written anew.
    for (const auto& [column, type] : alteration.added) {
      const std::string* literal = alteration.FillOf(column);
      actions.push_back("ADD COLUMN " + Name(column) + " " + type + (literal == nullptr ? "" : " DEFAULT " + *literal));
      if (literal != nullptr) later.push_back("ALTER COLUMN " + Name(column) + " DROP DEFAULT");
    }
    for (const auto& [column, type, conversion] : alteration.types)
      actions.push_back("ALTER COLUMN " + Name(column) + " TYPE " + type + " USING " +
                        (conversion.empty() ? Name(column) + "::text::" + type : conversion));
    if (alteration.key && !alteration.key->empty())
      actions.push_back("ADD PRIMARY KEY (" + ListOf(*alteration.key) + ")");
    std::vector<std::string> sql = AlterTableSql(Name(table), actions);
    for (const auto& statement : AlterTableSql(Name(table), later)) sql.push_back(statement);
    for (const auto& statement : EmptySql(table, alteration)) sql.push_back(statement);
    return sql;
  }

  std::vector<std::pair<std::string, std::string>> BookkeepingSql() const override {
    return {
        {"cdc_position",
         "CREATE TABLE IF NOT EXISTS cdc_position (slot TEXT PRIMARY KEY, format INT NOT NULL, epoch BIGINT NOT NULL, "
         "position TEXT, updated_at TIMESTAMPTZ NOT NULL)"},
        {"cdc_table",
         "CREATE TABLE IF NOT EXISTS cdc_table (slot TEXT, name TEXT, source_db TEXT, source_table TEXT, created "
         "SMALLINT "
         "NOT NULL, dropped SMALLINT NOT NULL, shape TEXT, rows_option VARCHAR(100), PRIMARY KEY (slot, name))"}};
  }

  std::string OnConflict(const ServerTable& table, const std::vector<size_t>& columns) const override {
    const auto& key = table.shape.key;
    if (table.shape.takes_new_rows_only) return " ON CONFLICT DO NOTHING";
    std::string keys, updates;
    for (const size_t column : key) keys += (keys.empty() ? "" : ", ") + Name(table.shape.columns[column].name);
    for (const size_t column : columns) {
      if (std::find(key.begin(), key.end(), column) != key.end()) continue;
      const std::string name = Name(table.shape.columns[column].name);
      updates += (updates.empty() ? "" : ", ") + name + " = excluded." + name;
    }
    return " ON CONFLICT (" + keys + ") DO " + (updates.empty() ? "NOTHING" : "UPDATE SET " + updates);
  }

  // As a table that is joined: keys of several columns would be a condition each, and take long to be planned for.
  std::string_view AmongKeys(size_t columns) const override { return columns > 1 ? " IN (VALUES " : " IN ("; }
  std::string_view SharedLock() const override { return " FOR SHARE"; }
  std::string SameSql(const ServerTable& table, size_t column, const std::string& literal) const override {
    const std::string cast = table.merges_texts[column] ? "::text COLLATE \"C\"" : ComparableCast(table.types[column]);
    return Name(table.shape.columns[column].name) + cast + " IS NOT DISTINCT FROM " + literal + cast;
  }
  std::string DeleteOneSql(const std::string& table, const std::string& condition) const override {
    return "DELETE FROM " + Name(table) + " WHERE ctid = (SELECT ctid FROM " + Name(table) + " WHERE " + condition +
           " LIMIT 1)";
  }
  size_t statement_bytes() const override { return kStatementBytes; }

  // A staging table that was made in it is gone; one that is not goes with the session.
  void TakeRollback() override { staged_.clear(); }

  bool BulkUpsert(const ServerTable& table, const std::vector<size_t>& columns, const std::vector<const Value*>& rows,
                  bool all_new) override {
    if (rows.size() < kCopyRows) return false;
    if (all_new && CopyNew(table, columns, rows)) return true;
    if (table.shape.takes_new_rows_only) return false;
    // A staging table of the session for each target table; empty after each commit.
    std::string& stage = staged_[table.shape.name];
    if (stage.empty() || stage_types_[stage] != table.types) {
      if (!stage.empty()) Run("DROP TABLE " + stage);
      stage = "cdc_stage_" + std::to_string(++stages_);
      std::string definition;
      for (size_t i = 0; i < table.types.size(); ++i)
        if (!table.types[i].empty())  // those that are left out have none
          definition += (definition.empty() ? "" : ", ") + Name(table.shape.columns[i].name) + " " + table.types[i];
      Run("CREATE TEMP TABLE " + stage + " (" + definition + ") ON COMMIT DELETE ROWS");
      stage_types_[stage] = table.types;
    }
    const std::string names = NamesOf(table, columns);
    Copy("COPY " + stage + " (" + names + ") FROM STDIN", table, columns, rows);
    Run("INSERT INTO " + Name(table.shape.name) + " (" + names + ")" + std::string(InsertOption(table)) + " SELECT " +
        names + " FROM " + stage + OnConflict(table, columns));
    Run("TRUNCATE " + stage);
    return true;
  }

 private:
  bool in_snapshot_ = false;
  std::set<std::string> repeats_;  // tables that had rows which were told to be new
  std::string NamesOf(const ServerTable& table, const std::vector<size_t>& columns) const {
    std::string names;
    for (const size_t column : columns) names += (names.empty() ? "" : ", ") + Name(table.shape.columns[column].name);
    return names;
  }

  /// Straight into the table, which takes half as long; false: it does not take them so, as a row of them is there.
  /// Once that was so it is not tried again: the stream may be one that repeats itself.
  bool CopyNew(const ServerTable& table, const std::vector<size_t>& columns, const std::vector<const Value*>& rows) {
    const std::string& name = table.shape.name;
    if (repeats_.count(name) > 0) return false;
    Run("SAVEPOINT copy_of_new");
    try {
      Copy("COPY " + Name(name) + " (" + NamesOf(table, columns) + ") FROM STDIN", table, columns, rows);
      Run("RELEASE SAVEPOINT copy_of_new");
      return true;
    } catch (const Failure& failure) {
      if (failure.error().status != ExitStatus::kData) throw;
      Run("ROLLBACK TO SAVEPOINT copy_of_new");
      repeats_.insert(name);
      return false;
    }
  }

  PGconn* session() const { return connection_.get(); }

  Result Run(const std::string& sql) {
    if (sql.find('\0') != std::string::npos) FailNul("a name or a value");
    Result result(PQexec(session(), sql.c_str()));
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_IN) return result;
    FailResult(result.get(), "run " + Shown(sql, 80));
  }

  void Copy(const std::string& sql, const ServerTable& table, const std::vector<size_t>& columns,
            const std::vector<const Value*>& rows) {
    Run(sql);
    std::string lines;
    const auto send = [&] {
      if (PQputCopyData(session(), lines.data(), static_cast<int>(lines.size())) != 1)
        FailResult(nullptr, "send rows of table \"" + table.shape.name + "\"");
      lines.clear();
    };
    for (const Value* row : rows) {
      for (size_t i = 0; i < columns.size(); ++i) {
        if (i > 0) lines += '\t';
        AppendCopyField(lines, row[columns[i]], table.types[columns[i]], &text_);
      }
      lines += '\n';
      if (lines.size() >= kCopyBytes) send();
    }
    if (!lines.empty()) send();
    if (PQputCopyEnd(session(), nullptr) != 1) FailResult(nullptr, "end rows of table \"" + table.shape.name + "\"");
    while (const Result result = Result(PQgetResult(session())))
      if (PQresultStatus(result.get()) != PGRES_COMMAND_OK)
        FailResult(result.get(), "copy rows of table \"" + table.shape.name + "\"");
  }

  static void AppendQuoted(std::string& out, std::string_view text) {
    out += '\'';
    for (const char c : text) {
      if (c == '\'') out += '\'';
      out += c;
    }
    out += '\'';
  }

  static const std::string& Checked(const std::string& url) {
    char* text = nullptr;
    PQconninfoOption* options = PQconninfoParse(url.c_str(), &text);
    const std::string message = Trimmed(text);
    PQfreemem(text);
    if (options == nullptr)
      Fail(ExitStatus::kUsage, "the target is no URL of PostgreSQL: " + message, "", "postgresql://USER@HOST/DATABASE");
    PQconninfoFree(options);
    return url;
  }

  [[noreturn]] void FailConnect() {
    const std::string message = Trimmed(PQerrorMessage(session()));
    const auto says = [&](const char* words) { return message.find(words) != std::string::npos; };
    // A failed connection has no SQLSTATE in libpq's interface, only its text.
    const bool no_role = says("role \"") && says("does not exist");
    const bool denied = no_role || says("authentication failed") || says("no password supplied") || says("pg_hba.conf");
    const ExitStatus status = denied                   ? ExitStatus::kNoPermission
                              : says("does not exist") ? ExitStatus::kNoInput
                                                       : ExitStatus::kUnavailable;
    Fail(status, "server " + name_ + ": could not connect: " + message, "",
         no_role                          ? "CREATE ROLE … LOGIN makes one; the URL's user, or PGUSER, names it"
         : denied                         ? "check user and password (in the URL, PGPASSWORD, or ~/.pgpass)"
         : status == ExitStatus::kNoInput ? "CREATE DATABASE makes one; the URL's path names it"
                                          : "is the server up, and is this its address?");
  }

  [[noreturn]] void FailResult(const PGresult* result, const std::string& doing) {
    const char* field = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const std::string state = field == nullptr ? "" : field;
    const std::string message =
        result == nullptr ? Trimmed(PQerrorMessage(session())) : Trimmed(PQresultErrorMessage(result));
    const ExitStatus status = PQstatus(session()) == CONNECTION_OK ? StatusOf(state) : ExitStatus::kUnavailable;
    Fail(status, "server " + name_ + ": cannot " + doing + ": " + message, state.empty() ? "" : "SQLSTATE " + state,
         state == kReadOnly ? "the server takes no changes now: is it a standby, or default_transaction_read_only on?"
         : state == kCancelled ? "statement_timeout of the server, the database or the role may be too short"
         : state == kLocked
             ? "another session holds a lock on these rows or tables for longer than lock_timeout: pg_locks tells them"
         : status == ExitStatus::kNoPermission
             ? "the role makes tables and their rows: GRANT USAGE, CREATE ON SCHEMA public TO …; GRANT SELECT, INSERT, "
               "UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO …; only its owner alters a table"
         : status == ExitStatus::kUnavailable ? "is the server up, and is this its address?"
                                              : "");
  }

  [[noreturn]] static void FailNul(const std::string& what) {
    Fail(ExitStatus::kData, what + " holds a NUL character, which PostgreSQL cannot store", "",
         "take it out before, or make the column a binary one at the source");
  }

  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  std::unique_ptr<PGconn, Finish> connection_;
  std::string name_;
  std::string text_;  // scratch
  std::unordered_map<std::string, std::string> staged_;
  std::unordered_map<std::string, std::vector<std::string>> stage_types_;
  int stages_ = 0;
};

}  // namespace

std::unique_ptr<SqlServer> ConnectPostgresql(const std::string& url) {
  return std::make_unique<PostgresqlServer>(url);
}

}  // namespace cdc::apply
