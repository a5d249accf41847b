// Functions that write JSON: JSON_OBJECT, JSON_ARRAY, JSON_STRING, JSON_QUOTE, and PARSE_JSON.
#include <algorithm>
#include <utility>

#include "common/error.h"
#include "common/json_scan.h"
#include "common/json_writer.h"
#include "tools/cdc-sql/functions/adapt.h"
#include "tools/cdc-sql/functions/function_table.h"
#include "tools/cdc-sql/functions/json_text.h"

namespace cdc::sql {

namespace {

using View = std::string_view;

/// JSON text already: it goes into another one as it is.
bool IsJsonText(const BoundExpr& expr) {
  return expr.kind == BoundExpr::Kind::kCall &&
         (expr.name == "JSON_OBJECT" || expr.name == "JSON_ARRAY" || expr.name == "JSON");
}

void AppendJsonPart(std::string& out, const ColumnVector& column, size_t row, const SqlType& type, bool raw) {
  if (raw && !column.IsNull(row)) {
    out += column.strings()[row];
  } else {
    AppendFunctionJson(out, column, row, type);
  }
}

/// Whether JSON functions can write a type: no dates, times and intervals, and texts only as the keys of a map.
bool HasJson(const SqlType& type) {
  if (type.kind == TypeKind::kDate || type.kind == TypeKind::kTime || type.is_interval()) return false;
  if (type.kind == TypeKind::kMap && !type.children[0].is_string()) return false;
  return std::all_of(type.children.begin(), type.children.end(), HasJson);
}

void RefuseNoJson(const FunctionCall& call) {
  for (const BoundExpr& arg : call.args)
    if (!HasJson(arg.type))
      FailAt(arg.span, arg.type.Plain().WithNullable(true).Text() + " has no form in JSON",
             "CAST(x AS STRING) has one");
}

void RefuseBareNull(const FunctionCall& call) {
  for (const BoundExpr& arg : call.args)
    if (arg.type.kind == TypeKind::kNull)
      FailAt(arg.span, "NULL has no type here", "CAST(NULL AS STRING) gives it one");
}

BoundExpr BindJsonObject(FunctionCall& call) {
  RefuseBareNull(call);
  RefuseNoJson(call);
  std::vector<SqlType> types;
  std::vector<uint8_t> raw;
  for (size_t i = 0; i + 1 < call.args.size(); i += 2) {
    const BoundExpr& key = call.args[i];
    if (!key.type.is_string() || (key.kind == BoundExpr::Kind::kLiteral && key.literal.is_null))
      FailAt(key.span, "a name in JSON_OBJECT is a text", "JSON_OBJECT('a' VALUE 1)");
    types.push_back(call.args[i + 1].type);
    raw.push_back(IsJsonText(call.args[i + 1]) ? 1 : 0);
  }
  const bool absent = std::find(call.ast.words.begin(), call.ast.words.end(), "ABSENT ON NULL") != call.ast.words.end();
  return call.Make(SqlType::String(false), [=](const EvalCall& eval, ColumnVector& out) {
    std::string text;
    std::vector<std::pair<View, size_t>> members;
    for (size_t row = 0; row < eval.rows; ++row) {
      members.clear();
      for (size_t i = 0; i < types.size(); ++i) {
        if (eval.args[2 * i]->IsNull(row))
          FailAt(eval.expr.span, "a name in JSON_OBJECT is NULL", "", ExitStatus::kData);
        if (!absent || !eval.args[2 * i + 1]->IsNull(row)) members.emplace_back(eval.args[2 * i]->strings()[row], i);
      }
      std::stable_sort(members.begin(), members.end(),
                       [](const auto& a, const auto& b) { return CompareUtf16(a.first, b.first) < 0; });
      text = "{";
      for (size_t m = 0; m < members.size(); ++m) {
        if (m + 1 < members.size() && members[m + 1].first == members[m].first) continue;  // the last of a name counts
        if (text.size() > 1) text += ',';
        AppendJsonString(text, members[m].first);
        text += ':';
        const size_t i = members[m].second;
        AppendJsonPart(text, *eval.args[2 * i + 1], row, types[i], raw[i] != 0);
      }
      out.AppendCopy(text + "}");
    }
  });
}

BoundExpr BindJsonArray(FunctionCall& call) {
  RefuseBareNull(call);
  RefuseNoJson(call);
  std::vector<SqlType> types;
  std::vector<uint8_t> raw;
  for (const BoundExpr& arg : call.args) {
    types.push_back(arg.type);
    raw.push_back(IsJsonText(arg) ? 1 : 0);
  }
  const bool nulls = std::find(call.ast.words.begin(), call.ast.words.end(), "NULL ON NULL") != call.ast.words.end();
  return call.Make(SqlType::String(false), [=](const EvalCall& eval, ColumnVector& out) {
    std::string text;
    for (size_t row = 0; row < eval.rows; ++row) {
      text = "[";
      for (size_t i = 0; i < types.size(); ++i) {
        if (!nulls && eval.args[i]->IsNull(row)) continue;
        if (text.size() > 1) text += ',';
        AppendJsonPart(text, *eval.args[i], row, types[i], raw[i] != 0);
      }
      out.AppendCopy(text + "]");
    }
  });
}

BoundExpr BindJsonString(FunctionCall& call) {
  RefuseBareNull(call);
  RefuseNoJson(call);
  const SqlType type = call.type(0);
  const bool raw = IsJsonText(call.args[0]);
  return call.Make(SqlType::String(type.nullable), [type, raw](const EvalCall& eval, ColumnVector& out) {
    std::string text;
    for (size_t row = 0; row < eval.rows; ++row) {
      if (eval.args[0]->IsNull(row)) {
        out.AppendNull();
        continue;
      }
      text.clear();
      AppendJsonPart(text, *eval.args[0], row, type, raw);
      out.AppendCopy(text);
    }
  });
}

/// JSON(text): the value in its normal form, what goes into JSON_OBJECT and JSON_ARRAY as it is. No text is null.
BoundExpr BindJson(FunctionCall& call) {
  call.WantString(0);
  return call.Make(SqlType::String(call.nullable()), Text<View>([span = call.span()](View text, std::string* out) {
                     const View value = text.empty() ? View("null") : JsonValueOf(text);
                     if (value.empty()) FailAt(span, "the text is no JSON", "", ExitStatus::kData);
                     AppendNormalJson(*out, value);
                     return true;
                   }));
}

/// The first JSON value of a text; what follows it is left. Empty if there is none.
View FirstJsonValue(View text) {
  const size_t begin = std::min(text.find_first_not_of(" \t\n\r"), text.size());
  const size_t end = begin < text.size() ? SkipJsonValue(text, begin) : View::npos;
  return end == View::npos ? View{} : JsonValueOf(text.substr(begin, end - begin));
}

/// PARSE_JSON(text [, duplicate names]) and TRY_PARSE_JSON: a VARIANT.
BoundExpr BindParseJson(FunctionCall& call) {
  call.WantString(0);
  bool twice = false;
  if (call.args.size() == 2) {
    const BoundExpr& allow = call.args[1];
    if (allow.kind != BoundExpr::Kind::kLiteral || allow.type.kind != TypeKind::kBoolean)
      call.Refuse("TRUE as the second argument allows a name twice in an object");
    twice = allow.literal.boolean != 0;
    call.args.pop_back();
  }
  const bool try_parse = call.ast.text == "TRY_PARSE_JSON";
  return call.Make(SqlType::Of(TypeKind::kVariant, call.nullable() || try_parse),
                   Text<View>([try_parse, twice, span = call.span()](View text, std::string* out) {
                     const View value = FirstJsonValue(text);
                     if (!value.empty() && AppendVariantJson(*out, value, twice)) return true;
                     if (!try_parse)
                       FailAt(span, value.empty() ? "the text is no JSON" : "a name stands twice in an object",
                              "TRY_PARSE_JSON gives NULL", ExitStatus::kData);
                     return false;
                   }));
}

BoundExpr BindJsonQuote(FunctionCall& call) {
  call.WantString(0);
  return call.Make(SqlType::String(call.nullable()), Text<View>([](View text, std::string* out) {
                     std::string quoted;
                     AppendJsonString(quoted, text);
                     // Characters beyond ASCII as \u escapes.
                     for (size_t i = 0; i < quoted.size();) {
                       const auto first = static_cast<unsigned char>(quoted[i]);
                       if (first < 0x80) {
                         if (first == '/') *out += '\\';
                         *out += quoted[i++];
                         continue;
                       }
                       const size_t size = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
                       uint32_t code = first & (0xFFU >> (size + 1));
                       for (size_t k = 1; k < size; ++k)
                         code = (code << 6) | (static_cast<unsigned char>(quoted[i + k]) & 0x3F);
                       i += size;
                       char buffer[24];
                       if (code >= 0x10000) {
                         // The character's own number where its first half belongs, as Flink writes it.
                         std::snprintf(buffer, sizeof buffer, "\\u%04x\\u%04x", code,
                                       0xDC00 + ((code - 0x10000) & 0x3FF));
                       } else {
                         std::snprintf(buffer, sizeof buffer, "\\u%04x", code);
                       }
                       *out += buffer;
                     }
                     return true;
                   }));
}

BoundExpr BindJsonUnquote(FunctionCall& call) {
  call.WantString(0);
  return call.Make(SqlType::String(call.nullable()), Text<View>([](View text, std::string* out) {
                     if (text.size() >= 2 && text[0] == '"' && IsJson(text) && AppendUnescaped(*out, text)) return true;
                     *out = text;
                     return true;
                   }));
}

}  // namespace

std::vector<FunctionEntry> JsonFunctions() {
  return {
      {"JSON_OBJECT", 0, -1, "JSON_OBJECT('name' VALUE x, ... [NULL | ABSENT ON NULL])", BindJsonObject},
      {"JSON_ARRAY", 0, -1, "JSON_ARRAY(x, ... [NULL | ABSENT ON NULL])", BindJsonArray},
      {"JSON_STRING", 1, 1, "JSON_STRING(x)", BindJsonString},
      {"JSON", 1, 1, "JSON(text)", BindJson},
      {"PARSE_JSON", 1, 2, "PARSE_JSON(text [, TRUE])", BindParseJson},
      {"TRY_PARSE_JSON", 1, 2, "TRY_PARSE_JSON(text [, TRUE])", BindParseJson},
      {"JSON_QUOTE", 1, 1, "JSON_QUOTE(text)", BindJsonQuote},
      {"JSON_UNQUOTE", 1, 1, "JSON_UNQUOTE(text)", BindJsonUnquote},
  };
}

}  // namespace cdc::sql
