#pragma once

#include <sqlite3.h>

#include <string>
#include <string_view>

#include "tools/cdc-apply/value.h"

namespace cdc::apply {

/// "name" with its quotes doubled.
std::string SqliteName(std::string_view name);

/// A prepared statement that owns its handle. Errors of SQLite end in Failure: 65 for a row that the table refuses,
/// 73 and 74 for files, 75 for a lock that is not given up.
class SqliteStatement {
 public:
  SqliteStatement() = default;
  SqliteStatement(sqlite3* db, std::string_view sql);
  SqliteStatement(SqliteStatement&& other) noexcept;
  SqliteStatement& operator=(SqliteStatement&& other) noexcept;
  ~SqliteStatement();

  explicit operator bool() const { return statement_ != nullptr; }

  /// Parameters count from 1. The value's bytes must live until Run.
  void Bind(int parameter, const Value& value);
  void Bind(int parameter, std::string_view text) { Bind(parameter, Value::Text(text)); }
  void Bind(int parameter, int64_t integer) { Bind(parameter, Value::Integer(integer)); }

  /// True if a row is there to read. Call Reset before the next use.
  bool Step();
  void Reset();
  /// Step to the end, and Reset.
  void Run();

  std::string Text(int column) const;
  int64_t Integer(int column) const;
  double Real(int column) const;
  bool IsNull(int column) const;
  bool IsReal(int column) const;  ///< stored as a floating point number

 private:
  sqlite3* db_ = nullptr;
  sqlite3_stmt* statement_ = nullptr;
};

[[noreturn]] void FailSqlite(sqlite3* db, int code, const std::string& what);

/// Runs SQL without results.
void ExecuteSqlite(sqlite3* db, const std::string& sql);

}  // namespace cdc::apply
