#pragma once

#include <ctime>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cdc::apply::iceberg {

/// What a request to an S3 server needs.
struct AwsAccess {
  std::string key_id, secret, session_token;  ///< no key id: requests are not signed
  std::string region;
  std::string endpoint;  ///< "https://HOST[:PORT]"; empty: Amazon's own of the region
  bool path_style = false;
};

/// From the variables that the tools of AWS read, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN,
/// AWS_REGION, AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_PROFILE, AWS_SHARED_CREDENTIALS_FILE and
/// AWS_CONFIG_FILE, and from the two files that the last ones name. Errors: 78 for a profile that is in neither.
AwsAccess AwsAccessOfEnvironment();

/// What the user said of S3, which wins over what a catalog and the environment say.
struct S3Settings {
  std::string endpoint, region;
  std::optional<bool> path_style;
};
/// Properties of Iceberg's file access (s3.endpoint, s3.access-key-id, …), as a catalog lends them; they win over the
/// environment.
using S3Properties = std::map<std::string, std::string>;
AwsAccess S3AccessOf(const S3Settings& user, const S3Properties& properties = {});

/// A request as its signature sees it.
struct AwsRequest {
  std::string method;
  std::string host;                                             ///< as in the Host header
  std::string path;                                             ///< not encoded
  std::vector<std::pair<std::string, std::string>> query = {};  ///< not encoded
  std::string_view body = {};
};

/// "/a%20b?x=1": path and query as they stand in the signature, so that the URL must have them in this form.
std::string EncodedTarget(const AwsRequest& request);

/// The headers that sign it (AWS Signature Version 4, service "s3").
std::vector<std::pair<std::string, std::string>> SignatureHeaders(const AwsRequest& request, const AwsAccess& access,
                                                                  std::time_t now);

}  // namespace cdc::apply::iceberg
