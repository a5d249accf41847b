#include "tools/cdc-apply/target_url.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "common/error.h"

namespace cdc::apply {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string Decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
    if (high < 0 || low < 0)
      Fail(ExitStatus::kUsage, "in the target's URL \"%\" stands before something that is no byte in hexadecimal", "",
           "%25 is a percent sign");
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

/// Cuts `text` at the separator; what follows it is returned, `found` tells whether it was there.
std::string_view CutAt(std::string_view* text, char separator, bool last, bool* found) {
  const size_t at = last ? text->rfind(separator) : text->find(separator);
  *found = at != std::string_view::npos;
  if (!*found) return {};
  const std::string_view rest = text->substr(at + 1);
  *text = text->substr(0, at);
  return rest;
}

std::vector<std::pair<std::string, std::string>> ParametersOf(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> parameters;
  bool found;
  while (!query.empty()) {
    std::string_view parameter = query;
    query = CutAt(&parameter, '&', false, &found);
    const std::string_view value = CutAt(&parameter, '=', false, &found);
    parameters.emplace_back(Decoded(parameter), Decoded(value));
  }
  return parameters;
}

void TakeHost(std::string_view text, TargetUrl* url) {
  bool has_port = false;
  std::string_view port;
  if (!text.empty() && text.front() == '[') {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) Fail(ExitStatus::kUsage, "in the target's URL \"[\" has no \"]\"");
    has_port = text.size() > end + 1 && text[end + 1] == ':';
    if (has_port) port = text.substr(end + 2);
    text = text.substr(1, end - 1);
  } else {
    port = CutAt(&text, ':', false, &has_port);
  }
  url->host = Decoded(text);
  if (!has_port) return;
  const auto result = std::from_chars(port.data(), port.data() + port.size(), url->port);
  if (result.ec != std::errc() || result.ptr != port.data() + port.size() || url->port == 0)
    Fail(ExitStatus::kUsage, "the target's URL has port \"" + cdc::Shown(std::string(port)) + "\"", "", "1 to 65535");
}

/// Where the "@" stands that ends a URL's user and password; npos: it names none.
size_t EndOfUser(std::string_view url) {
  const size_t at = url.find('@');
  return at > url.find('/', url.find("://") + 3) ? std::string_view::npos : at;
}

}  // namespace

std::string TargetUrl::Shown() const {
  std::string text = scheme + "://" + (user.empty() ? "" : user + "@") + host;
  if (port != 0) text += ":" + std::to_string(port);
  return text + "/" + path;
}

TargetUrl ParseTargetUrl(std::string_view text) {
  TargetUrl url;
  bool found;
  std::string_view rest = CutAt(&text, ':', false, &found);
  url.scheme = text;
  if (!found || rest.substr(0, 2) != "//")
    Fail(ExitStatus::kUsage, "target \"" + url.scheme + ":\" needs a URL", "",
         url.scheme + "://USER@HOST/DATABASE; see cdc-apply(1)");
  rest.remove_prefix(2);
  url.parameters = ParametersOf(CutAt(&rest, '?', false, &found));
  url.path = Decoded(CutAt(&rest, '/', false, &found));
  std::string_view host = CutAt(&rest, '@', true, &found);
  if (found) {
    const std::string_view password = CutAt(&rest, ':', false, &url.has_password);
    url.user = Decoded(rest);
    url.password = Decoded(password);
  } else {
    host = rest;
  }
  TakeHost(host, &url);
  return url;
}

std::string_view WithoutHookParameters(std::string_view text) {
  const size_t at = EndOfUser(text);
  // A password may hold a "#".
  return text.substr(0, text.find('#', at == std::string_view::npos ? 0 : at));
}

HookUrl ParseHookUrl(std::string_view text) {
  HookUrl hook;
  const size_t host = text.find("://") + 3, at = EndOfUser(text);
  const std::string_view plain = WithoutHookParameters(text);
  if (plain.size() < text.size()) hook.parameters = ParametersOf(text.substr(plain.size() + 1));
  text = plain;
  hook.url = text;
  if (at == std::string_view::npos) return hook;
  const TargetUrl parsed = ParseTargetUrl(text);
  hook.user = parsed.user;
  hook.password = parsed.password;
  hook.url.erase(host, at + 1 - host);
  return hook;
}

std::string HookPlace(const HookUrl& hook) {
  std::string place = hook.url.substr(0, hook.url.find('?'));
  const size_t host = place.find("://") + 3, path = std::min(place.find('/', host), place.size());
  std::transform(place.begin(), place.begin() + static_cast<std::ptrdiff_t>(path), place.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::string port = place.rfind("https:", 0) == 0 ? ":443" : ":80";
  if (path >= host + port.size() && place.compare(path - port.size(), port.size(), port) == 0)
    return place.erase(path - port.size(), port.size());
  return place;
}

TargetPath ParseTargetPath(std::string_view text) {
  bool found;
  std::string_view rest = CutAt(&text, ':', false, &found);
  TargetPath target;
  target.parameters = ParametersOf(CutAt(&rest, '?', false, &found));
  target.path = Decoded(rest);
  while (target.path.size() > 1 && target.path.back() == '/') target.path.pop_back();
  if (target.path.empty())
    Fail(ExitStatus::kUsage, "target \"" + std::string(text) + ":\" needs a path", "",
         std::string(text) + ":FOLDER; see cdc-apply(1)");
  return target;
}

std::chrono::seconds RequestTimeoutOf(const std::string& value) {
  constexpr int kMostSeconds = 86400;
  int seconds = 0;
  const auto result = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (result.ec != std::errc() || result.ptr != value.data() + value.size() || seconds < 1 || seconds > kMostSeconds)
    Fail(ExitStatus::kUsage, "parameter request-timeout of the target has \"" + cdc::Shown(value) + "\"", "",
         "seconds, 1 to " + std::to_string(kMostSeconds));
  return std::chrono::seconds(seconds);
}

}  // namespace cdc::apply
