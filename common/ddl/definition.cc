#include "common/ddl/definition.h"

#include <algorithm>

#include "common/collation.h"
#include "common/ddl/definition_parts.h"
#include "common/ddl/lexer.h"
#include "common/ddl/type_text.h"

namespace cdc::ddl {
namespace {

bool HasKeyNamed(const CreateTable& table, std::string_view name) {
  return std::any_of(table.keys.begin(), table.keys.end(),
                     [&](const KeyDefinition& key) { return EqualsIgnoreCase(key.name, name); });
}

bool IsIndex(const KeyDefinition& key) {
  return key.kind != KeyDefinition::Kind::kForeign && key.kind != KeyDefinition::Kind::kCheck;
}

/// As the server names an index without a name: after its first column, with a number where that is taken.
void NameKey(const CreateTable& table, KeyDefinition* key) {
  if (key->kind == KeyDefinition::Kind::kPrimary) {
    key->name = "PRIMARY";
    return;
  }
  if (!key->name.empty() || key->parts.empty()) return;
  const std::string base = key->parts[0].column.empty() ? "functional_index" : key->parts[0].column;
  key->name = base;
  for (int number = 2; HasKeyNamed(table, key->name); ++number) key->name = base + "_" + std::to_string(number);
}

}  // namespace

std::vector<ColumnDefinition>::iterator FindColumn(std::vector<ColumnDefinition>& columns, std::string_view name) {
  return std::find_if(columns.begin(), columns.end(),
                      [&](const ColumnDefinition& column) { return EqualsIgnoreCase(column.name, name); });
}

void AddKey(KeyDefinition key, CreateTable* table) {
  if (!IsIndex(key)) return;
  NameKey(*table, &key);
  if (HasKeyNamed(*table, key.name)) return;  // IF NOT EXISTS
  if (key.kind == KeyDefinition::Kind::kPrimary)
    for (const KeyPart& part : key.parts)
      if (const auto column = FindColumn(table->columns, part.column); column != table->columns.end())
        column->null = false;
  table->keys.push_back(std::move(key));
}

void TakeColumnKey(ColumnDefinition* column, CreateTable* table) {
  if (column->type.name == "SERIAL") {
    column->type.name = "BIGINT";
    column->type.is_unsigned = column->serial_default = true;
  }
  if (column->serial_default) {
    column->serial_default = false;
    column->auto_increment = column->unique_key = true;
    column->null = false;
  }
  for (const bool primary : {true, false}) {
    if (!(primary ? column->primary_key : column->unique_key)) continue;
    KeyDefinition key;
    key.kind = primary ? KeyDefinition::Kind::kPrimary : KeyDefinition::Kind::kUnique;
    key.parts.push_back({column->name, "", ""});
    if (primary) column->null = false;
    column->primary_key = primary ? false : column->primary_key;
    column->unique_key = primary ? column->unique_key : false;
    AddKey(std::move(key), table);
  }
}

void DropKey(std::string_view name, CreateTable* table) {
  std::erase_if(table->keys, [&](const KeyDefinition& key) { return EqualsIgnoreCase(key.name, name); });
}

std::string OwnCharset(const DataType& type) {
  if (IsNationalType(type)) return "utf8mb3";
  if (!type.charset.empty()) return ToLower(type.charset);
  if (type.collation.empty()) return "";
  const CollationInfo* collation = FindCollation(std::string_view(type.collation));
  return collation == nullptr ? "" : collation->charset;
}

void FixTypes(CreateTable* table) {
  for (ColumnDefinition& column : table->columns) {
    DataType& type = column.type;
    if (IsNationalType(type)) {
      type.charset = "utf8mb3";
      type.name = ColumnTypeText(type, "utf8mb3")[0] == 'c' ? "CHAR" : "VARCHAR";
    }
    if (!type.options.empty()) continue;  // ENUM and SET
    const std::string own = OwnCharset(type), charset = own.empty() ? CharsetOf(table->options) : own;
    const bool binary = charset == "binary";
    const std::string shown = ColumnTypeText(type, charset), name = shown.substr(0, shown.find('('));
    const bool is_text = name.size() >= 4 && name.compare(name.size() - 4, 4, "text") == 0;
    const bool is_blob = name.size() >= 4 && name.compare(name.size() - 4, 4, "blob") == 0;
    if (is_text && charset.empty() && !type.dimensions.empty()) continue;  // its size is not known
    if (!is_text && !is_blob && !(binary && (name == "binary" || name == "varbinary"))) continue;
    type.name = ToUpper(name);
    if (is_text || is_blob) type.dimensions.clear();
    if (binary && !is_text) type.charset = type.collation = "";
  }
}

bool HasCharset(const DataType& type) {
  const MysqlType shown = ParseMysqlType(ColumnTypeText(type, ""));
  return shown.is_text() || shown.kind == MysqlKind::kEnum || shown.kind == MysqlKind::kSet;
}

std::string CharsetOf(const TableOptions& options) {
  DataType named;
  named.charset = options.charset;
  named.collation = options.collation;
  return OwnCharset(named);
}

namespace {

/// The first unique index, by name, over columns that allow no NULL.
std::vector<std::string> UsableUnique(const CreateTable& table, const TableSchema& schema) {
  const KeyDefinition* best = nullptr;
  for (const KeyDefinition& key : table.keys) {
    if (key.kind != KeyDefinition::Kind::kUnique || (best != nullptr && best->name <= key.name)) continue;
    const bool usable = std::all_of(key.parts.begin(), key.parts.end(), [&](const KeyPart& part) {
      return part.length.empty() && std::any_of(schema.columns.begin(), schema.columns.end(), [&](const auto& column) {
               return EqualsIgnoreCase(column.name, part.column) && !column.nullable;
             });
    });
    if (usable) best = &key;
  }
  std::vector<std::string> columns;
  if (best != nullptr)
    for (const KeyPart& part : best->parts) columns.push_back(part.column);
  return columns;
}

void TakeDefault(const ColumnDefinition& definition, ColumnSchema* column) {
  const DefaultValue& value = definition.default_value;
  switch (value.kind) {
    case DefaultValue::Kind::kLiteral: column->default_text = value.literal.sign + value.literal.value; break;
    case DefaultValue::Kind::kCurrentTimestamp:
    case DefaultValue::Kind::kLocalTime: column->default_expression = "CURRENT_TIMESTAMP"; break;
    case DefaultValue::Kind::kExpression: column->default_expression = value.typed; break;
    default: break;
  }
}

void TakeExtra(const ColumnDefinition& definition, ColumnSchema* column) {
  const auto add = [&](const char* words) { column->extra += (column->extra.empty() ? "" : " ") + std::string(words); };
  if (definition.auto_increment) add("auto_increment");
  if (column->default_expression) add("default_generated");
  if (definition.on_update_now) add("on update current_timestamp");
  if (definition.generated == "ROW START" || definition.generated == "ROW END")
    add(definition.generated == "ROW END" ? "stored generated row end" : "stored generated row start");
  else if (!definition.generated.empty())
    add(definition.stored ? "stored generated" : "virtual generated");
  if (definition.invisible) add("invisible");
}

ColumnSchema ColumnOf(const ColumnDefinition& definition, const TableSchema& table) {
  ColumnSchema column;
  column.name = definition.name;
  const std::string own = OwnCharset(definition.type);
  const std::string charset = own.empty() ? table.charset : own;
  column.type_text = ColumnTypeText(definition.type, charset);
  column.type = ParseMysqlType(column.type_text);
  column.nullable = definition.null.value_or(!definition.auto_increment);
  if (column.type.is_text() || column.type.kind == MysqlKind::kEnum || column.type.kind == MysqlKind::kSet) {
    const CharsetInfo* info = charset.empty() ? nullptr : FindCharset(charset);
    column.charset = info == nullptr ? charset : info->name;
    column.collation = !definition.type.collation.empty() ? ToLower(definition.type.collation)
                       : definition.type.binary           ? column.charset + "_bin"
                       : own.empty()                      ? table.collation
                       : info == nullptr                  ? ""
                                                          : info->default_collation;
  }
  TakeDefault(definition, &column);
  TakeExtra(definition, &column);
  column.generated = !definition.generated.empty();
  column.invisible = definition.invisible;
  column.comment = definition.comment.value_or("");
  return column;
}

}  // namespace

void Normalize(CreateTable* table) {
  std::vector<KeyDefinition> keys = std::move(table->keys);
  table->keys.clear();
  for (ColumnDefinition& column : table->columns) {
    if (column.versioned) table->options.system_versioned = true;
    TakeColumnKey(&column, table);
  }
  for (KeyDefinition& key : keys) AddKey(std::move(key), table);
  FixTypes(table);
}

void ApplyCreateIndex(const KeyDefinition& index, CreateTable* table) {
  AddKey(index, table);
}

void ApplyDropIndex(const std::string& name, CreateTable* table) {
  DropKey(name, table);
}

TableSchema SchemaOf(const CreateTable& table, const DatabaseDefaults& defaults) {
  TableSchema schema;
  schema.db = table.name.database;
  schema.table = table.name.table;
  schema.comment = table.options.comment.value_or("");
  const std::string charset = CharsetOf(table.options);
  const CharsetInfo* info = FindCharset(charset.empty() ? defaults.charset : charset);
  if (info != nullptr) schema.charset = info->name;
  schema.collation = !table.options.collation.empty() ? ToLower(table.options.collation)
                     : charset.empty()                ? defaults.collation
                     : info == nullptr                ? ""
                                                      : info->default_collation;
  for (const ColumnDefinition& definition : table.columns) schema.columns.push_back(ColumnOf(definition, schema));
  for (const KeyDefinition& key : table.keys)
    if (key.kind == KeyDefinition::Kind::kPrimary)
      for (const KeyPart& part : key.parts) schema.key.push_back(part.column);
  if (schema.key.empty()) schema.unique = UsableUnique(table, schema);
  schema.system_versioned = table.options.system_versioned.value_or(false);
  schema.TakeRowEndOutOfKeys();
  return schema;
}

}  // namespace cdc::ddl
