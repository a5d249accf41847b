#include "tools/cdc-apply/sqlite_definition.h"

#include <algorithm>

#include "common/error.h"
#include "common/log.h"
#include "tools/cdc-apply/added_columns.h"
#include "tools/cdc-apply/older_rows.h"
#include "tools/cdc-apply/sqlite_types.h"
#include "tools/cdc-apply/table_definition.h"
#include "tools/cdc-apply/type_change.h"

namespace cdc::apply {

std::vector<SqliteDefinition::Present> SqliteDefinition::PresentColumns() const {
  std::vector<Present> present;
  SqliteStatement info(db_, "SELECT name, type, pk, hidden FROM pragma_table_xinfo(?1)");
  info.Bind(1, name_);
  while (info.Step()) present.push_back({info.Text(0), info.Text(1), info.Integer(2), info.Integer(3) >= 2});
  return present;
}

const SqliteDefinition::Present* SqliteDefinition::Find(const std::vector<Present>& present,
                                                        const std::string& column) {
  for (const auto& other : present)
    if (sqlite3_stricmp(other.name.c_str(), column.c_str()) == 0) return &other;
  return nullptr;
}

/// `others`: columns of the table as it stands; those that the source has no more come last.
std::string SqliteDefinition::CreateSql(const TargetTable& table, const std::string& name,
                                        const std::vector<Present>& others) const {
  std::string sql = "CREATE TABLE " + SqliteName(name) + " (";
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const TargetColumn& column = table.columns[i];
    if (i > 0) sql += ", ";
    sql += SqliteName(column.name);
    if (const std::string type = SqliteType(column); !type.empty()) sql += " " + type;
    // A key that SQLite would let be NULL is no key.
    if (std::find(table.key.begin(), table.key.end(), i) != table.key.end()) sql += " NOT NULL";
  }
  for (const auto& other : others) {
    const auto same = [&](const TargetColumn& column) {
      return sqlite3_stricmp(column.name.c_str(), other.name.c_str()) == 0;
    };
    if (std::none_of(table.columns.begin(), table.columns.end(), same))
      sql += ", " + SqliteName(other.name) + " " + other.type;
  }
  if (!table.key.empty()) {
    sql += ", PRIMARY KEY (";
    for (size_t i = 0; i < table.key.size(); ++i)
      sql += (i > 0 ? ", " : "") + SqliteName(table.columns[table.key[i]].name);
    sql += ")";
  }
  return sql + ")";
}

/// The key is the same, and no column's type would change values of its kind now.
bool SqliteDefinition::Fits(const TargetTable& table, const std::vector<Present>& present) const {
  for (const auto& column : table.columns) {
    const Present* there = Find(present, column.name);
    if (there != nullptr && column.kind != ColumnKind::kAny &&
        SqliteAffinity(there->type) != SqliteAffinity(SqliteType(column)))
      return false;
  }
  const auto in_key = std::count_if(present.begin(), present.end(), [](const auto& c) { return c.key_index > 0; });
  if (static_cast<size_t>(in_key) != table.key.size()) return false;
  return std::all_of(table.key.begin(), table.key.end(), [&](size_t index) {
    const Present* there = Find(present, table.columns[index].name);
    return there != nullptr && there->key_index > 0;
  });
}

/// An expression for what the source's ALTER TABLE has made of the column's values; empty: they are as they were.
/// `shape`: as it was stored.
std::string SqliteDefinition::Converted(const TargetTable& table, const Present& present,
                                        const std::string& shape) const {
  for (const auto& column : table.columns) {
    if (sqlite3_stricmp(column.name.c_str(), present.name.c_str()) != 0) continue;
    const StoredColumn before = StoredColumnOf(shape, column.name);
    const TypeChange change{before.source_type,
                            column.mysql_type,
                            before.charset,
                            column.charset,
                            SqliteAffinity(present.type),
                            SqliteAffinity(SqliteType(column))};
    const bool is_known = !change.source_from.empty() && change.source_from != change.source_to;
    if (column.kind == ColumnKind::kAny || (!is_known && change.stored_from == change.stored_to)) return "";
    const Conversion conversion = SqliteConversion(SqliteName(present.name), change);
    SqliteStatement rows(db_, "SELECT 1 FROM " + SqliteName(name_) + " LIMIT 1");
    if (!conversion.is_exact && rows.Step()) WarnOfConversion(name_, column.name, change);
    return conversion.sql;
  }
  return "";
}

