#include "tools/cdc-sql/sql/expr_text.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "tools/cdc-sql/run/utf16.h"
#include "tools/cdc-sql/sql/operator_names.h"
#include "tools/cdc-sql/sql/token.h"

namespace cdc::sql {

namespace {

/// A literal; other characters than those that ASCII prints make it one of Unicode, with each UTF-16 unit as \xxxx.
std::string TextLiteral(const std::string& value) {
  const std::u16string units = ToUtf16(value);
  const auto is_other = [](char16_t unit) { return unit < 0x20 || unit >= 0x80; };
  if (std::none_of(units.begin(), units.end(), is_other)) return Literal(value);
  std::string text = "u&'";
  for (const char16_t unit : units) {
    char digits[6];
    std::snprintf(digits, sizeof digits, "\\%04x", static_cast<unsigned>(unit));
    const char plain = static_cast<char>(unit);
    text += is_other(unit)                   ? std::string(digits)
            : plain == '\'' || plain == '\\' ? std::string(2, plain)
                                             : std::string(1, plain);
  }
  return text + "'";
}

/// How strongly an expression holds together: the numbers of Calcite, whose text this is.
enum Strength {
  kOver = 20,
  kOr = 22,
  kAnd = 24,
  kNot = 26,
  kIs = 28,
  kCompare = 30,
  kRange = 32,
  kAdd = 40,
  kMultiply = 60,
  kSign = 80,
  kWhole = 200
};

/// x IS NOT JSON, which is parsed as a NOT in the same place.
bool IsNotJson(const Expr& expr) {
  const bool negated = expr.kind == ExprKind::kUnary && expr.text == "NOT" && expr.args[0]->text == "IS_JSON";
  return negated && expr.args[0]->span.begin == expr.span.begin;
}

int StrengthOf(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::kBinary:
      if (!expr.unit.empty()) return kWhole;
      if (expr.text == "OR") return kOr;
      if (expr.text == "AND") return kAnd;
      if (expr.text == "+" || expr.text == "-") return kAdd;
      if (expr.text == "*" || expr.text == "/" || expr.text == "%" || expr.text == "||") return kMultiply;
      return kCompare;
    case ExprKind::kUnary:
      if (IsNotJson(expr)) return kIs;
      return expr.text == "NOT" ? kNot : kSign;
    case ExprKind::kIs: return kIs;
    case ExprKind::kIsDistinct: return kCompare;
    case ExprKind::kBetween:
    case ExprKind::kIn:
    case ExprKind::kLike: return kRange;
    case ExprKind::kQuantified: return kCompare;
    case ExprKind::kCall: return expr.over ? kOver : expr.text == "IS_JSON" ? kIs : kWhole;
    default: return kWhole;
  }
}

std::string InUpperCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text;
}

/// As the target of a CAST.
std::string TypeText(const SqlType& type) {
  return type.kind == TypeKind::kInt ? "INTEGER" : type.WithNullable(true).Text();
}

std::string Hex(const std::string& bytes) {
  std::string text;
  char digits[3];
  for (const char byte : bytes) {
    std::snprintf(digits, sizeof digits, "%02X", static_cast<unsigned>(static_cast<unsigned char>(byte)));
    text += digits;
  }
  return text;
}

std::string Join(const std::vector<ExprPtr>& args, size_t from, const std::string& between, const TextStyle& style) {
  std::string text;
  for (size_t i = from; i < args.size(); ++i) text += (i > from ? between : "") + ExprText(*args[i], style);
  return text;
}

/// An operand: in parentheses if the operator around it holds more strongly.
std::string Operand(const Expr& expr, int least, const TextStyle& style) {
  return StrengthOf(expr) < least ? "(" + ExprText(expr, style) + ")" : ExprText(expr, style);
}

