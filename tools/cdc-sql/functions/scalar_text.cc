// Texts in other forms: URLs, character sets, hashes, parts and maps; and what tells of a text.
#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "common/error.h"
#include "common/json_writer.h"
#include "tools/cdc-sql/functions/adapt.h"
#include "tools/cdc-sql/functions/function_table.h"
#include "tools/cdc-sql/run/value_text.h"
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

BoundExpr BindOverlay(FunctionCall& call) {
  call.WantString(0);
  call.WantString(1);
  for (size_t i = 2; i < call.args.size(); ++i) call.WantInteger(i);
  const bool has_length = call.args.size() == 4;
  if (!has_length) call.args.push_back(call.args[2]);
  return call.Make(SqlType::String(call.nullable()),
                   Text<View, View, int64_t, int64_t>(
                       [has_length](View text, View piece, int64_t from, int64_t length, std::string* out) {
                         const std::vector<View> all = Characters(text);
                         const auto size = static_cast<int64_t>(all.size());
                         if (from < 1 || from > size) {
                           *out = text;
                           return true;
                         }
                         if (!has_length || length < 0) length = static_cast<int64_t>(Characters(piece).size());
                         for (int64_t i = 0; i < from - 1; ++i) *out += all[static_cast<size_t>(i)];
                         *out += piece;
                         for (int64_t i = from - 1 + length; i < size; ++i) *out += all[static_cast<size_t>(i)];
                         return true;
                       }));
}

