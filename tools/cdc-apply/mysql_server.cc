#include "tools/cdc-apply/mysql_server.h"

#include <strings.h>

#include <algorithm>
#include <charconv>

#include "common/error.h"
#include "common/mysql/connection.h"
#include "tools/cdc-apply/mysql_fit.h"
#include "tools/cdc-apply/mysql_types.h"

namespace cdc::apply {
namespace {

// Beyond this nothing is won; less where the server takes less.
constexpr size_t kStatementBytes = 1 << 20;
constexpr unsigned long kFirstWithRowAlias = 80019;
constexpr unsigned long kFirstWithNoPadUtf8 = 80017;

TlsMode TlsModeOf(const std::string& name) {
  const std::pair<const char*, TlsMode> modes[] = {{"disabled", TlsMode::kDisabled},
                                                   {"preferred", TlsMode::kPreferred},
                                                   {"required", TlsMode::kRequired},
                                                   {"verify-ca", TlsMode::kVerifyCa},
                                                   {"verify-identity", TlsMode::kVerifyIdentity}};
  for (const auto& [text, mode] : modes)
    if (name == text) return mode;
  Fail(ExitStatus::kUsage, "the target's URL has tls=" + Shown(name), "",
       "disabled, preferred, required, verify-ca or verify-identity");
}

}  // namespace

ServerOptions MysqlOptionsOf(const TargetUrl& url) {
  ServerOptions options;
  options.host = url.host.empty() ? "localhost" : url.host;
  if (url.port != 0) options.port = url.port;
  options.user = url.user;
  if (url.has_password) options.password = url.password;
  options.credentials_hint = "in the URL, MYSQL_PWD, or ~/.my.cnf";
  options.grant_hint = "GRANT CREATE, ALTER, DROP, INDEX, SELECT, INSERT, UPDATE, DELETE ON `" + url.path + "`.*";
  for (const auto& [name, value] : url.parameters) {
    if (name == "tls")
      options.tls = TlsModeOf(value);
    else if (name == "tls-ca")
      options.tls_ca = value;
    else if (name == "tls-cert")
      options.tls_cert = value;
    else if (name == "tls-key")
      options.tls_key = value;
    else if (name == "socket")
      options.socket = value;
    else if (name == "password-file")
      options.password = ReadPasswordFile(value);
    else if (name == "defaults-file")
      options.defaults_file = value;
    else
      Fail(ExitStatus::kUsage, "the target's URL has unknown parameter \"" + Shown(name) + "\"", "",
           "tls, tls-ca, tls-cert, tls-key, socket, password-file and defaults-file are known");
  }
  TakeDefaultCredentials(&options);
  return options;
}

namespace {

void AppendHexLiteral(std::string& out, std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  out += "X'";
  size_t at = out.size();
  out.resize(at + 2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out[at++] = kDigits[byte >> 4];
    out[at++] = kDigits[byte & 15];
  }
  out += '\'';
}

void AppendBits(std::string& out, std::string_view bytes) {
  uint64_t bits = 0;
  for (const char c : bytes) bits = bits << 8 | static_cast<unsigned char>(c);
  out += std::to_string(bits);
}

constexpr std::string_view kZeroTimestamp = "0000-00-00 00:00:00";

/// The connector writes the zero value of a TIMESTAMP as the beginning of 1970, which no other TIMESTAMP is.
bool IsZeroTimestamp(std::string_view text, const TargetColumn& column) {
  constexpr std::string_view kBeginning = "1970-01-01 00:00:00";
  return column.kind == ColumnKind::kInstant && column.mysql_type.rfind("timestamp", 0) == 0 &&
         text.substr(0, kBeginning.size()) == kBeginning &&
         text.find_first_not_of(".0", kBeginning.size()) == std::string_view::npos;
}

bool HoldsText(std::string_view type) {
  const std::string_view word = type.substr(0, type.find('('));
  return word == "char" || word == "varchar" || (word.size() >= 4 && word.substr(word.size() - 4) == "text");
}

class MysqlServer : public SqlServer {
 public:
  explicit MysqlServer(const TargetUrl& url)
      : name_(url.Shown()), database_(url.path), rows_(MysqlOptionsOf(url)), tables_(MysqlOptionsOf(url)) {
    for (MysqlConnection* session : {&rows_, &tables_}) {
      session->Execute("USE " + QuotedName(database_));
      // Values as the source has them: zero and impossible dates, the number 0 in an AUTO_INCREMENT column; but nothing
      // is cut or replaced. Foreign keys hold at the source, at the ends of its transactions.
      session->Execute(
          "SET NAMES utf8mb4, time_zone = '+00:00', foreign_key_checks = 0, sql_mode = "
          "'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_BACKSLASH_ESCAPES,NO_ENGINE_SUBSTITUTION'");
      session->Execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE");
      session->Execute("SET sql_safe_updates = 0, sql_auto_is_null = 0");
    }
    largest_statement_ = std::stoull(rows_.Value("SELECT @@max_allowed_packet"));
    // The session of rows may hold the table: better an error than waiting for ourselves.
    tables_.Execute("SET SESSION lock_wait_timeout = 60");
  }

