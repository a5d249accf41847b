#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "common/mysql/server_options.h"

namespace cdc {

struct MysqlHandle;  // library.h

/// Nothing is wrong but the moment: a deadlock, KILL QUERY. Asked again, the server may well answer. Status 75.
struct PassingFailure : Failure {
  using Failure::Failure;
};

/// kOther speaks MySQL's protocol, and knows fewer variables.
enum class ServerKind { kMysql, kOther };

/// A connection to a server over whichever client library this was built with: MySQL's own, or MariaDB Connector/C.
class MysqlConnection {
 public:
  using Row = std::vector<std::optional<std::string>>;
  /// `values[i]` may be null; `lengths[i]` bytes.
  using RowVisitor = std::function<void(const char* const* values, const unsigned long* lengths)>;

  /// Connects; settings that the server has for all sessions do not decide what is read. `read_timeout_s`: 0 for none.
  /// Errors: 69 if the server cannot be reached, 77 for a wrong user or password, 78 where TLS is asked for and not to
  /// be had.
  explicit MysqlConnection(const ServerOptions& options, unsigned read_timeout_s = 0,
                           ServerKind kind = ServerKind::kMysql);
  ~MysqlConnection();
  MysqlConnection(const MysqlConnection&) = delete;
  MysqlConnection& operator=(const MysqlConnection&) = delete;

  /// Errors: by FailServer.
  void Execute(const std::string& sql);
  std::vector<Row> Query(const std::string& sql);
  /// False: the server refused; `error_number` tells why.
  bool TryQuery(const std::string& sql, std::vector<Row>* rows, unsigned* error_number);
  uint64_t affected_rows();  ///< of the last Execute
  /// First column of the first row; empty if there is none, or it is NULL.
  std::string Value(const std::string& sql);
  /// Rows one by one as they come, without holding them.
  void Stream(const std::string& sql, const RowVisitor& visitor);

  /// False, with the error's number, where Execute would fail.
  bool TryExecute(const std::string& sql, unsigned* error_number);

  bool is_mariadb() const { return is_mariadb_; }
  unsigned long version() const { return version_; }  ///< 90704 for 9.7.4
  const std::string& version_text() const { return version_text_; }
  bool uses_tls() const;

  /// The account of the session, as GRANT takes it: 'name'@'host'.
  std::string Account();

  /// "'it''s'": a literal.
  std::string Quoted(std::string_view text);

  MysqlHandle& handle() { return *handle_; }
  const std::string& name() const { return name_; }

  /// Throws what the last error on this connection means: 77 for privileges (1044, 1045, 1142, 1227, …), 66 for a table
  /// or database that is not there, 69 for a lost connection, 75 for locks and statements that were ended, 65
  /// otherwise. `doing` completes "server X: cannot …".
  [[noreturn]] void FailServer(const std::string& doing);

 private:
  void SetTls(const ServerOptions& options);
  bool Open(const ServerOptions& options, unsigned read_timeout_s);
  std::unique_ptr<MysqlHandle> handle_;
  std::string name_;
  std::string user_;
  std::string credentials_hint_, grant_hint_;
  std::string version_text_;
  bool is_mariadb_ = false;
  unsigned long version_ = 0;
};

/// `name` between backticks.
std::string QuotedName(std::string_view name);

}  // namespace cdc
