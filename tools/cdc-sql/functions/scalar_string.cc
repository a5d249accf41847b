#include <algorithm>
#include <numeric>

#include "common/error.h"
#include "common/json_writer.h"
#include "tools/cdc-sql/functions/adapt.h"
#include "tools/cdc-sql/functions/cast.h"
#include "tools/cdc-sql/functions/function_table.h"
#include "tools/cdc-sql/run/utf16.h"

namespace cdc::sql {

namespace {

using View = std::string_view;

bool IsContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

int64_t CountCharacters(View text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return !IsContinuation(c); });
}

/// Byte offset of character `index` (0-based), or the end.
size_t OffsetOf(View text, int64_t index) {
  size_t at = 0;
  while (at < text.size() && index > 0) {
    ++at;
    while (at < text.size() && IsContinuation(text[at])) ++at;
    --index;
  }
  return at;
}

/// Length as Java counts it: a character beyond the first 65,536 is two units.
int64_t CountUnits(View text) {
  return std::accumulate(text.begin(), text.end(), int64_t{0}, [](int64_t units, char c) {
    return units + (IsContinuation(c) ? 0 : static_cast<unsigned char>(c) >= 0xF0 ? 2 : 1);
  });
}

/// The first `units` units of a text; half a character becomes ? as Java writes it.
void AppendUnits(std::string& out, View text, int64_t units) {
  size_t at = 0;
  while (at < text.size() && units > 0) {
    const size_t size = OffsetOf(text.substr(at), 1);
    if (size == 4 && units == 1) {
      out += '?';
      return;
    }
    out.append(text.substr(at, size));
    units -= size == 4 ? 2 : 1;
    at += size;
  }
}

SqlType Varchar(const FunctionCall& call, bool nullable) {
  return SqlType::Of(TypeKind::kVarchar, nullable, call.type(0).precision);
}

BoundExpr BindCharLength(FunctionCall& call) {
  call.WantString(0);
  const bool nullable = call.nullable();
  return call.Make(SqlType::Of(TypeKind::kInt, nullable),
                   Total<int64_t, View>([](View s) { return CountCharacters(s); }));
}

/// `characters` is a set of characters.
View Trim(View text, View characters, bool leading, bool trailing) {
  const auto in_set = [characters](View one) { return !one.empty() && characters.find(one) != View::npos; };
  while (leading && !text.empty()) {
    const size_t size = OffsetOf(text, 1);
    if (!in_set(text.substr(0, size))) break;
    text.remove_prefix(size);
  }
  while (trailing && !text.empty()) {
    size_t at = text.size() - 1;
    while (at > 0 && IsContinuation(text[at])) --at;
    if (!in_set(text.substr(at))) break;
    text.remove_suffix(text.size() - at);
  }
  return text;
}

BoundExpr BindTrimSides(FunctionCall& call, bool leading, bool trailing, bool keeps_length) {
  for (size_t i = 0; i < call.args.size(); ++i) call.WantString(i);
  const SqlType type = keeps_length ? Varchar(call, call.nullable()) : SqlType::String(call.nullable());
  if (call.args.size() == 1)
    return call.Make(type, Text<View>([=](View s, std::string* out) {
                       out->assign(Trim(s, " ", leading, trailing));
                       return true;
                     }));
  return call.Make(type, Text<View, View>([=](View s, View set, std::string* out) {
                     out->assign(Trim(s, set, leading, trailing));
                     return true;
                   }));
}
BoundExpr BindTrim(FunctionCall& call) {
  return BindTrimSides(call, call.ast.unit != "TRAILING", call.ast.unit != "LEADING", true);
}
BoundExpr BindLtrim(FunctionCall& call) {
  return BindTrimSides(call, true, false, true);
}
BoundExpr BindRtrim(FunctionCall& call) {
  return BindTrimSides(call, false, true, true);
}
BoundExpr BindBtrim(FunctionCall& call) {
  return BindTrimSides(call, true, true, false);
}

/// 1-based start; 0 counts as 1, negative from the end.
bool Substring(View text, int64_t start, int64_t length, std::string* out) {
  if (length < 0) return false;
  const int64_t count = CountCharacters(text);
  if (start > 0)
    --start;
  else if (start < 0) {
    start += count;
    if (start < 0) return true;
  }
  if (start >= count) return true;
  const size_t from = OffsetOf(text, start);
  const size_t bytes = OffsetOf(text.substr(from), length);
  out->assign(text.substr(from, bytes));
  return true;
}

