#include "common/mysql_type.h"

#include <algorithm>
#include <charconv>

#include "common/error.h"

namespace cdc {
namespace {

struct Name {
  std::string_view name;
  MysqlKind kind;
};

// COLUMN_TYPE's spellings on MySQL and MariaDB.
constexpr Name kNames[] = {
    {"tinyint", MysqlKind::kTinyInt},
    {"smallint", MysqlKind::kSmallInt},
    {"mediumint", MysqlKind::kMediumInt},
    {"int", MysqlKind::kInt},
    {"bigint", MysqlKind::kBigInt},
    {"decimal", MysqlKind::kDecimal},
    {"float", MysqlKind::kFloat},
    {"double", MysqlKind::kDouble},
    {"bit", MysqlKind::kBit},
    {"year", MysqlKind::kYear},
    {"date", MysqlKind::kDate},
    {"time", MysqlKind::kTime},
    {"datetime", MysqlKind::kDateTime},
    {"timestamp", MysqlKind::kTimestamp},
    {"char", MysqlKind::kChar},
    {"varchar", MysqlKind::kVarchar},
    {"tinytext", MysqlKind::kTinyText},
    {"text", MysqlKind::kText},
    {"mediumtext", MysqlKind::kMediumText},
    {"longtext", MysqlKind::kLongText},
    {"binary", MysqlKind::kBinary},
    {"varbinary", MysqlKind::kVarbinary},
    {"tinyblob", MysqlKind::kTinyBlob},
    {"blob", MysqlKind::kBlob},
    {"mediumblob", MysqlKind::kMediumBlob},
    {"longblob", MysqlKind::kLongBlob},
    {"enum", MysqlKind::kEnum},
    {"set", MysqlKind::kSet},
    {"json", MysqlKind::kJson},
    {"vector", MysqlKind::kVector},
    {"geometry", MysqlKind::kGeometry},
    {"point", MysqlKind::kGeometry},
    {"linestring", MysqlKind::kGeometry},
    {"polygon", MysqlKind::kGeometry},
    {"multipoint", MysqlKind::kGeometry},
    {"multilinestring", MysqlKind::kGeometry},
    {"multipolygon", MysqlKind::kGeometry},
    {"geomcollection", MysqlKind::kGeometry},
    {"geometrycollection", MysqlKind::kGeometry},
};

[[noreturn]] void Bad(std::string_view text) {
  Fail(ExitStatus::kData, "cannot read the column type \"" + Shown(std::string(text)) + "\"");
}

/// 'it''s','b' → values; `at` stands on the first quote and ends past the closing parenthesis.
void ParseValues(std::string_view text, size_t* at, std::vector<std::string>* values) {
  for (;;) {
    if (*at >= text.size() || text[*at] != '\'') Bad(text);
    std::string value;
    for (++*at;; ++*at) {
      if (*at >= text.size()) Bad(text);
      if (text[*at] == '\'') {
        if (*at + 1 < text.size() && text[*at + 1] == '\'')
          ++*at;
        else
          break;
      }
      value += text[*at];
    }
    values->push_back(value);
    ++*at;
    if (*at < text.size() && text[*at] == ',') {
      ++*at;
      continue;
    }
    if (*at >= text.size() || text[*at] != ')') Bad(text);
    ++*at;
    return;
  }
}

int32_t ParseParameter(std::string_view text, size_t* at) {
  while (*at < text.size() && text[*at] == ' ') ++*at;
  int32_t value = 0;
  const auto result = std::from_chars(text.data() + *at, text.data() + text.size(), value);
  if (result.ec != std::errc()) Bad(text);
  *at = static_cast<size_t>(result.ptr - text.data());
  while (*at < text.size() && text[*at] == ' ') ++*at;
  return value;
}

}  // namespace

MysqlType ParseMysqlType(std::string_view text) {
  MysqlType type;
  size_t at = 0;
  while (at < text.size() && text[at] != '(' && text[at] != ' ') {
    type.name += static_cast<char>(std::tolower(static_cast<unsigned char>(text[at])));
    ++at;
  }
  for (const auto& [name, kind] : kNames)
    if (name == type.name) type.kind = kind;
  if (at < text.size() && text[at] == '(') {
    ++at;
    if (type.kind == MysqlKind::kEnum || type.kind == MysqlKind::kSet) {
      ParseValues(text, &at, &type.values);
    } else {
      type.length = ParseParameter(text, &at);
      if (at < text.size() && text[at] == ',') {
        ++at;
        type.scale = ParseParameter(text, &at);
      }
      if (at >= text.size() || text[at] != ')') Bad(text);
      ++at;
    }
  }
  const std::string_view rest = text.substr(std::min(at, text.size()));
  type.is_unsigned = rest.find(" unsigned") != std::string_view::npos;
  type.is_zerofill = rest.find(" zerofill") != std::string_view::npos;
  const bool has_fraction =
      type.kind == MysqlKind::kTime || type.kind == MysqlKind::kDateTime || type.kind == MysqlKind::kTimestamp;
  if (has_fraction && type.length >= 0) {
    if (type.length > 6) Bad(text);
    type.fraction = type.length;
  }
  if (type.kind == MysqlKind::kDecimal) {
    if (type.length < 0) type.length = 10;
    if (type.scale < 0) type.scale = 0;
  }
  if (type.kind == MysqlKind::kBit && type.length < 0) type.length = 1;
  return type;
}

}  // namespace cdc
