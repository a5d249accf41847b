// JSON_VALUE and its sisters, JSON_OBJECT, JSON_ARRAY, IS JSON.
#include <algorithm>

#include "common/error.h"
#include "common/json_scan.h"
#include "common/json_writer.h"
#include "tools/cdc-sql/connect/json_field.h"
#include "tools/cdc-sql/functions/adapt.h"
#include "tools/cdc-sql/functions/cast.h"
#include "tools/cdc-sql/functions/function_table.h"
#include "tools/cdc-sql/functions/json_path.h"
#include "tools/cdc-sql/run/value_text.h"

namespace cdc::sql {

namespace {

using View = std::string_view;

/// What a query of JSON does where it finds nothing, or something that it cannot give.
struct Answer {
  enum class Kind { kNull, kError, kDefault, kArray, kObject, kTrue, kFalse };
  Kind kind = Kind::kNull;
  size_t arg = 0;  ///< kDefault
};

struct Clauses {
  Answer on_empty, on_error;
  bool returning = false;
  std::string wrapper = "NONE";
};

Clauses ClausesOf(const FunctionCall& call) {
  Clauses clauses;
  size_t next = 2;
  for (const std::string& word : call.ast.words) {
    if (word == "RETURNING") {
      clauses.returning = true;
      continue;
    }
    const size_t blank = word.find(' ');
    const std::string what = word.substr(0, blank), how = word.substr(blank + 1);
    if (what == "WRAPPER") {
      clauses.wrapper = how;
      continue;
    }
    Answer answer;
    if (how == "DEFAULT") {
      answer.kind = Answer::Kind::kDefault;
      answer.arg = next++;
    } else {
      answer.kind = how == "ERROR"    ? Answer::Kind::kError
                    : how == "ARRAY"  ? Answer::Kind::kArray
                    : how == "OBJECT" ? Answer::Kind::kObject
                    : how == "TRUE"   ? Answer::Kind::kTrue
                    : how == "FALSE"  ? Answer::Kind::kFalse
                                      : Answer::Kind::kNull;
    }
    (what == "EMPTY" ? clauses.on_empty : clauses.on_error) = answer;
  }
  return clauses;
}

/// The compiled path of a call, which is mostly the same in every row.
struct PathCache {
  std::string text;
  JsonPath path;
  bool good = false, known = false;