/// Where the table's own types are the same.
void SqliteDefinition::ConvertValues(const TargetTable& table, const std::vector<Present>& present,
                                     const std::string& shape) {
  std::string set;
  for (const auto& column : present)
    if (const std::string sql = Converted(table, column, shape); !sql.empty())
      set += (set.empty() ? "" : ", ") + SqliteName(column.name) + " = " + sql;
  if (!set.empty()) ExecuteSqlite(db_, "UPDATE " + SqliteName(name_) + " SET " + set);
}

/// Rows that are there get what the source has in columns that the table lacks, or has from others that went. What is
/// not known is told of, and NULL.
std::vector<SqliteDefinition::Filling> SqliteDefinition::FillingsOf(const TargetTable& table,
                                                                    const std::vector<Present>& present,
                                                                    const KnownTable& known, const DdlRule& ddl) const {
  using Kind = OlderRows::Kind;
  std::vector<Filling> fillings;
  SqliteStatement rows(db_, "SELECT 1 FROM " + SqliteName(name_) + " LIMIT 1");
  if (!rows.Step()) return fillings;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const TargetColumn& column = table.columns[i];
    const bool is_there = Find(present, column.name) != nullptr;
    if (!is_there && left_out_[i]) continue;
    if (is_there && !IsMadeAnew(column, known, table)) continue;
    if (is_there && (!known.created || !ddl.applies())) {
      WarnOfStaleRows(name_, column.name);
      continue;
    }
    if (is_there) CheckKeyOfAnew(table, known, column);
    const OlderRows older = OlderRowsIn(column, known, table);
    if (is_there || older.kind == Kind::kValue)
      fillings.push_back({i, older.value.value_or(OwnedValue(Value::Null()))});
    // Where a part of the key is not known, the table is not rebuilt.
    if (older.kind == Kind::kUnknown && !IsInKey(table, i)) WarnOfOlderRows(name_, column.name);
  }
  return fillings;
}

/// From the first parameter on.
void SqliteDefinition::Bind(const std::vector<Filling>& fillings, SqliteStatement* statement) {
  for (size_t i = 0; i < fillings.size(); ++i) statement->Bind(static_cast<int>(i + 1), fillings[i].value.value());
}