std::string BinaryText(const Expr& expr, const TextStyle& style) {
  const int strength = StrengthOf(expr);
  std::string text = Operand(*expr.args[0], strength, style);
  for (size_t i = 1; i < expr.args.size(); ++i)
    text += " " + expr.text + " " + Operand(*expr.args[i], strength + 1, style);
  return text;
}

std::string IntervalText(const Expr& expr) {
  std::string text = std::string("INTERVAL ") + (expr.negated ? "-" : "") + Literal(expr.text) + " " + expr.unit;
  if (expr.type.precision > 0) text += "(" + std::to_string(expr.type.precision) + ")";
  return text + (expr.to_unit.empty() ? "" : " TO " + expr.to_unit);
}

std::string CaseText(const Expr& expr, const TextStyle& style) {
  std::string text = "CASE";
  size_t at = 0;
  std::string operand;
  if (expr.has_operand) operand = ExprText(*expr.args[at++], style) + " = ";
  const size_t end = expr.args.size() - (expr.has_else ? 1 : 0);
  for (; at + 1 < end; at += 2)
    text += " WHEN " + operand + ExprText(*expr.args[at], style) + " THEN " + ExprText(*expr.args[at + 1], style);
  return text + " ELSE " + (expr.has_else ? ExprText(*expr.args.back(), style) : "NULL") + " END";
}

/// The unit of EXTRACT that a function of a time is, or nothing.
const char* ExtractUnit(const std::string& name) {
  static constexpr std::pair<const char*, const char*> kUnits[] = {
      {"YEAR", "YEAR"},      {"QUARTER", "QUARTER"}, {"MONTH", "MONTH"}, {"WEEK", "WEEK"},     {"DAYOFYEAR", "DOY"},
      {"DAYOFMONTH", "DAY"}, {"DAYOFWEEK", "DOW"},   {"HOUR", "HOUR"},   {"MINUTE", "MINUTE"}, {"SECOND", "SECOND"}};
  for (const auto& [function, unit] : kUnits)
    if (name == function) return unit;
  return nullptr;
}

/// What is not taken apart: as it is written.
std::string Written(const Expr& expr, const TextStyle& style) {
  if (style.strict) throw NoText{};
  return std::string(expr.span.text());
}

/// Functions whose text the planner changes.
std::string PlannedText(const Expr& call, const TextStyle& style) {
  const std::vector<ExprPtr>& args = call.args;
  if (const char* unit = ExtractUnit(call.text); unit != nullptr && args.size() == 1)
    return std::string("EXTRACT(") + unit + " FROM " + ExprText(*args[0], style) + ")";
  if (call.text == "NULLIF" && args.size() == 2)
    return "CASE WHEN " + Join(args, 0, " = ", style) + " THEN NULL ELSE " + ExprText(*args[0], style) + " END";
  return {};
}

std::string OrderText(const std::vector<OrderItem>& items, const TextStyle& style) {
  std::string text;
  for (const OrderItem& item : items) text += (text.empty() ? "" : ", ") + OrderItemText(item, style);
  return text;
}

std::string JsonObjectText(const Expr& call, const TextStyle& style) {
  if (call.filter || call.over) return Written(call, style);
  std::string text = call.text + "(";
  for (size_t i = 0; i + 1 < call.args.size(); i += 2)
    text +=
        (i > 0 ? ", KEY " : "KEY ") + ExprText(*call.args[i], style) + " VALUE " + ExprText(*call.args[i + 1], style);
  if (!call.args.empty()) text += " ";
  return text + (call.words.empty() ? "NULL ON NULL" : call.words[0]) + ")";
}

