// Parts of URLs, and addresses of the Internet.
#include <algorithm>
#include <charconv>

#include "tools/cdc-sql/functions/adapt.h"
#include "tools/cdc-sql/functions/function_table.h"
#include "tools/cdc-sql/functions/text_parts.h"

namespace cdc::sql {

namespace {

using View = std::string_view;

/// A part of a URL, as java.net.URL cuts it. False if the URL does not have it, or is none.
bool UrlPart(View url, View part, std::string* out) {
  const size_t colon = url.find(':');
  if (colon == View::npos) return false;
  std::string protocol(url.substr(0, colon));
  for (char& c : protocol)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  static constexpr View kProtocols[] = {"http", "https", "ftp", "file", "jar", "mailto", "jmod", "jrt"};
  if (std::find(std::begin(kProtocols), std::end(kProtocols), protocol) == std::end(kProtocols)) return false;
  View rest = url.substr(colon + 1), reference, query, user;
  bool has_reference = false, has_query = false, has_user = false;
  if (const size_t at = rest.find('#'); at != View::npos) {
    reference = rest.substr(at + 1);
    rest = rest.substr(0, at);
    has_reference = true;
  }
  if (const size_t at = rest.find('?'); at != View::npos) {
    query = rest.substr(at + 1);
    rest = rest.substr(0, at);
    has_query = true;
  }
  const bool has_authority = rest.substr(0, 2) == "//";
  if (has_authority) rest.remove_prefix(2);
  const size_t slash = has_authority ? std::min(rest.find('/'), rest.size()) : 0;
  const View authority = rest.substr(0, slash), path = rest.substr(slash);
  View host = authority;
  if (const size_t at = host.rfind('@'); at != View::npos) {
    user = host.substr(0, at);
    host = host.substr(at + 1);
    has_user = true;
  }
  if (const size_t at = host.rfind(':'); at != View::npos && host.find(']', at) == View::npos)
    host = host.substr(0, at);
  const auto give = [out](bool there, View text) {
    *out = text;
    return there;
  };
  if (part == "HOST") return give(has_authority, host);
  if (part == "PATH") return give(true, path);
  if (part == "QUERY") return give(has_query, query);
  if (part == "REF") return give(has_reference, reference);
  if (part == "PROTOCOL") return give(true, protocol);
  if (part == "AUTHORITY") return give(has_authority, authority);
  if (part == "USERINFO") return give(has_user, user);
  if (part != "FILE") return false;
  *out = std::string(path) + (has_query ? "?" + std::string(query) : "");
  return true;
}

BoundExpr BindParseUrl(FunctionCall& call) {
  for (size_t i = 0; i < call.args.size(); ++i) call.WantString(i);
  if (call.args.size() == 2)
    return call.Make(SqlType::String(),
                     Text<View, View>([](View url, View part, std::string* out) { return UrlPart(url, part, out); }));
  return call.Make(SqlType::String(), Text<View, View, View>([](View url, View part, View key, std::string* out) {
                     std::string query;
                     if (part != "QUERY" || !UrlPart(url, part, &query)) return false;
                     for (const View pair : SplitAt(query, "&")) {
                       const size_t at = pair.find('=');
                       if (at == View::npos || pair.substr(0, at) != key) continue;
                       *out = pair.substr(at + 1);
                       return true;
                     }
                     return false;
                   }));
}

/// a.b.c.d as a number; the last of fewer parts fills what is left (127.1 is 127.0.0.1).
BoundExpr BindInetAton(FunctionCall& call) {
  call.WantString(0);
  return call.Make(SqlType::Of(TypeKind::kBigint), Partial<int64_t, View>([](View text, int64_t* out) {
                     int64_t address = 0;
                     for (int part = 0; part < 4; ++part) {
                       const size_t dot = text.find('.');
                       const View digits = text.substr(0, dot);
                       int64_t value = 0;
                       const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), value);
                       if (end.ec != std::errc() || end.ptr != digits.data() + digits.size() || digits[0] == '-')
                         return false;
                       const int free_bits = 32 - 8 * part;
                       const bool last = dot == View::npos;
                       if (value >= int64_t{1} << (last ? free_bits : 8)) return false;
                       address |= last ? value : value << (free_bits - 8);
                       if (last) {
                         *out = address;
                         return true;
                       }
                       text.remove_prefix(dot + 1);
                     }
                     return false;
                   }));
}

BoundExpr BindInetNtoa(FunctionCall& call) {
  call.WantInteger(0);
  return call.Make(SqlType::String(), Text<int64_t>([](int64_t address, std::string* out) {
                     if (address < 0 || address > UINT32_MAX) return false;
                     for (int shift = 24; shift >= 0; shift -= 8)
                       *out += std::to_string(address >> shift & 0xFF) + (shift > 0 ? "." : "");
                     return true;
                   }));
}

}  // namespace

std::vector<FunctionEntry> UrlFunctions() {
  return {
      {"PARSE_URL", 2, 3, "PARSE_URL(url, part [, key])", BindParseUrl},
      {"INET_ATON", 1, 1, "INET_ATON(text)", BindInetAton},
      {"INET_NTOA", 1, 1, "INET_NTOA(number)", BindInetNtoa},
  };
}

}  // namespace cdc::sql
