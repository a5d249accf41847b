#include "common/mysql/connection.h"

#include <cstdlib>
#include <filesystem>
#include <new>

#include "common/error.h"
#include "common/mysql/library.h"

namespace cdc {
namespace {

#ifdef MARIADB_BASE_VERSION
using Flag = my_bool;
#else
using Flag = bool;
#endif

enum ServerError : unsigned {
  kTooManyConnections = 1040,
  kDatabaseDenied = 1044,
  kAccessDenied = 1045,
  kUnknownDatabase = 1049,
  kShutdown = 1053,
  kRowTooLarge = 1118,
  kHostBlocked = 1129,
  kHostDenied = 1130,
  kTableDenied = 1142,
  kColumnDenied = 1143,
  kNoSuchTable = 1146,
  kAborted = 1152,
  kTooManyOfUser = 1203,
  kLockWaitTimeout = 1205,
  kDeadlock = 1213,
  kUserLimit = 1226,
  kPrivilegeMissing = 1227,
  kForbiddenByOption = 1290,  // such as read_only
  kInterrupted = 1317,
  kAccessDeniedNoPassword = 1698,
  kAuthPluginMissing = 1524,
  kTableChanged = 1412,  // since the moment of a consistent read
  kMustChangePassword = 1820,
  kReadOnlyMode = 1836,
  kPasswordExpired = 1862,
  kConnectionKilled = 1927,  // MariaDB
  kTooLongMariadb = 1969,    // max_statement_time
  kClientFirst = 2000,       // the client's own
  kClientLast = 2999,
  kTlsError = 2026,
  kAuthPluginCannotLoad = 2059,
  kAuthPluginError = 2061,
  kTooLong = 3024,  // max_execution_time
  kAccountLocked = 3118,
  kSessionKilled = 3169,
  kAccountLockedMariadb = 4151,
};

struct FreeResult {
  void operator()(MYSQL_RES* result) const { mysql_free_result(result); }
};
using Result = std::unique_ptr<MYSQL_RES, FreeResult>;

/// MariaDB Connector/C makes OpenSSL read all authorities that the system trusts, for each connection, also where
/// nobody looks at the certificate: 20 ms, twice what the rest of the handshake takes. The only way round is OpenSSL's
/// own variables, which are set for as long as a connection is made. (A defaults file may ask to look at certificates.)
class WithoutAuthorities {
 public:
  explicit WithoutAuthorities(const ServerOptions& options) {
    if (!options.only_user_of_tls || options.tls >= TlsMode::kVerifyCa || !options.defaults_file.empty()) return;
    for (const char* name : kNames) {
      const char* value = std::getenv(name);
      before_.emplace_back(name, value != nullptr ? std::optional<std::string>(value) : std::nullopt);
      setenv(name, "/dev/null", 1);
    }
  }
  ~WithoutAuthorities() {
    for (const auto& [name, value] : before_)
      if (value)
        setenv(name, value->c_str(), 1);
      else
        unsetenv(name);
  }
  WithoutAuthorities(const WithoutAuthorities&) = delete;
  WithoutAuthorities& operator=(const WithoutAuthorities&) = delete;

