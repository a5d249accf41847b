#include "tools/cdc-encode/picture.h"

#include <algorithm>
#include <charconv>

#include "common/collation.h"
#include "common/ddl/lexer.h"
#include "common/ddl/parser.h"
#include "tools/cdc-encode/picture_alter.h"

namespace cdc::encode {
namespace {

using ddl::EqualsIgnoreCase;

bool IsOneOf(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool IsNational(std::string_view base) {
  return base.substr(0, 8) == "NATIONAL" || base.substr(0, 5) == "NCHAR" || base.substr(0, 8) == "NVARCHAR";
}

bool IsText(std::string_view base) {
  return IsNational(base) || base == "ENUM" || base == "SET" || base.substr(0, 4) == "CHAR" ||
         base.substr(0, 7) == "VARCHAR" || base.find("TEXT") != std::string_view::npos ||
         (base.substr(0, 4) == "LONG" && base != "LONGBLOB" && base != "LONG VARBINARY");
}

std::string CharsetOfCollation(const std::string& collation) {
  const CollationInfo* info = FindCollation(std::string_view(collation));
  return info == nullptr ? std::string() : info->charset;
}

/// What the grammar takes for a length: the whole part, capped; 10 where a decimal number has none.
std::optional<int64_t> Length(const std::string& typed) {
  const size_t point = typed.find('.');
  int64_t value = 0;
  const char* end = typed.data() + (point == std::string::npos ? typed.size() : point);
  const auto result = std::from_chars(typed.data(), end, value);
  if (result.ec == std::errc::result_out_of_range) return INT32_MAX;
  if (result.ec != std::errc()) return point == std::string::npos ? std::nullopt : std::optional<int64_t>(10);
  if (point != std::string::npos && value == 0) return 10;
  return std::min<int64_t>(value, INT32_MAX);
}

std::string TypeName(const ddl::DataType& type) {
  if (type.name == "SERIAL") return "BIGINT UNSIGNED";
  std::string name = type.name;
  if (type.is_signed) name += " SIGNED";
  if (type.is_unsigned || type.zerofill) name += " UNSIGNED";
  if (type.zerofill) name += " ZEROFILL";
  if (type.binary && type.name != "ENUM" && type.name != "SET") name += " BINARY";
  return name;
}

void SetLengthAndScale(const ddl::DataType& type, PictureColumn* column) {
  const std::string& base = type.name;
  if (base == "ENUM") {
    column->length = 1;
  } else if (base == "SET") {
    column->length = std::max<int64_t>(0, static_cast<int64_t>(type.options.size()) * 2 - 1);
  } else {
    if (!type.dimensions.empty()) column->length = Length(type.dimensions[0]);
    if (type.dimensions.size() > 1) {
      const auto scale = Length(type.dimensions[1]);
      if (scale) column->scale = static_cast<int>(*scale);
    }
  }
  if (IsOneOf(base, {"DECIMAL", "DEC", "FIXED", "NUMERIC"})) {
    if (!column->length) column->length = 10;
    if (!column->scale) column->scale = 0;
  }
  if (base == "BIT" && !column->length) column->length = 1;
  if (base == "VECTOR" && !column->length) column->length = 2048;
}

/// The text that the connector keeps of a default: the literal as typed, without its outer quotes.
std::optional<std::string> DefaultExpression(const ddl::DefaultValue& value) {
  using Kind = ddl::Literal::Kind;
  switch (value.kind) {
    case ddl::DefaultValue::Kind::kCurrentTimestamp: return "1970-01-01 00:00:00";
    case ddl::DefaultValue::Kind::kLocalTime: return value.typed;
    case ddl::DefaultValue::Kind::kLiteral: break;
    default: return std::nullopt;
  }
  const ddl::Literal& literal = value.literal;
  switch (literal.kind) {
    case Kind::kString:
      // Behind an introducer the quotes are not the outermost.
      if (!literal.introducer.empty()) return literal.sign + literal.introducer + literal.typed;
      return literal.sign + literal.typed.substr(1, literal.typed.size() - 2);
    case Kind::kNational: return literal.sign + literal.typed;
    case Kind::kBit:
      // b'101' → 101; 0b101 is not known to the grammar as bits.
      if (literal.typed.size() >= 3 && literal.typed[1] == '\'')
        return literal.typed.substr(2, literal.typed.size() - 3);
      return std::nullopt;
    case Kind::kInteger:
    case Kind::kReal: return literal.sign + literal.typed;
    case Kind::kBoolean: return literal.typed;
    default: return std::nullopt;
  }
}

bool IsHexLiteral(const ddl::DefaultValue& value) {
  return value.kind == ddl::DefaultValue::Kind::kLiteral && value.literal.kind == ddl::Literal::Kind::kHex;
}

}  // namespace

PictureColumn MakePictureColumn(const ddl::ColumnDefinition& definition) {
  PictureColumn column;
  const ddl::DataType& type = definition.type;
  column.name = definition.raw_name;
  column.type_name = TypeName(type);
  SetLengthAndScale(type, &column);
  if (IsNational(type.name)) {
    column.charset = "utf8";
  } else if (!type.charset.empty()) {
    column.charset = type.charset;
  } else if (!type.collation.empty() && type.name != "ENUM" && type.name != "SET") {
    column.charset = CharsetOfCollation(type.collation);
  }
  if (definition.null) column.optional = *definition.null;
  if (definition.primary_key) column.optional = false;
  // To the connector an ON UPDATE that is no part of the default is a kind of AUTO_INCREMENT.
  if (definition.auto_increment || definition.on_update_apart) column.auto_increment = column.generated = true;
  if (type.name == "SERIAL" || definition.serial_default) {
    column.optional = false;
    column.auto_increment = column.generated = true;
  }
  if (definition.comment)
    column.comment = definition.typed_comment.empty() ? definition.comment : definition.typed_comment;
  if (definition.default_value.kind != ddl::DefaultValue::Kind::kNone) {
    // The connector does not take notice of digits of bytes, 0x00ff or X'00ff'.
    column.has_default = !IsHexLiteral(definition.default_value);
    column.default_expression = DefaultExpression(definition.default_value);
  }
  for (const ddl::Literal& option : type.options) column.enum_values.push_back(option.typed);
  return column;
}

bool IsUniqueColumn(const ddl::ColumnDefinition& definition) {
  return definition.unique_key || definition.serial_default || definition.type.name == "SERIAL";
}

PictureColumn* FindPictureColumn(TablePicture& table, std::string_view name) {
  for (PictureColumn& column : table.columns) {
    if (EqualsIgnoreCase(column.name, name)) return &column;
    // Where the picture has a doubled backtick, another statement may have the name itself.
    if (column.name.find("``") == std::string::npos) continue;
    std::string quoted;
    ddl::AppendQuotedName(quoted, name);
    if (EqualsIgnoreCase(column.name, std::string_view(quoted).substr(1, quoted.size() - 2))) return &column;
  }
  return nullptr;
}

void TakeKey(const ddl::KeyDefinition& key, TablePicture& table) {
  const bool primary = key.kind == ddl::KeyDefinition::Kind::kPrimary;
  if (!primary && (key.kind != ddl::KeyDefinition::Kind::kUnique || !table.key.empty())) return;
  std::vector<PictureColumn*> columns;
  for (const ddl::KeyPart& part : key.parts) {
    PictureColumn* column = part.column.empty() ? nullptr : FindPictureColumn(table, part.column);
    if (column == nullptr || (!primary && column->optional)) return;
    columns.push_back(column);
  }
  table.key.clear();
  for (PictureColumn* column : columns) {
    column->optional = false;
    table.key.push_back(column->name);
  }
}

void TakeColumnKey(const ddl::ColumnDefinition& definition, TablePicture& table) {
  if (!definition.primary_key && (!IsUniqueColumn(definition) || !table.key.empty())) return;
  const PictureColumn* column = FindPictureColumn(table, definition.raw_name);
  if (column != nullptr) table.key = {column->name};
}

void FillCharsets(TablePicture& table) {
  for (PictureColumn& column : table.columns)
    if (column.charset.empty() && IsText(column.BaseType())) column.charset = table.default_charset;
}

std::string PictureColumn::BaseType() const {
  std::string base = type_name;
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view suffix : {" UNSIGNED", " SIGNED", " ZEROFILL", " BINARY"}) {
      if (base.size() > suffix.size() && base.compare(base.size() - suffix.size(), suffix.size(), suffix) == 0) {
        base.resize(base.size() - suffix.size());
        again = true;
      }
    }
  }
  return base;
}

