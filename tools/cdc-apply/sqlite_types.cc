#include "tools/cdc-apply/sqlite_types.h"

#include <sqlite3.h>

#include <algorithm>
#include <initializer_list>

namespace cdc::apply {
namespace {

// A double gives back each decimal of so many digits; SQLite's NUMERIC affinity then computes and compares with it.
constexpr int kExactDigits = 15;

}  // namespace

std::string SqliteType(const TargetColumn& column) {
  switch (column.kind) {
    case ColumnKind::kBoolean:
    case ColumnKind::kInteger: return "INTEGER";
    case ColumnKind::kDecimal:
      if (column.precision > kExactDigits || column.precision == 0) return "TEXT";
      return "NUMERIC(" + std::to_string(column.precision) + "," + std::to_string(column.scale) + ")";
    case ColumnKind::kReal: return "REAL";
    case ColumnKind::kBytes: return "BLOB";
    case ColumnKind::kUnsigned:
    case ColumnKind::kAny: return "";
    case ColumnKind::kText:
    case ColumnKind::kDate:
    case ColumnKind::kTime:
    case ColumnKind::kTimestamp:
    case ColumnKind::kInstant:
    case ColumnKind::kJson: return "TEXT";
  }
  return "";
}

std::string SqliteAffinity(const std::string& type) {
  return type.substr(0, type.find('('));
}

ColumnLimit SqliteLimit(const std::string& type) {
  const auto says = [&](std::initializer_list<const char*> words) {
    return std::any_of(words.begin(), words.end(), [&](const char* word) {
      return sqlite3_strlike(("%" + std::string(word) + "%").c_str(), type.c_str(), 0) == 0;
    });
  };
  ColumnLimit limit;
  limit.type = type;
  const bool is_integer = says({"INT"});
  if (!is_integer && says({"CHAR", "CLOB", "TEXT"})) {
    limit.digits_of_real = kExactDigits;
    return limit;
  }
  if (type.empty() || (!is_integer && says({"BLOB"}))) return limit;
  limit.mantissa_bits = 53;
  limit.keeps_int64 = is_integer || !says({"REAL", "FLOA", "DOUB"});
  return limit;
}

}  // namespace cdc::apply
