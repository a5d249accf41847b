#include "tools/cdc-apply/starrocks/load_client.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "common/error.h"
#include "common/json_writer.h"

namespace cdc::apply::starrocks {
namespace {

using Json = nlohmann::json;

constexpr int kMostRedirects = 3;
constexpr long kOk = 200;
constexpr size_t kMostErrorLogBytes = 600;

struct HostPort {
  std::string scheme, host, port;
};

HostPort HostOf(std::string_view url) {
  HostPort found;
  const size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return found;
  found.scheme = url.substr(0, scheme);
  url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find('/'));
  if (const size_t at = url.rfind('@'); at != std::string_view::npos) url.remove_prefix(at + 1);
  const size_t colon = url.rfind(':');
  const bool has_port = colon != std::string_view::npos && url.find(']', colon) == std::string_view::npos;
  found.host = url.substr(0, has_port ? colon : url.size());
  if (has_port) found.port = url.substr(colon + 1);
  return found;
}

/// Without the credentials that a redirect carries: they are sent as a header.
std::string WithoutCredentials(const std::string& url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string::npos) return url;
  const size_t path = url.find('/', scheme + 3);
  const size_t at = url.rfind('@', path);
  if (at == std::string::npos || at < scheme) return url;
  return url.substr(0, scheme + 3) + url.substr(at + 1);
}

std::string Normal(std::string status) {
  for (char& c : status) c = c == ' ' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return status;
}

/// As a part of a path.
std::string PathPartOf(std::string_view name) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string part;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '_' || c == '-' || c == '.') {
      part += c;
      continue;
    }
    part += '%';
    part += kDigits[byte >> 4];
    part += kDigits[byte & 15];
  }
  return part;
}

bool IsPlainName(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

/// As the header "columns" names a column: quoted, since it may be a word of StarRocks' SQL.
std::string HeaderName(const std::string& column) {
  const bool breaks = std::any_of(column.begin(), column.end(), [](unsigned char c) { return c < 0x20 || c == '`'; });
  if (breaks) Fail(ExitStatus::kConfig, "column \"" + Shown(column) + "\" cannot be named in a load of StarRocks");
  return "`" + column + "`";
}

/// A member whose case differs between versions ("Status", "status").
std::string TextOf(const Json& object, const std::string& name) {
  for (const auto& [key, value] : object.items())
    if (Normal(key) == Normal(name) && value.is_string()) return value.get<std::string>();
  return "";
}

std::optional<uint64_t> NumberOf(const Json& object, const std::string& name) {
  for (const auto& [key, value] : object.items())
    if (Normal(key) == Normal(name) && value.is_number_unsigned()) return value.get<uint64_t>();
  return std::nullopt;
}

}  // namespace

LoadClient::LoadClient(const Place& place)
    : place_(place),
      http_(HttpSettingsOf(place.ca_file, place.request_timeout.value_or(std::chrono::seconds(place.timeout_s + 60)))) {
}

LoadClient::Headers LoadClient::OfTransaction(const std::string& label, const std::string& table) const {
  Headers headers = {{"label", label}, {"db", place_.database}};
  if (table.empty())
    headers.emplace_back("transaction_type", "multi");
  else
    headers.emplace_back("table", table);
  return headers;
}

/// What is not said would be StarRocks' own default: times of China's zone, and NULL for values that do not fit.
LoadClient::Headers LoadClient::OfRows(const LoadRows& rows) const {
  std::string columns, paths;
  for (const auto& column : rows.columns) {
    columns += (columns.empty() ? "" : ",") + HeaderName(column);
    const std::string path = IsPlainName(column) ? "$." + column : "$.\"" + column + "\"";
    paths += paths.empty() ? "[" : ",";
    AppendJsonString(paths, path);
  }
  return {{"timeout", std::to_string(place_.timeout_s)},
          {"columns", columns},
          {"format", "json"},
          {"jsonpaths", paths + "]"},
          {"strip_outer_array", "true"},
          {"ignore_json_size", "true"},
          {"timezone", "UTC"},
          {"strict_mode", "true"},
          {"max_filter_ratio", "0"},
          {"Content-Type", "application/octet-stream"}};
}

LoadAnswer LoadClient::Begin(const std::string& label, const std::string& table) {
  Headers headers = OfTransaction(label, table);
  headers.emplace_back("timeout", std::to_string(place_.timeout_s));
  return Call("begin", headers);
}

LoadAnswer LoadClient::Load(const std::string& label, const LoadRows& rows, bool multi) {
  HttpRequest request;
  request.method = "PUT";
  request.url = place_.load_url + "/api/transaction/load";
  request.headers = OfTransaction(label, rows.table);
  if (multi) request.headers.emplace_back("transaction_type", "multi");
  for (auto& header : OfRows(rows)) request.headers.push_back(std::move(header));
  request.body = rows.json;
  request.expect_continue = true;
  return Send(std::move(request));
}