bool PictureColumn::IsUnsigned() const {
  return type_name.find(" UNSIGNED") != std::string::npos;
}

const PictureColumn* TablePicture::Find(std::string_view column) const {
  for (const PictureColumn& candidate : columns)
    if (candidate.name == column) return &candidate;
  return nullptr;
}

std::string Picture::CharsetOfDatabase(const std::string& db) const {
  const auto found = database_charsets_.find(db);
  return found == database_charsets_.end() ? "utf8mb4" : found->second;
}

void Picture::Create(const ddl::CreateTable& create, std::string_view default_db) {
  TablePicture table;
  table.db = create.name.database.empty() ? std::string(default_db) : create.name.database;
  table.table = create.name.table;
  // As typed; a collation says nothing to the connector here.
  table.default_charset = create.options.charset;
  if (table.default_charset.empty()) table.default_charset = CharsetOfDatabase(table.db);
  if (create.options.comment) table.comment = create.options.typed_comment;
  for (const ddl::ColumnDefinition& definition : create.columns) table.columns.push_back(MakePictureColumn(definition));
  // A key comes from PRIMARY KEY, else from the first UNIQUE that has no nullable column; a column's own UNIQUE counts
  // whatever its nullability.
  for (const ddl::ColumnDefinition& definition : create.columns) TakeColumnKey(definition, table);
  for (const ddl::KeyDefinition& key : create.keys) TakeKey(key, table);
  FillCharsets(table);
  const TableId id(table.db, table.table);
  tables_[id] = std::move(table);
}

