// Texts in other forms: URLs, character sets, hashes, parts and maps; and what tells of a text.
#include <openssl/evp.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <memory>
#include <optional>

#include "common/error.h"
#include "common/java_regex.h"
#include "common/json_writer.h"
#include "tools/cdc-sql/functions/adapt.h"
#include "tools/cdc-sql/functions/function_table.h"
#include "tools/cdc-sql/functions/printf.h"
#include "tools/cdc-sql/run/java_hash.h"
#include "tools/cdc-sql/run/temporal.h"
#include "tools/cdc-sql/run/utf16.h"
#include "tools/cdc-sql/state/row_codec.h"

namespace cdc::sql {

namespace {

using View = std::string_view;

/// The characters of a text, as views.
std::vector<View> Characters(View text) {
  std::vector<View> characters;
  for (size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const size_t size = std::min<size_t>(first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4, text.size() - i);
    characters.push_back(text.substr(i, size));
    i += size;
  }
  return characters;
}

void AppendPart(View text, std::string* out) {
  ColumnVector part(Physical::kString);
  part.AppendCopy(text);
  EncodeValue(part, 0, out);
}

/// Length of the longest value of a type and another one together; kMaxLength if either has no bound.
int SummedLength(const SqlType& a, const SqlType& b) {
  if (a.precision == kMaxLength || b.precision == kMaxLength) return kMaxLength;
  return static_cast<int>(std::min<int64_t>(int64_t{a.precision} + b.precision, kMaxLength));
}

/// Places and lengths count UTF-16 units; without a length the piece's own counts, a length below 1 cuts off the rest.
BoundExpr BindOverlay(FunctionCall& call) {
  call.WantString(0);
  call.WantString(1);
  for (size_t i = 2; i < call.args.size(); ++i) call.WantInteger(i);
  const bool has_length = call.args.size() == 4;
  const SqlType type = SqlType::Of(TypeKind::kVarchar, call.nullable(), SummedLength(call.type(0), call.type(1)));
  if (!has_length) call.args.push_back(call.args[2]);
  return call.Make(type, Text<View, View, int64_t, int64_t>(
                             [has_length](View text, View piece, int64_t from, int64_t length, std::string* out) {
                               const std::u16string units = ToUtf16(text), middle = ToUtf16(piece);
                               const auto size = static_cast<int64_t>(units.size());
                               if (from < 1 || from > size) {
                                 *out = text;
                                 return true;
                               }
                               if (!has_length) length = static_cast<int64_t>(middle.size());
                               const auto begin = static_cast<size_t>(from - 1);
                               std::u16string made = units.substr(0, begin) + middle;
                               if (length > 0 && from - 1 + length < size)
                                 made += units.substr(static_cast<size_t>(from - 1 + length));
                               *out = FromUtf16(made);
                               return true;
                             }));
}

/// Without characters to look for the text stays, without any to put they are cut out.
BoundExpr BindTranslate(FunctionCall& call) {
  for (size_t i = 0; i < 3; ++i) call.WantString(i);
  return call.Make(SqlType::String(call.type(0).nullable), [](const EvalCall& eval, ColumnVector& out) {
    std::string text;
    for (size_t row = 0; row < eval.rows; ++row) {
      if (eval.args[0]->IsNull(row)) {
        out.AppendNull();
        continue;
      }
      const auto characters = [&](size_t i) {
        return eval.args[i]->IsNull(row) ? std::vector<View>() : Characters(eval.args[i]->strings()[row]);
      };
      const std::vector<View> sources = characters(1), targets = characters(2);
      text.clear();
      for (const View c : characters(0)) {
        const auto at = static_cast<size_t>(std::find(sources.begin(), sources.end(), c) - sources.begin());
        if (at == sources.size()) {
          text += c;
        } else if (at < targets.size()) {
          text += targets[at];
        }
      }
      out.AppendCopy(text);
    }
  });
}

std::vector<View> SplitAt(View text, View separator) {
  if (separator.empty()) return Characters(text);
  std::vector<View> parts;
  for (size_t at = 0;;) {
    const size_t end = text.find(separator, at);
    parts.push_back(text.substr(at, end == View::npos ? View::npos : end - at));
    if (end == View::npos) return parts;
    at = end + separator.size();
  }
}

BoundExpr BindSplit(FunctionCall& call) {
  call.WantString(0);
  call.WantString(1);
  SqlType type = SqlType::Of(TypeKind::kArray, call.nullable());
  type.children.push_back(SqlType::String());
  return call.Make(type, Text<View, View>([](View text, View separator, std::string* out) {
                     if (text.empty()) return true;
                     for (const View part : SplitAt(text, separator)) AppendPart(part, out);
                     return true;
                   }));
}

/// String.split: the parts between matches of a regular expression, `limit` of them at most (0: any number, and no
/// empty ones at the end).
std::vector<View> SplitByRegex(View text, const JavaRegex& regex, size_t limit) {
  std::vector<View> parts;
  size_t at = 0;
  regex.ForEachMatch(text, [&](const std::vector<JavaRegex::Part>& match) {
    if ((limit > 0 && parts.size() + 1 >= limit) || match[0].end == 0) return;
    parts.push_back(text.substr(at, match[0].begin - at));
    at = match[0].end;
  });
  parts.push_back(text.substr(at));
  while (limit == 0 && parts.size() > 1 && parts.back().empty()) parts.pop_back();
  return parts;
}

/// The expression between pairs, or between key and value, that is mostly the same in every row.
class Separator {
 public:
  const JavaRegex& Get(View pattern, const Span& span) {
    if (!regex_ || pattern != text_) {
      std::string error;
      regex_ = JavaRegex::Compile(pattern, JavaRegex::Case::kExact, &error);
      if (!regex_)
        FailAt(span, "the separator \"" + std::string(pattern) + "\" is no regular expression: " + error,
               "a backslash before a sign takes it as it is", ExitStatus::kData);
      text_ = pattern;
    }
    return *regex_;
  }

