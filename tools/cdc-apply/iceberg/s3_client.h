#pragma once

#include <functional>
#include <map>
#include <string>

#include "tools/cdc-apply/http_client.h"
#include "tools/cdc-apply/iceberg/aws_access.h"

namespace cdc::apply::iceberg {

/// Where an object is.
struct S3Location {
  std::string bucket, key;
};
/// "s3://BUCKET/KEY". Errors: 78.
S3Location ParseS3Location(const std::string& location);

/// A request on an object.
struct S3Request {
  std::string method;
  std::vector<std::pair<std::string, std::string>> query = {};
  std::string_view body = {};
  std::function<void(std::string_view)> take_body = {};
  /// Called before the body comes once more, since the answer broke off.
  std::function<void()> begin_body_anew = {};
};

/// Signed requests to S3. What may pass by itself (lost connections, 429, 5xx) is tried again, which is harmless: the
/// same request makes the same object.
class S3Client {
 public:
  S3Client(const AwsAccess& access, HttpSettings settings) : client_(std::move(settings)) { by_prefix_[""] = access; }
  void SetAccess(const std::string& prefix, const AwsAccess& access) { by_prefix_[prefix] = access; }
  /// `renew` is called when the access to a location has expired, and sets a new one; false: there is none.
  void SetRenewal(std::function<bool(const std::string& location)> renew) { renew_ = std::move(renew); }

  /// Answers of status 2xx and 404. Errors: 66 for a bucket that is not there, 69, 74, 75 for credentials whose time is
  /// over, 77.
  HttpAnswer Send(const std::string& location, const S3Request& request);

 private:
  const AwsAccess& AccessOf(const std::string& location) const;
  HttpAnswer SendOnce(const std::string& location, const S3Request& request);
  HttpClient client_;
  std::map<std::string, AwsAccess> by_prefix_;
  std::function<bool(const std::string& location)> renew_;
};

/// The text of the first element of this name in a document of S3's; empty: there is none.
std::string XmlText(std::string_view document, const std::string& element);

}  // namespace cdc::apply::iceberg
