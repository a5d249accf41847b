#include "tools/cdc-apply/sqlite_statement.h"

#include <cmath>
#include <utility>

#include "common/error.h"

namespace cdc::apply {

std::string SqliteName(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

void FailSqlite(sqlite3* db, int code, const std::string& what) {
  const std::string message = db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code);
  ExitStatus status = ExitStatus::kIoError;
  std::string detail, hint;
  switch (code & 0xFF) {
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
    case SQLITE_ERROR: status = ExitStatus::kData; break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      status = ExitStatus::kTempFail;
      hint = "another program holds the database; it was waited for";
      break;
    case SQLITE_CANTOPEN:
      status = ExitStatus::kCannotCreate;
      if (const int error = db != nullptr ? sqlite3_system_errno(db) : 0; error != 0) detail = ErrnoText(error);
      hint =
          "the file's folder has to be there, and the user needs to write to it (a read-only mount "
          "will not do): SQLite puts its journal there, too";
      break;
    case SQLITE_PERM:
    case SQLITE_AUTH: status = ExitStatus::kNoPermission; break;
    case SQLITE_READONLY:
      status = ExitStatus::kNoPermission;
      hint = "the user needs to write to the file, and to its folder, where SQLite puts its journal";
      break;
    case SQLITE_NOMEM: status = ExitStatus::kOsError; break;
    case SQLITE_NOTADB: hint = "the file is no SQLite database; choose another name"; break;
    default: break;
  }
  Fail(status, what + ": " + message, detail, hint);
}

void ExecuteSqlite(sqlite3* db, const std::string& sql) {
  if (const int code = sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr); code != SQLITE_OK)
    FailSqlite(db, code, "could not run in SQLite: " + Shown(sql));
}

SqliteStatement::SqliteStatement(sqlite3* db, std::string_view sql) : db_(db) {
  const int code =
      sqlite3_prepare_v3(db, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement_, nullptr);
  if (code != SQLITE_OK) FailSqlite(db, code, "could not prepare in SQLite: " + Shown(std::string(sql)));
}

SqliteStatement::SqliteStatement(SqliteStatement&& other) noexcept
    : db_(other.db_), statement_(std::exchange(other.statement_, nullptr)) {}

SqliteStatement& SqliteStatement::operator=(SqliteStatement&& other) noexcept {
  std::swap(db_, other.db_);
  std::swap(statement_, other.statement_);
  return *this;
}

SqliteStatement::~SqliteStatement() {
  sqlite3_finalize(statement_);
}

void SqliteStatement::Bind(int parameter, const Value& value) {
  int code = SQLITE_OK;
  const auto text = [&](std::string_view characters, sqlite3_destructor_type lifetime) {
    return sqlite3_bind_text64(statement_, parameter, characters.data(), characters.size(), lifetime, SQLITE_UTF8);
  };
  switch (value.kind) {
    case Value::Kind::kAbsent:
    case Value::Kind::kNull: code = sqlite3_bind_null(statement_, parameter); break;
    case Value::Kind::kInteger: code = sqlite3_bind_int64(statement_, parameter, value.integer); break;
    case Value::Kind::kUnsigned:
      // SQLite's integers are signed; a larger one is kept exactly, as text.
      code = value.integer >= 0 ? sqlite3_bind_int64(statement_, parameter, value.integer)
                                : text(std::to_string(value.unsigned_integer()), SQLITE_TRANSIENT);
      break;
    case Value::Kind::kReal:
      if (std::isnan(value.real)) Fail(ExitStatus::kData, "SQLite cannot hold the number NaN: it would be NULL");
      code = sqlite3_bind_double(statement_, parameter, value.real);
      break;
    case Value::Kind::kDecimal:
    case Value::Kind::kText: code = text(value.text, SQLITE_STATIC); break;
    case Value::Kind::kBytes:
      code = sqlite3_bind_blob64(statement_, parameter, value.text.empty() ? "" : value.text.data(), value.text.size(),
                                 SQLITE_STATIC);
      break;
  }
  if (code != SQLITE_OK) FailSqlite(db_, code, "could not hand a value to SQLite");
}

bool SqliteStatement::Step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  const std::string sql = sqlite3_sql(statement_);
  // The message is that of the step; resetting afterwards lets the statement be used again.
  try {
    FailSqlite(db_, code, "could not run in SQLite: " + Shown(sql));
  } catch (...) {
    sqlite3_reset(statement_);
    throw;
  }
}

void SqliteStatement::Reset() {
  sqlite3_reset(statement_);
}

void SqliteStatement::Run() {
  while (Step()) {
  }
  Reset();
}

std::string SqliteStatement::Text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return text == nullptr ? "" : std::string(text, static_cast<size_t>(sqlite3_column_bytes(statement_, column)));
}

int64_t SqliteStatement::Integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}
double SqliteStatement::Real(int column) const {
  return sqlite3_column_double(statement_, column);
}

bool SqliteStatement::IsReal(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_FLOAT;
}

bool SqliteStatement::IsNull(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

}  // namespace cdc::apply