  const std::string& name() const override { return name_; }
  void Execute(const std::string& sql) override {
    CheckSize(sql);
    rows_.Execute(sql);
  }
  uint64_t ExecuteCounted(const std::string& sql) override {
    Execute(sql);
    return rows_.affected_rows();
  }
  Rows Query(const std::string& sql) override { return rows_.Query(sql); }
  // A second session, since a statement about tables commits.
  void ExecuteDdl(const std::string& sql) override {
    try {
      tables_.Execute(sql);
    } catch (Failure& failure) {
      // ER_TOO_LONG_KEY
      if (failure.error().detail.rfind("error 1071", 0) == 0)
        failure.error().hint =
            "a CREATE TABLE of your own, with the source's character set for its key, before cdc-apply; change lines "
            "straight from binlog-tail tell that character set";
      throw;
    }
  }

  void ExecuteTogether(const std::vector<std::string>& statements) override {
    tables_.Execute("START TRANSACTION");
    try {
      for (const auto& sql : statements) tables_.Execute(sql);
    } catch (const Failure&) {
      tables_.Execute("ROLLBACK");
      throw;
    }
    tables_.Execute("COMMIT");
  }

  std::string Name(std::string_view name) const override { return QuotedName(name); }
  std::string Quoted(std::string_view text) override {
    std::string quoted;
    AppendQuoted(quoted, text);
    return quoted;
  }

  void AppendLiteral(std::string& out, const Value& value, const ServerTable& table, size_t column) override {
    const std::string& type = table.types[column];
    switch (value.kind) {
      case Value::Kind::kAbsent:
      case Value::Kind::kNull: out += "NULL"; return;
      case Value::Kind::kInteger: return AppendNumber(out, value.integer);
      case Value::Kind::kUnsigned: return AppendNumber(out, value.unsigned_integer());
      case Value::Kind::kReal:
        // In all its binary digits, so that it equals what a FLOAT column of the user's own holds.
        return AppendNumber(out, type.rfind("float", 0) == 0 ? double{static_cast<float>(value.real)} : value.real);
      case Value::Kind::kDecimal:
        // A number in quotes would pass through a double on its way into a number; as a literal it would be shortened
        // on its way into a text.
        if (HoldsText(type)) return AppendQuoted(out, value.text);
        out += value.text;
        return;
      case Value::Kind::kText:
        if (IsZeroTimestamp(value.text, table.shape.columns[column])) return AppendQuoted(out, kZeroTimestamp);
        if (type != "json") return AppendQuoted(out, value.text);
        // A document never equals a text.
        out += "CAST(";
        AppendQuoted(out, value.text);
        out += " AS JSON)";
        return;
      case Value::Kind::kBytes:
        // MariaDB compares a BIT with a literal of bytes as text, and finds nothing.
        if (type.rfind("bit", 0) == 0 && value.text.size() <= sizeof(uint64_t)) return AppendBits(out, value.text);
        return AppendHexLiteral(out, value.text);
    }
  }

  std::vector<std::string> TypesOf(const TargetTable& table, const NamedTypes& there) const override {
    return Fitted(table, there).types;
  }
  NamedTypes TypesThatGiveRoom(const TargetTable& table, const NamedTypes& there) const override {
    return Fitted(table, there).giving_room;
  }

  // Keys that the source tells apart must not fall together here, so bytes decide, trailing spaces included.
  std::string TableSuffix() const override {
    std::string suffix = " ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE ";
    if (rows_.is_mariadb()) return suffix + "utf8mb4_nopad_bin";
    return suffix + (rows_.version() >= kFirstWithNoPadUtf8 ? "utf8mb4_0900_bin" : "utf8mb4_bin");
  }

  bool SameColumn(std::string_view a, std::string_view b) const override {
    return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
  }