BoundExpr BindTranslate(FunctionCall& call) {
  for (size_t i = 0; i < 3; ++i) call.WantString(i);
  return call.Make(
      SqlType::String(call.nullable()), Text<View, View, View>([](View text, View from, View to, std::string* out) {
        const std::vector<View> sources = Characters(from), targets = Characters(to);
        for (const View c : Characters(text)) {
          const auto at = static_cast<size_t>(std::find(sources.begin(), sources.end(), c) - sources.begin());
          if (at == sources.size()) {
            *out += c;
          } else if (at < targets.size()) {
            *out += targets[at];
          }
        }
        return true;
      }));
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
  return call.Make(type, Text<View, View, View>([](View text, View pairs, View separator, std::string* out) {
                     std::vector<std::pair<View, std::string>> entries;
                     for (const View pair : SplitAt(text, pairs)) {
                       const size_t at = pair.find(separator);
                       std::string value;
                       if (at == View::npos) {
                         value = std::string(1, '\0');
                       } else {
                         AppendPart(pair.substr(at + separator.size()), &value);
                       }
                       const View key = pair.substr(0, at);
                       std::erase_if(entries, [key](const auto& entry) { return entry.first == key; });
                       entries.emplace_back(key, std::move(value));
                     }
                     for (const auto& [key, value] : entries) {
                       AppendPart(key, out);
                       *out += value;
                     }
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
  if (code < 0x80) {
    *out += static_cast<char>(code);
  } else if (code < 0x800) {
    *out += static_cast<char>(0xC0 | (code >> 6));
    *out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    *out += static_cast<char>(0xE0 | (code >> 12));
    *out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    *out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    *out += static_cast<char>(0xF0 | (code >> 18));
    *out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    *out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    *out += static_cast<char>(0x80 | (code & 0x3F));
  }
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

/// One conversion of PRINTF over value `row` of `column`. False where they do not fit.
bool AppendFormatted(View flags, char conversion, const ColumnVector& column, size_t row, const SqlType& type,
                     std::string* out) {
  char buffer[512];
  const std::string head = "%" + std::string(flags);
  if (column.IsNull(row)) {
    std::snprintf(buffer, sizeof buffer, (head + "s").c_str(), "null");
    *out += buffer;
    return true;
  }
  switch (conversion) {
    case 'd':
    case 'x':
    case 'X':
    case 'o': {
      if (!type.is_integer()) return false;
      const int64_t value = column.ints()[row];
      const bool narrow = conversion != 'd' && type.kind != TypeKind::kBigint;
      const auto printed =
          narrow ? static_cast<long long>(static_cast<uint32_t>(value)) : static_cast<long long>(value);
      std::snprintf(buffer, sizeof buffer, (head + "ll" + conversion).c_str(), printed);
      break;
    }
    case 'f':
    case 'e':
    case 'E':
    case 'g':
    case 'G':
      if (!type.is_approximate()) return false;
      std::snprintf(buffer, sizeof buffer, (head + conversion).c_str(), column.doubles()[row]);
      break;
    case 's':
    case 'S': {
      std::string text;
      AppendValueText(text, column, row, type);
      if (type.kind == TypeKind::kBoolean)
        std::transform(text.begin(), text.end(), text.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
      if (flags.empty()) {
        *out += text;
        return true;
      }
      std::snprintf(buffer, sizeof buffer, (head + "s").c_str(), text.c_str());
      break;
    }
    case 'c':
      if (!type.is_integer()) return false;
      AppendCode(static_cast<uint32_t>(column.ints()[row]), out);
      return true;
    case 'b':
      std::snprintf(buffer, sizeof buffer, (head + "s").c_str(),
                    type.kind == TypeKind::kBoolean && column.bools()[row] == 0 ? "false" : "true");
      break;
    default: return false;
  }
  *out += buffer;
  return true;
}

bool Printf(View format, const EvalCall& eval, size_t row, std::string* out) {
  size_t next = 1;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      *out += format[i];
      continue;
    }
    size_t end = i + 1;
    size_t digits = 0;
    while (end < format.size() &&
           (View("-+ 0#.,(").find(format[end]) != View::npos || (format[end] >= '0' && format[end] <= '9'))) {
      if (format[end] >= '0' && format[end] <= '9') ++digits;
      ++end;
    }
    if (end == format.size() || digits > 4) return false;
    if (format[end] == '%') {
      *out += '%';
    } else if (format[end] == 'n') {
      *out += '\n';
    } else {
      const View flags = format.substr(i + 1, end - i - 1);
      if (flags.find_first_of(",(") != View::npos || next >= eval.args.size()) return false;
      if (!AppendFormatted(flags, format[end], *eval.args[next], row, eval.expr.args[next].type, out)) return false;
      ++next;
    }
    i = end;
  }
  return true;
}

BoundExpr BindPrintf(FunctionCall& call) {
  call.WantString(0);
  return call.Make(SqlType::String(), [](const EvalCall& eval, ColumnVector& out) {
    std::string text;
    for (size_t row = 0; row < eval.rows; ++row) {
      text.clear();
      if (!eval.args[0]->IsNull(row) && Printf(eval.args[0]->strings()[row], eval, row, &text)) {
        out.AppendCopy(text);
      } else {
        out.AppendNull();
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
                     return IsUtf8(*out);
                   }));
}

/// A part of a URL, as java.net.URL cuts it. False if the URL does not have it, or is none.
bool UrlPart(View url, View part, std::string* out) {
  const size_t colon = url.find("://");
  if (colon == View::npos || colon == 0) return false;
  const View protocol = url.substr(0, colon);
  View rest = url.substr(colon + 3), reference, query, user;
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
  const size_t slash = std::min(rest.find('/'), rest.size());
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
  if (part == "HOST") return give(true, host);
  if (part == "PATH") return give(true, path);
  if (part == "QUERY") return give(has_query, query);
  if (part == "REF") return give(has_reference, reference);
  if (part == "PROTOCOL") return give(true, protocol);
  if (part == "AUTHORITY") return give(true, authority);
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

/// Whether a text is of a kind. NULL is of none.
template <typename F>
BoundExpr Tells(FunctionCall& call, F f) {
  call.WantString(0);
  return call.Make(SqlType::Of(TypeKind::kBoolean, call.nullable()), [f](const EvalCall& eval, ColumnVector& out) {
    const ColumnVector& texts = *eval.args[0];
    out.Resize(eval.rows);
    for (size_t row = 0; row < eval.rows; ++row)
      out.MutableValues<uint8_t>()[row] = !texts.IsNull(row) && f(texts.strings()[row]) ? 1 : 0;
  });
}

BoundExpr BindIsAlpha(FunctionCall& call) {
  return Tells(call, [](View text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
      // Beyond the first 65,536 characters Java sees two halves of one, which are no letters.
      const auto byte = static_cast<unsigned char>(c);
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (byte >= 0x80 && byte < 0xF0);
    });
  });
}
BoundExpr BindIsDigit(FunctionCall& call) {
  return Tells(call, [](View text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  });
}
BoundExpr BindIsDecimal(FunctionCall& call) {
  return Tells(call, [](View text) {
    double value = 0;
    if (!text.empty() && text[0] == '+') text.remove_prefix(1);
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
    return end.ec != std::errc::invalid_argument && end.ptr == text.data() + text.size();
  });
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
  call.WantString(0);
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
  call.WantString(0);
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
      {"IS_ALPHA", 1, 1, "IS_ALPHA(text)", BindIsAlpha},
      {"IS_DIGIT", 1, 1, "IS_DIGIT(text)", BindIsDigit},
      {"IS_DECIMAL", 1, 1, "IS_DECIMAL(text)", BindIsDecimal},
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
