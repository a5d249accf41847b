// Bytes as texts and texts as bytes: character sets, digits of bases 2, 16 and 64, what URLs hold.
#include "common/error.h"
#include "common/json_writer.h"
#include "tools/cdc-sql/functions/adapt.h"
#include "tools/cdc-sql/functions/function_table.h"
#include "tools/cdc-sql/functions/text_parts.h"
#include "tools/cdc-sql/run/utf16.h"

namespace cdc::sql {

namespace {

using View = std::string_view;

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
  if (charset == Charset::kUtf16 && !text.empty()) AppendUnit(0xFEFF, false, out);
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

BoundExpr BindToBase64(FunctionCall& call) {
  if (!call.type(0).is_binary()) call.WantString(0);
  const bool nullable = call.nullable();
  return call.Make(SqlType::String(nullable), Text<View>([](View s, std::string* out) {
                     AppendBase64(*out, s);
                     return true;
                   }));
}

BoundExpr BindFromBase64(FunctionCall& call) {
  call.WantString(0);
  const bool nullable = call.nullable();
  return call.Make(SqlType::String(nullable), Text<View>([span = call.span()](View s, std::string* out) {
                     std::string padded(s), bytes;
                     while (padded.size() % 4 != 0) padded += '=';
                     if (!DecodeBase64(padded, &bytes))
                       FailAt(span, "the value '" + Shown(std::string(s)) + "' is no base64 text", "",
                              ExitStatus::kData);
                     AppendDecoded(out, bytes);
                     return true;
                   }));
}

BoundExpr BindHex(FunctionCall& call) {
  const bool nullable = call.nullable();
  static constexpr char kDigits[] = "0123456789ABCDEF";
  if (call.type(0).is_integer())
    return call.Make(SqlType::String(nullable), Text<int64_t>([](int64_t x, std::string* out) {
                       auto rest = static_cast<uint64_t>(x);
                       do {
                         out->insert(out->begin(), kDigits[rest & 15]);
                         rest >>= 4;
                       } while (rest != 0);
                       return true;
                     }));
  call.WantString(0);
  return call.Make(SqlType::String(nullable), Text<View>([](View s, std::string* out) {
                     for (const char c : s) {
                       *out += kDigits[static_cast<unsigned char>(c) >> 4];
                       *out += kDigits[static_cast<unsigned char>(c) & 15];
                     }
                     return true;
                   }));
}

}  // namespace

std::vector<FunctionEntry> EncodingFunctions() {
  return {
      {"ENCODE", 2, 2, "ENCODE(text, character set)", BindEncode},
      {"DECODE", 2, 2, "DECODE(bytes, character set)", BindDecode},
      {"BIN", 1, 1, "BIN(number)", BindBin},
      {"UNHEX", 1, 1, "UNHEX(text)", BindUnhex},
      {"URL_ENCODE", 1, 1, "URL_ENCODE(text)", BindUrlEncode},
      {"URL_DECODE", 1, 1, "URL_DECODE(text)", BindUrlDecode},
      {"TO_BASE64", 1, 1, "TO_BASE64(text)", BindToBase64},
      {"FROM_BASE64", 1, 1, "FROM_BASE64(text)", BindFromBase64},
      {"HEX", 1, 1, "HEX(number or text)", BindHex},
  };
}

}  // namespace cdc::sql
