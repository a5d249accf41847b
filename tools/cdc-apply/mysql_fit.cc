#include "tools/cdc-apply/mysql_fit.h"

#include <strings.h>

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

bool SameName(const std::string& a, const std::string& b) {
  return strcasecmp(a.c_str(), b.c_str()) == 0;
}

/// A column in the order in which those of its kind get what a row has room for.
struct InRow {
  std::string name;
  std::string type;  ///< is changed to the one beside the row
  std::string type_there;
  size_t bytes;
  bool is_variable, is_text, in_key;

  bool can_be_beside() const { return !in_key && (is_variable || is_text); }
  const char* type_beside() const { return is_text ? "longtext" : "longblob"; }
  /// What is beside the row stays there, whatever room there is now: no rebuild for nothing.
  bool is_beside() const { return type_there == type_beside(); }
};

InRow ColumnInRow(const std::string& name, const std::string& type, const MysqlType& parsed, size_t character) {
  const bool is_variable = parsed.kind == MysqlKind::kVarchar || parsed.kind == MysqlKind::kVarbinary;
  return {name, type, "", BytesOf(parsed, character), is_variable, IsText(parsed), false};
}

/// Moves VARCHAR and VARBINARY beside the row, and CHAR where that is not enough, until it fits.
void FitRow(std::vector<InRow>& columns) {
  size_t bytes = columns.size() / 8 + 1;
  for (const InRow& column : columns)
    bytes += column.can_be_beside() && column.is_variable ? kPointerBytes : column.bytes;
  const auto move = [](InRow& column) { column.type = column.type_beside(); };
  for (InRow& column : columns) {
    if (!column.can_be_beside() || column.is_variable || !column.is_beside()) continue;
    bytes = bytes - column.bytes + kPointerBytes;
    column.bytes = kPointerBytes;
    move(column);
  }
  for (auto column = columns.rbegin(); column != columns.rend() && bytes > kMostRowBytes; ++column) {
    if (!column->can_be_beside() || column->is_variable || column->bytes <= kPointerBytes) continue;
    bytes -= column->bytes - kPointerBytes;
    move(*column);
  }
  // First those that are in the row, then from the left, so that a column that is added changes none of the others.
  for (const bool is_new : {false, true})
    for (InRow& column : columns) {
      if (!column.can_be_beside() || !column.is_variable || column.type_there.empty() != is_new) continue;
      const size_t whole = bytes - kPointerBytes + column.bytes;
      if (column.is_beside() || whole > kMostRowBytes)
        move(column);
      else
        bytes = whole;
    }
}

}  // namespace

FittedTypes FitIntoMysql(const TargetTable& table, std::vector<std::string> types, const NamedTypes& there,
                         bool is_mariadb) {
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

  std::vector<InRow> columns;
  for (size_t i = 0; i < types.size(); ++i) {
    columns.push_back(ColumnInRow(table.columns[i].name, types[i], parsed[i], characters[i]));
    columns.back().in_key = IsInKey(table, i);
  }
  for (const auto& [name, type] : there) {
    auto known = std::find_if(columns.begin(), columns.end(),
                              [&, &its = name](const InRow& column) { return SameName(column.name, its); });
    if (known == columns.end())
      known = columns.insert(columns.end(), ColumnInRow(name, type, ParseMysqlType(type), kBytesOfCharacter));
    known->type_there = type;
  }
  FitRow(columns);

  FittedTypes fitted;
  for (size_t i = 0; i < columns.size(); ++i)
    if (i < types.size())
      fitted.types.push_back(columns[i].type);
    else if (columns[i].type != columns[i].type_there)
      fitted.giving_room.emplace_back(columns[i].name, columns[i].type);
  return fitted;
}

}  // namespace cdc::apply
