#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cdc::apply {

/// SCHEME://[USER[:PASSWORD]@][HOST][:PORT]/PATH[?NAME=VALUE&…]; %XX stands for a byte everywhere.
struct TargetUrl {
  std::string scheme, user, password, host, path;
  bool has_password = false;
  uint16_t port = 0;  ///< 0: not given
  std::vector<std::pair<std::string, std::string>> parameters;
  /// Without the password, for messages.
  std::string Shown() const;
};

/// Errors: 64.
TargetUrl ParseTargetUrl(std::string_view text);

/// "http://HOST/PATH?QUERY#NAME=VALUE&…": the query is the server's, what follows "#" is not sent.
struct HookUrl {
  std::string url, user, password;  ///< without credentials and parameters
  std::vector<std::pair<std::string, std::string>> parameters;
};

/// Errors: 64.
HookUrl ParseHookUrl(std::string_view text);
/// The URL without the parameters that follow it.
std::string_view WithoutHookParameters(std::string_view text);

/// SCHEME://HOST[:PORT]/PATH, in one form: names in lower case, and no port that is the scheme's own.
std::string HookPlace(const HookUrl& hook);

/// SCHEME:PATH[?NAME=VALUE&…], for targets that are no server; %XX stands for a byte everywhere.
struct TargetPath {
  std::string path;
  std::vector<std::pair<std::string, std::string>> parameters;
};

/// Errors: 64.
TargetPath ParseTargetPath(std::string_view text);

/// The value of parameter request-timeout. Errors: 64.
std::chrono::seconds RequestTimeoutOf(const std::string& value);

}  // namespace cdc::apply