BoundExpr BindSubstring(FunctionCall& call) {
  call.WantString(0);
  for (size_t i = 1; i < call.args.size(); ++i) call.WantInteger(i);
  const SqlType type = Varchar(call, true);
  if (call.args.size() == 2)
    return call.Make(type, Text<View, int64_t>([](View s, int64_t from, std::string* out) {
                       return Substring(s, from, INT32_MAX, out);
                     }));
  return call.Make(type, Text<View, int64_t, int64_t>([](View s, int64_t from, int64_t n, std::string* out) {
                     return Substring(s, from, n, out);
                   }));
}

BoundExpr BindLeft(FunctionCall& call) {
  call.WantString(0);
  call.WantInteger(1);
  return call.Make(Varchar(call, true), Text<View, int64_t>([](View s, int64_t n, std::string* out) {
                     if (n > 0) out->assign(s.substr(0, OffsetOf(s, n)));
                     return true;
                   }));
}

BoundExpr BindRight(FunctionCall& call) {
  call.WantString(0);
  call.WantInteger(1);
  return call.Make(Varchar(call, true), Text<View, int64_t>([](View s, int64_t n, std::string* out) {
                     const int64_t count = CountCharacters(s);
                     if (n > 0) out->assign(s.substr(OffsetOf(s, std::max<int64_t>(0, count - n))));
                     return true;
                   }));
}

BoundExpr BindConcatCall(FunctionCall& call) {
  for (size_t i = 0; i < call.args.size(); ++i) {
    if (call.type(i).kind == TypeKind::kNull) call.Refuse("NULL has no type here");
    call.WantString(i);
  }
  const bool nullable = call.nullable();
  return call.Make(SqlType::String(nullable), [](const EvalCall& eval, ColumnVector& out) {
    MergeNulls(eval, out);
    std::string text;
    for (size_t i = 0; i < eval.rows; ++i) {
      if (out.IsNull(i)) continue;
      text.clear();
      for (const ColumnPtr& arg : eval.args) text.append(arg->strings()[i]);
      out.MutableValues<View>()[i] = out.arena().Copy(text);
    }
  });
}

BoundExpr BindConcatWs(FunctionCall& call) {
  for (size_t i = 0; i < call.args.size(); ++i) {
    if (call.type(i).kind == TypeKind::kNull) call.Refuse("NULL has no type here");
    call.WantString(i);
  }
  return call.Make(SqlType::String(call.nullable()), [](const EvalCall& eval, ColumnVector& out) {
    out.Resize(eval.rows);
    std::string text;
    for (size_t i = 0; i < eval.rows; ++i) {
      if (eval.args[0]->IsNull(i)) {
        out.mutable_nulls()[i] = 1;
        continue;
      }
      text.clear();
      bool first = true;
      for (size_t k = 1; k < eval.args.size(); ++k) {
        if (eval.args[k]->IsNull(i)) continue;
        if (!first) text.append(eval.args[0]->strings()[i]);
        first = false;
        text.append(eval.args[k]->strings()[i]);
      }
      out.MutableValues<View>()[i] = out.arena().Copy(text);
    }
  });
}

BoundExpr BindReplace(FunctionCall& call) {
  for (size_t i = 0; i < 3; ++i) call.WantString(i);
  const bool nullable = call.nullable();
  return call.Make(SqlType::String(nullable), Text<View, View, View>([](View s, View from, View to, std::string* out) {
                     if (from.empty()) {
                       out->append(to);
                       for (size_t at = 0; at < s.size();) {
                         const size_t size = OffsetOf(s.substr(at), 1);
                         out->append(s.substr(at, size)).append(to);
                         at += size;
                       }
                       return true;
                     }
                     size_t at = 0;
                     for (size_t hit; (hit = s.find(from, at)) != View::npos; at = hit + from.size())
                       out->append(s.substr(at, hit - at)).append(to);
                     out->append(s.substr(at));
                     return true;
                   }));
}

int64_t PositionOf(View text, View part, int64_t from) {
  if (part.empty()) return 1;  // wherever the search begins, as Flink has it
  if (from < 1) from = 1;
  if (from > CountCharacters(text) + 1) return 0;
  const size_t hit = text.find(part, OffsetOf(text, from - 1));
  return hit == View::npos ? 0 : CountCharacters(text.substr(0, hit)) + 1;
}

BoundExpr BindPosition(FunctionCall& call) {  // part, text [, from]
  call.WantString(0);
  call.WantString(1);
  const bool nullable = call.nullable();
  if (call.args.size() == 3) {
    call.WantInteger(2);
    return call.Make(SqlType::Of(TypeKind::kInt, call.nullable()),
                     Total<int64_t, View, View, int64_t>(
                         [](View part, View text, int64_t from) { return PositionOf(text, part, from); }));
  }
  return call.Make(SqlType::Of(TypeKind::kInt, nullable),
                   Total<int64_t, View, View>([](View part, View text) { return PositionOf(text, part, 1); }));
}