void SqliteDefinition::Rebuild(const TargetTable& table, const std::vector<Present>& present, const KnownTable& stored,
                               const DdlRule& ddl) {
  const std::string& shape = stored.shape;
  const std::string next = name_ + " (cdc-apply, new)";
  const std::vector<Filling> fillings = FillingsOf(table, present, stored, ddl);
  const auto is_filled = [&](const std::string& column) {
    return std::any_of(fillings.begin(), fillings.end(), [&](const Filling& filling) {
      return sqlite3_stricmp(table.columns[filling.column].name.c_str(), column.c_str()) == 0;
    });
  };
  std::string columns, values;
  for (size_t i = 0; i < fillings.size(); ++i) {
    columns += (columns.empty() ? "" : ", ") + SqliteName(table.columns[fillings[i].column].name);
    values += (values.empty() ? "?" : ", ?") + std::to_string(i + 1);
  }
  for (const auto& column : present) {
    if (is_filled(column.name)) continue;
    const std::string converted = Converted(table, column, shape);
    columns += (columns.empty() ? "" : ", ") + SqliteName(column.name);
    values += (values.empty() ? "" : ", ") + (converted.empty() ? SqliteName(column.name) : converted);
  }
  // Indexes and triggers of the user's own go with the old table.
  std::vector<std::string> attached;
  SqliteStatement list(db_,
                       "SELECT sql FROM sqlite_schema WHERE tbl_name = ?1 AND type <> 'table' AND sql IS NOT NULL");
  list.Bind(1, name_);
  while (list.Step()) attached.push_back(list.Text(0));
  list.Reset();
  ExecuteSqlite(db_, CreateSql(table, next, present));
  const auto refuse = [&](const std::string& why) {
    Fail(ExitStatus::kConfig, "the rows of table \"" + name_ + "\" do not fit the key that the source gave it", why,
         kSnapshotHint);
  };
  // SQLite would make up a number for an integer key that is NULL.
  for (const size_t index : table.key) {
    const std::string& column = table.columns[index].name;
    if (is_filled(column)) continue;
    SqliteStatement lacks(
        db_, "SELECT 1 FROM " + SqliteName(name_) +
                 (Find(present, column) == nullptr ? "" : " WHERE " + SqliteName(column) + " IS NULL") + " LIMIT 1");
    if (lacks.Step()) refuse("column \"" + column + "\" has no value in rows that came before");
  }
  try {
    SqliteStatement copy(
        db_, "INSERT INTO " + SqliteName(next) + " (" + columns + ") SELECT " + values + " FROM " + SqliteName(name_));
    Bind(fillings, &copy);
    copy.Run();
  } catch (const Failure& failure) {
    if (failure.error().status != ExitStatus::kData) throw;
    refuse(failure.error().what);
  }
  ExecuteSqlite(db_, "DROP TABLE " + SqliteName(name_));
  // Views may name the table that is not there just now.
  ExecuteSqlite(db_, "PRAGMA legacy_alter_table = ON");
  ExecuteSqlite(db_, "ALTER TABLE " + SqliteName(next) + " RENAME TO " + SqliteName(name_));
  ExecuteSqlite(db_, "PRAGMA legacy_alter_table = OFF");
  for (const auto& sql : attached) ExecuteSqlite(db_, sql);
  LogNote("table \"" + name_ + "\" of the target is rebuilt: the source has another key or other types");
}

void SqliteDefinition::CheckKey(const TargetTable& table) {
  std::string columns;
  for (const size_t index : table.key) columns += (columns.empty() ? "" : ", ") + SqliteName(table.columns[index].name);
  sqlite3_stmt* probe = nullptr;
  const std::string sql = "INSERT INTO " + SqliteName(name_) + " (" + columns + ") SELECT " + columns + " FROM " +
                          SqliteName(name_) + " WHERE 0 ON CONFLICT (" + columns + ") DO NOTHING";
  const int code = sqlite3_prepare_v2(db_, sql.c_str(), -1, &probe, nullptr);
  const std::string message = sqlite3_errmsg(db_);
  sqlite3_finalize(probe);
  if (code != SQLITE_OK)
    Fail(ExitStatus::kConfig,
         "table \"" + name_ + "\" of the target cannot be upserted by (" + columns + "): " + message, "",
         "give it a primary or unique key over these columns, or another name: --table-name");
}