  NamedTypes Columns(const std::string& table) override {
    NamedTypes columns;
    for (const auto& row : tables_.Query("SELECT COLUMN_NAME, COLUMN_TYPE FROM information_schema.COLUMNS WHERE "
                                         "TABLE_SCHEMA = DATABASE() AND TABLE_NAME = " +
                                         Quoted(table) + " ORDER BY ORDINAL_POSITION"))
      columns.emplace_back(row[0].value_or(""), row[1].value_or(""));
    return columns;
  }

  ColumnTraits TraitsOf(const std::string& table, const std::string& column) override {
    ColumnTraits traits;
    for (const auto& row :
         tables_.Query("SELECT COALESCE(GENERATION_EXPRESSION, ''), COALESCE(COLLATION_NAME, '') FROM "
                       "information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = " +
                       Quoted(table) + " AND COLUMN_NAME = " + Quoted(column))) {
      traits.is_generated = !row[0].value_or("").empty();
      traits.collation = MysqlCollation(row[1].value_or(""));
    }
    return traits;
  }

  // A text that is too long is refused, but for blanks at its end, which are cut without a word.
  ColumnLimit LimitOf(const std::string& table, const std::string& column, const std::string& type) override {
    ColumnLimit limit = LimitOfType(type, 0);
    if (type != "tinytext" && type != "text" && type != "mediumtext") return limit;
    for (const auto& row : tables_.Query(
             "SELECT CHARACTER_MAXIMUM_LENGTH, CHARACTER_OCTET_LENGTH, MAXLEN = 1 FROM information_schema.COLUMNS c "
             "JOIN "
             "information_schema.CHARACTER_SETS s USING (CHARACTER_SET_NAME) WHERE TABLE_SCHEMA = DATABASE() AND "
             "TABLE_NAME = " +
             Quoted(table) + " AND COLUMN_NAME = " + Quoted(column))) {
      limit.characters = std::stoull(row[0].value_or("0"));
      // Of other character sets than those of one byte, UTF-8 is taken for the one that needs most.
      if (row[2].value_or("") != "1") limit.bytes = std::stoull(row[1].value_or("0"));
    }
    return limit;
  }

  std::vector<std::vector<std::string>> UniqueKeys(const std::string& table) override {
    std::vector<std::vector<std::string>> keys;
    std::string last;
    for (const auto& row : tables_.Query("SELECT INDEX_NAME, COLUMN_NAME FROM information_schema.STATISTICS WHERE "
                                         "TABLE_SCHEMA = DATABASE() AND TABLE_NAME = " +
                                         Quoted(table) + " AND NON_UNIQUE = 0 ORDER BY INDEX_NAME, SEQ_IN_INDEX")) {
      if (keys.empty() || row[0] != last) keys.emplace_back();
      last = row[0].value_or("");
      keys.back().push_back(row[1].value_or(""));
    }
    return keys;
  }

