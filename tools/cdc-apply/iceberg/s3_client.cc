#include "tools/cdc-apply/iceberg/s3_client.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "common/error.h"
#include "common/log.h"

namespace cdc::apply::iceberg {
namespace {

constexpr int kMostTries = 6;
constexpr auto kFirstWait = std::chrono::milliseconds(100);

/// How a bucket is addressed.
struct Address {
  std::string base;  ///< SCHEME://HOST[:PORT]
  std::string host;  ///< as in the Host header
  std::string path;
};

Address AddressOf(const S3Location& object, const AwsAccess& access) {
  std::string endpoint = access.endpoint.empty() ? "https://s3." + access.region + ".amazonaws.com" : access.endpoint;
  while (!endpoint.empty() && endpoint.back() == '/') endpoint.pop_back();
  const size_t scheme_end = endpoint.find("://");
  if (scheme_end == std::string::npos)
    Fail(ExitStatus::kConfig, "the endpoint of S3 is \"" + Shown(endpoint) + "\"", "", "http://HOST or https://HOST");
  const std::string scheme = endpoint.substr(0, scheme_end);
  std::string host = endpoint.substr(scheme_end + 3);
  // A port that is the scheme's own is not in the Host header.
  const std::string usual = scheme == "https" ? ":443" : ":80";
  if (host.size() > usual.size() && host.compare(host.size() - usual.size(), usual.size(), usual) == 0)
    host.resize(host.size() - usual.size());
  // No certificate holds for a name with more dots.
  const bool in_path = access.path_style || object.bucket.find('.') != std::string::npos;
  if (!in_path) host = object.bucket + "." + host;
  return {scheme + "://" + host, host, (in_path ? "/" + object.bucket : "") + "/" + object.key};
}

bool MayPass(long status) {
  return status == 429 || status >= 500;
}

bool HasExpired(const HttpAnswer& answer) {
  const std::string code = XmlText(answer.body, "Code");
  return code == "ExpiredToken" || code == "TokenRefreshRequired";
}

[[noreturn]] void FailAnswer(const std::string& location, const S3Request& request, const HttpAnswer& answer) {
  const std::string code = XmlText(answer.body, "Code"), message = XmlText(answer.body, "Message");
  const std::string what = request.method + " of \"" + Shown(location, 400) + "\" was refused by S3: status " +
                           std::to_string(answer.status) + (code.empty() ? "" : ", " + Shown(code));
  const std::string detail = Shown(message, 400);
  if (HasExpired(answer)) Fail(ExitStatus::kTempFail, what, detail, "start the pipeline again, with new credentials");
  if (answer.status == 403 || answer.status == 401)
    Fail(ExitStatus::kNoPermission, what, detail,
         "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or AWS_PROFILE), the region, and the bucket's policy");
  if (answer.status == 301 || answer.status == 307)
    Fail(ExitStatus::kConfig, what, detail, "the bucket is of another region: set s3.region=");
  if (MayPass(answer.status)) Fail(ExitStatus::kUnavailable, what, detail);
  Fail(ExitStatus::kIoError, what, detail);
}

}  // namespace

S3Location ParseS3Location(const std::string& location) {
  const size_t scheme_end = location.find("://");
  const size_t slash = scheme_end == std::string::npos ? scheme_end : location.find('/', scheme_end + 3);
  if (slash == std::string::npos || slash == scheme_end + 3 || slash + 1 == location.size())
    Fail(ExitStatus::kConfig, "\"" + Shown(location) + "\" is no object of S3", "", "s3://BUCKET/KEY");
  return {location.substr(scheme_end + 3, slash - scheme_end - 3), location.substr(slash + 1)};
}

const AwsAccess& S3Client::AccessOf(const std::string& location) const {
  const AwsAccess* found = nullptr;
  // In the order of their names, so that the longest that fits comes last.
  for (const auto& [prefix, access] : by_prefix_)
    if (location.rfind(prefix, 0) == 0) found = &access;
  return *found;
}

HttpAnswer S3Client::SendOnce(const std::string& location, const S3Request& request) {
  const AwsAccess& access = AccessOf(location);
  const Address address = AddressOf(ParseS3Location(location), access);
  const AwsRequest signed_request{request.method, address.host, address.path, request.query, request.body};
  HttpRequest http;
  http.method = request.method;
  http.url = address.base + EncodedTarget(signed_request);
  http.body = request.body;
  http.take_body = request.take_body;
  if (!access.key_id.empty()) http.headers = SignatureHeaders(signed_request, access, std::time(nullptr));
  return client_.Send(http);
}

HttpAnswer S3Client::Send(const std::string& location, const S3Request& request) {
  auto wait = kFirstWait;
  for (int attempt = 1;; ++attempt, wait *= 2) {
    const bool is_last = attempt == kMostTries;
    try {
      HttpAnswer answer = SendOnce(location, request);
      const bool is_missing = answer.status == 404 && XmlText(answer.body, "Code") != "NoSuchBucket";
      if (answer.is_success() || is_missing) return answer;
      if (answer.status == 404)
        Fail(ExitStatus::kNoInput, "bucket \"" + ParseS3Location(location).bucket + "\" of S3 is not there", "",
             "create it, or check the name and s3.endpoint=");
      const bool is_renewed = attempt == 1 && renew_ && HasExpired(answer) && renew_(location);
      if (is_last || !(is_renewed || MayPass(answer.status))) FailAnswer(location, request, answer);
      LogVerbose("S3 answers with status " + std::to_string(answer.status) + "; the request is sent again");
    } catch (const Failure& failure) {
      if (is_last || failure.error().status != ExitStatus::kUnavailable) throw;
      LogVerbose(failure.error().what + "; the request is sent again");
    }
    if (request.begin_body_anew) request.begin_body_anew();
    std::this_thread::sleep_for(wait);  // the server's time to recover, which nothing announces
  }
}

std::string XmlText(std::string_view document, const std::string& element) {
  const std::string opening = "<" + element + ">", closing = "</" + element + ">";
  const size_t begin = document.find(opening);
  if (begin == std::string_view::npos) return "";
  const size_t end = document.find(closing, begin);
  if (end == std::string_view::npos) return "";
  return std::string(document.substr(begin + opening.size(), end - begin - opening.size()));
}

}  // namespace cdc::apply::iceberg