 private:
  static constexpr const char* kNames[] = {"SSL_CERT_FILE", "SSL_CERT_DIR"};
  std::vector<std::pair<const char*, std::optional<std::string>>> before_;
};

/// What mends it; empty: the message says it.
std::string HintOf(unsigned number) {
  switch (number) {
    case kUnknownDatabase: return "CREATE DATABASE makes one, if this is the right server";
    case kRowTooLarge:
      return "make the table before, with TEXT and BLOB in the place of long VARCHAR and VARBINARY columns";
    case kLockWaitTimeout: return "another session holds a lock on these rows or tables: SHOW PROCESSLIST tells them";
    case kTooLong: return "max_execution_time of the server may be too short";
    case kTooLongMariadb: return "max_statement_time of the server or the account may be too short";
    case kInterrupted: return "somebody ended the statement (KILL QUERY): start again";
    case kMustChangePassword:
    case kPasswordExpired: return "give the account a new password: ALTER USER … IDENTIFIED BY …";
    case kAccountLocked:
    case kAccountLockedMariadb: return "ALTER USER … ACCOUNT UNLOCK";
    case kUserLimit: return "raise the account's limits (ALTER USER … WITH …), or wait until the hour is over";
    case kHostBlocked: return "the server has counted too many failed connects from here: FLUSH HOSTS there";
    case kHostDenied: return "the account is for other hosts: CREATE USER …@'HOST'";
    default: return "";
  }
}

ExitStatus StatusOf(unsigned number) {
  switch (number) {
    case kDatabaseDenied:
    case kAccessDenied:
    case kTableDenied:
    case kColumnDenied:
    case kPrivilegeMissing:
    case kAccessDeniedNoPassword:
    case kAuthPluginMissing:
    case kAuthPluginCannotLoad:
    case kAuthPluginError:
    case kHostBlocked:
    case kHostDenied:
    case kMustChangePassword:
    case kPasswordExpired:
    case kAccountLocked:
    case kAccountLockedMariadb: return ExitStatus::kNoPermission;
    case kUnknownDatabase:
    case kNoSuchTable: return ExitStatus::kNoInput;
    case kTlsError: return ExitStatus::kConfig;
    case kLockWaitTimeout:
    case kTableChanged:
    case kTooManyOfUser:
    case kUserLimit:
    case kTooLong:
    case kTooLongMariadb:
    case kInterrupted:
    case kDeadlock: return ExitStatus::kTempFail;
    case kTooManyConnections:
    case kForbiddenByOption:
    case kReadOnlyMode:
    case kShutdown:
    case kAborted:
    case kConnectionKilled:
    case kSessionKilled: return ExitStatus::kUnavailable;
    default: return number >= kClientFirst && number <= kClientLast ? ExitStatus::kUnavailable : ExitStatus::kData;
  }
}

}  // namespace

MysqlConnection::MysqlConnection(const ServerOptions& options, unsigned read_timeout_s, ServerKind kind)
    : handle_(std::make_unique<MysqlHandle>()),
      name_(options.Name()),
      user_(options.user),
      credentials_hint_(options.credentials_hint),
      grant_hint_(options.grant_hint) {
  try {
    if (!Open(options, read_timeout_s)) {
#ifdef MARIADB_BASE_VERSION
      // Connector/C encrypts either always or never: what is only preferred is tried first.
      ServerOptions plain = options;
      plain.tls = TlsMode::kDisabled;
      if (options.tls != TlsMode::kPreferred || mysql_errno(handle_->raw) != kTlsError || !Open(plain, read_timeout_s))
#endif
        FailServer("connect");
    }
    version_text_ = mysql_get_server_info(handle_->raw);
    is_mariadb_ = version_text_.find("MariaDB") != std::string::npos;
    // Up to 10.x MariaDB puts this in front, for old replicas.
    if (version_text_.rfind("5.5.5-", 0) == 0) version_text_.erase(0, 6);
    version_ = mysql_get_server_version(handle_->raw);
    // What the server or its init_connect may have set for all: whether a statement sees all rows and what others have
    // committed, whether what it does stays, and what comes after a transaction.
    if (kind == ServerKind::kMysql)
      Execute("SET autocommit = 1, completion_type = 0, sql_select_limit = 18446744073709551615");
  } catch (...) {
    if (handle_->raw != nullptr) mysql_close(handle_->raw);
    throw;
  }
}

/// False, with the library's error in the handle, if there is no connection.
bool MysqlConnection::Open(const ServerOptions& options, unsigned read_timeout_s) {
  if (handle_->raw != nullptr) mysql_close(handle_->raw);
  handle_->raw = mysql_init(nullptr);
  if (handle_->raw == nullptr) throw std::bad_alloc();
  mysql_options(handle_->raw, MYSQL_OPT_CONNECT_TIMEOUT, &options.connect_timeout_s);
  if (read_timeout_s > 0) mysql_options(handle_->raw, MYSQL_OPT_READ_TIMEOUT, &read_timeout_s);
  const unsigned long largest = 1UL << 30;
  mysql_options(handle_->raw, MYSQL_OPT_MAX_ALLOWED_PACKET, &largest);
  mysql_options(handle_->raw, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  if (!options.defaults_file.empty()) {
    // MySQL's library looks for a name without a folder in its own places only.
    const std::string path = std::filesystem::absolute(options.defaults_file).string();
    mysql_options(handle_->raw, MYSQL_READ_DEFAULT_FILE, path.c_str());
    mysql_options(handle_->raw, MYSQL_READ_DEFAULT_GROUP, "client");
  }
  SetTls(options);
  const WithoutAuthorities without_authorities(options);
  const auto text = [](const std::string& value) { return value.empty() ? nullptr : value.c_str(); };
  // "localhost" means the socket to the client library; here a host is a host.
  const std::string host = options.socket.empty() && options.host == "localhost" ? "127.0.0.1" : options.host;
  return mysql_real_connect(handle_->raw, text(host), text(options.user),
                            options.password ? options.password->c_str() : nullptr, nullptr,
                            options.socket.empty() ? options.port : 0, text(options.socket), 0) != nullptr;
}

MysqlConnection::~MysqlConnection() {
  mysql_close(handle_->raw);
}

void MysqlConnection::SetTls(const ServerOptions& options) {
  const auto file = [&](enum mysql_option option, const std::string& path) {
    if (!path.empty()) mysql_options(handle_->raw, option, path.c_str());
  };
  file(MYSQL_OPT_SSL_CA, options.tls_ca);
  file(MYSQL_OPT_SSL_CERT, options.tls_cert);
  file(MYSQL_OPT_SSL_KEY, options.tls_key);
#ifdef MARIADB_BASE_VERSION
  // Connector/C looks at the certificate with the host's name, or not at all.
  if (options.tls == TlsMode::kVerifyCa)
    Fail(ExitStatus::kConfig,
         "server " + name_ +
             ": TLS mode verify-ca cannot be had: MariaDB Connector/C, which this is built with, never "
             "looks at the authority without the host's name",
         "", "verify-identity looks at both; or build with MySQL's client library");
  const Flag verify = options.tls >= TlsMode::kVerifyCa ? 1 : 0;
  const Flag encrypt = options.tls == TlsMode::kDisabled ? 0 : 1;
  mysql_options(handle_->raw, MYSQL_OPT_SSL_ENFORCE, &encrypt);
  mysql_options(handle_->raw, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
#else
  unsigned mode = SSL_MODE_PREFERRED;
  switch (options.tls) {
    case TlsMode::kDisabled: mode = SSL_MODE_DISABLED; break;
    case TlsMode::kPreferred: mode = SSL_MODE_PREFERRED; break;
    case TlsMode::kRequired: mode = SSL_MODE_REQUIRED; break;
    case TlsMode::kVerifyCa: mode = SSL_MODE_VERIFY_CA; break;
    case TlsMode::kVerifyIdentity: mode = SSL_MODE_VERIFY_IDENTITY; break;
  }
  mysql_options(handle_->raw, MYSQL_OPT_SSL_MODE, &mode);
  const Flag fetch_key = true;  // lets caching_sha2_password work without TLS
  mysql_options(handle_->raw, MYSQL_OPT_GET_SERVER_PUBLIC_KEY, &fetch_key);
#endif
}

bool MysqlConnection::uses_tls() const {
  return mysql_get_ssl_cipher(handle_->raw) != nullptr;
}

void MysqlConnection::FailServer(const std::string& doing) {
  const unsigned number = mysql_errno(handle_->raw);
  const ExitStatus status = StatusOf(number);
  const bool is_refused =
      number == kPrivilegeMissing || number == kDatabaseDenied || number == kTableDenied || number == kColumnDenied;
  std::string hint = HintOf(number);
  if (number == kAccessDenied || number == kAccessDeniedNoPassword)
    hint = "check user and password" + (credentials_hint_.empty() ? "" : " (" + credentials_hint_ + ")");
  else if (is_refused && !grant_hint_.empty())
    hint = grant_hint_ + " TO '" + user_ + "'@'%'";
  else if (number == kTlsError)
    hint =
        "--tls-ca names the authority to trust; the certificate has to be of the host's name; "
        "--tls required encrypts without looking at it";
  else if (number == kForbiddenByOption || number == kReadOnlyMode)
    hint = "it takes no changes now, as a replica does: is this the right server, and read_only meant?";
  else if (status == ExitStatus::kUnavailable)
    hint = "is the server up, and is this its address?";
  const char* verb = status == ExitStatus::kUnavailable ? "could not " : "cannot ";
  Error error{status, "server " + name_ + ": " + verb + doing + ": " + mysql_error(handle_->raw),
              "error " + std::to_string(number) + (user_.empty() ? "" : ", user \"" + user_ + "\""), hint};
  if (status == ExitStatus::kTempFail) throw PassingFailure(std::move(error));
  throw Failure(std::move(error));
}

bool MysqlConnection::TryExecute(const std::string& sql, unsigned* error_number) {
  if (mysql_real_query(handle_->raw, sql.data(), sql.size()) != 0) {
    *error_number = mysql_errno(handle_->raw);
    return false;
  }
  const Result result(mysql_store_result(handle_->raw));
  *error_number = 0;
  return true;
}

void MysqlConnection::Execute(const std::string& sql) {
  unsigned number;
  if (!TryExecute(sql, &number)) FailServer("run " + Shown(sql, 80));
}

bool MysqlConnection::TryQuery(const std::string& sql, std::vector<Row>* rows, unsigned* error_number) {
  *error_number = 0;
  const bool sent = mysql_real_query(handle_->raw, sql.data(), sql.size()) == 0;
  const Result result(sent ? mysql_store_result(handle_->raw) : nullptr);
  if (!result) {
    *error_number = mysql_errno(handle_->raw);
    return false;
  }
  const unsigned columns = mysql_num_fields(result.get());
  while (MYSQL_ROW values = mysql_fetch_row(result.get())) {
    const unsigned long* lengths = mysql_fetch_lengths(result.get());
    Row row(columns);
    for (unsigned i = 0; i < columns; ++i)
      if (values[i] != nullptr) row[i] = std::string(values[i], lengths[i]);
    rows->push_back(std::move(row));
  }
  return true;
}

std::vector<MysqlConnection::Row> MysqlConnection::Query(const std::string& sql) {
  std::vector<Row> rows;
  unsigned number;
  if (!TryQuery(sql, &rows, &number)) FailServer("run " + Shown(sql, 80));
  return rows;
}

uint64_t MysqlConnection::affected_rows() {
  return mysql_affected_rows(handle_->raw);
}

std::string MysqlConnection::Value(const std::string& sql) {
  const auto rows = Query(sql);
  return rows.empty() || rows[0].empty() ? "" : rows[0][0].value_or("");
}

void MysqlConnection::Stream(const std::string& sql, const RowVisitor& visitor) {
  if (mysql_real_query(handle_->raw, sql.data(), sql.size()) != 0) FailServer("run " + Shown(sql, 80));
  const Result result(mysql_use_result(handle_->raw));
  if (!result) FailServer("run " + Shown(sql, 80));
  while (MYSQL_ROW values = mysql_fetch_row(result.get())) visitor(values, mysql_fetch_lengths(result.get()));
  if (mysql_errno(handle_->raw) != 0) FailServer("read " + Shown(sql, 80));
}

std::string MysqlConnection::Account() {
  const std::string account = Value("SELECT CURRENT_USER()");
  const size_t at = account.rfind('@');
  if (at == std::string::npos) return Quoted(account);
  return Quoted(std::string_view(account).substr(0, at)) + "@" + Quoted(std::string_view(account).substr(at + 1));
}

std::string MysqlConnection::Quoted(std::string_view text) {
  std::string quoted(2 * text.size() + 3, '\0');
  quoted[0] = '\'';
  const unsigned long size = mysql_real_escape_string(handle_->raw, quoted.data() + 1, text.data(), text.size());
  quoted.resize(size + 1);
  quoted += '\'';
  return quoted;
}

std::string QuotedName(std::string_view name) {
  std::string quoted = "`";
  for (char c : name) {
    if (c == '`') quoted += '`';
    quoted += c;
  }
  return quoted + "`";
}

}  // namespace cdc