 private:
  std::optional<JavaRegex> regex_;
  std::string text_;
};

/// Entries in the order of the java.util.HashMap that Flink puts them into, one made for as many as there are pairs.
void AppendPairs(View text, const JavaRegex& between, const JavaRegex& inside, std::string* out) {
  if (text.empty()) return;
  const std::vector<View> pairs = SplitByRegex(text, between, 0);
  std::vector<std::pair<View, std::optional<View>>> entries;
  std::vector<int32_t> hashes;
  for (const View pair : pairs) {
    const std::vector<View> parts = SplitByRegex(pair, inside, 2);
    const std::optional<View> value = parts.size() > 1 ? std::optional<View>(parts[1]) : std::nullopt;
    const auto known =
        std::find_if(entries.begin(), entries.end(), [&parts](const auto& entry) { return entry.first == parts[0]; });
    if (known != entries.end()) {
      known->second = value;
      continue;
    }
    entries.emplace_back(parts[0], value);
    hashes.push_back(JavaStringHash(parts[0]));
  }
  for (const size_t i : HashMapOrder(hashes, pairs.size())) {
    AppendPart(entries[i].first, out);
    if (entries[i].second) {
      AppendPart(*entries[i].second, out);
    } else {
      *out += '\0';
    }
  }
}

BoundExpr BindStrToMap(FunctionCall& call) {
  for (size_t i = 0; i < call.args.size(); ++i) call.WantString(i);
  const auto text_arg = [&](const char* text) {
    Datum datum;
    datum.is_null = false;
    datum.text = text;
    call.args.push_back(LiteralExpr(datum, SqlType::String(false), call.span()));
  };
  if (call.args.size() < 2) text_arg(",");
  if (call.args.size() < 3) text_arg("=");
  SqlType type = SqlType::Of(TypeKind::kMap);
  type.children = {SqlType::String(), SqlType::String()};
  const auto between = std::make_shared<Separator>(), inside = std::make_shared<Separator>();
  return call.Make(type, Text<View, View, View>([between, inside, span = call.span()](
                                                    View text, View pairs, View separator, std::string* out) {
                     AppendPairs(text, between->Get(pairs, span), inside->Get(separator, span), out);
                     return true;
                   }));
}

uint32_t CodeOf(View c) {
  const auto first = static_cast<unsigned char>(c[0]);
  uint32_t code = c.size() == 1 ? first : first & (0xFFU >> (c.size() + 1));
  for (size_t i = 1; i < c.size(); ++i) code = (code << 6) | (static_cast<unsigned char>(c[i]) & 0x3F);
  return code;
}

void AppendCode(uint32_t code, std::string* out) {
  *out += FromCode(code);
}

enum class Charset { kAscii, kLatin1, kUtf8, kUtf16, kUtf16Be, kUtf16Le };

bool FindCharset(View name, Charset* charset) {
  std::string upper(name);
  for (char& c : upper)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  static constexpr std::pair<View, Charset> kNames[] = {
      {"US-ASCII", Charset::kAscii},  {"ISO-8859-1", Charset::kLatin1}, {"UTF-8", Charset::kUtf8},
      {"UTF8", Charset::kUtf8},       {"UTF-16", Charset::kUtf16},      {"UTF-16BE", Charset::kUtf16Be},
      {"UTF-16LE", Charset::kUtf16Le}};
  for (const auto& [known, value] : kNames)
    if (upper == known) {
      *charset = value;
      return true;
    }
  return false;
}

void AppendUnit(uint32_t unit, bool little, std::string* out) {
  const char high = static_cast<char>(unit >> 8), low = static_cast<char>(unit);
  *out += little ? low : high;
  *out += little ? high : low;
}

bool EncodeText(View text, Charset charset, std::string* out) {
  if (charset == Charset::kUtf8) {
    *out = text;
    return true;
  }
  if (charset == Charset::kUtf16) AppendUnit(0xFEFF, false, out);
  for (const View c : Characters(text)) {
    const uint32_t code = CodeOf(c);
    if (charset == Charset::kAscii || charset == Charset::kLatin1) {
      *out += code < (charset == Charset::kAscii ? 0x80U : 0x100U) ? static_cast<char>(code) : '?';
    } else if (code < 0x10000) {
      AppendUnit(code, charset == Charset::kUtf16Le, out);
    } else {
      AppendUnit(0xD800 + ((code - 0x10000) >> 10), charset == Charset::kUtf16Le, out);
      AppendUnit(0xDC00 + ((code - 0x10000) & 0x3FF), charset == Charset::kUtf16Le, out);
    }
  }
  return true;
}

bool DecodeBytes(View bytes, Charset charset, std::string* out) {
  constexpr uint32_t kBad = 0xFFFD;
  if (charset == Charset::kUtf8) {
    for (size_t i = 0; i < bytes.size();) {
      const auto first = static_cast<unsigned char>(bytes[i]);
      const size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
      const View c = bytes.substr(i, size);
      if (c.size() == size && IsUtf8(c)) {
        *out += c;
        i += size;
      } else {
        AppendCode(kBad, out);
        ++i;
      }
    }
    return true;
  }
  if (charset == Charset::kAscii || charset == Charset::kLatin1) {
    for (const char c : bytes) {
      const auto code = static_cast<unsigned char>(c);
      AppendCode(charset == Charset::kAscii && code > 0x7F ? kBad : code, out);
    }
    return true;
  }
  bool little = charset == Charset::kUtf16Le;
  size_t at = 0;
  const auto unit = [&](size_t i) {
    const auto a = static_cast<unsigned char>(bytes[i]), b = static_cast<unsigned char>(bytes[i + 1]);
    return little ? static_cast<uint32_t>(b << 8 | a) : static_cast<uint32_t>(a << 8 | b);
  };
  if (charset == Charset::kUtf16 && bytes.size() >= 2 && (unit(0) == 0xFEFF || unit(0) == 0xFFFE)) {
    little = unit(0) == 0xFFFE;
    at = 2;
  }
  for (; at + 1 < bytes.size(); at += 2) {
    uint32_t code = unit(at);
    if (code >= 0xD800 && code < 0xDC00 && at + 3 < bytes.size()) {
      const uint32_t low = unit(at + 2);
      if (low >= 0xDC00 && low < 0xE000) {
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        at += 2;
      }
    }
    AppendCode(code >= 0xD800 && code < 0xE000 ? kBad : code, out);
  }
  if (at < bytes.size()) AppendCode(kBad, out);
  return true;
}

BoundExpr BindEncode(FunctionCall& call) {
  call.WantString(0);
  call.WantString(1);
  return call.Make(SqlType::Of(TypeKind::kVarbinary, call.nullable(), kMaxLength),
                   Text<View, View>([](View text, View name, std::string* out) {
                     Charset charset;
                     return FindCharset(name, &charset) && EncodeText(text, charset, out);
                   }));
}

BoundExpr BindDecode(FunctionCall& call) {
  if (!call.type(0).is_binary()) call.Refuse();
  call.WantString(1);
  return call.Make(SqlType::String(call.nullable()), Text<View, View>([](View bytes, View name, std::string* out) {
                     Charset charset;
                     return FindCharset(name, &charset) && DecodeBytes(bytes, charset, out);
                   }));
}

BoundExpr BindElt(FunctionCall& call) {
  call.WantInteger(0);
  if (call.args[0].kind == BoundExpr::Kind::kLiteral && call.args[0].literal.integer < 0)
    call.Refuse("the number is that of one of the values, from 1");
  const SqlType common = call.WantCommon(1);
  if (!common.is_string() && !common.is_binary()) call.Refuse();
  return call.Make(common.WithNullable(true), [](const EvalCall& eval, ColumnVector& out) {
    for (size_t row = 0; row < eval.rows; ++row) {
      const int64_t at = eval.args[0]->IsNull(row) ? 0 : eval.args[0]->ints()[row];
      if (at < 1 || at >= static_cast<int64_t>(eval.args.size()) || eval.args[static_cast<size_t>(at)]->IsNull(row)) {
        out.AppendNull();
      } else {
        out.AppendCopy(eval.args[static_cast<size_t>(at)]->strings()[row]);
      }
    }
  });
}

bool IsUnreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
         c == '*' || c == '_';
}

BoundExpr BindUrlEncode(FunctionCall& call) {
  call.WantString(0);
  return call.Make(SqlType::String(), Text<View>([](View text, std::string* out) {
                     static constexpr char kDigits[] = "0123456789ABCDEF";
                     for (const char c : text) {
                       if (IsUnreserved(c)) {
                         *out += c;
                       } else if (c == ' ') {
                         *out += '+';
                       } else {
                         *out += '%';
                         *out += kDigits[static_cast<unsigned char>(c) >> 4];
                         *out += kDigits[static_cast<unsigned char>(c) & 15];
                       }
                     }
                     return true;
                   }));
}

int HexValue(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

BoundExpr BindUrlDecode(FunctionCall& call) {
  call.WantString(0);
  return call.Make(SqlType::String(), Text<View>([](View text, std::string* out) {
                     for (size_t i = 0; i < text.size(); ++i) {
                       if (text[i] == '+') {
                         *out += ' ';
                       } else if (text[i] != '%') {
                         *out += text[i];
                       } else {
                         if (i + 2 >= text.size() || HexValue(text[i + 1]) < 0 || HexValue(text[i + 2]) < 0)
                           return false;
                         *out += static_cast<char>(HexValue(text[i + 1]) * 16 + HexValue(text[i + 2]));
                         i += 2;
                       }
                     }
                     if (!IsUtf8(*out)) {
                       const std::string bytes = std::move(*out);
                       out->clear();
                       DecodeBytes(bytes, Charset::kUtf8, out);
                     }
                     return true;
                   }));
}

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

/// Whether a text is of a kind. NULL is of none. Of a number its type alone tells, be it NULL.
template <typename F>
BoundExpr Tells(FunctionCall& call, bool number, F f) {
  if (call.type(0).is_numeric())
    return call.Make(SqlType::Of(TypeKind::kBoolean, false), [number](const EvalCall& eval, ColumnVector& out) {
      out.Resize(eval.rows);
      std::fill_n(out.MutableValues<uint8_t>().begin(), eval.rows, static_cast<uint8_t>(number ? 1 : 0));
    });
  call.WantString(0);
  return call.Make(SqlType::Of(TypeKind::kBoolean, false), [f](const EvalCall& eval, ColumnVector& out) {
    const ColumnVector& texts = *eval.args[0];
    out.Resize(eval.rows);
    for (size_t row = 0; row < eval.rows; ++row)
      out.MutableValues<uint8_t>()[row] = !texts.IsNull(row) && f(texts.strings()[row]) ? 1 : 0;
  });
}

BoundExpr BindIsAlpha(FunctionCall& call) {
  return Tells(call, false, [](View text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
      // Beyond the first 65,536 characters Java sees two halves of one, which are no letters.
      const auto byte = static_cast<unsigned char>(c);
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (byte >= 0x80 && byte < 0xF0);
    });
  });
}
BoundExpr BindIsDigit(FunctionCall& call) {
  return Tells(call, call.type(0).is_integer(), [](View text) {
    if (std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) return !text.empty();
    static const std::optional<JavaRegex> kDigits = [] {
      std::string error;
      return JavaRegex::Compile("\\p{Nd}+", JavaRegex::Case::kExact, &error);
    }();
    return kDigits->Matches(text);
  });
}
BoundExpr BindIsDecimal(FunctionCall& call) {
  return Tells(call, call.type(0).kind != TypeKind::kDecimal, [](View text) {
    double value = 0;
    while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
    while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
    if (!text.empty() && text[0] == '+') text.remove_prefix(1);
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
    return end.ec != std::errc::invalid_argument && end.ptr == text.data() + text.size();
  });
}

