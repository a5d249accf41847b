#include "tools/cdc-encode/picture_alter.h"

#include <algorithm>

#include "common/ddl/lexer.h"

namespace cdc::encode {
namespace {

using Kind = ddl::AlterAction::Kind;

size_t IndexOf(TablePicture& table, std::string_view name) {
  const PictureColumn* column = FindPictureColumn(table, name);
  return column == nullptr ? table.columns.size() : static_cast<size_t>(column - table.columns.data());
}

/// Moves the column at `index` to where the statement wants it.
void Place(TablePicture& table, size_t index, const ddl::ColumnPosition& position) {
  if (position.kind == ddl::ColumnPosition::Kind::kUnchanged) return;
  PictureColumn column = std::move(table.columns[index]);
  table.columns.erase(table.columns.begin() + static_cast<std::ptrdiff_t>(index));
  size_t target = 0;
  if (position.kind == ddl::ColumnPosition::Kind::kAfter)
    target = std::min(IndexOf(table, position.after) + 1, table.columns.size());
  table.columns.insert(table.columns.begin() + static_cast<std::ptrdiff_t>(target), std::move(column));
}

void RenameInKey(TablePicture& table, const std::string& from, const std::string& to) {
  for (std::string& name : table.key)
    if (ddl::EqualsIgnoreCase(name, from)) name = to;
}

bool InKey(const TablePicture& table, const std::string& name) {
  return std::any_of(table.key.begin(), table.key.end(),
                     [&](const std::string& column) { return ddl::EqualsIgnoreCase(column, name); });
}

void AddColumn(TablePicture& table, const ddl::AlterAction& action) {
  table.columns.push_back(MakePictureColumn(action.column));
  TakeColumnKey(action.column, table);
  Place(table, table.columns.size() - 1, action.position);
}

void DropColumn(TablePicture& table, const std::string& name) {
  const size_t index = IndexOf(table, name);
  if (index == table.columns.size()) return;
  std::erase_if(table.key,
                [&](const std::string& column) { return ddl::EqualsIgnoreCase(column, table.columns[index].name); });
  table.columns.erase(table.columns.begin() + static_cast<std::ptrdiff_t>(index));
}

/// MODIFY makes the column anew, its name in the letters that the statement has. CHANGE does so too, but what the new
/// definition does not speak of stays: the options of an ENUM, AUTO_INCREMENT, the comment, and that a column of the
/// key is NOT NULL.
void RedefineColumn(TablePicture& table, const ddl::AlterAction& action) {
  const bool change = action.kind == Kind::kChangeColumn;
  const size_t index = IndexOf(table, change ? action.name : action.column.raw_name);
  if (index == table.columns.size()) return;
  PictureColumn column = MakePictureColumn(action.column);
  const std::string old_name = table.columns[index].name;
  if (change && !action.column.null && InKey(table, old_name)) column.optional = table.columns[index].optional;
  if (change) {
    const PictureColumn& old = table.columns[index];
    if (column.enum_values.empty()) column.enum_values = old.enum_values;
    if (!column.comment) column.comment = old.comment;
    column.auto_increment |= old.auto_increment;
    column.generated |= old.generated;
  }
  // The key keeps the letters of the old name.
  if (change) RenameInKey(table, old_name, column.name);
  table.columns[index] = std::move(column);
  TakeColumnKey(action.column, table);
  Place(table, index, action.position);
}

/// All renames of a statement refer to the names before it, so that two columns can be swapped.
void RenameColumns(TablePicture& table, const std::vector<ddl::AlterAction>& actions) {
  TablePicture before = table;
  for (const ddl::AlterAction& action : actions) {
    if (action.kind != Kind::kRenameColumn) continue;
    const size_t index = IndexOf(before, action.name);
    if (index == before.columns.size()) continue;
    table.columns[index].name = action.new_name;
    for (size_t i = 0; i < before.key.size(); ++i)
      if (ddl::EqualsIgnoreCase(before.key[i], before.columns[index].name)) table.key[i] = action.new_name;
  }
}

void SetDefault(TablePicture& table, const ddl::AlterAction& action) {
  PictureColumn* column = FindPictureColumn(table, action.name);
  // The connector does not hear of SET DEFAULT NULL.
  if (column == nullptr || action.column.default_value.kind == ddl::DefaultValue::Kind::kNull) return;
  ddl::ColumnDefinition definition;
  definition.default_value = action.column.default_value;
  const PictureColumn value = MakePictureColumn(definition);
  if (!value.has_default) return;  // nor of digits of bytes: the default before stays
  column->has_default = value.has_default;
  column->default_expression = value.default_expression;
}

void DropDefault(TablePicture& table, const std::string& name) {
  PictureColumn* column = FindPictureColumn(table, name);
  if (column == nullptr) return;
  column->has_default = false;
  column->default_expression.reset();
}

}  // namespace

ddl::TableName ApplyAlter(const std::vector<ddl::AlterAction>& actions, TablePicture* table) {
  ddl::TableName renamed;
  bool columns_renamed = false;
  for (const ddl::AlterAction& action : actions) {
    switch (action.kind) {
      case Kind::kAddColumn: AddColumn(*table, action); break;
      case Kind::kModifyColumn:
      case Kind::kChangeColumn: RedefineColumn(*table, action); break;
      case Kind::kDropColumn: DropColumn(*table, action.name); break;
      case Kind::kRenameColumn:
        if (!columns_renamed) RenameColumns(*table, actions);
        columns_renamed = true;
        break;
      case Kind::kSetDefault: SetDefault(*table, action); break;
      case Kind::kDropDefault: DropDefault(*table, action.name); break;
      case Kind::kAddKey: TakeKey(action.key, *table); break;
      case Kind::kDropPrimaryKey: table->key.clear(); break;
      case Kind::kRenameTable: renamed = action.new_table; break;
      case Kind::kConvertCharset:
      case Kind::kOptions:
        if (action.options.comment) table->comment = action.options.typed_comment;
        break;
      case Kind::kDropIndex:
      case Kind::kRenameIndex:
      case Kind::kOther: break;
    }
  }
  FillCharsets(*table);
  return renamed;
}

}  // namespace cdc::encode
