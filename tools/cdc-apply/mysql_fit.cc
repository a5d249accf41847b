#include "tools/cdc-apply/mysql_fit.h"

#include <algorithm>
#include <string_view>

#include "common/mysql_type.h"

namespace cdc::apply {
namespace {

// Of utf8mb4, which tables are made in.
constexpr size_t kBytesOfCharacter = 4;
constexpr size_t kMostKeyBytes = 3072;
constexpr size_t kMostRowBytes = 65535;
// A column that is stored beside the row leaves a pointer in it, and its length.
constexpr size_t kPointerBytes = 12;
// "varchar(1)" to that of a text whose length is not known ("Types in MySQL and MariaDB" of cdc-apply.1).
constexpr int kFewestCharacters = 32;

struct Charset {
  std::string_view name;
  size_t bytes;  ///< of a character, at most
};
// Those of more than one byte; of what is not named here nothing is known but that it is one of MySQL's small ones.
constexpr Charset kCharsets[] = {{"utf8mb4", 4}, {"utf16", 4},   {"utf16le", 4}, {"utf32", 4},
                                 {"gb18030", 4}, {"utf8mb3", 3}, {"utf8", 3},    {"ujis", 3},
                                 {"eucjpms", 3}, {"ucs2", 2},    {"big5", 2},    {"sjis", 2},
                                 {"cp932", 2},   {"euckr", 2},   {"gb2312", 2},  {"gbk", 2}};

size_t BytesOfCharacter(std::string_view charset) {
  if (charset.empty()) return kBytesOfCharacter;
  for (const auto& [name, bytes] : kCharsets)
    if (name == charset) return bytes;
  return 1;
}

size_t Length(const MysqlType& type) {
  return static_cast<size_t>(std::max(type.length, 1));
}

/// At most, in a row or a key; `character`: bytes of one.
size_t BytesOf(const MysqlType& type, size_t character) {
  constexpr size_t kLengthBytes = 2, kDigitsInFourBytes = 9;
  switch (type.kind) {
    case MysqlKind::kChar: return Length(type) * character;
    case MysqlKind::kVarchar: return Length(type) * character + kLengthBytes;
    case MysqlKind::kBinary: return Length(type);
    case MysqlKind::kVarbinary: return Length(type) + kLengthBytes;
    case MysqlKind::kDecimal: return (Length(type) / kDigitsInFourBytes + 2) * 4;
    case MysqlKind::kTinyText:
    case MysqlKind::kText:
    case MysqlKind::kMediumText:
    case MysqlKind::kLongText:
    case MysqlKind::kTinyBlob:
    case MysqlKind::kBlob:
    case MysqlKind::kMediumBlob:
    case MysqlKind::kLongBlob:
    case MysqlKind::kJson:
    case MysqlKind::kGeometry: return kPointerBytes;
    default: return sizeof(uint64_t);
  }
}

bool IsText(const MysqlType& type) {
  return type.kind == MysqlKind::kChar || type.kind == MysqlKind::kVarchar;
}

/// The key parts' own bytes count, and not how their lengths are stored.
size_t KeyBytes(const TargetTable& table, const std::vector<MysqlType>& types, const std::vector<size_t>& characters) {
  size_t bytes = 0;
  for (const size_t column : table.key) {
    const bool has_length = types[column].kind == MysqlKind::kVarchar || types[column].kind == MysqlKind::kVarbinary;
    bytes += BytesOf(types[column], characters[column]) - (has_length ? 2 : 0);
  }
  return bytes;
}

/// The source's own character set, in which its key fits as well, with bytes to compare by. Of the collations of other
/// character sets than utf8mb4 only MariaDB's "nopad" ones tell blanks at the end apart.
std::string InSourceCharset(const TargetColumn& column, bool is_mariadb) {
  if (BytesOfCharacter(column.charset) >= kBytesOfCharacter) return "";
  const bool is_no_pad = column.collation.find("_nopad_") != std::string::npos;
  if (is_no_pad && !is_mariadb) return "";
  return " character set " + column.charset + " collate " + column.charset + (is_mariadb ? "_nopad_bin" : "_bin");
}

}  // namespace

std::vector<std::string> FitIntoMysql(const TargetTable& table, std::vector<std::string> types, bool is_mariadb) {
  std::vector<MysqlType> parsed;
  for (const auto& type : types) parsed.push_back(ParseMysqlType(type));
  std::vector<size_t> characters(types.size(), kBytesOfCharacter);

  if (KeyBytes(table, parsed, characters) > kMostKeyBytes)
    for (const size_t column : table.key) {
      const std::string charset = IsText(parsed[column]) ? InSourceCharset(table.columns[column], is_mariadb) : "";
      if (charset.empty()) continue;
      types[column] += charset;
      characters[column] = BytesOfCharacter(table.columns[column].charset);
    }
  // Texts whose length is not known share what is there.
  std::vector<size_t> unknown;
  for (const size_t column : table.key)
    if (parsed[column].kind == MysqlKind::kVarchar && types[column] != table.columns[column].mysql_type &&
        characters[column] == kBytesOfCharacter)
      unknown.push_back(column);
  if (const size_t all = KeyBytes(table, parsed, characters); all > kMostKeyBytes && !unknown.empty()) {
    size_t of_unknown = 0;
    for (const size_t column : unknown) of_unknown += Length(parsed[column]) * kBytesOfCharacter;
    const size_t rest = kMostKeyBytes - std::min(kMostKeyBytes, all - of_unknown);
    const int share = static_cast<int>(rest / kBytesOfCharacter / unknown.size());
    for (const size_t column : unknown) {
      if (share < kFewestCharacters || share >= parsed[column].length) continue;
      parsed[column].length = share;
      types[column] = "varchar(" + std::to_string(share) + ")";
    }
  }

  const auto can_be_beside = [&](size_t column) {
    return !IsInKey(table, column) &&
           (parsed[column].kind == MysqlKind::kVarchar || parsed[column].kind == MysqlKind::kVarbinary);
  };
  // From the left, so that a column that is added at the end changes none of the others.
  size_t bytes = types.size() / 8 + 1;
  for (size_t i = 0; i < types.size(); ++i)
    bytes += can_be_beside(i) ? kPointerBytes : BytesOf(parsed[i], characters[i]);
  for (size_t i = 0; i < types.size(); ++i) {
    if (!can_be_beside(i)) continue;
    const size_t whole = bytes - kPointerBytes + BytesOf(parsed[i], characters[i]);
    if (whole > kMostRowBytes)
      types[i] = parsed[i].kind == MysqlKind::kVarchar ? "longtext" : "longblob";
    else
      bytes = whole;
  }
  return types;
}

}  // namespace cdc::apply