/// Java's hashCode of a long.
int64_t HashOfLong(int64_t value) {
  const auto bits = static_cast<uint64_t>(value);
  return static_cast<int32_t>(bits ^ (bits >> 32));
}

/// BigDecimal.hashCode: of the unscaled number, word by word from the top, and the scale.
int64_t HashOfDecimal(Int128 value, int scale) {
  const UInt128 magnitude = value < 0 ? UInt128{0} - static_cast<UInt128>(value) : static_cast<UInt128>(value);
  uint32_t hash = 0;
  for (int word = 3; word >= 0; --word) hash = 31 * hash + static_cast<uint32_t>(magnitude >> (32 * word));
  if (value < 0) hash = 0U - hash;
  return static_cast<int32_t>(31 * hash + static_cast<uint32_t>(scale));
}

/// What Java's hashCode of the value gives.
BoundExpr BindHashCode(FunctionCall& call) {
  const SqlType& from = call.type(0);
  const SqlType type = SqlType::Of(TypeKind::kInt, from.nullable);
  switch (from.kind) {
    case TypeKind::kBoolean:
      return call.Make(type, Total<int64_t, uint8_t>([](uint8_t x) { return x != 0 ? 1231 : 1237; }));
    case TypeKind::kTinyint:
    case TypeKind::kSmallint:
    case TypeKind::kInt:
    case TypeKind::kDate:
    case TypeKind::kTime: return call.Make(type, Total<int64_t, int64_t>([](int64_t x) { return x; }));
    case TypeKind::kBigint: return call.Make(type, Total<int64_t, int64_t>(HashOfLong));
    case TypeKind::kFloat:
      return call.Make(type, Total<int64_t, double>(
                                 [](double x) -> int64_t { return std::bit_cast<int32_t>(static_cast<float>(x)); }));
    case TypeKind::kDouble:
      return call.Make(type, Total<int64_t, double>([](double x) { return HashOfLong(std::bit_cast<int64_t>(x)); }));
    case TypeKind::kDecimal:
      return call.Make(type,
                       Total<int64_t, Int128>([scale = from.scale](Int128 x) { return HashOfDecimal(x, scale); }));
    case TypeKind::kChar:
    case TypeKind::kVarchar:
      return call.Make(type, Partial<int64_t, View>([](View x, int64_t* out) {
                         *out = static_cast<int32_t>(
                             std::abs(int64_t{JavaStringHash(x)}));  // of a text without its sign, as Java has it
                         return true;
                       }));
    case TypeKind::kTimestamp:
      return call.Make(type, Total<int64_t, Int128>([](Int128 nanos) -> int64_t {
                         const auto millis = static_cast<int64_t>(FloorDiv(nanos, Int128{1000000}));
                         const auto rest = static_cast<uint32_t>(nanos - Int128{millis} * 1000000);
                         return static_cast<int32_t>(31 * static_cast<uint32_t>(HashOfLong(millis)) + rest);
                       }));
    default: call.Refuse();
  }
}

