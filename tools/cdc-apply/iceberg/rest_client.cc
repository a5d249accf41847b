#include "tools/cdc-apply/iceberg/rest_client.h"

#include <algorithm>
#include <thread>

#include "common/error.h"
#include "common/log.h"

namespace cdc::apply::iceberg {
namespace {

constexpr int kMostTries = 5;
constexpr auto kFirstWait = std::chrono::milliseconds(100);
// A token is asked for anew so long before its end.
constexpr auto kTokenReserve = std::chrono::seconds(60);
constexpr auto kRequestTimeout = std::chrono::seconds(120);
constexpr int64_t kLongestToken = 365 * 86400;

std::string MessageOf(const Json& body, const std::string& text) {
  if (body.is_object() && body.contains("error") && body["error"].is_object()) {
    const Json& error = body["error"];
    return Shown(error.value("type", "") + ": " + error.value("message", ""), 400);
  }
  // That of the token's endpoint (RFC 6749).
  if (body.is_object() && body.contains("error") && body["error"].is_string())
    return Shown(body["error"].get<std::string>() + ": " + body.value("error_description", ""), 400);
  return Shown(text, 200);
}

void AddStrings(const Json& answer, const char* member, std::map<std::string, std::string>* properties) {
  const auto found = answer.find(member);
  if (found == answer.end() || !found->is_object()) return;
  for (const auto& [name, value] : found->items())
    if (value.is_string()) (*properties)[name] = value.get<std::string>();
}

}  // namespace

RestClient::RestClient(RestPlace place)
    : place_(std::move(place)),
      http_(HttpSettingsOf(place_.ca_file, place_.request_timeout.value_or(kRequestTimeout))),
      token_(place_.token) {
  while (!place_.uri.empty() && place_.uri.back() == '/') place_.uri.pop_back();
  if (token_.empty() && !place_.credential.empty()) FetchToken();
  ReadConfiguration();
}

void RestClient::ReadConfiguration() {
  const std::string query = place_.warehouse.empty() ? "" : "?warehouse=" + UrlEncoded(place_.warehouse);
  const std::string given = std::move(place_.prefix);
  place_.prefix.clear();
  const RestAnswer answer = Get("config" + query);
  if (!answer.is_success() || !answer.body.is_object()) FailAnswer("config" + query, answer);
  AddStrings(answer.body, "defaults", &properties_);
  AddStrings(answer.body, "overrides", &properties_);
  place_.prefix = given.empty() ? properties_["prefix"] : given;
  if (answer.body.contains("endpoints")) endpoints_ = answer.body["endpoints"];
}

bool RestClient::HasEndpoint(const std::string& endpoint) const {
  return std::find(endpoints_.begin(), endpoints_.end(), Json(endpoint)) != endpoints_.end();
}

Json RestClient::NamespaceJson() const {
  Json levels = Json::array();
  std::string_view rest = place_.name_space;
  for (;;) {
    const size_t dot = rest.find('.');
    levels.push_back(std::string(rest.substr(0, dot)));
    if (dot == std::string_view::npos) return levels;
    rest.remove_prefix(dot + 1);
  }
}

std::string RestClient::NamespacePath() const {
  std::string text;
  for (const auto& level : NamespaceJson()) text += (text.empty() ? "" : "\x1f") + level.get<std::string>();
  return "namespaces/" + UrlEncoded(text);
}

std::string RestClient::TablePath(const std::string& table) const {
  return NamespacePath() + "/tables/" + UrlEncoded(table);
}

RestAnswer RestClient::Send(const std::string& method, const std::string& url, const std::string& body,
                            const std::string& content_type) {
  HttpRequest request;
  request.method = method;
  request.url = url;
  request.body = body;
  request.headers = {{"Accept", "application/json"}};
  if (!content_type.empty()) request.headers.emplace_back("Content-Type", content_type);
  if (!token_.empty()) request.headers.emplace_back("Authorization", "Bearer " + token_);
  request.headers.emplace_back("X-Iceberg-Access-Delegation", "vended-credentials");
  std::string text;  // a table's metadata is as long as it is
  request.take_body = [&](std::string_view piece) { text += piece; };
  RestAnswer answer;
  try {
    const HttpAnswer http = http_.Send(request);
    answer.status = http.status;
    if (!http.is_success()) text = http.body;
  } catch (const Failure& failure) {
    if (failure.error().status != ExitStatus::kUnavailable) throw;
    answer.message = failure.error().what;
    answer.is_unknown = true;
    return answer;
  }
  answer.body = Json::parse(text, nullptr, false);
  if (!answer.is_success()) answer.message = MessageOf(answer.body, text);
  answer.is_unknown = answer.status >= 500;
  return answer;
}

/// By OAuth 2's client credentials (RFC 6749, 4.4).
void RestClient::FetchToken() {
  const size_t colon = place_.credential.find(':');
  const std::string id = colon == std::string::npos ? "" : place_.credential.substr(0, colon);
  const std::string secret = colon == std::string::npos ? place_.credential : place_.credential.substr(colon + 1);
  std::string form = "grant_type=client_credentials";
  if (!id.empty()) form += "&client_id=" + UrlEncoded(id);
  form += "&client_secret=" + UrlEncoded(secret) + "&scope=" + UrlEncoded(place_.scope);
  const std::string url = place_.token_uri.empty() ? place_.uri + "/v1/oauth/tokens" : place_.token_uri;
  token_.clear();
  const RestAnswer answer = Send("POST", url, form, "application/x-www-form-urlencoded");
  if (answer.is_unknown) Fail(ExitStatus::kUnavailable, "no token from " + ShownUrl(url) + ": " + answer.message);
  if (!answer.is_success() || !answer.body.is_object() || !answer.body.contains("access_token"))
    Fail(ExitStatus::kNoPermission,
         "no token from " + ShownUrl(url) + ": status " + std::to_string(answer.status) + ", " + answer.message, "",
         "check the credential (ICEBERG_CREDENTIAL or credential-file=) and scope=");
  token_ = answer.body["access_token"];
  token_ends_ = std::chrono::steady_clock::time_point::max();
  if (answer.body.contains("expires_in") && answer.body["expires_in"].is_number())
    token_ends_ = std::chrono::steady_clock::now() +
                  std::chrono::seconds(std::min(answer.body["expires_in"].get<int64_t>(), kLongestToken));
}

RestAnswer RestClient::SendSigned(const std::string& method, const std::string& path, const std::string& body) {
  const std::string url = place_.uri + "/v1/" + (place_.prefix.empty() ? "" : place_.prefix + "/") + path;
  const bool can_fetch = place_.token.empty() && !place_.credential.empty();
  if (can_fetch && token_ends_ - std::chrono::steady_clock::now() < kTokenReserve) FetchToken();
  const std::string type = method == "POST" ? "application/json" : "";
  RestAnswer answer = Send(method, url, body, type);
  // 419 is what the specification calls a token whose time is over.
  if (can_fetch && (answer.status == 401 || answer.status == 419)) {
    FetchToken();
    answer = Send(method, url, body, type);
  }
  return answer;
}

RestAnswer RestClient::Get(const std::string& path) {
  auto wait = kFirstWait;
  for (int attempt = 1;; ++attempt, wait *= 2) {
    const RestAnswer answer = SendSigned("GET", path, "");
    if (answer.is_success() || answer.status == 404) return answer;
    const bool may_pass = answer.is_unknown || answer.status == 429;
    if (!may_pass || attempt == kMostTries) FailAnswer(path, answer);
    LogVerbose("the Iceberg catalog does not answer (" + answer.message + "); it is asked again");
    std::this_thread::sleep_for(wait);  // the server's time to recover, which nothing announces
  }
}

RestAnswer RestClient::Post(const std::string& path, const Json& body) {
  RestAnswer answer = SendSigned("POST", path, body.dump(-1, ' ', false, Json::error_handler_t::replace));
  if (answer.status == 401 || answer.status == 403 || answer.status == 419) FailAnswer(path, answer);
  return answer;
}

void RestClient::FailAnswer(const std::string& path, const RestAnswer& answer) const {
  const std::string where = "Iceberg catalog " + ShownUrl(place_.uri) + ": " + Shown(path.substr(0, path.find('?')));
  if (answer.status == 0) Fail(ExitStatus::kUnavailable, where + ": " + answer.message);
  const std::string what = where + " was answered with status " + std::to_string(answer.status);
  if (answer.status == 401 || answer.status == 403 || answer.status == 419)
    Fail(ExitStatus::kNoPermission, what, answer.message,
         "check ICEBERG_TOKEN or ICEBERG_CREDENTIAL, and what they may do there");
  if (answer.is_unknown || answer.status == 429) Fail(ExitStatus::kUnavailable, what, answer.message);
  Fail(ExitStatus::kConfig, what, answer.message, "check the URL, prefix=, warehouse= and namespace= of the target");
}

}  // namespace cdc::apply::iceberg
