// Upper and lower case.
#include <algorithm>

#include "tools/cdc-sql/functions/adapt.h"
#include "tools/cdc-sql/functions/case_table.h"
#include "tools/cdc-sql/functions/function_table.h"
#include "tools/cdc-sql/functions/text_parts.h"
#include "tools/cdc-sql/run/utf16.h"

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

/// The character's other case; itself if it has none.
uint32_t OtherCase(uint32_t code, const CaseRange* ranges, size_t count) {
  const CaseRange* end = ranges + count;
  const CaseRange* range =
      std::lower_bound(ranges, end, code, [](const CaseRange& at, uint32_t wanted) { return at.last < wanted; });
  if (range == end || code < range->first || (code - range->first) % range->step != 0) return code;
  return code + static_cast<uint32_t>(range->distance);
}
uint32_t Lowered(uint32_t code) {
  if (code < 0x80) return code >= 'A' && code <= 'Z' ? code + 32 : code;
  return OtherCase(code, kLowerRanges, kLowerRangeCount);
}
uint32_t Raised(uint32_t code) {
  if (code < 0x80) return code >= 'a' && code <= 'z' ? code - 32 : code;
  return OtherCase(code, kUpperRanges, kUpperRangeCount);
}
const CaseText* RaisedText(uint32_t code) {
  const CaseText* end = kUpperTexts + kUpperTextCount;
  const CaseText* found =
      std::lower_bound(kUpperTexts, end, code, [](const CaseText& at, uint32_t wanted) { return at.code < wanted; });
  return found != end && found->code == code ? found : nullptr;
}

constexpr uint32_t kSigma = 0x3A3, kFinalSigma = 0x3C2, kCapitalIWithDot = 0x130;

bool IsCased(uint32_t code) {
  if (code >= 0x24B6 && code <= 0x24E9) return false;  // letters in circles are signs, at which a word ends
  if (code >= 0x2B0 && code <= 0x2B8) return true;     // small letters without a capital: those put high
  return Lowered(code) != code || Raised(code) != code || RaisedText(code) != nullptr || code == kCapitalIWithDot;
}

/// Whether a word goes on over the character at `at`: signs hold it together between letters only.
bool IsInWord(const std::vector<uint32_t>& codes, size_t at) {
  const uint32_t code = codes[at];
  if (IsCased(code) || (code >= '0' && code <= '9') || code == '_' || (code >= 0x300 && code <= 0x36F)) return true;
  static constexpr uint32_t kJoiners[] = {'\'', '"', '.', '-', 0xAD, 0x2010, 0x2027};
  return std::find(std::begin(kJoiners), std::end(kJoiners), code) != std::end(kJoiners) && at > 0 &&
         at + 1 < codes.size() && IsCased(codes[at - 1]) && IsCased(codes[at + 1]);
}

/// The sigma at `at` is the last letter of a word of several (SpecialCasing.txt: Final_Sigma).
bool EndsWord(const std::vector<uint32_t>& codes, size_t at) {
  bool before = false;
  for (size_t i = at; i-- > 0 && !before && IsInWord(codes, i);) before = IsCased(codes[i]);
  if (!before) return false;
  for (size_t i = at + 1; i < codes.size() && IsInWord(codes, i); ++i)
    if (IsCased(codes[i])) return false;
  return true;
}

void AppendRaised(std::string& out, uint32_t code) {
  const CaseText* text = RaisedText(code);
  if (text == nullptr) {
    out += FromCode(Raised(code));
    return;
  }
  for (const uint32_t part : text->text)
    if (part != 0) out += FromCode(part);
}

/// As Java's toUpperCase and toLowerCase of the root locale: a character may become several.
void AppendCased(std::string& out, View text, bool upper) {
  if (AppendCasedAscii(out, text, upper)) return;
  std::vector<uint32_t> codes;
  for (const View c : Characters(text)) codes.push_back(CodeOf(c));
  for (size_t i = 0; i < codes.size(); ++i) {
    if (upper)
      AppendRaised(out, codes[i]);
    else if (codes[i] == kSigma && EndsWord(codes, i))
      out += FromCode(kFinalSigma);
    else if (codes[i] == kCapitalIWithDot)
      out += "i\u0307";
    else
      out += FromCode(Lowered(codes[i]));
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