BoundExpr BindCurrentDatabase(FunctionCall& call) {
  Datum name;
  name.is_null = false;
  name.text = call.session.database;
  return LiteralExpr(name, SqlType::String(false), call.span());
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

BoundExpr BindBin(FunctionCall& call) {
  call.WantInteger(0);
  return call.Make(SqlType::String(call.nullable()), Text<int64_t>([](int64_t value, std::string* out) {
                     auto bits = static_cast<uint64_t>(value);
                     do {
                       out->insert(out->begin(), (bits & 1) != 0 ? '1' : '0');
                       bits >>= 1;
                     } while (bits != 0);
                     return true;
                   }));
}

/// Of an odd number of digits the first is dropped and a zero byte stands for it, as Flink has it.
BoundExpr BindUnhex(FunctionCall& call) {
  call.WantString(0);
  return call.Make(SqlType::Of(TypeKind::kVarbinary, true, kMaxLength), Text<View>([](View text, std::string* out) {
                     if (text.size() % 2 != 0) {
                       if (HexValue(text[0]) < 0) return false;
                       *out += '\0';
                       text.remove_prefix(1);
                     }
                     for (size_t i = 0; i < text.size(); i += 2) {
                       if (HexValue(text[i]) < 0 || HexValue(text[i + 1]) < 0) return false;
                       *out += static_cast<char>(HexValue(text[i]) * 16 + HexValue(text[i + 1]));
                     }
                     return true;
                   }));
}

void AppendHash(const EVP_MD* kind, View text, std::string* out) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), digest, &size, kind, nullptr) != 1)
    Fail(ExitStatus::kSoftware, "the hash function does not work");
  static constexpr char kDigits[] = "0123456789abcdef";
  for (unsigned int i = 0; i < size; ++i) {
    *out += kDigits[digest[i] >> 4];
    *out += kDigits[digest[i] & 15];
  }
}

