#include "common/mysql/server_options.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "common/error.h"

namespace cdc {

std::string ReadPasswordFile(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!file || !std::getline(file, line)) Fail(ExitStatus::kNoInput, "cannot read a password from \"" + path + "\"");
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

void TakeDefaultCredentials(ServerOptions* server) {
  if (!server->password) {
    if (const char* password = std::getenv("MYSQL_PWD")) server->password = password;
  }
  if (server->password || !server->defaults_file.empty()) return;
  const char* home = std::getenv("HOME");
  const std::string path = std::string(home == nullptr ? "" : home) + "/.my.cnf";
  if (home != nullptr && access(path.c_str(), R_OK) == 0) server->defaults_file = path;
}

}  // namespace cdc