void Picture::CreateFromSchema(const TableSchema& schema) {
  ddl::CreateTable create;
  create.name = {schema.db, schema.table};
  create.options.charset = schema.charset;
  create.options.collation = schema.collation;
  for (const ColumnSchema& column : schema.columns) {
    const std::vector<ddl::Token> tokens = ddl::Tokenize(column.type_text, {});
    const ddl::LexerMode mode;
    ddl::TokenCursor cursor(column.type_text, tokens, mode);
    ddl::ColumnDefinition definition;
    definition.name = definition.raw_name = column.name;
    definition.type = ddl::ParseDataType(cursor);
    definition.type.charset = column.charset;
    definition.null = column.nullable;
    definition.auto_increment = column.extra.find("auto_increment") != std::string::npos;
    if (!column.comment.empty()) definition.comment = column.comment;
    if (column.default_text) {
      definition.default_value.kind = ddl::DefaultValue::Kind::kLiteral;
      definition.default_value.literal.kind = ddl::Literal::Kind::kString;
      definition.default_value.literal.typed = "'" + *column.default_text + "'";
    } else if (column.default_expression &&
               ddl::EqualsIgnoreCase(column.default_expression->substr(0, 17), "CURRENT_TIMESTAMP")) {
      definition.default_value.kind = ddl::DefaultValue::Kind::kCurrentTimestamp;
    }
    create.columns.push_back(std::move(definition));
  }
  for (const bool primary : {true, false}) {
    const std::vector<std::string>& names = primary ? schema.key : schema.unique;
    if (names.empty()) continue;
    ddl::KeyDefinition key;
    key.kind = primary ? ddl::KeyDefinition::Kind::kPrimary : ddl::KeyDefinition::Kind::kUnique;
    for (const std::string& name : names) key.parts.push_back({name, {}, {}});
    create.keys.push_back(std::move(key));
  }
  Create(create, schema.db);
}