BoundExpr BindHash(FunctionCall& call) {
  if (!call.type(0).is_binary()) call.WantString(0);
  const std::string& name = call.ast.text;
  const EVP_MD* kind = name == "MD5"      ? EVP_md5()
                       : name == "SHA1"   ? EVP_sha1()
                       : name == "SHA224" ? EVP_sha224()
                       : name == "SHA256" ? EVP_sha256()
                       : name == "SHA384" ? EVP_sha384()
                                          : EVP_sha512();
  const SqlType type = SqlType::Of(TypeKind::kChar, call.nullable(), 2 * EVP_MD_size(kind));
  return call.Make(type, Text<View>([kind](View text, std::string* out) {
                     AppendHash(kind, text, out);
                     return true;
                   }));
}

BoundExpr BindSha2(FunctionCall& call) {
  if (!call.type(0).is_binary()) call.WantString(0);
  call.WantInteger(1);
  const SqlType type = SqlType::Of(TypeKind::kVarchar, call.nullable(), 128);
  return call.Make(type, Text<View, int64_t>([](View text, int64_t bits, std::string* out) {
                     const EVP_MD* kind = bits == 224   ? EVP_sha224()
                                          : bits == 256 ? EVP_sha256()
                                          : bits == 384 ? EVP_sha384()
                                          : bits == 512 ? EVP_sha512()
                                                        : nullptr;
                     if (kind == nullptr) return false;
                     AppendHash(kind, text, out);
                     return true;
                   }));
}

}  // namespace

