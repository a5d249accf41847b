#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cdc::apply {

/// %XX for what is neither a letter, a digit, one of -_.~ nor in `kept` (RFC 3986).
std::string UrlEncoded(std::string_view text, std::string_view kept = {});

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string_view body = {};
  std::string body_path = {};  ///< of a POST: the file that is the body, however large it is; empty: `body` is
  std::string user = {}, password = {};  ///< with a user: Basic authentication
  /// The body is held back until the server asks for it, since it may send us elsewhere.
  bool expect_continue = false;
  /// Gets the body of an answer of status 2xx, a piece at a time and however long it is; the answer has none then.
  std::function<void(std::string_view)> take_body = {};
};

struct HttpAnswer {
  long status = 0;
  std::string location;                        ///< of a redirect
  std::string body;                            ///< cut where it is longer than an answer in JSON should be
  std::map<std::string, std::string> headers;  ///< names in lower case

  bool is_success() const { return status >= 200 && status < 300; }
};

struct HttpSettings {
  std::string ca_file;                                       ///< empty: the system's
  std::chrono::seconds timeout = std::chrono::seconds(660);  ///< of a whole request
  std::chrono::seconds connect_timeout = std::chrono::seconds(30);
};

/// `timeout`: none is the default.
inline HttpSettings HttpSettingsOf(const std::string& ca_file, std::optional<std::chrono::seconds> timeout) {
  HttpSettings settings;
  settings.ca_file = ca_file;
  if (timeout) settings.timeout = *timeout;
  return settings;
}

/// Requests over HTTP and HTTPS, one after the other, over connections that stay open. Redirects are not followed: who
/// asks decides whether the other server is to be trusted. Certificates are verified.
class HttpClient {
 public:
  explicit HttpClient(HttpSettings settings);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Errors: 69 if the server cannot be reached or does not answer, 77 for a certificate that is not trusted; the
  /// message names scheme, host and path, and no password. StopFailure: once a stop is asked for, an answer is waited
  /// for as long as bytes move; after the first such failure no request of the process waits.
  HttpAnswer Send(const HttpRequest& request);

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
  HttpSettings settings_;
};

/// SCHEME://[USER[:PASSWORD]@]HOST[:PORT][/…] without what is secret.
std::string ShownUrl(std::string_view url);

}  // namespace cdc::apply
