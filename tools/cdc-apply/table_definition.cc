#include "tools/cdc-apply/table_definition.h"

#include <algorithm>

#include "common/error.h"
#include "common/json_scan.h"
#include "common/json_writer.h"
#include "common/log.h"
#include "tools/cdc-apply/added_columns.h"
#include "tools/cdc-apply/column_limit.h"
#include "tools/cdc-apply/ddl_mode.h"
#include "tools/cdc-apply/older_rows.h"
#include "tools/cdc-apply/type_change.h"

namespace cdc::apply {
namespace {

std::vector<std::string> KeyNames(const TargetTable& table) {
  std::vector<std::string> names;
  for (const size_t column : table.key) names.push_back(table.columns[column].name);
  return names;
}

std::string CreateSql(const SqlServer& server, const TargetTable& table) {
  std::string sql = "CREATE TABLE " + server.Name(table.name) + " (";
  const std::vector<std::string> types = server.TypesOf(table, {});
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const bool in_key = IsInKey(table, i);
    sql += (i > 0 ? ", " : "") + server.Name(table.columns[i].name) + " " + types[i] + (in_key ? " NOT NULL" : " NULL");
  }
  std::string key;
  for (const auto& name : KeyNames(table)) key += (key.empty() ? "" : ", ") + server.Name(name);
  if (!key.empty()) sql += ", PRIMARY KEY (" + key + ")";
  return sql + ")" + server.TableSuffix();
}

bool SameColumns(const SqlServer& server, const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return a.size() == b.size() && std::all_of(a.begin(), a.end(), [&](const std::string& name) {
           return std::any_of(b.begin(), b.end(),
                              [&](const std::string& other) { return server.SameColumn(name, other); });
         });
}

template <typename Visitor>
void ForEachStored(std::string_view shape, const Visitor& visit) {
  JsonMembers parts(shape);
  while (parts.Next()) {
    if (parts.name() != "columns") continue;
    JsonElements columns(parts.value());
    while (columns.Next()) {
      JsonElements words(columns.value());
      std::string name;
      StoredColumn stored;
      if (words.Next()) AppendUnescaped(name, words.value());
      for (std::string* word : {&stored.type, &stored.source_type, &stored.charset})
        if (words.Next()) AppendUnescaped(*word, words.value());
      visit(name, stored);
    }
  }
}

std::string StoredType(std::string_view shape, const std::string& column) {
  return StoredColumnOf(shape, column).type;
}

std::string_view StoredKey(std::string_view shape) {
  JsonMembers parts(shape);
  while (parts.Next())
    if (parts.name() == "key") return parts.value();
  return {};
}

/// What has changed of the column since the table was last prepared.
struct ColumnChange {
  TypeChange types;
  Conversion conversion;
  bool is_new_type = false;
};

ColumnChange ChangeOf(const SqlServer& server, const TargetColumn& column, const std::string& stored,
                      const std::string& type) {
  const StoredColumn before = StoredColumnOf(stored, column.name);
  ColumnChange change{{before.source_type, column.mysql_type, before.charset, column.charset, before.type, type},
                      {"", true}};
  if (before.type.empty()) return change;
  change.is_new_type = before.type != type;
  if (change.is_new_type || (before.source_type != column.mysql_type && !before.source_type.empty()))
    change.conversion = server.ConversionOf(column.name, change.types);
  return change;
}

/// A column that the stored shape does not have is no other shape: it is added, or left out.
bool HasSameShape(const SqlServer& server, const TargetTable& table, const std::vector<std::string>& types,
                  const std::string& stored, const std::string& wanted) {
  if (StoredKey(stored) != StoredKey(wanted)) return false;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const std::string before = StoredType(stored, table.columns[i].name);
    const std::string& now = types[i];
    if (!before.empty() && before != now) return false;
    const ColumnChange change = ChangeOf(server, table.columns[i], stored, now);
    if (!change.conversion.sql.empty() || !change.conversion.is_exact) return false;
  }
  return true;
}

