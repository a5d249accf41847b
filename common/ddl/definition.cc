#include "common/ddl/definition.h"

#include <algorithm>

#include "common/collation.h"
#include "common/ddl/lexer.h"
#include "common/ddl/type_text.h"

namespace cdc::ddl {
namespace {

using Kind = AlterAction::Kind;
using Columns = std::vector<ColumnDefinition>;

Columns::iterator FindColumn(Columns& columns, std::string_view name) {
  return std::find_if(columns.begin(), columns.end(),
                      [&](const ColumnDefinition& column) { return EqualsIgnoreCase(column.name, name); });
}

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

/// A column's own PRIMARY KEY and UNIQUE, and what SERIAL stands for.
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

void DropFromKeys(std::string_view column, CreateTable* table) {
  for (KeyDefinition& key : table->keys)
    std::erase_if(key.parts, [&](const KeyPart& part) { return EqualsIgnoreCase(part.column, column); });
  std::erase_if(table->keys, [](const KeyDefinition& key) { return key.parts.empty(); });
}

/// Names of before to names of after, for the keys.
using Renames = std::vector<std::pair<std::string, std::string>>;

void RenameInKeys(const Renames& renames, CreateTable* table) {
  for (KeyDefinition& key : table->keys) {
    for (KeyPart& part : key.parts) {
      for (const auto& [from, to] : renames) {
        if (!EqualsIgnoreCase(part.column, from)) continue;
        part.column = to;
        break;
      }
    }
  }
}

std::string OwnCharset(const DataType& type) {
  if (IsNationalType(type)) return "utf8mb3";
  if (!type.charset.empty()) return ToLower(type.charset);
  if (type.collation.empty()) return "";
  const CollationInfo* collation = FindCollation(std::string_view(type.collation));
  return collation == nullptr ? "" : collation->charset;
}

bool HasCharset(const DataType& type) {
  const MysqlType shown = ParseMysqlType(ColumnTypeText(type, ""));
  return shown.is_text() || shown.kind == MysqlKind::kEnum || shown.kind == MysqlKind::kSet;
}

/// The table's default goes to columns that have none of their own: a new default is for new columns only.
void PinCharsets(CreateTable* table) {
  if (table->options.charset.empty() && table->options.collation.empty()) return;
  for (ColumnDefinition& column : table->columns) {
    if (!HasCharset(column.type) || !OwnCharset(column.type).empty()) continue;
    column.type.charset = table->options.charset;
    column.type.collation = table->options.collation;
  }
}

void SetOptions(const TableOptions& options, CreateTable* table) {
  if (options.comment) table->options.comment = options.comment;
  if (options.charset.empty() && options.collation.empty()) return;
  PinCharsets(table);
  table->options.charset = options.charset;
  table->options.collation = options.collation;
}

/// A text that holds as many characters as before may need the next larger type.
void Enlarge(DataType* type, const std::string& from, const std::string& to) {
  const CharsetInfo *before = FindCharset(from), *after = FindCharset(to);
  if (before == nullptr || after == nullptr || after->max_bytes <= before->max_bytes) return;
  if (type->name == "TINYTEXT")
    type->name = "TEXT";
  else if (type->name == "TEXT" && type->dimensions.empty())
    type->name = "MEDIUMTEXT";
  else if (type->name == "MEDIUMTEXT")
    type->name = "LONGTEXT";
}

std::string CharsetOf(const TableOptions& options) {
  DataType named;
  named.charset = options.charset;
  named.collation = options.collation;
  return OwnCharset(named);
}

void Convert(const TableOptions& options, CreateTable* table) {
  const std::string table_charset = CharsetOf(table->options);
  for (ColumnDefinition& column : table->columns) {
    if (!HasCharset(column.type)) continue;
    const std::string own = OwnCharset(column.type);
    Enlarge(&column.type, own.empty() ? table_charset : own, CharsetOf(options));
    column.type.charset = options.charset;
    column.type.collation = options.collation;
    column.type.binary = false;
  }
  table->options.charset = options.charset;
  table->options.collation = options.collation;
}

/// One ALTER TABLE, in the order in which the server does it: what becomes of each column that is there, then the
/// columns that are put somewhere.
class Alteration {
 public:
  Alteration(const std::vector<AlterAction>& actions, CreateTable* table) : actions_(actions), table_(table) {}

  void Run() {
    // Character sets first: they are for the columns that are there, new ones have the new default.
    for (const AlterAction& action : actions_) {
      if (action.kind == Kind::kConvertCharset) Convert(action.options, table_);
      if (action.kind == Kind::kOptions) SetOptions(action.options, table_);
    }
    for (const ColumnDefinition& old : table_->columns) TakeOld(old);
    for (const AlterAction& action : actions_) PutNew(action);
    for (const std::string& name : dropped_) DropFromKeys(name, table_);
    RenameInKeys(renames_, table_);
    table_->columns = std::move(result_);
    for (const AlterAction& action : actions_) DoRest(action);
    for (ColumnDefinition& column : table_->columns) TakeColumnKey(&column, table_);
  }