  Conversion ConversionOf(const std::string& column, const TypeChange& change) const override {
    return MysqlConversion(Name(column), change, rows_.is_mariadb());
  }
  std::vector<std::string> AlterSql(const std::string& table, const Alteration& alteration) override {
    const std::vector<std::string> key = alteration.key.value_or(std::vector<std::string>());
    const auto is_in = [&](const std::vector<std::string>& names, const std::string& column) {
      return std::any_of(names.begin(), names.end(), [&](const std::string& name) { return SameColumn(name, column); });
    };
    // A column of the key is added by a statement of its own: rows that are there would get 0 in it, and not NULL,
    // which no key takes, unless it is known what they get.
    std::vector<std::string> actions, key_actions, later, updates;
    if (alteration.key) {
      if (HasPrimaryKey(table)) key_actions.push_back("DROP PRIMARY KEY");
      if (!key.empty()) key_actions.push_back("ADD PRIMARY KEY (" + ListOf(key) + ")");
    }
    // Others may need the room in the row that a column gives which leaves the key.
    for (const auto& [column, type] : alteration.added) {
      auto& its = key_actions.empty() || is_in(key, column) ? actions : key_actions;
      if (alteration.Drops(column)) its.push_back("DROP COLUMN " + Name(column));
      const std::string* literal = alteration.FillOf(column);
      if (literal == nullptr) {
        its.push_back("ADD COLUMN " + Name(column) + " " + type);
        continue;
      }
      // By way of a default, so that the rows have it from the moment when the column is there. A text takes an
      // expression only.
      its.push_back("ADD COLUMN " + Name(column) + " " + type + " DEFAULT " +
                    (type.find("text") == std::string::npos ? *literal : "(" + *literal + ")"));
      later.push_back("MODIFY COLUMN " + Name(column) + " " + type + (is_in(key, column) ? " NOT NULL" : ""));
    }
    for (const auto& [column, type, conversion] : alteration.types) {
      if (!conversion.empty()) {
        updates.push_back("UPDATE " + Name(table) + " SET " + Name(column) + " = " + conversion);
        continue;
      }
      const bool in_key = is_in(key, column);
      auto& its = in_key || is_in(alteration.unkeyed, column) ? key_actions : actions;
      its.push_back("MODIFY COLUMN " + Name(column) + " " + type + (in_key ? " NOT NULL" : ""));
    }
    if (!alteration.unkeyed.empty())
      for (const auto& [column, type] : Columns(table)) {
        const auto changes = [&, name = column](const Alteration::Column& other) {
          return SameColumn(other.name, name);
        };
        if (is_in(alteration.unkeyed, column) &&
            std::none_of(alteration.types.begin(), alteration.types.end(), changes))
          key_actions.push_back("MODIFY COLUMN " + Name(column) + " " + type);
      }
    std::vector<std::string> sql = AlterTableSql(Name(table), actions);
    for (const auto& statement : AlterTableSql(Name(table), key_actions)) sql.push_back(statement);
    for (const auto& statement : AlterTableSql(Name(table), later)) sql.push_back(statement);
    sql.insert(sql.end(), updates.begin(), updates.end());
    for (const auto& statement : EmptySql(table, alteration)) sql.push_back(statement);
    return sql;
  }

  std::vector<std::pair<std::string, std::string>> BookkeepingSql() const override {
    const std::string suffix = TableSuffix();
    return {
        {"cdc_position",
         "CREATE TABLE IF NOT EXISTS cdc_position (slot VARCHAR(255) NOT NULL PRIMARY KEY, format INT NOT NULL, "
         "epoch BIGINT NOT NULL, position LONGTEXT, updated_at DATETIME NOT NULL)" +
             suffix},
        {"cdc_table",
         "CREATE TABLE IF NOT EXISTS cdc_table (slot VARCHAR(255) NOT NULL, name VARCHAR(64) NOT NULL, source_db "
         "VARCHAR(64), source_table VARCHAR(64), created TINYINT NOT NULL, dropped TINYINT NOT NULL, shape LONGTEXT, "
         "rows_option VARCHAR(100), "
         "PRIMARY KEY (slot, name))" +
             suffix}};
  }

  std::string OnConflict(const ServerTable& table, const std::vector<size_t>& columns) const override {
    // MySQL is giving up VALUES(); MariaDB has no alias for the row.
    const bool alias = !rows_.is_mariadb() && rows_.version() >= kFirstWithRowAlias;
    const std::string first = Name(table.shape.columns[table.shape.key[0]].name);
    if (table.shape.takes_new_rows_only) return " ON DUPLICATE KEY UPDATE " + first + " = " + first;
    std::string updates;
    for (const size_t column : columns) {
      const auto& key = table.shape.key;
      if (std::find(key.begin(), key.end(), column) != key.end()) continue;
      const std::string name = Name(table.shape.columns[column].name);
      updates += (updates.empty() ? "" : ", ") + name + " = " + (alias ? "new_row." + name : "VALUES(" + name + ")");
    }
    if (updates.empty()) updates = first + " = " + (alias ? "new_row." + first : "VALUES(" + first + ")");
    return (alias ? " AS new_row" : "") + (" ON DUPLICATE KEY UPDATE " + updates);
  }

  std::string_view SharedLock() const override { return " LOCK IN SHARE MODE"; }
  std::string SameSql(const ServerTable& table, size_t column, const std::string& literal) const override {
    const std::string name = Name(table.shape.columns[column].name), same = name + " <=> " + literal;
    if (!table.merges_texts[column] || !HoldsText(table.types[column])) return same;
    // A CHAR has lost the blanks at its end.
    const std::string kept = table.types[column].rfind("char", 0) == 0 ? "RTRIM(" + literal + ")" : literal;
    const std::string same_bytes = "CAST(CONVERT(" + name + " USING utf8mb4) AS BINARY) <=> " + kept;
    // The collation alone finds a row by an index, which holds no more of a text than this.
    constexpr size_t kMostIndexed = 3072;
    return literal.size() > kMostIndexed ? same_bytes : same + " AND " + same_bytes;
  }
  // Of a small table all rows would be looked at, also those that other sessions have locked.
  std::string DeleteByKeySql(const ServerTable& table) const override {
    const std::string name = Name(table.shape.name);
    if (!table.is_ours) return "DELETE FROM " + name;
    return "DELETE " + name + " FROM " + name + " FORCE INDEX (PRIMARY)";
  }
  std::string DeleteOneSql(const std::string& table, const std::string& condition) const override {
    return "DELETE FROM " + Name(table) + " WHERE " + condition + " LIMIT 1";
  }
  void BeginSnapshot() override {
    rows_.Execute("ROLLBACK");
    rows_.Execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    rows_.Execute("START TRANSACTION WITH CONSISTENT SNAPSHOT");
  }