/// Takes up what has changed since the table was last prepared.
void FollowShape(SqlServer& server, const TargetTable& table, const std::string& stored, const std::string& wanted,
                 SqlServer::Alteration* alteration) {
  if (StoredKey(stored) != StoredKey(wanted)) {
    alteration->key = KeyNames(table);
    for (const std::string& name : StoredKeyNames(stored)) {
      const auto is_same = [&](const std::string& other) { return server.SameColumn(name, other); };
      if (std::none_of(alteration->key->begin(), alteration->key->end(), is_same)) alteration->unkeyed.push_back(name);
    }
  }
  const bool has_rows = !server.Query("SELECT 1 FROM " + server.Name(table.name) + " LIMIT 1").empty();
  for (const auto& column : table.columns) {
    const ColumnChange change = ChangeOf(server, column, stored, StoredType(wanted, column.name));
    if (!alteration->Adds(column.name) && (change.is_new_type || !change.conversion.sql.empty()))
      alteration->types.push_back({column.name, change.types.stored_to, change.conversion.sql});
    if (has_rows && !change.conversion.is_exact) WarnOfConversion(table.name, column.name, change.types);
  }
}

void Alter(SqlServer& server, const std::string& table, const SqlServer::Alteration& alteration) {
  if (alteration.types.empty() && !alteration.key) {
    for (const auto& sql : server.AlterSql(table, alteration)) MakeInTarget(table, [&] { server.ExecuteDdl(sql); });
    return;
  }
  try {
    for (const auto& sql : server.AlterSql(table, alteration)) server.ExecuteDdl(sql);
  } catch (const Failure& failure) {
    if (failure.error().status != ExitStatus::kData) throw;
    Fail(ExitStatus::kConfig,
         "the rows of table \"" + table + "\" do not fit the key or the types that the source gave it",
         failure.error().what, kSnapshotHint);
  }
  LogNote("table \"" + table + "\" of the target is altered: the source has another key or other types");
}

NamedTypes::const_iterator FindColumn(const SqlServer& server, const NamedTypes& columns, const std::string& name) {
  return std::find_if(columns.begin(), columns.end(), [&](const auto& c) { return server.SameColumn(c.first, name); });
}

/// The columns that the table lacks are to be added, or left out.
void AddMissing(SqlServer& server, const NamedTypes& present, const std::vector<std::string>& types,
                const std::string& shape, DdlRule& ddl, ServerTable* prepared, SqlServer::Alteration* alteration) {
  const TargetTable& table = prepared->shape;
  std::vector<MissingColumn> missing;
  std::vector<bool> is_missing(table.columns.size(), false);
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const TargetColumn& column = table.columns[i];
    if (FindColumn(server, present, column.name) != present.end()) continue;
    is_missing[i] = true;
    missing.push_back(
        {column.name, IsInKey(table, i),
         "ALTER TABLE " + server.Name(table.name) + " ADD COLUMN " + server.Name(column.name) + " " + types[i]});
  }
  if (ddl.LeavesOut(table.name, missing)) {
    prepared->left_out = is_missing;
    return;
  }
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (!is_missing[i]) continue;
    WarnOfRemovedColumn(shape, table.name, table.columns[i].name);
    alteration->added.emplace_back(table.columns[i].name, types[i]);
  }
}

/// Of columns that are there and whose values went. One of the same type keeps its place, and what others made of it.
void MakeAnew(SqlServer& server, const NamedTypes& present, const std::vector<std::string>& types,
              const KnownTable& known, DdlRule& ddl, const TargetTable& table, SqlServer::Alteration* alteration) {
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const TargetColumn& column = table.columns[i];
    const auto there = FindColumn(server, present, column.name);
    if (there == present.end() || !IsMadeAnew(column, known, table)) continue;
    const bool is_empty = server.Query("SELECT 1 FROM " + server.Name(table.name) + " LIMIT 1").empty();
    if (!known.created || !ddl.applies()) {
      if (!is_empty) WarnOfStaleRows(table.name, column.name);
    } else if (is_empty) {
      if (there->second != types[i]) alteration->types.push_back({column.name, types[i], ""});
    } else {
      CheckKeyOfAnew(table, known, column);
      if (there->second == types[i]) {
        alteration->emptied.push_back(column.name);
      } else {
        alteration->dropped.push_back(column.name);
        alteration->added.emplace_back(column.name, types[i]);
      }
    }
  }
}

