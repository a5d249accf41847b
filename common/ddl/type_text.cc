#include "common/ddl/type_text.h"

#include <charconv>
#include <optional>

#include "common/collation.h"
#include "common/ddl/lexer.h"

namespace cdc::ddl {
namespace {

struct TypeName {
  std::string_view typed, shown;
};

constexpr TypeName kTypeNames[] = {
    {"BOOL", "tinyint"},
    {"BOOLEAN", "tinyint"},
    {"INT1", "tinyint"},
    {"INT2", "smallint"},
    {"INT3", "mediumint"},
    {"MIDDLEINT", "mediumint"},
    {"INTEGER", "int"},
    {"INT4", "int"},
    {"INT8", "bigint"},
    {"SERIAL", "bigint"},
    {"DEC", "decimal"},
    {"FIXED", "decimal"},
    {"NUMERIC", "decimal"},
    {"NUMBER", "decimal"},
    {"FLOAT4", "float"},
    {"FLOAT8", "double"},
    {"REAL", "double"},
    {"DOUBLE PRECISION", "double"},
    {"CHARACTER", "char"},
    {"NCHAR", "char"},
    {"NATIONAL CHAR", "char"},
    {"NATIONAL CHARACTER", "char"},
    {"CHARACTER VARYING", "varchar"},
    {"CHAR VARYING", "varchar"},
    {"VARCHARACTER", "varchar"},
    {"NVARCHAR", "varchar"},
    {"NCHAR VARYING", "varchar"},
    {"NCHAR VARCHAR", "varchar"},
    {"NCHAR VARCHARACTER", "varchar"},
    {"NATIONAL VARCHAR", "varchar"},
    {"NATIONAL VARCHARACTER", "varchar"},
    {"NATIONAL CHAR VARYING", "varchar"},
    {"NATIONAL CHARACTER VARYING", "varchar"},
    {"VARCHAR2", "varchar"},
    {"CHAR BYTE", "binary"},
    {"CHARACTER BYTE", "binary"},
    {"VARCHAR BYTE", "varbinary"},
    {"RAW", "varbinary"},
    {"TEXT BYTE", "blob"},
    {"TINYTEXT BYTE", "tinyblob"},
    {"MEDIUMTEXT BYTE", "mediumblob"},
    {"LONGTEXT BYTE", "longblob"},
    {"LONG", "mediumtext"},
    {"LONG VARCHAR", "mediumtext"},
    {"LONG VARCHARACTER", "mediumtext"},
    {"LONG CHAR VARYING", "mediumtext"},
    {"LONG CHARACTER VARYING", "mediumtext"},
    {"LONG VARBINARY", "mediumblob"},
    {"CLOB", "longtext"},
    {"GEOMETRYCOLLECTION", "geomcollection"},
};

/// Digits that a number with leading zeros is shown with where no width is given.
int DefaultWidth(std::string_view shown) {
  if (shown == "tinyint") return 3;
  if (shown == "smallint") return 5;
  if (shown == "mediumint") return 8;
  return shown == "int" ? 10 : 20;
}

std::optional<uint64_t> Dimension(const DataType& type, size_t index) {
  if (type.dimensions.size() <= index) return std::nullopt;
  const std::string& typed = type.dimensions[index];
  uint64_t value = 0;
  if (std::from_chars(typed.data(), typed.data() + typed.size(), value).ec != std::errc()) return std::nullopt;
  return value;
}

std::string Sized(std::string_view name, uint64_t size) {
  return std::string(name) + "(" + std::to_string(size) + ")";
}

bool IsInteger(std::string_view shown) {
  return shown == "tinyint" || shown == "smallint" || shown == "mediumint" || shown == "int" || shown == "bigint";
}

std::string Signs(const DataType& type) {
  std::string signs;
  if (type.is_unsigned || type.zerofill || type.name == "SERIAL") signs += " unsigned";
  if (type.zerofill) signs += " zerofill";
  return signs;
}

std::string IntegerText(const DataType& type, std::string_view shown) {
  const bool boolean = type.name == "BOOL" || type.name == "BOOLEAN";
  const bool one_digit = shown == "tinyint" && (boolean || Dimension(type, 0) == 1) && !type.is_unsigned;
  std::string text(shown);
  if (type.zerofill)
    text = Sized(shown, Dimension(type, 0).value_or(static_cast<uint64_t>(DefaultWidth(shown))));
  else if (one_digit)
    text = Sized(shown, 1);
  return text + Signs(type);
}

std::string RealText(const DataType& type, std::string_view shown) {
  std::string text(shown);
  if (const auto scale = Dimension(type, 1))
    text += "(" + std::to_string(Dimension(type, 0).value_or(0)) + "," + std::to_string(*scale) + ")";
  else if (shown == "float" && Dimension(type, 0).value_or(0) > 24)
    text = "double";
  return text + Signs(type);
}

/// BLOB(n) and TEXT(n): the smallest that holds n characters.
std::string BlobText(std::string_view family, const DataType& type, uint64_t bytes_per_character) {
  const auto size = Dimension(type, 0);
  if (!size) return std::string(family);
  const uint64_t bytes = *size * bytes_per_character;
  const char* prefix = bytes < 1U << 8 ? "tiny" : bytes < 1U << 16 ? "" : bytes < 1U << 24 ? "medium" : "long";
  return prefix + std::string(family);
}

std::string ListText(const DataType& type, std::string_view shown) {
  std::string text(shown);
  for (size_t i = 0; i < type.options.size(); ++i) {
    text += i == 0 ? "('" : ",'";
    std::string value = type.options[i].value;
    while (!value.empty() && value.back() == ' ') value.pop_back();  // the server cuts them off
    for (const char c : value) text += c == '\'' ? std::string("''") : std::string(1, c);
    text += '\'';
  }
  return text + ")";
}

/// Character types turn to their binary brothers under the character set binary.
std::string CharacterText(const DataType& type, const std::string& shown, bool binary, uint64_t max_bytes) {
  if (shown == "char" || shown == "binary")
    return Sized(binary || shown == "binary" ? "binary" : "char", Dimension(type, 0).value_or(1));
  if (shown == "varchar" || shown == "varbinary")
    return Sized(binary || shown == "varbinary" ? "varbinary" : "varchar", Dimension(type, 0).value_or(1));
  if (shown == "text") return BlobText(binary ? "blob" : "text", type, max_bytes);
  if (shown == "blob") return BlobText("blob", type, 1);
  if (binary && shown.size() > 4 && shown.compare(shown.size() - 4, 4, "text") == 0)
    return shown.substr(0, shown.size() - 4) + "blob";
  return shown;
}

}  // namespace

bool IsNationalType(const DataType& type) {
  return type.name.rfind("NATIONAL", 0) == 0 || type.name.rfind("NCHAR", 0) == 0 || type.name.rfind("NVARCHAR", 0) == 0;
}

std::string ColumnTypeText(const DataType& type, const std::string& charset) {
  std::string shown = ToLower(type.name);
  for (const TypeName& name : kTypeNames)
    if (type.name == name.typed) shown = name.shown;
  if (IsInteger(shown)) return IntegerText(type, shown);
  if (shown == "float" || shown == "double") return RealText(type, shown);
  if (shown == "decimal") {
    const uint64_t digits = Dimension(type, 0).value_or(0);
    return "decimal(" + std::to_string(digits == 0 ? 10 : digits) + "," +
           std::to_string(Dimension(type, 1).value_or(0)) + ")" + Signs(type);
  }
  if (shown == "bit") return Sized(shown, std::max<uint64_t>(1, Dimension(type, 0).value_or(1)));
  if (shown == "time" || shown == "datetime" || shown == "timestamp") {
    const uint64_t fraction = Dimension(type, 0).value_or(0);
    return fraction == 0 ? shown : Sized(shown, fraction);
  }
  if (shown == "year") return shown;
  if (shown == "enum" || shown == "set") return ListText(type, shown);
  if (shown == "vector") return Sized(shown, Dimension(type, 0).value_or(2048));
  const CharsetInfo* info = charset.empty() ? nullptr : FindCharset(charset);
  return CharacterText(type, shown, ToLower(charset) == "binary", info == nullptr ? 1 : info->max_bytes);
}

}  // namespace cdc::ddl
