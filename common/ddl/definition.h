#pragma once

#include <string>
#include <vector>

#include "common/ddl/ast.h"
#include "common/table_schema.h"

namespace cdc::ddl {

/// A table as the server has it, kept as the CREATE TABLE statement that would make it: later statements are applied to
/// that, as the server applies them. (cdc-encode's picture follows the connector's own reading of the same statements,
/// which is another one: action by action.)

/// Brings keys that stand with their columns into the list of keys, and gives every index a name.
void Normalize(CreateTable* table);

/// ALTER TABLE: all actions at once, names meaning those before the statement, AFTER those behind it. What names a
/// column that is not there does nothing (IF EXISTS). `table` is normalized before; renames of the table are not done.
void ApplyActions(const std::vector<AlterAction>& actions, CreateTable* table);
void ApplyCreateIndex(const KeyDefinition& index, CreateTable* table);
void ApplyDropIndex(const std::string& name, CreateTable* table);

/// The statement, in the form in which the server shows it.
std::string CreateTableText(const CreateTable& table);

/// Character set and collation that a table has if its statement names none; empty: not known.
struct DatabaseDefaults {
  std::string charset, collation;
};

/// What information_schema would say of the table. Columns of text whose character set is not known have none.
/// `create` is left empty.
TableSchema SchemaOf(const CreateTable& table, const DatabaseDefaults& defaults);

/// The actions change columns or the key, not only indexes, options and the like.
bool ChangesColumnsOrKey(const std::vector<AlterAction>& actions);

}  // namespace cdc::ddl