 private:
  static bool Redefines(const AlterAction& action) {
    return action.kind == Kind::kChangeColumn || action.kind == Kind::kModifyColumn;
  }
  static const std::string& OldName(const AlterAction& action) {
    return action.kind == Kind::kModifyColumn ? action.column.name : action.name;
  }

  void TakeOld(ColumnDefinition column) {
    const std::string name = column.name;
    for (const AlterAction& action : actions_) {
      if (!EqualsIgnoreCase(OldName(action), name)) continue;
      switch (action.kind) {
        case Kind::kDropColumn: dropped_.push_back(name); return;
        case Kind::kModifyColumn:
        case Kind::kChangeColumn:
          column = action.column;
          if (action.kind == Kind::kModifyColumn) column.name = name;
          if (!EqualsIgnoreCase(name, column.name) || name != column.name) renames_.emplace_back(name, column.name);
          if (action.position.kind != ColumnPosition::Kind::kUnchanged) {
            moved_.push_back(name);
            return;
          }
          break;
        case Kind::kRenameColumn:
          renames_.emplace_back(name, action.new_name);
          column.name = column.raw_name = action.new_name;
          break;
        case Kind::kSetDefault: column.default_value = action.column.default_value; break;
        case Kind::kDropDefault: column.default_value = {}; break;
        default: break;
      }
    }
    result_.push_back(std::move(column));
  }

  void PutNew(const AlterAction& action) {
    ColumnDefinition column = action.column;
    if (action.kind == Kind::kAddColumn) {
      if (FindColumn(result_, column.name) != result_.end()) return;  // IF NOT EXISTS
    } else {
      if (!Redefines(action)) return;
      const auto moved = std::find(moved_.begin(), moved_.end(), OldNameInTable(action));
      if (moved == moved_.end()) return;
      if (action.kind == Kind::kModifyColumn) column.name = *moved;
    }
    auto at = result_.end();
    if (action.position.kind == ColumnPosition::Kind::kFirst) at = result_.begin();
    if (action.position.kind == ColumnPosition::Kind::kAfter) {
      at = FindColumn(result_, action.position.after);
      if (at != result_.end()) ++at;
    }
    result_.insert(at, std::move(column));
  }

  std::string OldNameInTable(const AlterAction& action) {
    const auto found = FindColumn(table_->columns, OldName(action));
    return found == table_->columns.end() ? "" : found->name;
  }

  void DoRest(const AlterAction& action) {
    switch (action.kind) {
      case Kind::kDropPrimaryKey: DropKey("PRIMARY", table_); break;
      case Kind::kDropIndex: DropKey(action.name, table_); break;
      case Kind::kRenameIndex:
        for (KeyDefinition& key : table_->keys)
          if (EqualsIgnoreCase(key.name, action.name)) key.name = action.new_name;
        break;
      case Kind::kAddKey: added_.push_back(action.key); break;
      default: break;
    }
    // Indexes are added when all are dropped, so that one may take the place of another.
    if (&action == &actions_.back())
      for (KeyDefinition& key : added_) AddKey(std::move(key), table_);
  }

  const std::vector<AlterAction>& actions_;
  CreateTable* table_;
  Columns result_;
  std::vector<std::string> dropped_, moved_;
  Renames renames_;
  std::vector<KeyDefinition> added_;
};

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
  if (!definition.generated.empty()) add(definition.stored ? "stored generated" : "virtual generated");
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
  for (ColumnDefinition& column : table->columns) TakeColumnKey(&column, table);
  for (KeyDefinition& key : keys) AddKey(std::move(key), table);
}

void ApplyActions(const std::vector<AlterAction>& actions, CreateTable* table) {
  if (!actions.empty()) Alteration(actions, table).Run();
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
  return schema;
}

bool ChangesColumnsOrKey(const std::vector<AlterAction>& actions) {
  return std::any_of(actions.begin(), actions.end(), [](const AlterAction& action) {
    switch (action.kind) {
      case Kind::kRenameTable:
      case Kind::kRenameIndex:
      case Kind::kOptions:
      case Kind::kSetDefault:
      case Kind::kDropDefault:
      case Kind::kOther: return false;
      case Kind::kAddKey:
        return action.key.kind == KeyDefinition::Kind::kPrimary || action.key.kind == KeyDefinition::Kind::kUnique;
      default: return true;
    }
  });
}

}  // namespace cdc::ddl
