#include "tools/cdc-sql/bind/sql_type.h"

#include "tools/cdc-sql/sql/token.h"

namespace cdc::sql {

Physical SqlType::physical() const {
  switch (kind) {
    case TypeKind::kBoolean: return Physical::kBool;
    case TypeKind::kFloat:
    case TypeKind::kDouble: return Physical::kDouble;
    case TypeKind::kDecimal:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz: return Physical::kInt128;
    case TypeKind::kNull:
    case TypeKind::kTinyint:
    case TypeKind::kSmallint:
    case TypeKind::kInt:
    case TypeKind::kBigint:
    case TypeKind::kDate:
    case TypeKind::kTime:
    case TypeKind::kIntervalMonth:
    case TypeKind::kIntervalDay: return Physical::kInt64;
    default: return Physical::kString;
  }
}

namespace {

std::string Sized(const char* name, const SqlType& type) {
  return std::string(name) + "(" + std::to_string(type.precision) + ")";
}

std::string BareText(const SqlType& type) {
  switch (type.kind) {
    case TypeKind::kNull: return "NULL";
    case TypeKind::kBoolean: return "BOOLEAN";
    case TypeKind::kTinyint: return "TINYINT";
    case TypeKind::kSmallint: return "SMALLINT";
    case TypeKind::kInt: return "INT";
    case TypeKind::kBigint: return "BIGINT";
    case TypeKind::kFloat: return "FLOAT";
    case TypeKind::kDouble: return "DOUBLE";
    case TypeKind::kDecimal:
      return "DECIMAL(" + std::to_string(type.precision) + ", " + std::to_string(type.scale) + ")";
    case TypeKind::kChar: return Sized("CHAR", type);
    case TypeKind::kVarchar: return type.precision == kMaxLength ? "STRING" : Sized("VARCHAR", type);
    case TypeKind::kBinary: return Sized("BINARY", type);
    case TypeKind::kVarbinary: return type.precision == kMaxLength ? "BYTES" : Sized("VARBINARY", type);
    case TypeKind::kDate: return "DATE";
    case TypeKind::kTime: return Sized("TIME", type);
    case TypeKind::kTimestamp: return Sized("TIMESTAMP", type);
    case TypeKind::kTimestampLtz: return Sized("TIMESTAMP_LTZ", type);
    case TypeKind::kIntervalMonth: return "INTERVAL MONTH";
    case TypeKind::kIntervalDay: return "INTERVAL SECOND(3)";
    case TypeKind::kVariant: return "VARIANT";
    case TypeKind::kArray: return "ARRAY<" + type.children[0].Text() + ">";
    case TypeKind::kMultiset: return "MULTISET<" + type.children[0].Text() + ">";
    case TypeKind::kMap: return "MAP<" + type.children[0].Text() + ", " + type.children[1].Text() + ">";
    case TypeKind::kRow: break;
  }
  std::string text = "ROW<";
  for (size_t i = 0; i < type.children.size(); ++i) {
    if (i > 0) text += ", ";
    text += BackTicked(type.field_names[i]) + " " + type.children[i].Text();
  }
  return text + ">";
}

}  // namespace

std::string SqlType::Text() const {
  std::string text = BareText(*this);
  if (!nullable) text += " NOT NULL";
  if (rowtime) text += " *ROWTIME*";
  if (proctime) text += " *PROCTIME*";
  return text;
}

bool SameType(const SqlType& a, const SqlType& b) {
  if (a.kind != b.kind || a.precision != b.precision || a.scale != b.scale) return false;
  if (a.children.size() != b.children.size()) return false;
  for (size_t i = 0; i < a.children.size(); ++i)
    if (!SameType(a.children[i], b.children[i])) return false;
  return true;
}

SqlType AsDecimal(const SqlType& type) {
  switch (type.kind) {
    case TypeKind::kTinyint: return SqlType::Decimal(3, 0, type.nullable);
    case TypeKind::kSmallint: return SqlType::Decimal(5, 0, type.nullable);
    case TypeKind::kInt: return SqlType::Decimal(10, 0, type.nullable);
    case TypeKind::kBigint: return SqlType::Decimal(19, 0, type.nullable);
    default: return type;
  }
}

}  // namespace cdc::sql