void SqliteDefinition::Prepare(const TargetTable& table, DdlRule& ddl, KnownTable* known) {
  left_out_.assign(table.columns.size(), false);
  any_left_out_ = false;
  limits_.clear();
  const std::vector<Present> present = PresentColumns();
  std::vector<std::string> types;
  for (const auto& column : table.columns) types.push_back(SqliteType(column));
  const KnownTable stored = *known;
  if (present.empty()) {
    known->created = true;
    known->shape = ShapeText(table, types);
    const std::string sql = CreateSql(table, name_, {});
    ddl.CheckMayCreate(name_, sql);
    MakeInTarget(name_, [&] { ExecuteSqlite(db_, sql); });
    return;
  }
  const bool ours = known->created;
  const bool fits = !ours || Fits(table, present);
  if (ours && ddl.applies()) {
    known->shape = ShapeText(table, types);
    if (!fits) return Rebuild(table, present, stored, ddl);
    ConvertValues(table, present, stored.shape);
  }
  // What rows were to have before those that come is not known by then.
  if (ours && !ddl.applies()) known->shape = ShapeWithoutAdded(stored.shape);
  AddMissing(table, present, stored, ddl);
  if (!ours) LeaveOutGenerated(table, present, ddl);
  if (!fits) ddl.MayAlter(name_);
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const Present* there = Find(present, table.columns[i].name);
    if (there == nullptr || left_out_[i]) continue;
    ColumnLimit limit = SqliteLimit(there->type);
    limit.column = i;
    if ((!ours || !fits) && MayExceed(table.columns[i], limit)) limits_.push_back(limit);
  }
  if (!table.key.empty()) CheckKey(table);
  if (!ours) CheckCollations(table, ddl);
}

void SqliteDefinition::LeaveOutGenerated(const TargetTable& table, const std::vector<Present>& present, DdlRule& ddl) {
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const Present* there = Find(present, table.columns[i].name);
    if (there == nullptr || !there->is_generated) continue;
    left_out_[i] = any_left_out_ = true;
    ddl.NoteGenerated(name_, table.columns[i].name);
  }
}

/// Of the unique indexes over the key: their collations decide which rows are one.
void SqliteDefinition::CheckCollations(const TargetTable& table, DdlRule& ddl) const {
  using Level = KeyCollation::Level;
  SqliteStatement indexed(db_,
                          "SELECT c.name, c.coll FROM pragma_index_list(?1) i JOIN pragma_index_xinfo(i.name) c WHERE "
                          "i.\"unique\" = 1 AND c.key = 1 AND c.coll <> 'BINARY'");
  indexed.Bind(1, name_);
  while (indexed.Step()) {
    KeyCollation collation{Level::kLetters, true, indexed.Text(1)};
    if (collation.name == "NOCASE") collation = {Level::kAccents, false, "NOCASE"};
    if (collation.name == "RTRIM") collation = {Level::kBytes, true, "RTRIM"};
    for (const size_t index : table.key)
      if (sqlite3_stricmp(table.columns[index].name.c_str(), indexed.Text(0).c_str()) == 0)
        ddl.CheckKeyCollation(name_, table.columns[index], collation);
  }
}

/// Adds the columns that the table lacks, or leaves them out.
void SqliteDefinition::AddMissing(const TargetTable& table, const std::vector<Present>& present,
                                  const KnownTable& known, DdlRule& ddl) {
  std::vector<MissingColumn> missing;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const TargetColumn& column = table.columns[i];
    if (Find(present, column.name) != nullptr) continue;
    left_out_[i] = true;
    missing.push_back(
        {column.name, std::find(table.key.begin(), table.key.end(), i) != table.key.end(),
         "ALTER TABLE " + SqliteName(name_) + " ADD COLUMN " + SqliteName(column.name) + " " + SqliteType(column)});
  }
  any_left_out_ = ddl.LeavesOut(name_, missing);
  if (!any_left_out_) left_out_.assign(table.columns.size(), false);
  const std::vector<Filling> fillings = FillingsOf(table, present, known, ddl);
  if (any_left_out_) return;
  for (const auto& column : missing) {
    WarnOfRemovedColumn(known.shape, name_, column.name);
    MakeInTarget(name_, [&] { ExecuteSqlite(db_, column.sql); });
  }
  if (fillings.empty()) return;
  std::string set;
  for (size_t i = 0; i < fillings.size(); ++i)
    set += (i > 0 ? ", " : "") + SqliteName(table.columns[fillings[i].column].name) + " = ?" + std::to_string(i + 1);
  SqliteStatement fill(db_, "UPDATE " + SqliteName(name_) + " SET " + set);
  Bind(fillings, &fill);
  fill.Run();
}

}  // namespace cdc::apply
