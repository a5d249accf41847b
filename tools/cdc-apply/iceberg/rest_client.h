#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "tools/cdc-apply/http_client.h"
#include "tools/cdc-apply/iceberg/avro.h"

namespace cdc::apply::iceberg {

struct RestPlace {
  std::string uri;         ///< before "/v1"
  std::string warehouse;   ///< empty: the server's own
  std::string prefix;      ///< empty: what the server's configuration tells
  std::string name_space;  ///< levels joined by dots
  std::string token;       ///< a bearer token; empty: by credential, if there is one
  std::string credential;  ///< "ID:SECRET" or "SECRET", for a token by OAuth 2
  std::string token_uri;   ///< empty: the catalog's own
  std::string scope = "catalog";
  std::string ca_file;
  std::optional<std::chrono::seconds> request_timeout;
};

/// The answer to a change, of which it may be unknown whether it was made.
struct RestAnswer {
  long status = 0;
  Json body;
  std::string message;      ///< of an error
  bool is_unknown = false;  ///< no answer, or one of status 5xx: it may have been made
  bool is_success() const { return status >= 200 && status < 300; }
};

/// Requests to a REST catalog (Iceberg's rest-catalog-open-api), with the token that it asks for.
class RestClient {
 public:
  /// Asks for the server's configuration. Errors of each call: 69, 77, 78.
  explicit RestClient(RestPlace place);

  /// Status 404 is an answer; others than 2xx are errors, and what may pass is tried again.
  RestAnswer Get(const std::string& path);
  /// Sent once. 401 and 403 are errors, others the caller's.
  RestAnswer Post(const std::string& path, const Json& body);
  [[noreturn]] void FailAnswer(const std::string& path, const RestAnswer& answer) const;

  /// "namespaces/a%1Fb", "namespaces/a%1Fb/tables/t": paths for the calls above.
  std::string NamespacePath() const;
  std::string TablePath(const std::string& table) const;
  Json NamespaceJson() const;

  /// The server's configuration, with overrides; properties of Iceberg's file access among it.
  const std::map<std::string, std::string>& properties() const { return properties_; }
  /// Whether the server says that it has an endpoint, such as "POST /v1/{prefix}/transactions/commit".
  bool HasEndpoint(const std::string& endpoint) const;
  const RestPlace& place() const { return place_; }

 private:
  RestAnswer Send(const std::string& method, const std::string& url, const std::string& body,
                  const std::string& content_type);
  RestAnswer SendSigned(const std::string& method, const std::string& path, const std::string& body);
  void FetchToken();
  void ReadConfiguration();

  RestPlace place_;
  HttpClient http_;
  std::string token_;
  std::chrono::steady_clock::time_point token_ends_ = std::chrono::steady_clock::time_point::max();
  std::map<std::string, std::string> properties_;
  Json endpoints_ = Json::array();
};

}  // namespace cdc::apply::iceberg