/// The n-th occurrence at or after character `from`; negative: from the end backwards.
int64_t NthPosition(View text, View part, int64_t from, int64_t nth) {
  if (from == 0 || nth < 1) return 0;
  if (part.empty()) return 1;
  if (from > 0) {
    int64_t at = from;
    for (int64_t i = 0; i < nth; ++i) {
      const int64_t hit = PositionOf(text, part, at);
      if (hit == 0 || i + 1 == nth) return hit;
      at = hit + 1;
    }
    return 0;
  }
  for (int64_t at = CountCharacters(text) + from + 1; at >= 1; --at) {
    const View tail = text.substr(OffsetOf(text, at - 1));
    if (tail.substr(0, part.size()) == part && --nth == 0) return at;
  }
  return 0;
}

BoundExpr BindInstr(FunctionCall& call) {  // text, part [, from [, occurrence]]
  if (call.args.size() == 2) {
    std::swap(call.args[0], call.args[1]);
    return BindPosition(call);
  }
  call.WantString(0);
  call.WantString(1);
  call.WantInteger(2);
  const SqlType type = SqlType::Of(TypeKind::kInt, call.nullable());
  if (call.args.size() == 3)
    return call.Make(type, Total<int64_t, View, View, int64_t>(
                               [](View text, View part, int64_t from) { return NthPosition(text, part, from, 1); }));
  call.WantInteger(3);
  return call.Make(
      type, Total<int64_t, View, View, int64_t, int64_t>(
                [](View text, View part, int64_t from, int64_t nth) { return NthPosition(text, part, from, nth); }));
}

BoundExpr BindLocate(FunctionCall& call) {  // part, text [, from]
  return BindPosition(call);
}

constexpr int64_t kMaxTextBytes = int64_t{256} << 20;

[[noreturn]] void FailTooLong(const Span& span) {
  FailAt(span, "the text would be longer than 256 MiB", "a condition on the length leaves such rows out",
         ExitStatus::kData);
}

template <bool left>
BoundExpr BindPad(FunctionCall& call) {
  call.WantString(0);
  call.WantInteger(1);
  call.WantString(2);
  // A negative length or an empty filling gives NULL; the type does not say so, as in Flink.
  const bool nullable = call.nullable();
  return call.Make(SqlType::String(nullable),
                   Text<View, int64_t, View>([span = call.span()](View s, int64_t n, View fill, std::string* out) {
                     if (n < 0 || fill.empty()) return false;
                     if (n > kMaxTextBytes) FailTooLong(span);
                     const int64_t count = CountUnits(s);
                     if (count >= n) {
                       AppendUnits(*out, s, n);
                       return true;
                     }
                     if (!left) out->append(s);
                     const int64_t fill_count = CountUnits(fill);
                     int64_t missing = n - count;
                     for (; missing >= fill_count; missing -= fill_count) out->append(fill);
                     AppendUnits(*out, fill, missing);
                     if (left) out->append(s);
                     return true;
                   }));
}

BoundExpr BindRepeat(FunctionCall& call) {
  call.WantString(0);
  call.WantInteger(1);
  const bool nullable = call.nullable();
  return call.Make(SqlType::String(nullable),
                   Text<View, int64_t>([span = call.span()](View s, int64_t n, std::string* out) {
                     if (s.empty()) return true;
                     if (n > kMaxTextBytes / static_cast<int64_t>(s.size())) FailTooLong(span);
                     for (int64_t i = 0; i < n; ++i) out->append(s);
                     return true;
                   }));
}

BoundExpr BindReverse(FunctionCall& call) {
  call.WantString(0);
  return call.Make(SqlType::String(), Text<View>([](View s, std::string* out) {
                     size_t end = s.size();
                     while (end > 0) {
                       size_t begin = end - 1;
                       while (begin > 0 && IsContinuation(s[begin])) --begin;
                       out->append(s.substr(begin, end - begin));
                       end = begin;
                     }
                     return true;
                   }));
}

BoundExpr BindSplitIndex(FunctionCall& call) {
  call.WantString(0);
  call.WantInteger(2);
  if (call.type(1).is_integer()) {  // the code of a character
    const BoundExpr& code = call.args[1];
    if (code.kind != BoundExpr::Kind::kLiteral || code.literal.integer < 1 || code.literal.integer > 127)
      call.Refuse("the separator is a text, or the code of an ASCII character");
    Datum separator;
    separator.is_null = false;
    separator.text = std::string(1, static_cast<char>(code.literal.integer));
    call.args[1] = LiteralExpr(std::move(separator), SqlType::Of(TypeKind::kChar, false, 1), code.span);
  }
  call.WantString(1);
  return call.Make(SqlType::String(), Text<View, View, int64_t>([](View s, View by, int64_t index, std::string* out) {
                     if (index < 0 || s.empty()) return false;
                     if (by.empty()) return index == 0 && (out->assign(s), true);
                     size_t at = 0;
                     for (;; --index) {
                       const size_t hit = s.find(by, at);
                       if (index == 0) {
                         out->assign(s.substr(at, hit == View::npos ? View::npos : hit - at));
                         return true;
                       }
                       if (hit == View::npos) return false;
                       at = hit + by.size();
                     }
                   }));
}

