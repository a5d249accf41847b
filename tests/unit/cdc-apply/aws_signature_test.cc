#include <doctest/doctest.h>

#include <ctime>

#include "tools/cdc-apply/iceberg/aws_access.h"

namespace cdc::apply::iceberg {
namespace {

std::string AuthorizationOf(const AwsRequest& request, const AwsAccess& access) {
  // 2013-05-24 00:00:00 UTC
  for (const auto& [name, value] : SignatureHeaders(request, access, std::time_t{1369353600}))
    if (name == "Authorization") return value;
  return "";
}

// The examples of "Signature Calculations for the Authorization Header" in the manual of S3.
TEST_CASE("requests are signed as the manual of S3 shows") {
  AwsAccess access;
  access.key_id = "AKIAIOSFODNN7EXAMPLE";
  access.secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  access.region = "us-east-1";
  AwsRequest request{"GET", "examplebucket.s3.amazonaws.com", "/"};
  request.query = {{"lifecycle", ""}};
  CHECK(AuthorizationOf(request, access) ==
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
        "SignedHeaders=host;x-amz-content-sha256;x-amz-date, "
        "Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  // In whatever order the query is given.
  request.query = {{"prefix", "J"}, {"max-keys", "2"}};
  const std::string listed = AuthorizationOf(request, access);
  CHECK(listed.substr(listed.rfind('=') + 1) == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST_CASE("a path and a query are encoded as they are signed") {
  const AwsRequest request{"GET", "h", "/b/day=1/a +\xc3\xa9%~", {{"uploads", ""}, {"a/b", "c d"}}};
  CHECK(EncodedTarget(request) == "/b/day%3D1/a%20%2B%C3%A9%25~?a%2Fb=c%20d&uploads=");
}

TEST_CASE("what the user says wins over the catalog, and that over the environment") {
  setenv("AWS_ACCESS_KEY_ID", "of-environment", 1);
  setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
  setenv("AWS_SESSION_TOKEN", "session", 1);
  setenv("AWS_REGION", "eu-north-1", 1);
  unsetenv("AWS_ENDPOINT_URL");
  unsetenv("AWS_ENDPOINT_URL_S3");
  AwsAccess access = S3AccessOf({});
  CHECK(access.key_id == "of-environment");
  CHECK(access.session_token == "session");
  CHECK(access.region == "eu-north-1");
  CHECK_FALSE(access.path_style);
  S3Settings user;
  user.region = "us-west-2";
  access = S3AccessOf(user, {{"s3.access-key-id", "lent"},
                             {"s3.secret-access-key", "other"},
                             {"client.region", "eu-west-1"},
                             {"s3.endpoint", "http://h:1"}});
  CHECK(access.key_id == "lent");
  CHECK(access.session_token.empty());
  CHECK(access.region == "us-west-2");
  CHECK(access.endpoint == "http://h:1");
  CHECK(access.path_style);
}

}  // namespace
}  // namespace cdc::apply::iceberg