  bool Get(View wanted) {
    if (!known || wanted != text) {
      text = wanted;
      good = path.Compile(wanted);
      known = true;
    }
    return good;
  }
};

enum class Outcome { kValue, kEmpty, kError };

/// The value that a path leads to, raw: several as one array.
Outcome Query(View json, PathCache& cache, View path_text, std::string* raw) {
  const View value = JsonValueOf(json);
  if (!cache.Get(path_text)) return Outcome::kError;
  if (value.empty()) return cache.path.lax() ? Outcome::kEmpty : Outcome::kError;
  std::vector<std::string> found;
  if (!cache.path.Find(value, &found)) return cache.path.lax() ? Outcome::kEmpty : Outcome::kError;
  if (cache.path.definite()) {
    *raw = found[0];
    return Outcome::kValue;
  }
  *raw = "[";
  for (const std::string& one : found) *raw += (raw->size() > 1 ? "," : "") + one;
  *raw += "]";
  return Outcome::kValue;
}

[[noreturn]] void FailQuery(const EvalCall& eval, bool empty) {
  FailAt(eval.expr.span, empty ? "the path leads to no value" : "the text is not the JSON that the path asks for", "",
         ExitStatus::kData);
}

/// Sets row `row` from the text of a scalar.
bool SetScalar(View raw, const SqlType& type, ColumnVector& out) {
  const size_t row = out.size();
  out.AppendNull();
  std::string text(raw);
  JsonFieldKind kind = raw[0] == 't'   ? JsonFieldKind::kTrue
                       : raw[0] == 'f' ? JsonFieldKind::kFalse
                                       : JsonFieldKind::kNumber;
  if (raw[0] == '"') {
    text.clear();
    AppendUnescaped(text, raw);
    kind = JsonFieldKind::kText;
  }
  if (type.is_string()) {  // numbers as they are written
    out.mutable_nulls()[row] = 0;
    out.MutableValues<View>()[row] = out.arena().Copy(text);
    return true;
  }
  static const JsonFieldRules kRules;
  return SetJsonField(kind, text, type, kRules, out, row).empty();
}

BoundExpr BindJsonValue(FunctionCall& call) {
  call.WantString(0);
  call.WantString(1);
  const Clauses clauses = ClausesOf(call);
  const SqlType type = clauses.returning ? call.ast.type.WithNullable(true) : SqlType::String();
  for (size_t i = 2; i < call.args.size(); ++i) call.Want(i, type);
  const auto cache = std::make_shared<PathCache>();
  return call.Make(type, [clauses, cache, type](const EvalCall& eval, ColumnVector& out) {
    std::string raw;
    for (size_t row = 0; row < eval.rows; ++row) {
      if (eval.args[0]->IsNull(row) || eval.args[1]->IsNull(row)) {
        out.AppendNull();
        continue;
      }
      Outcome outcome = Query(eval.args[0]->strings()[row], *cache, eval.args[1]->strings()[row], &raw);
      const bool lax = cache->good && cache->path.lax();
      if (outcome == Outcome::kValue && (raw[0] == '{' || raw[0] == '[' || (raw[0] == 'n' && lax)))
        outcome = lax ? Outcome::kEmpty : Outcome::kError;
      if (outcome == Outcome::kValue) {
        if (raw[0] == 'n') {
          out.AppendNull();
        } else if (!SetScalar(raw, type, out)) {
          FailQuery(eval, false);
        }
        continue;
      }
      const Answer& answer = outcome == Outcome::kEmpty ? clauses.on_empty : clauses.on_error;
      if (answer.kind == Answer::Kind::kError) FailQuery(eval, outcome == Outcome::kEmpty);
      if (answer.kind == Answer::Kind::kDefault) {
        out.AppendFrom(*eval.args[answer.arg], row);
      } else {
        out.AppendNull();
      }
    }
  });
}

BoundExpr BindJsonQuery(FunctionCall& call) {
  call.WantString(0);
  call.WantString(1);
  const Clauses clauses = ClausesOf(call);
  SqlType type = clauses.returning ? call.ast.type.WithNullable(true) : SqlType::String();
  if (!type.is_string() && type.kind != TypeKind::kArray) call.Refuse("RETURNING takes STRING or ARRAY<STRING>");
  const auto cache = std::make_shared<PathCache>();
  return call.Make(type, [clauses, cache, type](const EvalCall& eval, ColumnVector& out) {
    std::string raw;
    for (size_t row = 0; row < eval.rows; ++row) {
      if (eval.args[0]->IsNull(row) || eval.args[1]->IsNull(row)) {
        out.AppendNull();
        continue;
      }
      Outcome outcome = Query(eval.args[0]->strings()[row], *cache, eval.args[1]->strings()[row], &raw);
      const bool lax = cache->good && cache->path.lax();
      if (outcome == Outcome::kValue) {
        const bool scalar = raw[0] != '{' && raw[0] != '[';
        if (clauses.wrapper == "UNCONDITIONAL" || (clauses.wrapper == "CONDITIONAL" && scalar)) {
          raw = "[" + raw + "]";
        } else if (scalar) {
          outcome = lax ? Outcome::kEmpty : Outcome::kError;
        }
      }
      if (outcome != Outcome::kValue) {
        const Answer& answer = outcome == Outcome::kEmpty ? clauses.on_empty : clauses.on_error;
        if (answer.kind == Answer::Kind::kError) FailQuery(eval, outcome == Outcome::kEmpty);
        raw = answer.kind == Answer::Kind::kArray ? "[]" : answer.kind == Answer::Kind::kObject ? "{}" : "";
      }
      const size_t at = out.size();
      out.AppendNull();
      if (raw.empty()) continue;
      if (type.is_string()) {
        std::string text;
        AppendCompactJson(text, raw);
        out.mutable_nulls()[at] = 0;
        out.MutableValues<View>()[at] = out.arena().Copy(text);
      } else {
        static const JsonFieldRules kRules;
        SetJsonField(raw[0] == '[' ? JsonFieldKind::kArray : JsonFieldKind::kObject, raw, type, kRules, out, at);
      }
      raw.clear();
    }
  });
}

BoundExpr BindJsonExists(FunctionCall& call) {
  call.WantString(0);
  call.WantString(1);
  Clauses clauses = ClausesOf(call);
  const bool unknown = std::find(call.ast.words.begin(), call.ast.words.end(), "ERROR UNKNOWN") != call.ast.words.end();
  if (clauses.on_error.kind == Answer::Kind::kNull && !unknown) clauses.on_error.kind = Answer::Kind::kFalse;
  const auto cache = std::make_shared<PathCache>();
  return call.Make(SqlType::Of(TypeKind::kBoolean), [clauses, cache](const EvalCall& eval, ColumnVector& out) {
    std::string raw;
    for (size_t row = 0; row < eval.rows; ++row) {
      if (eval.args[0]->IsNull(row) || eval.args[1]->IsNull(row)) {
        out.AppendNull();
        continue;
      }
      const Outcome outcome = Query(eval.args[0]->strings()[row], *cache, eval.args[1]->strings()[row], &raw);
      if (outcome != Outcome::kError) {
        out.Append(static_cast<uint8_t>(outcome == Outcome::kValue && raw != "null" ? 1 : 0));
        continue;
      }
      if (clauses.on_error.kind == Answer::Kind::kError) FailQuery(eval, false);
      if (clauses.on_error.kind == Answer::Kind::kNull) {
        out.AppendNull();
      } else {
        out.Append(static_cast<uint8_t>(clauses.on_error.kind == Answer::Kind::kTrue ? 1 : 0));
      }
    }
  });
}

BoundExpr BindIsJson(FunctionCall& call) {
  call.WantString(0);
  const std::string kind = call.ast.unit;
  return call.Make(SqlType::Of(TypeKind::kBoolean, false), [kind](const EvalCall& eval, ColumnVector& out) {
    for (size_t row = 0; row < eval.rows; ++row) {
      const View value = eval.args[0]->IsNull(row) ? View{} : JsonValueOf(eval.args[0]->strings()[row]);
      const char first = value.empty() ? '\0' : value[0];
      const bool scalar = first != '\0' && first != '{' && first != '[';
      const bool is = first != '\0' && (kind == "VALUE" || (kind == "SCALAR" && scalar) ||
                                        (kind == "ARRAY" && first == '[') || (kind == "OBJECT" && first == '{'));
      out.Append(static_cast<uint8_t>(is ? 1 : 0));
    }
  });
}

/// JSON text already: it goes into another one as it is.
bool IsJsonText(const BoundExpr& expr) {
  return expr.kind == BoundExpr::Kind::kCall &&
         (expr.name == "JSON_OBJECT" || expr.name == "JSON_ARRAY" || expr.name == "JSON");
}

void AppendJsonPart(std::string& out, const ColumnVector& column, size_t row, const SqlType& type, bool raw) {
  static const JsonValueStyle kStyle = [] {
    JsonValueStyle style;
    style.iso_timestamps = true;
    style.null_keys = JsonValueStyle::NullKeys::kLiteral;
    style.null_key = "null";
    return style;
  }();
  if (raw && !column.IsNull(row)) {
    out += column.strings()[row];
  } else {
    AppendValueJson(out, column, row, type, kStyle);
  }
}

void RefuseBareNull(const FunctionCall& call) {
  for (const BoundExpr& arg : call.args)
    if (arg.type.kind == TypeKind::kNull)
      FailAt(arg.span, "NULL has no type here", "CAST(NULL AS STRING) gives it one");
}

BoundExpr BindJsonObject(FunctionCall& call) {
  RefuseBareNull(call);
  std::vector<std::string> keys;
  std::vector<SqlType> types;
  std::vector<uint8_t> raw;
  std::vector<size_t> order;
  for (size_t i = 0; i + 1 < call.args.size(); i += 2) {
    const BoundExpr& key = call.args[i];
    if (key.kind != BoundExpr::Kind::kLiteral || !key.type.is_string())
      FailAt(key.span, "a name in JSON_OBJECT is a text", "JSON_OBJECT('a' VALUE 1)");
    keys.push_back(key.literal.text);
    types.push_back(call.args[i + 1].type);
    raw.push_back(IsJsonText(call.args[i + 1]) ? 1 : 0);
    order.push_back(i / 2);
  }
  std::stable_sort(order.begin(), order.end(), [&keys](size_t a, size_t b) { return keys[a] < keys[b]; });
  const bool absent = std::find(call.ast.words.begin(), call.ast.words.end(), "ABSENT ON NULL") != call.ast.words.end();
  return call.Make(SqlType::String(false), [=](const EvalCall& eval, ColumnVector& out) {
    std::string text;
    for (size_t row = 0; row < eval.rows; ++row) {
      text = "{";
      for (const size_t i : order) {
        const ColumnVector& value = *eval.args[2 * i + 1];
        if (absent && value.IsNull(row)) continue;
        if (text.size() > 1) text += ',';
        AppendJsonString(text, keys[i]);
        text += ':';
        AppendJsonPart(text, value, row, types[i], raw[i] != 0);
      }
      out.AppendCopy(text + "}");
    }
  });
}

BoundExpr BindJsonArray(FunctionCall& call) {
  RefuseBareNull(call);
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

/// JSON(text), PARSE_JSON(text), TRY_PARSE_JSON(text): the value without blanks.
BoundExpr BindParseJson(FunctionCall& call) {
  call.WantString(0);
  const bool try_parse = call.ast.text == "TRY_PARSE_JSON";
  return call.Make(SqlType::String(call.nullable() || try_parse),
                   Text<View>([try_parse, span = call.span()](View text, std::string* out) {
                     const View value = JsonValueOf(text);
                     if (value.empty() && !try_parse)
                       FailAt(span, "the text is no JSON", "TRY_PARSE_JSON gives NULL", ExitStatus::kData);
                     AppendCompactJson(*out, value);
                     return !value.empty();
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
      {"JSON_VALUE", 2, 4, "JSON_VALUE(json, path [RETURNING type] [... ON EMPTY] [... ON ERROR])", BindJsonValue},
      {"JSON_QUERY", 2, 4, "JSON_QUERY(json, path [WITH WRAPPER] [... ON EMPTY] [... ON ERROR])", BindJsonQuery},
      {"JSON_EXISTS", 2, 2, "JSON_EXISTS(json, path [... ON ERROR])", BindJsonExists},
      {"IS_JSON", 1, 1, "x IS [NOT] JSON [VALUE | SCALAR | ARRAY | OBJECT]", BindIsJson},
      {"JSON_OBJECT", 0, -1, "JSON_OBJECT('name' VALUE x, ... [NULL | ABSENT ON NULL])", BindJsonObject},
      {"JSON_ARRAY", 0, -1, "JSON_ARRAY(x, ... [NULL | ABSENT ON NULL])", BindJsonArray},
      {"JSON_STRING", 1, 1, "JSON_STRING(x)", BindJsonString},
      {"JSON", 1, 1, "JSON(text)", BindParseJson},
      {"PARSE_JSON", 1, 1, "PARSE_JSON(text)", BindParseJson},
      {"TRY_PARSE_JSON", 1, 1, "TRY_PARSE_JSON(text)", BindParseJson},
      {"JSON_QUOTE", 1, 1, "JSON_QUOTE(text)", BindJsonQuote},
      {"JSON_UNQUOTE", 1, 1, "JSON_UNQUOTE(text)", BindJsonUnquote},
  };
}

}  // namespace cdc::sql
