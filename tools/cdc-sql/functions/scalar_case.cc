// Upper and lower case.
#include "tools/cdc-sql/functions/adapt.h"
#include "tools/cdc-sql/functions/function_table.h"

namespace cdc::sql {

namespace {

using View = std::string_view;

/// Most texts; false, with nothing appended, for one that has other characters.
bool AppendCasedAscii(std::string& out, View text, bool upper) {
  unsigned char all = 0;
  for (const char c : text) all |= static_cast<unsigned char>(c);
  if (all >= 0x80) return false;
  const size_t begin = out.size();
  out.resize(begin + text.size());
  const char first = upper ? 'a' : 'A', last = upper ? 'z' : 'Z';
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    out[begin + i] = static_cast<char>(c ^ (c >= first && c <= last ? 0x20 : 0));
  }
  return true;
}

/// Case mapping of the characters whose other case lies at a fixed distance: ASCII, Latin-1, Greek, Cyrillic.
void AppendCased(std::string& out, View text, bool upper) {
  if (AppendCasedAscii(out, text, upper)) return;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x80) {
      out += static_cast<char>(upper ? (c >= 'a' && c <= 'z' ? c - 32 : c) : (c >= 'A' && c <= 'Z' ? c + 32 : c));
      continue;
    }
    if ((c & 0xE0) != 0xC0 || i + 1 >= text.size()) {
      out += text[i];
      continue;
    }
    uint32_t code = (static_cast<uint32_t>(c & 0x1F) << 6) | (static_cast<unsigned char>(text[++i]) & 0x3F);
    if (upper) {
      if (code == 0xDF) {
        out += "SS";
        continue;
      }
      if (code == 0xFF)
        code = 0x178;
      else if (code == 0x131)
        code = 'I';
      else if ((code >= 0xE0 && code <= 0xFE && code != 0xF7) || (code >= 0x3B1 && code <= 0x3C9 && code != 0x3C2) ||
               (code >= 0x430 && code <= 0x44F))
        code -= 32;
      else if (code >= 0x450 && code <= 0x45F)
        code -= 80;
      else if (code >= 0x100 && code <= 0x137 && code % 2 == 1 && code != 0x131)
        --code;
      else if (((code >= 0x139 && code <= 0x148) || (code >= 0x179 && code <= 0x17E)) && code % 2 == 0)
        --code;
      else if (code >= 0x14A && code <= 0x177 && code % 2 == 1)
        --code;
    } else {
      if ((code >= 0xC0 && code <= 0xDE && code != 0xD7) || (code >= 0x391 && code <= 0x3A9) ||
          (code >= 0x410 && code <= 0x42F))
        code += 32;
      else if (code >= 0x400 && code <= 0x40F)
        code += 80;
      else if (code == 0x130)
        code = 'i';
      else if (code == 0x178)
        code = 0xFF;
      else if (code >= 0x100 && code <= 0x137 && code % 2 == 0)
        ++code;
      else if (((code >= 0x139 && code <= 0x148) || (code >= 0x179 && code <= 0x17E)) && code % 2 == 1)
        ++code;
      else if (code >= 0x14A && code <= 0x177 && code % 2 == 0)
        ++code;
    }
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else {
      out += static_cast<char>(0xC0 | (code >> 6));
      out += static_cast<char>(0x80 | (code & 0x3F));
    }
  }
}

template <bool upper>
BoundExpr BindCase2(FunctionCall& call) {
  call.WantString(0);
  const SqlType type = call.type(0);
  return call.Make(type, Text<View>([](View s, std::string* out) {
                     AppendCased(*out, s, upper);
                     return true;
                   }));
}

BoundExpr BindInitcap(FunctionCall& call) {
  call.WantString(0);
  const SqlType type = call.type(0);
  return call.Make(type, Text<View>([](View s, std::string* out) {
                     bool inside = false;
                     for (const char c : s) {
                       const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
                       if (word && !inside && c >= 'a' && c <= 'z')
                         *out += static_cast<char>(c - 32);
                       else if (word && inside && c >= 'A' && c <= 'Z')
                         *out += static_cast<char>(c + 32);
                       else
                         *out += c;
                       inside = word;
                     }
                     return true;
                   }));
}

}  // namespace

std::vector<FunctionEntry> CaseFunctions() {
  return {
      {"UPPER", 1, 1, "UPPER(text)", BindCase2<true>},
      {"LOWER", 1, 1, "LOWER(text)", BindCase2<false>},
      {"INITCAP", 1, 1, "INITCAP(text)", BindInitcap},
  };
}

}  // namespace cdc::sql
