#include "tools/cdc-apply/starrocks/place.h"

#include <charconv>
#include <cstdlib>

#include "common/error.h"

namespace cdc::apply::starrocks {
namespace {

constexpr uint16_t kLoadPort = 8030, kQueryPort = 9030;

int NumberOf(const std::string& name, const std::string& text, int least, int most) {
  int number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size() || number < least || number > most)
    Fail(ExitStatus::kUsage, "the target's URL has " + name + "=" + Shown(text), "",
         std::to_string(least) + " to " + std::to_string(most));
  return number;
}

std::vector<std::string> ListOf(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const size_t comma = text.find(',');
    items.emplace_back(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return items;
}

bool Flag(const std::string& name, const std::string& value) {
  if (value == "required") return true;
  if (value == "disabled") return false;
  Fail(ExitStatus::kUsage, "the target's URL has " + name + "=" + Shown(value), "", "disabled or required");
}

}  // namespace

Place ParsePlace(const TargetUrl& url) {
  if (url.path.empty() || url.host.empty())
    Fail(ExitStatus::kUsage, "target " + url.Shown() + " names no " + (url.host.empty() ? "front end" : "database"), "",
         "starrocks://USER@FRONT-END/DATABASE");
  Place place;
  place.name = url.Shown();
  place.database = url.path;
  place.user = url.user.empty() ? "root" : url.user;
  place.password = url.password;
  place.query.port = kQueryPort;
  bool tls = false;
  if (!url.has_password)
    if (const char* password = std::getenv("STARROCKS_PASSWORD")) place.password = password;
  for (const auto& [name, value] : url.parameters) {
    if (name == "query-port")
      place.query.port = static_cast<uint16_t>(NumberOf(name, value, 1, 65535));
    else if (name == "tls")
      tls = Flag(name, value);
    else if (name == "tls-ca")
      place.ca_file = value;
    else if (name == "password-file")
      place.password = ReadPasswordFile(value);
    else if (name == "allow-redirect-to")
      place.redirect_hosts = ListOf(value);
    else if (name == "timeout")
      place.timeout_s = NumberOf(name, value, 1, 259200);
    else if (name == "request-timeout")
      place.request_timeout = RequestTimeoutOf(value);
    else if (name == "replication")
      place.replication = NumberOf(name, value, 1, 100);
    else if (name == "buckets")
      place.buckets = NumberOf(name, value, 1, 10000);
    else if (name == "transactions" && (value == "multi" || value == "per-table"))
      place.transactions = value;
    else if (name == "transactions")
      Fail(ExitStatus::kUsage, "the target's URL has transactions=" + Shown(value), "", "multi or per-table");
    else
      Fail(ExitStatus::kUsage, "the target's URL has unknown parameter \"" + Shown(name) + "\"", "",
           "query-port, tls, tls-ca, password-file, allow-redirect-to, timeout, request-timeout, replication, buckets "
           "and "
           "transactions are known");
  }
  const bool is_ipv6 = url.host.find(':') != std::string::npos;
  place.load_url = (tls ? "https://" : "http://") + (is_ipv6 ? "[" + url.host + "]" : url.host) + ":" +
                   std::to_string(url.port == 0 ? kLoadPort : url.port);
  place.query.host = url.host;
  place.query.user = place.user;
  place.query.password = place.password;
  place.query.tls = tls ? (place.ca_file.empty() ? TlsMode::kRequired : TlsMode::kVerifyIdentity) : TlsMode::kPreferred;
  place.query.tls_ca = place.ca_file;
  place.query.credentials_hint = "in the URL, its password-file=, or STARROCKS_PASSWORD";
  place.query.grant_hint =
      "GRANT CREATE TABLE ON DATABASE " + url.path + " (and SELECT, INSERT, ALTER, DROP ON ALL TABLES IN it)";
  return place;
}

}  // namespace cdc::apply::starrocks
