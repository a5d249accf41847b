#include <algorithm>

#include "common/collation.h"
#include "common/ddl/definition.h"
#include "common/ddl/definition_parts.h"
#include "common/ddl/lexer.h"

namespace cdc::ddl {
namespace {

using Kind = AlterAction::Kind;
using Columns = std::vector<ColumnDefinition>;

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
  if (options.system_versioned) table->options.system_versioned = options.system_versioned;
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
    FixTypes(table_);
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
          if (!EqualsIgnoreCase(name, column.name) || name != column.name) renames_.emplace_back(name, column.name);
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
      // Until its turn comes a column that moves stands where it was, so that others can be put behind it.
      if (!Redefines(action) || action.position.kind == ColumnPosition::Kind::kUnchanged) return;
      const auto old = FindColumn(result_, column.name);
      if (old == result_.end()) return;
      column = *old;
      result_.erase(old);
    }
    auto at = result_.end();
    if (action.position.kind == ColumnPosition::Kind::kFirst) at = result_.begin();
    if (action.position.kind == ColumnPosition::Kind::kAfter) {
      at = FindColumn(result_, action.position.after);
      if (at != result_.end()) ++at;
    }
    result_.insert(at, std::move(column));
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
  std::vector<std::string> dropped_;
  Renames renames_;
  std::vector<KeyDefinition> added_;
};

}  // namespace

void ApplyActions(const std::vector<AlterAction>& actions, CreateTable* table) {
  if (!actions.empty()) Alteration(actions, table).Run();
}

bool ChangesColumnsOrKey(const std::vector<AlterAction>& actions) {
  return std::any_of(actions.begin(), actions.end(), [](const AlterAction& action) {
    switch (action.kind) {
      case Kind::kRenameTable:
      case Kind::kRenameIndex:
      case Kind::kSetDefault:
      case Kind::kDropDefault:
      case Kind::kOther: return false;
      case Kind::kOptions: return action.options.system_versioned.has_value();
      case Kind::kAddKey:
        return action.key.kind == KeyDefinition::Kind::kPrimary || action.key.kind == KeyDefinition::Kind::kUnique;
      default: return true;
    }
  });
}

}  // namespace cdc::ddl
