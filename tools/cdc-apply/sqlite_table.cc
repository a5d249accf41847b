#include "tools/cdc-apply/sqlite_table.h"

#include <algorithm>

#include "common/error.h"
#include "common/log.h"
#include "tools/cdc-apply/added_columns.h"
#include "tools/cdc-apply/ddl_mode.h"
#include "tools/cdc-apply/older_rows.h"
#include "tools/cdc-apply/replayed_letter.h"
#include "tools/cdc-apply/table_definition.h"
#include "tools/cdc-apply/type_change.h"

namespace cdc::apply {
namespace {

// A double gives back each decimal of so many digits; SQLite's NUMERIC affinity then computes and compares with it.
constexpr int kExactDigits = 15;

/// The declared type, which decides SQLite's affinity: none where a conversion could change the value.
std::string TypeOf(const TargetColumn& column) {
  switch (column.kind) {
    case ColumnKind::kBoolean:
    case ColumnKind::kInteger: return "INTEGER";
    case ColumnKind::kDecimal:
      if (column.precision > kExactDigits || column.precision == 0) return "TEXT";
      return "NUMERIC(" + std::to_string(column.precision) + "," + std::to_string(column.scale) + ")";
    case ColumnKind::kReal: return "REAL";
    case ColumnKind::kBytes: return "BLOB";
    case ColumnKind::kUnsigned:
    case ColumnKind::kAny: return "";
    case ColumnKind::kText:
    case ColumnKind::kDate:
    case ColumnKind::kTime:
    case ColumnKind::kTimestamp:
    case ColumnKind::kInstant:
    case ColumnKind::kJson: return "TEXT";
  }
  return "";
}

std::string Affinity(const std::string& type) {
  return type.substr(0, type.find('('));
}

/// By SQLite's rules of affinity: what looks like a number becomes a double where the declared type is one of numbers.
ColumnLimit LimitOfDeclared(const std::string& type) {
  const auto says = [&](std::initializer_list<const char*> words) {
    return std::any_of(words.begin(), words.end(), [&](const char* word) {
      return sqlite3_strlike(("%" + std::string(word) + "%").c_str(), type.c_str(), 0) == 0;
    });
  };
  ColumnLimit limit;
  limit.type = type;
  const bool is_integer = says({"INT"});
  if (!is_integer && says({"CHAR", "CLOB", "TEXT"})) {
    limit.digits_of_real = kExactDigits;
    return limit;
  }
  if (type.empty() || (!is_integer && says({"BLOB"}))) return limit;
  limit.mantissa_bits = 53;
  limit.keeps_int64 = is_integer || !says({"REAL", "FLOA", "DOUB"});
  return limit;
}

}  // namespace

std::vector<SqliteTable::Present> SqliteTable::PresentColumns() const {
  std::vector<Present> present;
  SqliteStatement info(db_, "SELECT name, type, pk, hidden FROM pragma_table_xinfo(?1)");
  info.Bind(1, name_);
  while (info.Step()) present.push_back({info.Text(0), info.Text(1), info.Integer(2), info.Integer(3) >= 2});
  return present;
}

const SqliteTable::Present* SqliteTable::Find(const std::vector<Present>& present, const std::string& column) {
  for (const auto& other : present)
    if (sqlite3_stricmp(other.name.c_str(), column.c_str()) == 0) return &other;
  return nullptr;
}

/// `others`: columns of the table as it stands; those that the source has no more come last.
std::string SqliteTable::CreateSql(const TargetTable& table, const std::string& name,
                                   const std::vector<Present>& others) const {
  std::string sql = "CREATE TABLE " + SqliteName(name) + " (";
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const TargetColumn& column = table.columns[i];
    if (i > 0) sql += ", ";
    sql += SqliteName(column.name);
    if (const std::string type = TypeOf(column); !type.empty()) sql += " " + type;
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
bool SqliteTable::Fits(const TargetTable& table, const std::vector<Present>& present) const {
  for (const auto& column : table.columns) {
    const Present* there = Find(present, column.name);
    if (there != nullptr && column.kind != ColumnKind::kAny && Affinity(there->type) != Affinity(TypeOf(column)))
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
std::string SqliteTable::Converted(const TargetTable& table, const Present& present, const std::string& shape) const {
  for (const auto& column : table.columns) {
    if (sqlite3_stricmp(column.name.c_str(), present.name.c_str()) != 0) continue;
    const StoredColumn before = StoredColumnOf(shape, column.name);
    const TypeChange change{before.source_type, column.mysql_type,      before.charset,
                            column.charset,     Affinity(present.type), Affinity(TypeOf(column))};
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
void SqliteTable::ConvertValues(const TargetTable& table, const std::vector<Present>& present,
                                const std::string& shape) {
  std::string set;
  for (const auto& column : present)
    if (const std::string sql = Converted(table, column, shape); !sql.empty())
      set += (set.empty() ? "" : ", ") + SqliteName(column.name) + " = " + sql;
  if (!set.empty()) ExecuteSqlite(db_, "UPDATE " + SqliteName(name_) + " SET " + set);
}

/// Rows that are there get what the source has in columns that the table lacks, or has from others that went. What is
/// not known is told of, and NULL.
std::vector<SqliteTable::Filling> SqliteTable::FillingsOf(const TargetTable& table, const std::vector<Present>& present,
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
void SqliteTable::Bind(const std::vector<Filling>& fillings, SqliteStatement* statement) {
  for (size_t i = 0; i < fillings.size(); ++i) statement->Bind(static_cast<int>(i + 1), fillings[i].value.value());
}

void SqliteTable::Rebuild(const TargetTable& table, const std::vector<Present>& present, const KnownTable& stored,
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

void SqliteTable::CheckKey(const TargetTable& table) {
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

void SqliteTable::Prepare(const TargetTable& table, DdlRule& ddl, KnownTable* known) {
  statements_.clear();
  table_ = &table;
  left_out_.assign(table.columns.size(), false);
  any_left_out_ = false;
  limits_.clear();
  const std::vector<Present> present = PresentColumns();
  std::vector<std::string> types;
  for (const auto& column : table.columns) types.push_back(TypeOf(column));
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
    ColumnLimit limit = LimitOfDeclared(there->type);
    limit.column = i;
    if ((!ours || !fits) && MayExceed(table.columns[i], limit)) limits_.push_back(limit);
  }
  if (!table.key.empty()) CheckKey(table);
  if (!ours) CheckCollations(table, ddl);
}

void SqliteTable::LeaveOutGenerated(const TargetTable& table, const std::vector<Present>& present, DdlRule& ddl) {
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const Present* there = Find(present, table.columns[i].name);
    if (there == nullptr || !there->is_generated) continue;
    left_out_[i] = any_left_out_ = true;
    ddl.NoteGenerated(name_, table.columns[i].name);
  }
}

/// Of the unique indexes over the key: their collations decide which rows are one.
void SqliteTable::CheckCollations(const TargetTable& table, DdlRule& ddl) const {
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
void SqliteTable::AddMissing(const TargetTable& table, const std::vector<Present>& present, const KnownTable& known,
                             DdlRule& ddl) {
  std::vector<MissingColumn> missing;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const TargetColumn& column = table.columns[i];
    if (Find(present, column.name) != nullptr) continue;
    left_out_[i] = true;
    missing.push_back(
        {column.name, std::find(table.key.begin(), table.key.end(), i) != table.key.end(),
         "ALTER TABLE " + SqliteName(name_) + " ADD COLUMN " + SqliteName(column.name) + " " + TypeOf(column)});
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

void SqliteTable::Clear() {
  ExecuteSqlite(db_, "DELETE FROM " + SqliteName(name_));
}

void SqliteTable::Apply(const RowChange& change) {
  if (!any_left_out_) return ApplyKnown(change);
  RowChange known = change;
  for (auto* row : {&known.before, &known.after})
    for (size_t i = 0; i < row->size(); ++i)
      if (left_out_[i]) (*row)[i] = {};
  ApplyKnown(known);
}

void SqliteTable::ApplyKnown(const RowChange& change) {
  const bool keyed = !table_->key.empty();
  switch (change.kind) {
    case RowChange::Kind::kNone: break;
    case RowChange::Kind::kTruncate: Clear(); break;
    case RowChange::Kind::kUpdateAll: RunWith('a', change.after); break;
    case RowChange::Kind::kEndVersion: EndVersion(change); break;
    case RowChange::Kind::kDelete: Delete(change); break;
    case RowChange::Kind::kUpsert:
      if (keyed) {
        Upsert(change);
      } else {
        if (change.has_before) DeleteByRow(change.before);
        RunWith('+', change.after);
      }
  }
}

void SqliteTable::Upsert(const RowChange& change) {
  if (table_->takes_new_rows_only) return Insert(change.after);
  if (change.checks_old_row) {
    DeleteIfSame(change.before);
    return RunWith('+', change.after);
  }
  if (change.keeps_old_row && CopyRow(change)) return;
  if (change.has_before && !change.keeps_old_row &&
      (KeyMoves(table_->key, change) ? MoveKey(change) : Update(change.after)))
    return;
  RunWith('+', change.after);
}

/// A row that is there already, as when a stream is sent again, has to be this one.
void SqliteTable::Insert(const std::vector<Value>& row) {
  RunWith('+', row);
  if (sqlite3_changes(db_) > 0) return;
  if (!Finds(row)) FailNotNew(name_);
}

/// Whether a row has these values, as far as they are given.
bool SqliteTable::Finds(const std::vector<Value>& row) {
  SqliteStatement& same = StatementFor('s', row);
  int parameter = 0;
  for (const Value& value : row)
    if (!value.is_absent()) same.Bind(++parameter, value);
  const bool is_there = same.Step();
  same.Reset();
  return is_there;
}

/// Takes less time than an upsert of a row that is there; false if there is none.
bool SqliteTable::Update(const std::vector<Value>& row) {
  RunWith('u', row);
  return sqlite3_changes(db_) > 0;
}

/// False if there is no row under the old key.
bool SqliteTable::CopyRow(const RowChange& change) {
  RunWithKey('c', change);
  return sqlite3_changes(db_) > 0;
}

/// Columns that the change does not carry stay with the row, so it is moved and not written anew. False if there is no
/// row under the old key.
bool SqliteTable::MoveKey(const RowChange& change) {
  RunWithKey('m', change);
  return sqlite3_changes(db_) > 0;
}

/// The statement's parameters are the new row's values that are not absent, and the old key.
void SqliteTable::RunWithKey(char verb, const RowChange& change) {
  SqliteStatement& statement = StatementFor(verb, change.after);
  int parameter = 0;
  for (const Value& value : change.after)
    if (!value.is_absent()) statement.Bind(++parameter, value);
  for (const size_t index : table_->key) statement.Bind(++parameter, change.before[index]);
  statement.Run();
}

/// The statement's parameters are the row's values that are not absent.
void SqliteTable::RunWith(char verb, const std::vector<Value>& row) {
  SqliteStatement& statement = StatementFor(verb, row);
  int parameter = 0;
  for (const Value& value : row)
    if (!value.is_absent()) statement.Bind(++parameter, value);
  statement.Run();
}

void SqliteTable::EndVersion(const RowChange& change) {
  SqliteStatement& statement = StatementFor(change.checks_old_row ? 'l' : 'v', change.before);
  int parameter = 0;
  statement.Bind(++parameter, change.after.back());
  for (const Value& value : change.before)
    if (!value.is_absent()) statement.Bind(++parameter, value);
  statement.Run();
  if (!change.checks_old_row || sqlite3_changes(db_) > 0 || change.before[table_->key[0]].is_absent()) return;
  std::vector<Value> valid(change.before.size());
  for (const size_t index : table_->key) valid[index] = change.before[index];
  valid.back() = Value::Null();
  if (Finds(valid)) WarnOfOthersRow(name_);
}

void SqliteTable::Delete(const RowChange& change) {
  if (table_->key.empty()) return DeleteByRow(change.before);
  change.checks_old_row ? DeleteIfSame(change.before) : DeleteByKey(change.before);
}

void SqliteTable::DeleteByKey(const std::vector<Value>& row) {
  SqliteStatement& statement = StatementFor('k', row);
  int parameter = 0;
  for (const size_t index : table_->key) statement.Bind(++parameter, row[index]);
  statement.Run();
}

void SqliteTable::DeleteIfSame(const std::vector<Value>& row) {
  RunWith('o', row);
  if (sqlite3_changes(db_) > 0) return;
  std::vector<Value> key(row.size());
  for (const size_t index : table_->key) key[index] = row[index];
  if (Finds(key)) WarnOfOthersRow(name_);
}

void SqliteTable::DeleteByRow(const std::vector<Value>& row) {
  RunWith('-', row);
  if (sqlite3_changes(db_) == 0)
    Fail(ExitStatus::kData,
         "a row of table \"" + name_ + "\", which has no key, is to be changed but is not in the target", "",
         kNoSuchRowHint);
}

SqliteStatement& SqliteTable::StatementFor(char verb, const std::vector<Value>& row) {
  statement_key_.assign(1, verb);
  if (verb != 'k')
    for (const Value& value : row) statement_key_ += value.is_absent() ? '0' : '1';
  SqliteStatement& statement = statements_[statement_key_];
  if (!statement) {
    const std::string sql = verb == '+'   ? UpsertSql(row)
                            : verb == 'k' ? DeleteKeySql()
                            : verb == 'u' ? UpdateSql(row)
                            : verb == 'm' ? MoveKeySql(row)
                            : verb == 'c' ? CopyRowSql(row)
                            : verb == 'a' ? UpdateAllSql(row)
                            : verb == 'v' ? EndVersionSql(row, false)
                            : verb == 'l' ? EndVersionSql(row, true)
                            : verb == 's' ? "SELECT 1 FROM " + SqliteName(name_) + " WHERE " + SameRowSql(row)
                            : verb == 'o' ? "DELETE FROM " + SqliteName(name_) + " WHERE " + SameRowSql(row)
                                          : DeleteRowSql(row);
    statement = SqliteStatement(db_, sql);
  }
  return statement;
}

}  // namespace cdc::apply