std::vector<FunctionEntry> TextFunctions() {
  return {
      {"OVERLAY", 3, 4, "OVERLAY(text PLACING piece FROM place [FOR length])", BindOverlay},
      {"TRANSLATE", 3, 3, "TRANSLATE(text, characters, replacements)", BindTranslate},
      {"TRANSLATE3", 3, 3, "TRANSLATE3(text, characters, replacements)", BindTranslate},
      {"SPLIT", 2, 2, "SPLIT(text, separator)", BindSplit},
      {"STR_TO_MAP", 1, 3, "STR_TO_MAP(text [, between pairs [, between key and value]])", BindStrToMap},
      {"ENCODE", 2, 2, "ENCODE(text, character set)", BindEncode},
      {"DECODE", 2, 2, "DECODE(bytes, character set)", BindDecode},
      {"ELT", 2, -1, "ELT(number, a, ...)", BindElt},
      {"PRINTF", 1, -1, "PRINTF(format, ...)", BindPrintf},
      {"URL_ENCODE", 1, 1, "URL_ENCODE(text)", BindUrlEncode},
      {"URL_DECODE", 1, 1, "URL_DECODE(text)", BindUrlDecode},
      {"PARSE_URL", 2, 3, "PARSE_URL(url, part [, key])", BindParseUrl},
      {"IS_ALPHA", 1, 1, "IS_ALPHA(text or number)", BindIsAlpha},
      {"IS_DIGIT", 1, 1, "IS_DIGIT(text or number)", BindIsDigit},
      {"IS_DECIMAL", 1, 1, "IS_DECIMAL(text or number)", BindIsDecimal},
      {"HASH_CODE", 1, 1, "HASH_CODE(x)", BindHashCode},
      {"CURRENT_DATABASE", 0, 0, "CURRENT_DATABASE()", BindCurrentDatabase},
      {"INET_ATON", 1, 1, "INET_ATON(text)", BindInetAton},
      {"INET_NTOA", 1, 1, "INET_NTOA(number)", BindInetNtoa},
      {"BIN", 1, 1, "BIN(number)", BindBin},
      {"UNHEX", 1, 1, "UNHEX(text)", BindUnhex},
      {"MD5", 1, 1, "MD5(text)", BindHash},
      {"SHA1", 1, 1, "SHA1(text)", BindHash},
      {"SHA224", 1, 1, "SHA224(text)", BindHash},
      {"SHA256", 1, 1, "SHA256(text)", BindHash},
      {"SHA384", 1, 1, "SHA384(text)", BindHash},
      {"SHA512", 1, 1, "SHA512(text)", BindHash},
      {"SHA2", 2, 2, "SHA2(text, bits)", BindSha2},
  };
}

}  // namespace cdc::sql
