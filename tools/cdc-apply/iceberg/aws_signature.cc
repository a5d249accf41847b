// libcurl can sign as well (CURLOPT_AWS_SIGV4), but which paths and queries it encodes differs between the versions
// that Debian has, so that a key such as "day=2024-01-31/a" is signed rightly by some only.
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <map>

#include "common/error.h"
#include "tools/cdc-apply/http_client.h"
#include "tools/cdc-apply/iceberg/aws_access.h"

namespace cdc::apply::iceberg {
namespace {

std::string Hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string Sha256(std::string_view bytes) {
  std::string digest(32, '\0');
  unsigned size = 0;
  const int done = EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &size,
                              EVP_sha256(), nullptr);
  CDC_CHECK(done == 1 && size == digest.size(), "libcrypto has SHA-256");
  return digest;
}

std::string Mac(std::string_view key, std::string_view text) {
  std::string digest(32, '\0');
  unsigned size = 0;
  const auto* done =
      HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
           text.size(), reinterpret_cast<unsigned char*>(digest.data()), &size);
  CDC_CHECK(done != nullptr && size == digest.size(), "libcrypto has HMAC");
  return digest;
}

std::string EncodedQuery(const AwsRequest& request) {
  std::vector<std::pair<std::string, std::string>> encoded;
  for (const auto& [name, value] : request.query) encoded.emplace_back(UrlEncoded(name), UrlEncoded(value));
  std::sort(encoded.begin(), encoded.end());
  std::string text;
  for (const auto& [name, value] : encoded) text += (text.empty() ? "" : "&") + name + "=" + value;
  return text;
}

}  // namespace

std::string EncodedTarget(const AwsRequest& request) {
  const std::string query = EncodedQuery(request);
  return UrlEncoded(request.path, "/") + (query.empty() ? "" : "?" + query);
}

std::vector<std::pair<std::string, std::string>> SignatureHeaders(const AwsRequest& request, const AwsAccess& access,
                                                                  std::time_t now) {
  std::tm utc{};
  gmtime_r(&now, &utc);
  char time[20];
  std::strftime(time, sizeof time, "%Y%m%dT%H%M%SZ", &utc);
  const std::string day(time, 8), payload = Hex(Sha256(request.body));
  std::map<std::string, std::string> headers = {
      {"host", request.host}, {"x-amz-content-sha256", payload}, {"x-amz-date", time}};
  if (!access.session_token.empty()) headers["x-amz-security-token"] = access.session_token;
  std::string canonical, names;
  for (const auto& [name, value] : headers) {
    canonical += name + ":" + value + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  const std::string scope = day + "/" + access.region + "/s3/aws4_request";
  const std::string whole = request.method + "\n" + UrlEncoded(request.path, "/") + "\n" + EncodedQuery(request) +
                            "\n" + canonical + "\n" + names + "\n" + payload;
  const std::string to_sign = std::string("AWS4-HMAC-SHA256\n") + time + "\n" + scope + "\n" + Hex(Sha256(whole));
  std::string key = "AWS4" + access.secret;
  for (const std::string& part : {day, access.region, std::string("s3"), std::string("aws4_request")})
    key = Mac(key, part);
  headers.erase("host");  // libcurl writes the same
  std::vector<std::pair<std::string, std::string>> list(headers.begin(), headers.end());
  list.emplace_back("Authorization", "AWS4-HMAC-SHA256 Credential=" + access.key_id + "/" + scope +
                                         ", SignedHeaders=" + names + ", Signature=" + Hex(Mac(key, to_sign)));
  return list;
}

}  // namespace cdc::apply::iceberg