/// Rows that are there get what the source has in the columns that are added.
void FillAdded(SqlServer& server, const std::vector<std::string>& types, const KnownTable& known,
               const TargetTable& table, SqlServer::Alteration* alteration) {
  ServerTable typed;
  typed.shape = table;
  typed.types = types;
  std::vector<std::string> unknown;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const TargetColumn& column = table.columns[i];
    if (!alteration->Adds(column.name) && !alteration->Empties(column.name)) continue;
    const OlderRows rows = OlderRowsIn(column, known, table);
    if (rows.kind == OlderRows::Kind::kUnknown) unknown.push_back(column.name);
    if (rows.kind != OlderRows::Kind::kValue) continue;
    std::string literal;
    server.AppendLiteral(literal, rows.value->value(), typed, i);
    alteration->filled.emplace_back(column.name, literal);
  }
  if (unknown.empty() || server.Query("SELECT 1 FROM " + server.Name(table.name) + " LIMIT 1").empty()) return;
  for (const auto& column : unknown) WarnOfOlderRows(table.name, column);
}

/// Makes the table that is there what the source's is, as far as it may. Whether it is that in types and key.
bool Follow(SqlServer& server, const NamedTypes& present, const std::vector<std::string>& types, DdlRule& ddl,
            const KnownTable& known, ServerTable* prepared) {
  const TargetTable& table = prepared->shape;
  SqlServer::Alteration alteration;
  AddMissing(server, present, types, known.shape, ddl, prepared, &alteration);
  MakeAnew(server, present, types, known, ddl, table, &alteration);
  FillAdded(server, types, known, table, &alteration);
  const std::string wanted = ShapeText(table, types);
  bool is_followed = true;
  if (known.created && !known.shape.empty() && known.shape != wanted &&
      !HasSameShape(server, table, types, known.shape, wanted)) {
    is_followed = ddl.MayAlter(table.name);
    if (is_followed) FollowShape(server, table, known.shape, wanted, &alteration);
  }
  if (alteration.empty()) return is_followed;
  if (known.created)
    for (const auto& [column, type] : server.TypesThatGiveRoom(table, present))
      alteration.types.push_back({column, type, ""});
  Alter(server, table.name, alteration);
  return is_followed;
}

void CheckKey(SqlServer& server, ServerTable* table) {
  const auto key = KeyNames(table->shape);
  bool has_key = key.empty();
  for (const auto& unique : server.UniqueKeys(table->shape.name)) {
    if (!key.empty() && SameColumns(server, unique, key))
      has_key = true;
    else
      table->replaces_rows = true;
  }
  if (has_key) return;
  std::string names;
  for (const auto& name : key) names += (names.empty() ? "" : ", ") + name;
  Fail(ExitStatus::kConfig,
       "table \"" + table->shape.name + "\" of the target cannot be upserted by (" + names + "): it has no such key",
       "", "give it a primary or unique key over these columns, or another name: --table-name");
}

/// A table of the user's own may compute columns itself, and compare keys in its own way.
void TakeTraits(SqlServer& server, DdlRule& ddl, ServerTable* table) {
  for (size_t i = 0; i < table->shape.columns.size(); ++i) {
    if (table->left_out[i]) continue;
    const TargetColumn& column = table->shape.columns[i];
    const SqlServer::ColumnTraits traits = server.TraitsOf(table->shape.name, column.name);
    if (traits.is_generated) {
      table->left_out[i] = true;
      ddl.NoteGenerated(table->shape.name, column.name);
    }
    table->merges_texts[i] = MergesTexts(traits.collation);
    table->keeps_identity = table->keeps_identity || traits.is_identity;
    // No UPDATE gives such a column a value of its own.
    table->replaces_rows = table->replaces_rows || (traits.is_identity && !IsInKey(table->shape, i));
    if (IsInKey(table->shape, i)) ddl.CheckKeyCollation(table->shape.name, column, traits.collation);
  }
}

/// A table of the user's own may hold less than the source's.
void FindLimits(SqlServer& server, ServerTable* table) {
  for (size_t i = 0; i < table->types.size(); ++i) {
    const TargetColumn& column = table->shape.columns[i];
    if (table->left_out[i]) continue;
    ColumnLimit limit = server.LimitOf(table->shape.name, column.name, table->types[i]);
    // What the source's column holds fits into the same type, but for the bytes that a text takes.
    if (table->types[i] == column.mysql_type && !limit.bytes) continue;
    limit.column = i;
    if (MayExceed(column, limit)) table->limits.push_back(limit);
  }
}

}  // namespace