std::vector<Picture::TableId> Picture::Apply(const ddl::Statement& statement, std::string_view default_db) {
  const auto id_of = [&](const ddl::TableName& name) {
    return TableId(name.database.empty() ? std::string(default_db) : name.database, name.table);
  };
  std::vector<TableId> changed;
  switch (statement.kind) {
    case ddl::StatementKind::kCreateTable: {
      const TableId id = id_of(statement.create_table.name);
      if (statement.temporary || (statement.if_exists && tables_.count(id) > 0)) break;
      if (statement.create_table.like) {
        const auto source = tables_.find(id_of(*statement.create_table.like));
        if (source == tables_.end()) break;
        TablePicture copy = source->second;
        copy.db = id.first;
        copy.table = id.second;
        copy.comment.reset();
        tables_[id] = std::move(copy);
      } else {
        Create(statement.create_table, default_db);
      }
      changed.push_back(id);
      break;
    }
    case ddl::StatementKind::kDropTable:
      if (statement.temporary) break;
      for (const ddl::TableName& name : statement.tables)
        if (tables_.erase(id_of(name)) > 0) changed.push_back(id_of(name));
      break;
    case ddl::StatementKind::kRenameTable:
      for (const ddl::RenamePair& pair : statement.renames) {
        const TableId from = id_of(pair.from), to = id_of(pair.to);
        const auto found = tables_.find(from);
        if (found == tables_.end()) continue;
        TablePicture moved = std::move(found->second);
        tables_.erase(found);
        moved.db = to.first;
        moved.table = to.second;
        tables_[to] = std::move(moved);
        changed.push_back(from);
        changed.push_back(to);
      }
      break;
    case ddl::StatementKind::kAlterTable: {
      const TableId from = id_of(statement.tables[0]);
      const auto found = tables_.find(from);
      if (found == tables_.end()) break;
      const ddl::TableName renamed = ApplyAlter(statement.actions, &found->second);
      changed.push_back(from);
      if (renamed.table.empty()) break;
      const TableId to = id_of(renamed);
      TablePicture moved = std::move(found->second);
      tables_.erase(found);
      moved.db = to.first;
      moved.table = to.second;
      tables_[to] = std::move(moved);
      changed.push_back(to);
      break;
    }
    case ddl::StatementKind::kCreateIndex: {
      const auto found = tables_.find(id_of(statement.tables[0]));
      if (found == tables_.end()) break;
      TakeKey(statement.index, found->second);
      changed.push_back(found->first);
      break;
    }
    case ddl::StatementKind::kCreateDatabase:
    case ddl::StatementKind::kAlterDatabase: {
      const std::string& charset = statement.database.charset;
      const std::string name = statement.database.name.empty() ? std::string(default_db) : statement.database.name;
      if (!charset.empty()) database_charsets_[name] = charset;
      break;
    }
    case ddl::StatementKind::kDropDatabase:
      database_charsets_.erase(statement.database.name);
      for (auto at = tables_.begin(); at != tables_.end();) {
        if (at->first.first == statement.database.name) {
          changed.push_back(at->first);
          at = tables_.erase(at);
        } else {
          ++at;
        }
      }
      break;
    default: break;
  }
  return changed;
}

bool Picture::IsKeyWanted(const ddl::Statement& statement, std::string_view default_db) const {
  if (statement.kind != ddl::StatementKind::kCreateIndex || statement.index.kind != ddl::KeyDefinition::Kind::kUnique)
    return false;
  const ddl::TableName& name = statement.tables[0];
  const auto found = tables_.find(TableId(name.database.empty() ? std::string(default_db) : name.database, name.table));
  if (found == tables_.end() || !found->second.key.empty()) return false;
  TablePicture table = found->second;
  return std::all_of(statement.index.parts.begin(), statement.index.parts.end(), [&](const ddl::KeyPart& part) {
    return !part.column.empty() && FindPictureColumn(table, part.column) != nullptr;
  });
}

bool Picture::Has(const ddl::Statement& statement, std::string_view default_db) const {
  if (statement.kind != ddl::StatementKind::kCreateTable || !statement.create_table.if_not_exists) return false;
  const ddl::TableName& name = statement.create_table.name;
  return tables_.count(TableId(name.database.empty() ? std::string(default_db) : name.database, name.table)) > 0;
}

const TablePicture* Picture::Find(const std::string& db, const std::string& table) const {
  const auto found = tables_.find(TableId(db, table));
  return found == tables_.end() ? nullptr : &found->second;
}

}  // namespace cdc::encode