  void Stream(const std::string& sql, size_t columns, const RowVisitor& visitor) override {
    std::vector<std::optional<std::string_view>> row(columns);
    rows_.Stream(sql, [&](const char* const* values, const unsigned long* lengths) {
      for (size_t i = 0; i < row.size(); ++i)
        row[i] = values[i] == nullptr ? std::nullopt : std::optional<std::string_view>({values[i], lengths[i]});
      visitor(row);
    });
  }

  std::string ComparableSql(const std::string& column, const std::string& type, CanonicalForm form) const override {
    const std::string name = Name(column);
    if (form == CanonicalForm::kFloat || form == CanonicalForm::kReal) return name + " + 0E0";
    if (form != CanonicalForm::kHex && form != CanonicalForm::kBit) return name;
    const MysqlType parsed = ParseMysqlType(type);
    if (parsed.kind != MysqlKind::kBit) return "HEX(" + name + ")";
    return "LPAD(HEX(" + name + " + 0), " + std::to_string((std::max(parsed.length, 1) + 7) / 8 * 2) + ", '0')";
  }

  size_t statement_bytes() const override { return std::min(kStatementBytes, largest_statement_ / 2); }

 private:
  FittedTypes Fitted(const TargetTable& table, const NamedTypes& there) const {
    std::vector<std::string> types;
    for (size_t i = 0; i < table.columns.size(); ++i)
      types.push_back(MysqlColumnType(table.columns[i], IsInKey(table, i)));
    return FitIntoMysql(table, std::move(types), there, rows_.is_mariadb());
  }

  bool HasPrimaryKey(const std::string& table) {
    return !tables_
                .Query(
                    "SELECT 1 FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() "
                    "AND TABLE_NAME = " +
                    Quoted(table) + " AND INDEX_NAME = 'PRIMARY' LIMIT 1")
                .empty();
  }

  // The server would cut the connection, which looks like a server that is gone.
  void CheckSize(const std::string& sql) const {
    constexpr size_t kPacketHead = 64;
    if (sql.size() + kPacketHead <= largest_statement_) return;
    Fail(ExitStatus::kData,
         "a row takes a statement of " + std::to_string(sql.size()) + " bytes, and server " + name_ + " accepts " +
             std::to_string(largest_statement_) + " (max_allowed_packet)",
         "binary values are sent in hexadecimal, two bytes each", "raise max_allowed_packet of the target's server");
  }

  template <typename Number>
  static void AppendNumber(std::string& out, Number number) {
    char text[40];
    const auto result = [&] {
      if constexpr (std::is_floating_point_v<Number>)
        return std::to_chars(text, text + sizeof text, number, std::chars_format::scientific);
      else
        return std::to_chars(text, text + sizeof text, number);
    }();
    out.append(text, result.ptr);
  }

  // With NO_BACKSLASH_ESCAPES only the quote itself is special.
  static void AppendQuoted(std::string& out, std::string_view text) {
    out += '\'';
    for (size_t quote; (quote = text.find('\'')) != std::string_view::npos; text.remove_prefix(quote + 1)) {
      out.append(text.substr(0, quote + 1));
      out += '\'';
    }
    out.append(text);
    out += '\'';
  }

  std::string name_, database_;
  size_t largest_statement_ = 0;
  MysqlConnection rows_, tables_;
};

}  // namespace

std::unique_ptr<SqlServer> ConnectMysql(const TargetUrl& url) {
  if (url.path.empty())
    Fail(ExitStatus::kUsage, "target " + url.Shown() + " names no database", "", "mysql://USER@HOST/DATABASE");
  return std::make_unique<MysqlServer>(url);
}

}  // namespace cdc::apply
