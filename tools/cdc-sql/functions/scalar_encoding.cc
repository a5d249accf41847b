// Bytes as texts and texts as bytes: character sets, digits of bases 2, 16 and 64, what URLs hold.
#include <optional>

#include "common/error.h"
#include "common/json_writer.h"
#include "tools/cdc-sql/functions/adapt.h"
#include "tools/cdc-sql/functions/function_table.h"
#include "tools/cdc-sql/functions/text_parts.h"
#include "tools/cdc-sql/run/charset.h"
#include "tools/cdc-sql/run/utf16.h"

namespace cdc::sql {

namespace {

using View = std::string_view;

Charset KnownCharset(const std::string& function, View name) {
  const std::optional<Charset> charset = FindCharset(name);
  if (!charset)
    Fail(ExitStatus::kData, function + ": the character set '" + Shown(std::string(name), 60) + "' is not known", "",
         "there are UTF-8, ISO-8859-1, US-ASCII, UTF-16, UTF-16BE and UTF-16LE");
  return *charset;
}

BoundExpr BindEncode(FunctionCall& call) {
  call.WantString(0);
  call.WantString(1);
  return call.Make(SqlType::Of(TypeKind::kVarbinary, call.nullable(), kMaxLength),
                   Text<View, View>([](View text, View name, std::string* out) {
                     AppendEncoded(out, text, KnownCharset("ENCODE", name));
                     return true;
                   }));
}

BoundExpr BindDecode(FunctionCall& call) {
  if (!call.type(0).is_binary()) call.Refuse();
  call.WantString(1);
  return call.Make(SqlType::String(call.nullable()), Text<View, View>([](View bytes, View name, std::string* out) {
                     AppendDecoded(out, bytes, KnownCharset("DECODE", name));
                     return true;
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
                       AppendDecoded(out, bytes);
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