std::string CallText(const Expr& call, const TextStyle& style) {
  const std::string& name = call.text;
  const std::vector<ExprPtr>& args = call.args;
  if (name == "JSON_OBJECT" || name == "JSON_OBJECTAGG") return JsonObjectText(call, style);
  // Clauses of a function's own stand as they are written.
  if (!call.words.empty() || !call.order_by.empty()) return Written(call, style);
  if (name == "IS_JSON") return Operand(*args[0], kIs, style) + " IS JSON " + call.unit;
  if (name == "JSON_ARRAY") return Written(call, style);
  if (style.planned)
    if (std::string text = PlannedText(call, style); !text.empty()) return text;
  if (name == "EXTRACT") return "EXTRACT(" + Join(args, 0, " FROM ", style) + ")";
  if (name == "OVERLAY")
    return "OVERLAY(" + ExprText(*args[0], style) + " PLACING " + ExprText(*args[1], style) + " FROM " +
           ExprText(*args[2], style) + (args.size() > 3 ? " FOR " + ExprText(*args[3], style) : "") + ")";
  if (name == "POSITION" && args.size() == 2) return "POSITION(" + Join(args, 0, " IN ", style) + ")";
  if (name == "TRIM")
    return "TRIM(" + call.unit + " " + (args.size() > 1 ? ExprText(*args[1], style) : "' '") + " FROM " +
           ExprText(*args[0], style) + ")";
  if ((name == "FLOOR" || name == "CEIL" || name == "CEILING") && args.size() == 2)
    return std::string(name == "FLOOR" ? "FLOOR" : "CEIL") + "(" + Join(args, 0, " TO ", style) + ")";
  if (name == "CEILING") return "CEIL(" + Join(args, 0, ", ", style) + ")";
  const std::string function = (style.planned ? IsOperator(name) : IsOfParser(name)) ? name : BackTicked(name);
  std::string text = function;
  if (call.star) {
    text += "(*)";
  } else if (!args.empty() || call.span.text().find('(') != std::string_view::npos) {
    text += std::string("(") + (call.distinct ? "DISTINCT " : "") + Join(args, 0, ", ", style);
    if (name == "JSON_QUERY") text += " WITHOUT ARRAY WRAPPER NULL ON EMPTY NULL ON ERROR";
    text += ")";
  }
  if (call.filter) text += " FILTER (WHERE " + ExprText(*call.filter, style) + ")";
  if (call.over)
    text += " OVER " + (call.over->base.empty() ? OverText(*call.over, style) : BackTicked(call.over->base));
  return text;
}

std::string ColumnText(const Name& name, const TextStyle& style) {
  if (style.column) return style.column(name);
  std::string text;
  for (const std::string& part : name.parts) text += (text.empty() ? "" : ".") + BackTicked(part);
  return text;
}

}  // namespace

std::string Literal(const std::string& value) {
  std::string text = "'";
  for (const char c : value) text += c == '\'' ? std::string("''") : std::string(1, c);
  return text + "'";
}

std::string OrderItemText(const OrderItem& item, const TextStyle& style) {
  return ExprText(*item.expr, style) + (item.descending ? " DESC" : "") +
         (!item.nulls_first   ? ""
          : *item.nulls_first ? " NULLS FIRST"
                              : " NULLS LAST");
}

std::string OverText(const OverSpec& over, const TextStyle& style) {
  std::string text;
  const auto add = [&text](const std::string& part) { text += (text.empty() ? "" : " ") + part; };
  if (!over.partition_by.empty()) add("PARTITION BY " + Join(over.partition_by, 0, ", ", style));
  if (!over.order_by.empty()) add("ORDER BY " + OrderText(over.order_by, style));
  if (over.has_frame) {
    if (over.from_current || !over.to_current) throw NoText{};
    add(std::string(over.rows ? "ROWS" : "RANGE") + " BETWEEN " +
        (over.preceding ? ExprText(*over.preceding, style) : "UNBOUNDED") + " PRECEDING AND CURRENT ROW");
  }
  return "(" + text + ")";
}

