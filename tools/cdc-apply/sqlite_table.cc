#include "tools/cdc-apply/sqlite_table.h"

#include "common/error.h"
#include "tools/cdc-apply/replayed_letter.h"

namespace cdc::apply {

void SqliteTable::Prepare(const TargetTable& table, DdlRule& ddl, KnownTable* known) {
  statements_.clear();
  table_ = &table;
  definition_.Prepare(table, ddl, known);
}

void SqliteTable::Clear() {
  ExecuteSqlite(db_, "DELETE FROM " + SqliteName(name_));
}

void SqliteTable::Apply(const RowChange& change) {
  if (!definition_.any_left_out()) return ApplyKnown(change);
  RowChange known = change;
  for (auto* row : {&known.before, &known.after})
    for (size_t i = 0; i < row->size(); ++i)
      if (definition_.leaves_out(i)) (*row)[i] = {};
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