LoadAnswer LoadClient::Prepare(const std::string& label, const std::string& table) {
  return Call("prepare", OfTransaction(label, table));
}

LoadAnswer LoadClient::Commit(const std::string& label, const std::string& table) {
  return Call("commit", OfTransaction(label, table));
}

LoadAnswer LoadClient::Rollback(const std::string& label, const std::string& table) {
  return Call("rollback", OfTransaction(label, table));
}

LoadAnswer LoadClient::StreamLoad(const std::string& label, const LoadRows& rows) {
  HttpRequest request;
  request.method = "PUT";
  request.url =
      place_.load_url + "/api/" + PathPartOf(place_.database) + "/" + PathPartOf(rows.table) + "/_stream_load";
  request.headers = OfTransaction(label, rows.table);
  for (auto& header : OfRows(rows)) request.headers.push_back(std::move(header));
  request.body = rows.json;
  request.expect_continue = true;
  return Send(std::move(request));
}

std::string LoadClient::LabelState(const std::string& label) {
  HttpRequest request;
  request.url = place_.load_url + "/api/" + PathPartOf(place_.database) + "/get_load_state?label=" + label;
  const LoadAnswer answer = Send(std::move(request));
  std::string state = TextOf(Json::parse(answer.text), "state");
  if (state.empty())
    Fail(ExitStatus::kProtocol, "server " + place_.name + " tells no state of a label", Shown(answer.text));
  std::transform(state.begin(), state.end(), state.begin(), [](unsigned char c) { return std::toupper(c); });
  return state;
}

LoadAnswer LoadClient::Call(const std::string& operation, const Headers& headers) {
  HttpRequest request;
  request.method = "POST";
  request.url = place_.load_url + "/api/transaction/" + operation;
  request.headers = headers;
  return Send(std::move(request));
}

bool LoadClient::IsAllowed(const std::string& url) const {
  const HostPort to = HostOf(url), front = HostOf(place_.load_url);
  if (to.scheme != "https" && (to.scheme != "http" || front.scheme == "https")) return false;
  if (to.host == front.host) return true;
  return std::any_of(place_.redirect_hosts.begin(), place_.redirect_hosts.end(), [&](const std::string& allowed) {
    return allowed == "*" || allowed == to.host || allowed == to.host + ":" + to.port;
  });
}

LoadAnswer LoadClient::Send(HttpRequest request) {
  request.user = place_.user;
  request.password = place_.password;
  HttpAnswer answer = http_.Send(request);
  for (int redirects = 0; answer.status == 307 && redirects < kMostRedirects; ++redirects) {
    if (!IsAllowed(answer.location)) {
      const HostPort to = HostOf(answer.location);
      Fail(ExitStatus::kConfig,
           "server " + place_.name + " sends us to " + ShownUrl(answer.location) +
               ", which would get the password and is not allowed",
           "", "where it is a node of the cluster: allow-redirect-to=" + to.host + " in the target's URL");
    }
    request.url = WithoutCredentials(answer.location);
    answer = http_.Send(request);
  }
  if (answer.status == 401 || answer.status == 403)
    Fail(ExitStatus::kNoPermission, "server " + place_.name + " refuses user \"" + place_.user + "\"",
         Shown(answer.body, 400), "the password is looked for " + place_.query.credentials_hint);
  if (answer.status != kOk)
    Fail(ExitStatus::kUnavailable,
         "server " + ShownUrl(request.url) + " answers with status " + std::to_string(answer.status),
         Shown(answer.body, 400));
  const Json document = Json::parse(answer.body, nullptr, false);
  if (!document.is_object())
    Fail(ExitStatus::kProtocol,
         "server " + ShownUrl(request.url) + " answers no JSON: is this a front end's HTTP port?",
         Shown(answer.body, 400));
  LoadAnswer load;
  load.status = Normal(TextOf(document, "Status"));
  load.message = TextOf(document, "Message");
  if (load.message.empty()) load.message = TextOf(document, "msg");
  load.existing_status = TextOf(document, "ExistingJobStatus");
  load.error_url = TextOf(document, "ErrorURL");
  load.filtered_rows = NumberOf(document, "NumberFilteredRows");
  load.loaded_rows = NumberOf(document, "NumberLoadedRows");
  load.text = answer.body;
  return load;
}

std::string LoadClient::ErrorLog(const LoadAnswer& answer) {
  if (answer.error_url.empty() || !IsAllowed(answer.error_url)) return "";
  HttpRequest request;
  request.url = answer.error_url;
  try {
    const HttpAnswer log = http_.Send(request);
    return log.status == kOk ? Shown(log.body, kMostErrorLogBytes) : "";
  } catch (const Failure&) {
    return "";  // the load's own message is told either way
  }
}

}  // namespace cdc::apply::starrocks