std::string ExprText(const Expr& expr, const TextStyle& style) {
  const std::string no = expr.negated ? "NOT " : "";
  switch (expr.kind) {
    case ExprKind::kColumn: return ColumnText(expr.name, style);
    case ExprKind::kNumber: return InUpperCase(expr.text);
    case ExprKind::kNamedUnit: return expr.text;
    case ExprKind::kString: return TextLiteral(expr.text);
    case ExprKind::kBytes: return "X'" + Hex(expr.text) + "'";
    case ExprKind::kBoolean:
    case ExprKind::kNull: return expr.text.empty() ? "NULL" : expr.text;
    case ExprKind::kDate: return "DATE " + Literal(expr.text);
    case ExprKind::kTime: return "TIME " + Literal(expr.text);
    case ExprKind::kTimestamp: return "TIMESTAMP " + Literal(expr.text);
    case ExprKind::kInterval: return IntervalText(expr);
    case ExprKind::kUnary: {
      if (IsNotJson(expr)) return Operand(*expr.args[0]->args[0], kIs, style) + " IS NOT JSON " + expr.args[0]->unit;
      const bool number = expr.args[0]->kind == ExprKind::kNumber;
      return expr.text + (number ? "" : " ") + Operand(*expr.args[0], StrengthOf(expr), style);
    }
    case ExprKind::kBinary:
      if (!expr.unit.empty()) break;
      return BinaryText(expr, style);
    case ExprKind::kIs: return Operand(*expr.args[0], kIs, style) + " IS " + no + expr.text;
    case ExprKind::kIsDistinct:
      return Operand(*expr.args[0], kCompare, style) + " IS " + no + "DISTINCT FROM " +
             Operand(*expr.args[1], kCompare + 1, style);
    case ExprKind::kBetween:
      return Operand(*expr.args[0], kRange, style) + " " + no + "BETWEEN " +
             (expr.text.empty() ? "ASYMMETRIC" : expr.text) + " " + Operand(*expr.args[1], kRange + 1, style) +
             " AND " + Operand(*expr.args[2], kRange + 1, style);
    case ExprKind::kIn:
      return Operand(*expr.args[0], kRange, style) + " " + no + "IN (" + Join(expr.args, 1, ", ", style) + ")";
    case ExprKind::kLike:
      return Operand(*expr.args[0], kRange, style) + " " + no + expr.text + " " +
             Operand(*expr.args[1], kRange + 1, style) +
             (expr.args.size() > 2 ? " ESCAPE " + ExprText(*expr.args[2], style) : "");
    case ExprKind::kCase: return CaseText(expr, style);
    case ExprKind::kCast:
      if (!expr.unit.empty()) break;
      return expr.text + "(" + ExprText(*expr.args[0], style) + " AS " + TypeText(expr.type) + ")";
    case ExprKind::kCall: return CallText(expr, style);
    case ExprKind::kRow: return "ROW(" + Join(expr.args, 0, ", ", style) + ")";
    case ExprKind::kArray: return "ARRAY[" + Join(expr.args, 0, ", ", style) + "]";
    case ExprKind::kMap: return "MAP[" + Join(expr.args, 0, ", ", style) + "]";
    case ExprKind::kElement: return Operand(*expr.args[0], kWhole, style) + "[" + ExprText(*expr.args[1], style) + "]";
    case ExprKind::kField: return ExprText(*expr.args[0], style) + "." + BackTicked(expr.text);
    case ExprKind::kExists:
      if (!style.query) break;
      return "EXISTS (" + style.query(*expr.query) + ")";
    case ExprKind::kInQuery:
      if (!style.query) break;
      return Operand(*expr.args[0], kRange, style) + " " + no + "IN (" + style.query(*expr.query) + ")";
    case ExprKind::kQuantified:
      if (!style.query) break;
      return Operand(*expr.args[0], kCompare, style) + " " + expr.text + (expr.star ? " ALL (" : " SOME (") +
             style.query(*expr.query) + ")";
    case ExprKind::kScalarQuery:
      if (!style.query) break;
      return "(((" + style.query(*expr.query) + ")))";
    default: break;
  }
  return Written(expr, style);
}

}  // namespace cdc::sql