template <bool starts>
BoundExpr BindAffix(FunctionCall& call) {
  const bool bytes = call.type(0).is_binary() && call.type(1).is_binary();
  for (size_t i = 0; i < 2 && !bytes; ++i) call.WantString(i);
  const bool nullable = call.nullable();
  return call.Make(SqlType::Of(TypeKind::kBoolean, nullable), Total<uint8_t, View, View>([](View s, View part) {
                     if (part.size() > s.size()) return 0;
                     return (starts ? s.substr(0, part.size()) : s.substr(s.size() - part.size())) == part ? 1 : 0;
                   }));
}

BoundExpr BindAscii(FunctionCall& call) {
  call.WantString(0);
  const bool nullable = call.nullable();
  return call.Make(SqlType::Of(TypeKind::kInt, nullable),
                   Total<int64_t, View>([](View s) { return s.empty() ? 0 : static_cast<signed char>(s[0]); }));
}

BoundExpr BindChr(FunctionCall& call) {
  call.WantInteger(0);
  return call.Make(SqlType::String(), Text<int64_t>([](int64_t n, std::string* out) {
                     if (n < 0) return true;
                     const auto code = static_cast<uint32_t>(n & 255);
                     if (code < 0x80) {
                       *out += static_cast<char>(code);
                     } else {
                       *out += static_cast<char>(0xC0 | (code >> 6));
                       *out += static_cast<char>(0x80 | (code & 0x3F));
                     }
                     return true;
                   }));
}

}  // namespace

std::vector<FunctionEntry> StringFunctions() {
  return {
      {"CHAR_LENGTH", 1, 1, "CHAR_LENGTH(text)", BindCharLength},
      {"CHARACTER_LENGTH", 1, 1, "CHARACTER_LENGTH(text)", BindCharLength},
      {"TRIM", 1, 2, "TRIM([BOTH | LEADING | TRAILING] [characters] FROM text)", BindTrim},
      {"LTRIM", 1, 2, "LTRIM(text [, characters])", BindLtrim},
      {"RTRIM", 1, 2, "RTRIM(text [, characters])", BindRtrim},
      {"BTRIM", 1, 2, "BTRIM(text [, characters])", BindBtrim},
      {"SUBSTRING", 2, 3, "SUBSTRING(text FROM start [FOR length])", BindSubstring},
      {"SUBSTR", 2, 3, "SUBSTR(text, start [, length])", BindSubstring},
      {"LEFT", 2, 2, "LEFT(text, length)", BindLeft},
      {"RIGHT", 2, 2, "RIGHT(text, length)", BindRight},
      {"CONCAT", 1, -1, "CONCAT(text, …)", BindConcatCall},
      {"CONCAT_WS", 1, -1, "CONCAT_WS(separator, text, …)", BindConcatWs},
      {"REPLACE", 3, 3, "REPLACE(text, from, to)", BindReplace},
      {"POSITION", 2, 3, "POSITION(part IN text [FROM place])", BindPosition},
      {"INSTR", 2, 4, "INSTR(text, part [, from [, occurrence]])", BindInstr},
      {"LOCATE", 2, 3, "LOCATE(part, text [, from])", BindLocate},
      {"LPAD", 3, 3, "LPAD(text, length, filling)", BindPad<true>},
      {"RPAD", 3, 3, "RPAD(text, length, filling)", BindPad<false>},
      {"REPEAT", 2, 2, "REPEAT(text, times)", BindRepeat},
      {"REVERSE", 1, 1, "REVERSE(text)", BindReverse},
      {"SPLIT_INDEX", 3, 3, "SPLIT_INDEX(text, separator, index)", BindSplitIndex},
      {"STARTSWITH", 2, 2, "STARTSWITH(text, prefix)", BindAffix<true>},
      {"ENDSWITH", 2, 2, "ENDSWITH(text, suffix)", BindAffix<false>},
      {"ASCII", 1, 1, "ASCII(text)", BindAscii},
      {"CHR", 1, 1, "CHR(number)", BindChr},
  };
}

}  // namespace cdc::sql
