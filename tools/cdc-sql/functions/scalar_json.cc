// Functions that read JSON: JSON_VALUE, JSON_QUERY, JSON_EXISTS, IS JSON.
#include <algorithm>

#include "common/error.h"
#include "common/json_scan.h"
#include "tools/cdc-sql/connect/json_field.h"
#include "tools/cdc-sql/functions/adapt.h"
#include "tools/cdc-sql/functions/cast.h"
#include "tools/cdc-sql/functions/function_table.h"
#include "tools/cdc-sql/functions/json_path.h"
#include "tools/cdc-sql/functions/json_text.h"
#include "tools/cdc-sql/functions/printf.h"
#include "tools/cdc-sql/run/expr_eval.h"

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
  const View value = FirstJsonValue(json);
  if (!cache.Get(path_text)) return Outcome::kError;
  if (value.empty() && cache.path.lax()) return Outcome::kEmpty;
  if (value.empty() || value == "null") return Outcome::kError;
  std::vector<std::string> found;
  if (!cache.path.Find(value, &found)) return cache.path.lax() ? Outcome::kEmpty : Outcome::kError;
  if (cache.path.definite()) {
    *raw = std::move(found[0]);
    // Found, but without a value: in lax mode nothing, in strict mode not what was asked for.
    if (*raw == "null") return cache.path.lax() ? Outcome::kEmpty : Outcome::kError;
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
  if (type.is_string()) {
    if (kind == JsonFieldKind::kNumber) {
      text.clear();
      AppendBigDecimal(text, raw);
    }
    out.mutable_nulls()[row] = 0;
    out.MutableValues<View>()[row] = out.arena().Copy(text);
    return true;
  }
  // No text is taken for a number or a condition, and no fraction for a whole number.
  const bool fits =
      type.kind == TypeKind::kBoolean
          ? kind == JsonFieldKind::kTrue || kind == JsonFieldKind::kFalse
          : kind == JsonFieldKind::kNumber && (!type.is_integer() || text.find_first_of(".eE") == std::string::npos);
  static const JsonFieldRules kRules;
  return fits && SetJsonField(kind, text, type, kRules, out, row).empty();
}

[[noreturn]] void FailReturning(const EvalCall& eval, View raw, const SqlType& type) {
  FailAt(eval.expr.span, "the value " + Shown(std::string(raw)) + " is no " + type.WithNullable(true).Text(),
         "without RETURNING it comes as a text, which TRY_CAST converts", ExitStatus::kData);
}

BoundExpr BindJsonValue(FunctionCall& call) {
  call.WantString(0);
  call.WantString(1);
  const Clauses clauses = ClausesOf(call);
  const SqlType type = clauses.returning ? call.ast.type.WithNullable(true) : SqlType::String();
  if (!type.is_string() && type.kind != TypeKind::kInt && type.kind != TypeKind::kDouble &&
      type.kind != TypeKind::kBoolean)
    call.Refuse("RETURNING takes STRING, INTEGER, DOUBLE or BOOLEAN");
  for (size_t i = 2; i < call.args.size(); ++i) {
    BoundExpr& answer = call.args[i];
    const SqlType& of = answer.type;
    const bool own_text = of.kind == TypeKind::kBoolean || of.is_datetime() || of.is_interval();
    if (type.is_string() && own_text && answer.kind == BoundExpr::Kind::kLiteral &&
        !answer.literal.is_null) {  // as Java writes it, not as a cast does
      Batch row;
      row.rows = 1;
      Datum text;
      text.is_null = false;
      text.text = JavaText(*Evaluate(answer, row), 0, of);
      answer = LiteralExpr(std::move(text), SqlType::String(false), answer.span);
    }
    call.Want(i, type);
  }
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
      if (outcome == Outcome::kValue && (raw[0] == '{' || raw[0] == '['))
        outcome = lax ? Outcome::kEmpty : Outcome::kError;
      if (outcome == Outcome::kValue) {
        if (!SetScalar(raw, type, out)) FailReturning(eval, raw, type);
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
  if (type.kind == TypeKind::kArray && !type.children[0].is_string())
    call.Refuse("RETURNING takes STRING or ARRAY<STRING>");
  for (const Answer& answer : {clauses.on_empty, clauses.on_error})
    if (type.kind == TypeKind::kArray && answer.kind == Answer::Kind::kObject)
      call.Refuse("an empty object is no ARRAY<STRING>, EMPTY ARRAY is");
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
        if (clauses.wrapper == "UNCONDITIONAL" || (clauses.wrapper == "CONDITIONAL" && raw[0] != '[')) {
          raw = "[" + raw + "]";
        } else if (scalar) {
          outcome = lax ? Outcome::kEmpty : Outcome::kError;
        }
        if (outcome == Outcome::kValue && type.kind == TypeKind::kArray && raw[0] != '[') outcome = Outcome::kError;
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
        AppendNormalJson(text, raw);
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
        out.Append(static_cast<uint8_t>(outcome == Outcome::kValue ? 1 : 0));
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
      const View value = eval.args[0]->IsNull(row) ? View{} : FirstJsonValue(eval.args[0]->strings()[row]);
      const char first = value.empty() ? '\0' : value[0];
      const bool scalar = first != '\0' && first != '{' && first != '[';
      const bool is = first != '\0' && (kind == "VALUE" || (kind == "SCALAR" && scalar) ||
                                        (kind == "ARRAY" && first == '[') || (kind == "OBJECT" && first == '{'));
      out.Append(static_cast<uint8_t>(is ? 1 : 0));
    }
  });
}

}  // namespace

std::vector<FunctionEntry> JsonQueryFunctions() {
  return {
      {"JSON_VALUE", 2, 4, "JSON_VALUE(json, path [RETURNING type] [... ON EMPTY] [... ON ERROR])", BindJsonValue},
      {"JSON_QUERY", 2, 4, "JSON_QUERY(json, path [WITH WRAPPER] [... ON EMPTY] [... ON ERROR])", BindJsonQuery},
      {"JSON_EXISTS", 2, 2, "JSON_EXISTS(json, path [... ON ERROR])", BindJsonExists},
      {"IS_JSON", 1, 1, "x IS [NOT] JSON [VALUE | SCALAR | ARRAY | OBJECT]", BindIsJson},
  };
}

}  // namespace cdc::sql
