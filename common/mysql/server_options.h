#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace cdc {

enum class TlsMode { kDisabled, kPreferred, kRequired, kVerifyCa, kVerifyIdentity };

/// How to reach the server.
struct ServerOptions {
  std::string host;  ///< empty and no socket: there is no server
  uint16_t port = 3306;
  std::string socket;
  std::string user;
  std::optional<std::string> password;
  std::string defaults_file;  ///< [client] group in the manner of ~/.my.cnf
  TlsMode tls = TlsMode::kPreferred;
  std::string tls_ca, tls_cert, tls_key;
  bool only_user_of_tls = false;  ///< nothing else in the process encrypts: what is set for it may be set for all
  unsigned connect_timeout_s = 30;
  std::string credentials_hint;  ///< where this tool takes user and password from, for the message about a wrong one
  std::string grant_hint;        ///< the GRANT that this tool needs, up to "TO"; completed with the user
  bool given() const { return !host.empty() || !socket.empty(); }
  std::string Name() const { return !socket.empty() ? socket : host + ":" + std::to_string(port); }
};

/// The first line of a file. Errors: 66.
std::string ReadPasswordFile(const std::string& path);

/// Where no password is given: MYSQL_PWD, else ~/.my.cnf where there is one.
void TakeDefaultCredentials(ServerOptions* server);

}  // namespace cdc
