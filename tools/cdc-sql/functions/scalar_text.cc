// Texts put together and taken apart, and what tells of a text.
#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>

#include "common/error.h"
#include "common/java_regex.h"
#include "common/json_writer.h"
#include "tools/cdc-sql/functions/adapt.h"
#include "tools/cdc-sql/functions/function_table.h"
#include "tools/cdc-sql/functions/printf.h"
#include "tools/cdc-sql/functions/text_parts.h"
#include "tools/cdc-sql/run/java_hash.h"
#include "tools/cdc-sql/run/temporal.h"
#include "tools/cdc-sql/run/utf16.h"
#include "tools/cdc-sql/state/row_codec.h"

namespace cdc::sql {

namespace {

using View = std::string_view;

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

std::optional<JavaRegex> ClassOf(const char* pattern) {
  std::string error;
  return JavaRegex::Compile(pattern, JavaRegex::Case::kExact, &error);
}

BoundExpr BindIsAlpha(FunctionCall& call) {
  return Tells(call, false, [](View text) {
    const auto ascii = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    if (std::all_of(text.begin(), text.end(), ascii)) return !text.empty();
    static const std::optional<JavaRegex> kLetters = ClassOf("\\p{L}+");
    // Beyond the first 65,536 characters Java sees two halves of one, which are no letters.
    const auto in_halves = [](char c) { return static_cast<unsigned char>(c) >= 0xF0; };
    return std::none_of(text.begin(), text.end(), in_halves) && kLetters->Matches(text);
  });
}
BoundExpr BindIsDigit(FunctionCall& call) {
  return Tells(call, call.type(0).is_integer(), [](View text) {
    if (std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) return !text.empty();
    static const std::optional<JavaRegex> kDigits = ClassOf("\\p{Nd}+");
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

BoundExpr BindCurrentDatabase(FunctionCall& call) {
  Datum name;
  name.is_null = false;
  name.text = call.session.database;
  return LiteralExpr(name, SqlType::String(false), call.span());
}

}  // namespace

std::vector<FunctionEntry> TextFunctions() {
  return {
      {"OVERLAY", 3, 4, "OVERLAY(text PLACING piece FROM place [FOR length])", BindOverlay},
      {"TRANSLATE", 3, 3, "TRANSLATE(text, characters, replacements)", BindTranslate},
      {"TRANSLATE3", 3, 3, "TRANSLATE3(text, characters, replacements)", BindTranslate},
      {"SPLIT", 2, 2, "SPLIT(text, separator)", BindSplit},
      {"STR_TO_MAP", 1, 3, "STR_TO_MAP(text [, between pairs [, between key and value]])", BindStrToMap},
      {"ELT", 2, -1, "ELT(number, a, ...)", BindElt},
      {"PRINTF", 1, -1, "PRINTF(format, ...)", BindPrintf},
      {"IS_ALPHA", 1, 1, "IS_ALPHA(text or number)", BindIsAlpha},
      {"IS_DIGIT", 1, 1, "IS_DIGIT(text or number)", BindIsDigit},
      {"IS_DECIMAL", 1, 1, "IS_DECIMAL(text or number)", BindIsDecimal},
      {"CURRENT_DATABASE", 0, 0, "CURRENT_DATABASE()", BindCurrentDatabase},
  };
}

}  // namespace cdc::sql
