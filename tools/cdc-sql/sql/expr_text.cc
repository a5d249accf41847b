#include "tools/cdc-sql/sql/expr_text.h"

#include <algorithm>
#include <cstdio>
#include <set>
#include <utility>

#include "tools/cdc-sql/run/utf16.h"
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

int StrengthOf(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::kBinary:
      if (!expr.unit.empty()) return kWhole;
      if (expr.text == "OR") return kOr;
      if (expr.text == "AND") return kAnd;
      if (expr.text == "+" || expr.text == "-") return kAdd;
      if (expr.text == "*" || expr.text == "/" || expr.text == "%" || expr.text == "||") return kMultiply;
      return kCompare;
    case ExprKind::kUnary: return expr.text == "NOT" ? kNot : kSign;
    case ExprKind::kIs: return kIs;
    case ExprKind::kIsDistinct: return kCompare;
    case ExprKind::kBetween:
    case ExprKind::kIn:
    case ExprKind::kLike: return kRange;
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

std::string Join(const std::vector<ExprPtr>& args, size_t from, const std::string& between) {
  std::string text;
  for (size_t i = from; i < args.size(); ++i) text += (i > from ? between : "") + ExprText(*args[i]);
  return text;
}

/// An operand: in parentheses if the operator around it holds more strongly.
std::string Operand(const Expr& expr, int least) {
  return StrengthOf(expr) < least ? "(" + ExprText(expr) + ")" : ExprText(expr);
}

std::string BinaryText(const Expr& expr) {
  const int strength = StrengthOf(expr);
  std::string text = Operand(*expr.args[0], strength);
  for (size_t i = 1; i < expr.args.size(); ++i) text += " " + expr.text + " " + Operand(*expr.args[i], strength + 1);
  return text;
}

std::string IntervalText(const Expr& expr) {
  std::string text = std::string("INTERVAL ") + (expr.negated ? "-" : "") + Literal(expr.text) + " " + expr.unit;
  if (expr.type.precision > 0) text += "(" + std::to_string(expr.type.precision) + ")";
  return text + (expr.to_unit.empty() ? "" : " TO " + expr.to_unit);
}

std::string CaseText(const Expr& expr) {
  std::string text = "CASE";
  size_t at = 0;
  std::string operand;
  if (expr.has_operand) operand = ExprText(*expr.args[at++]) + " = ";
  const size_t end = expr.args.size() - (expr.has_else ? 1 : 0);
  for (; at + 1 < end; at += 2)
    text += " WHEN " + operand + ExprText(*expr.args[at]) + " THEN " + ExprText(*expr.args[at + 1]);
  return text + " ELSE " + (expr.has_else ? ExprText(*expr.args.back()) : "NULL") + " END";
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

/// Functions that the planner has as operators of its own; the names of others stand in back-ticks.
bool IsOperator(const std::string& name) {
  static const std::set<std::string> kNames = {"ABS",
                                               "ACOS",
                                               "ARRAY_AGG",
                                               "ASCII",
                                               "ASIN",
                                               "ATAN",
                                               "ATAN2",
                                               "AVG",
                                               "BIN",
                                               "CARDINALITY",
                                               "CEIL",
                                               "CHARACTER_LENGTH",
                                               "CHAR_LENGTH",
                                               "CHR",
                                               "COALESCE",
                                               "COLLECT",
                                               "CONCAT",
                                               "CONCAT_WS",
                                               "CONVERT_TZ",
                                               "COS",
                                               "COSH",
                                               "COT",
                                               "COUNT",
                                               "CURRENT_DATABASE",
                                               "CURRENT_DATE",
                                               "CURRENT_ROW_TIMESTAMP",
                                               "CURRENT_TIME",
                                               "CURRENT_TIMESTAMP",
                                               "DATE_FORMAT",
                                               "DECODE",
                                               "DEGREES",
                                               "DENSE_RANK",
                                               "E",
                                               "ELEMENT",
                                               "ENCODE",
                                               "EXP",
                                               "FIRST_VALUE",
                                               "FLOOR",
                                               "FROM_BASE64",
                                               "FROM_UNIXTIME",
                                               "HASH_CODE",
                                               "HEX",
                                               "IF",
                                               "INITCAP",
                                               "INSTR",
                                               "IS_ALPHA",
                                               "IS_DECIMAL",
                                               "IS_DIGIT",
                                               "JSON_EXISTS",
                                               "JSON_QUERY",
                                               "JSON_VALUE",
                                               "LAG",
                                               "LAST_VALUE",
                                               "LEAD",
                                               "LEFT",
                                               "LISTAGG",
                                               "LN",
                                               "LOCALTIME",
                                               "LOCALTIMESTAMP",
                                               "LOCATE",
                                               "LOG",
                                               "LOG10",
                                               "LOG2",
                                               "LOWER",
                                               "LPAD",
                                               "LTRIM",
                                               "MAX",
                                               "MD5",
                                               "MIN",
                                               "MOD",
                                               "NOW",
                                               "PARSE_URL",
                                               "PI",
                                               "POWER",
                                               "PROCTIME",
                                               "RADIANS",
                                               "RAND",
                                               "RAND_INTEGER",
                                               "RANK",
                                               "REGEXP",
                                               "REGEXP_EXTRACT",
                                               "REGEXP_REPLACE",
                                               "REPEAT",
                                               "REPLACE",
                                               "REVERSE",
                                               "RIGHT",
                                               "ROUND",
                                               "ROW_NUMBER",
                                               "RPAD",
                                               "RTRIM",
                                               "SHA1",
                                               "SHA2",
                                               "SHA224",
                                               "SHA256",
                                               "SHA384",
                                               "SHA512",
                                               "SIGN",
                                               "SIN",
                                               "SINH",
                                               "SPLIT_INDEX",
                                               "SQRT",
                                               "STDDEV_POP",
                                               "STDDEV_SAMP",
                                               "STR_TO_MAP",
                                               "SUBSTR",
                                               "SUBSTRING",
                                               "SUM",
                                               "TAN",
                                               "TANH",
                                               "TIMESTAMPADD",
                                               "TIMESTAMPDIFF",
                                               "TO_BASE64",
                                               "TO_DATE",
                                               "TO_TIMESTAMP",
                                               "TRUNCATE",
                                               "TRY_PARSE_JSON",
                                               "UNIX_TIMESTAMP",
                                               "UPPER",
                                               "UUID",
                                               "VAR_POP",
                                               "VAR_SAMP"};
  return kNames.count(name) > 0;
}

std::string CallText(const Expr& call) {
  const std::string& name = call.text;
  const std::vector<ExprPtr>& args = call.args;
  const std::string written(call.span.text());
  // Clauses of a function's own stand as they are written.
  if (!call.words.empty() || call.filter || call.over || !call.order_by.empty() || call.distinct) return written;
  if (name == "JSON_OBJECT" || name == "JSON_ARRAY" || name == "IS_JSON" || name == "OVERLAY") return written;
  if (const char* unit = ExtractUnit(name); unit != nullptr && args.size() == 1)
    return std::string("EXTRACT(") + unit + " FROM " + ExprText(*args[0]) + ")";
  if (name == "EXTRACT") return "EXTRACT(" + Join(args, 0, " FROM ") + ")";
  if (name == "POSITION" && args.size() == 2) return "POSITION(" + Join(args, 0, " IN ") + ")";
  if (name == "TRIM")
    return "TRIM(" + call.unit + " " + (args.size() > 1 ? ExprText(*args[1]) : "' '") + " FROM " + ExprText(*args[0]) +
           ")";
  if ((name == "FLOOR" || name == "CEIL") && args.size() == 2) return name + "(" + Join(args, 0, " TO ") + ")";
  if (name == "NULLIF" && args.size() == 2)
    return "CASE WHEN " + Join(args, 0, " = ") + " THEN NULL ELSE " + ExprText(*args[0]) + " END";
  const std::string function = IsOperator(name) ? name : BackTicked(name);
  if (call.star) return function + "(*)";
  if (args.empty() && written.find('(') == std::string::npos) return function;
  std::string text = function + "(" + Join(args, 0, ", ");
  if (name == "JSON_QUERY") text += " WITHOUT ARRAY WRAPPER NULL ON EMPTY NULL ON ERROR";
  return text + ")";
}

std::string ColumnText(const Name& name) {
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

std::string ExprText(const Expr& expr) {
  const std::string no = expr.negated ? "NOT " : "";
  switch (expr.kind) {
    case ExprKind::kColumn: return ColumnText(expr.name);
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
      const bool number = expr.args[0]->kind == ExprKind::kNumber;
      return expr.text + (number ? "" : " ") + Operand(*expr.args[0], StrengthOf(expr));
    }
    case ExprKind::kBinary:
      if (!expr.unit.empty()) break;
      return BinaryText(expr);
    case ExprKind::kIs: return Operand(*expr.args[0], kIs) + " IS " + no + expr.text;
    case ExprKind::kIsDistinct:
      return Operand(*expr.args[0], kCompare) + " IS " + no + "DISTINCT FROM " + Operand(*expr.args[1], kCompare + 1);
    case ExprKind::kBetween:
      return Operand(*expr.args[0], kRange) + " " + no + "BETWEEN " + (expr.text.empty() ? "ASYMMETRIC" : expr.text) +
             " " + Operand(*expr.args[1], kRange + 1) + " AND " + Operand(*expr.args[2], kRange + 1);
    case ExprKind::kIn: return Operand(*expr.args[0], kRange) + " " + no + "IN (" + Join(expr.args, 1, ", ") + ")";
    case ExprKind::kLike:
      return Operand(*expr.args[0], kRange) + " " + no + expr.text + " " + Operand(*expr.args[1], kRange + 1) +
             (expr.args.size() > 2 ? " ESCAPE " + ExprText(*expr.args[2]) : "");
    case ExprKind::kCase: return CaseText(expr);
    case ExprKind::kCast:
      if (!expr.unit.empty()) break;
      return expr.text + "(" + ExprText(*expr.args[0]) + " AS " + TypeText(expr.type) + ")";
    case ExprKind::kCall: return CallText(expr);
    case ExprKind::kRow: return "ROW(" + Join(expr.args, 0, ", ") + ")";
    case ExprKind::kArray: return "ARRAY[" + Join(expr.args, 0, ", ") + "]";
    case ExprKind::kMap: return "MAP[" + Join(expr.args, 0, ", ") + "]";
    case ExprKind::kElement: return Operand(*expr.args[0], kWhole) + "[" + ExprText(*expr.args[1]) + "]";
    case ExprKind::kField: return ExprText(*expr.args[0]) + "." + BackTicked(expr.text);
    default: break;
  }
  return std::string(expr.span.text());
}

}  // namespace cdc::sql