StoredColumn StoredColumnOf(std::string_view shape, const std::string& column) {
  StoredColumn found;
  ForEachStored(shape, [&](const std::string& name, const StoredColumn& stored) {
    if (name == column) found = stored;
  });
  return found;
}

std::vector<std::string> StoredNames(std::string_view shape) {
  std::vector<std::string> names;
  ForEachStored(shape, [&](const std::string& name, const StoredColumn&) { names.push_back(name); });
  return names;
}

std::vector<std::string> StoredKeyNames(std::string_view shape) {
  std::vector<std::string> names;
  JsonElements key(StoredKey(shape));
  while (key.Next()) AppendUnescaped(names.emplace_back(), key.value());
  return names;
}

std::string ShapeText(const SqlServer& server, const TargetTable& table) {
  return ShapeText(table, server.TypesOf(table, {}));
}

std::string ShapeText(const TargetTable& table, const std::vector<std::string>& types) {
  std::string text = "{\"columns\":[";
  for (size_t i = 0; i < table.columns.size(); ++i) {
    text += i > 0 ? ",[" : "[";
    const TargetColumn& column = table.columns[i];
    AppendJsonString(text, column.name);
    for (const std::string* word : {&types[i], &column.mysql_type, &column.charset}) {
      text += ',';
      AppendJsonString(text, *word);
    }
    text += ']';
  }
  text += "],\"key\":[";
  for (size_t i = 0; i < table.key.size(); ++i) {
    if (i > 0) text += ',';
    AppendJsonString(text, table.columns[table.key[i]].name);
  }
  return text + "]}";
}

void CheckNames(const SqlServer& server, const TargetTable& table) {
  const auto check = [&](const std::string& what, const std::string& name, const std::string& hint) {
    if (name.size() <= server.longest_name()) return;
    Fail(ExitStatus::kConfig,
         "the name of " + what + " \"" + name + "\" has " + std::to_string(name.size()) + " bytes, and server " +
             server.name() + " cuts names after " + std::to_string(server.longest_name()),
         "", hint);
  };
  check("table", table.name, "a shorter one: --table-name");
  for (const auto& column : table.columns)
    check("column", column.name, "table \"" + table.name + "\" has it; give it a shorter one before cdc-apply");
}

void WarnOfRemovedColumn(std::string_view shape, const std::string& table, const std::string& column) {
  const StoredColumn stored = StoredColumnOf(shape, column);
  if (stored.type.empty() && stored.source_type.empty()) return;
  LogWarning("column \"" + column + "\" of table \"" + table +
             "\" is not in the target any more: it is made anew, empty in the rows that are there; a new snapshot "
             "fills it");
}

ServerTable PrepareTable(SqlServer& server, const TargetTable& table, DdlRule& ddl, KnownTable* known) {
  ServerTable prepared;
  prepared.shape = table;
  CheckNames(server, table);
  prepared.left_out.assign(table.columns.size(), false);
  prepared.merges_texts.assign(table.columns.size(), false);
  bool is_followed = true;
  auto present = server.Columns(table.name);
  const std::vector<std::string> types = server.TypesOf(table, present);
  if (present.empty()) {
    const std::string sql = CreateSql(server, table);
    ddl.CheckMayCreate(table.name, sql);
    MakeInTarget(table.name, [&] { server.ExecuteDdl(sql); });
    known->created = true;
  } else {
    is_followed = Follow(server, present, types, ddl, *known, &prepared);
  }
  // What was not followed is to be followed by a run that may, but for what rows were to have before those that come.
  known->shape = is_followed ? ShapeText(table, types) : ShapeWithoutAdded(known->shape);
  prepared.is_ours = known->created;
  CheckKey(server, &prepared);
  if (!prepared.is_ours) TakeTraits(server, ddl, &prepared);
  present = server.Columns(table.name);
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const auto there = FindColumn(server, present, table.columns[i].name);
    CDC_CHECK(there != present.end() || prepared.left_out[i], "a column that was made is there");
    prepared.types.push_back(there == present.end() ? "" : there->second);
  }
  FindLimits(server, &prepared);
  return prepared;
}

}  // namespace cdc::apply
