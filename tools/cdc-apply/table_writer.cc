#include "tools/cdc-apply/table_writer.h"

#include <algorithm>
#include <map>

#include "common/error.h"
#include "tools/cdc-apply/replayed_letter.h"
#include "tools/cdc-apply/row_change.h"

namespace cdc::apply {
namespace {

/// How many keys a statement looks for. Of more, servers may rather read the whole table: MySQL for want of memory
/// (range_optimizer_max_mem_size), PostgreSQL where it knows nothing yet of what the key's columns hold.
constexpr size_t kKeysAtOnce = 1000, kWideKeysAtOnce = 100;

}  // namespace

std::vector<size_t> TableWriter::PresentColumns(const Value* row) const {
  std::vector<size_t> columns;
  for (size_t i = 0; i < table_.shape.columns.size(); ++i)
    if (!row[i].is_absent() && !table_.left_out[i]) columns.push_back(i);
  return columns;
}

std::string TableWriter::ColumnNames(const std::vector<size_t>& columns) const {
  std::string names;
  for (const size_t column : columns)
    names += (names.empty() ? "" : ", ") + server_.Name(table_.shape.columns[column].name);
  return names;
}

void TableWriter::Write(const std::vector<NetChanges::Change>& changes) {
  std::vector<const Value*> deleted, updated, inserted, added;
  // Rows with the same columns go together; nearly always there is one such group.
  std::map<std::pair<std::vector<size_t>, bool>, std::vector<const Value*>> upserted;
  const bool in_two_steps = table_.replaces_rows;
  const auto all = table_.shape.columns.size() -
                   static_cast<size_t>(std::count(table_.left_out.begin(), table_.left_out.end(), true));
  for (const auto& change : changes) {
    if (change.is_delete) {
      deleted.push_back(change.row);
      continue;
    }
    if (change.is_new) added.push_back(change.row);
    const auto columns = PresentColumns(change.row);
    const bool is_whole = columns.size() == all;
    // What another row of this key had in the columns that this one does not carry is not this one's.
    const bool begins_anew = change.is_another && !is_whole;
    if (begins_anew || (in_two_steps && is_whole)) deleted.push_back(change.row);
    if (begins_anew && in_two_steps)
      inserted.push_back(change.row);
    else if (in_two_steps && !is_whole)
      updated.push_back(change.row);
    else
      upserted[{columns, change.is_new}].push_back(change.row);
  }
  DeleteKeys(deleted);
  if (table_.shape.is_versioned) EndOpenVersions(added);
  // One by one and in the source's order: one may take what a unique key kept for one before it. An upsert would take
  // any row that one of the unique keys finds for the one meant.
  for (const Value* row : updated) Update(row);
  Insert(inserted);
  for (const auto& [kind, rows] : upserted)
    if (in_two_steps)
      Insert(rows);
    else
      Upsert(rows, kind.second);
}

uint64_t TableWriter::SendRows(const std::vector<const Value*>& rows, const std::vector<size_t>& columns,
                               const std::string& suffix) {
  const std::string head = "INSERT INTO " + server_.Name(table_.shape.name) + " (" + ColumnNames(columns) + ")" +
                           std::string(server_.InsertOption(table_)) + " VALUES ";
  std::string sql, next;
  uint64_t changed = 0;
  const auto send = [&] {
    sql += suffix;
    changed += server_.ExecuteCounted(sql);
  };
  // A row may be large: no more copies of it than need be.
  for (const Value* values : rows) {
    const size_t before = sql.size();
    sql += before == 0 ? head : ", ";
    const size_t start = sql.size();
    sql += '(';
    for (size_t c = 0; c < columns.size(); ++c) {
      if (c > 0) sql += ',';
      server_.AppendLiteral(sql, values[columns[c]], table_, columns[c]);
    }
    sql += ')';
    // Only a row that is larger itself makes a larger statement.
    if (before == 0 || sql.size() < server_.statement_bytes()) continue;
    next.assign(sql, start);
    sql.resize(before);
    send();
    sql = head;
    sql += next;
  }
  if (!sql.empty()) send();
  return changed;
}

bool TableWriter::HaveSameColumns(const Value* a, const Value* b) const {
  for (size_t i = 0; i < table_.shape.columns.size(); ++i)
    if (a[i].is_absent() != b[i].is_absent()) return false;
  return true;
}

void TableWriter::Insert(const std::vector<const Value*>& rows) {
  for (auto begin = rows.begin(); begin != rows.end();) {
    // A statement names its columns once.
    const auto end = std::find_if(begin, rows.end(), [&](const Value* row) { return !HaveSameColumns(*begin, row); });
    InsertAlike({begin, end});
    begin = end;
  }
}

void TableWriter::InsertAlike(const std::vector<const Value*>& rows) {
  if (table_.shape.takes_new_rows_only && !table_.shape.key.empty()) return InsertNew(rows);
  SendRows(rows, PresentColumns(rows.front()), "");
}

/// Rows that are there already, as when a stream is sent again, have to be these.
void TableWriter::InsertNew(const std::vector<const Value*>& rows) {
  const auto columns = PresentColumns(rows.front());
  if (server_.BulkUpsert(table_, columns, rows, true)) return;
  if (SendRows(rows, columns, server_.OnConflict(table_, columns)) == rows.size()) return;
  for (const Value* row : rows)
    if (server_
            .Query("SELECT 1 FROM " + server_.Name(table_.shape.name) + " WHERE " + KeyCondition(row) + " AND " +
                   SameRow(row))
            .empty())
      FailNotNew(table_.shape.name);
}

void TableWriter::Upsert(const std::vector<const Value*>& rows, bool all_new) {
  const auto columns = PresentColumns(rows.front());
  if (!server_.BulkUpsert(table_, columns, rows, all_new)) SendRows(rows, columns, server_.OnConflict(table_, columns));
}

void TableWriter::DeleteKeys(const std::vector<const Value*>& rows) {
  const auto& key = table_.shape.key;
  const std::string head =
      server_.DeleteByKeySql(table_) + " WHERE (" + ColumnNames(key) + ")" + std::string(server_.AmongKeys(key.size()));
  InLists(rows, key, [&](const std::string& list, size_t, size_t) { server_.Execute(head + list + ")"); });
}

template <typename Send>
void TableWriter::InLists(const std::vector<const Value*>& rows, const std::vector<size_t>& columns, Send send) {
  const size_t at_once = columns.size() > 1 ? kWideKeysAtOnce : kKeysAtOnce;
  std::string list;
  for (size_t i = 0, first = 0; i < rows.size(); ++i) {
    list += list.empty() ? "(" : ", (";
    for (size_t c = 0; c < columns.size(); ++c) {
      if (c > 0) list += ',';
      server_.AppendLiteral(list, rows[i][columns[c]], table_, columns[c]);
    }
    list += ')';
    const bool is_full = list.size() >= server_.statement_bytes() || i + 1 - first == at_once;
    if (!is_full && i + 1 < rows.size()) continue;
    send(list, first, i + 1);
    first = i + 1;
    list.clear();
  }
}

/// Of versions that begin with a row that the source inserted: one of the same key that is valid has lost its end.
void TableWriter::EndOpenVersions(const std::vector<const Value*>& rows) {
  const TargetTable& shape = table_.shape;
  const size_t last = shape.columns.size() - 1, begin = shape.key.back();
  const std::vector<size_t> key(shape.key.begin(), shape.key.end() - 1);
  const std::string head = "SELECT 1 FROM " + server_.Name(shape.name) + " WHERE " +
                           server_.Name(shape.columns[last].name) + " IS NULL AND (" + ColumnNames(key) + ")" +
                           std::string(server_.AmongKeys(key.size()));
  InLists(rows, key, [&](const std::string& list, size_t first, size_t end) {
    if (server_.Query(head + list + ")").empty()) return;
    for (size_t i = first; i < end; ++i) {
      std::vector<Value> before(shape.columns.size()), after(shape.columns.size());
      for (const size_t column : key) before[column] = rows[i][column];
      after[last] = rows[i][begin];
      EndVersion(before.data(), after.data(), false);
    }
  });
}

std::string TableWriter::Assignments(const Value* row, bool with_key) {
  std::string set;
  const auto& key = table_.shape.key;
  for (const size_t column : PresentColumns(row)) {
    if (!with_key && std::find(key.begin(), key.end(), column) != key.end()) continue;
    set += (set.empty() ? "" : ", ") + server_.Name(table_.shape.columns[column].name) + " = ";
    server_.AppendLiteral(set, row[column], table_, column);
  }
  return set;
}

std::string TableWriter::KeyCondition(const Value* row) {
  std::string condition;
  for (const size_t column : table_.shape.key) {
    condition += (condition.empty() ? "" : " AND ") + server_.Name(table_.shape.columns[column].name) + " = ";
    server_.AppendLiteral(condition, row[column], table_, column);
  }
  return condition;
}

void TableWriter::Update(const Value* row) {
  const std::string set = Assignments(row, false), where = " WHERE " + KeyCondition(row);
  const std::string name = server_.Name(table_.shape.name);
  if (!set.empty() && server_.ExecuteCounted("UPDATE " + name + " SET " + set + where) > 0) return;
  // A new row need not carry all columns; and MySQL does not count one that is already what it is to be.
  if (server_.Query("SELECT 1 FROM " + name + where).empty()) Insert({row});
}

bool TableWriter::Move(const Value* before, const Value* after) {
  return server_.ExecuteCounted("UPDATE " + server_.Name(table_.shape.name) + " SET " + Assignments(after, true) +
                                " WHERE " + KeyCondition(before)) > 0;
}

bool TableWriter::Copy(const Value* before, const Value* after) {
  std::vector<size_t> columns;
  std::string values;
  for (size_t i = 0; i < table_.shape.columns.size(); ++i) {
    if (table_.left_out[i]) continue;
    columns.push_back(i);
    if (!values.empty()) values += ", ";
    if (after[i].is_absent())
      values += server_.Name(table_.shape.columns[i].name);
    else
      server_.AppendLiteral(values, after[i], table_, i);
  }
  const std::string name = server_.Name(table_.shape.name);
  return server_.ExecuteCounted("INSERT INTO " + name + " (" + ColumnNames(columns) + ")" +
                                std::string(server_.InsertOption(table_)) + " SELECT " + values + " FROM " + name +
                                " WHERE " + KeyCondition(before)) > 0;
}

void TableWriter::UpdateAll(const Value* row) {
  server_.Execute("UPDATE " + server_.Name(table_.shape.name) + " SET " + Assignments(row, true));
}

void TableWriter::EndVersion(const Value* before, const Value* after, bool is_letter) {
  const size_t last = table_.shape.columns.size() - 1;
  const std::string name = server_.Name(table_.shape.columns[last].name);
  const std::string begin = server_.Name(table_.shape.columns[table_.shape.key.back()].name);
  std::string end;
  server_.AppendLiteral(end, after[last], table_, last);
  // The source's clock may have been put back: no version ends before it began.
  std::string sql = "UPDATE " + server_.Name(table_.shape.name) + " SET " + name + " = CASE WHEN " + begin + " > " +
                    end + " THEN " + begin + " ELSE " + end + " END WHERE " + name + " IS NULL";
  // A version that began since is not the one that it tells of.
  if (is_letter) sql += " AND " + begin + " <= " + end;
  for (const size_t column : PresentColumns(before)) {
    const auto& key = table_.shape.key;
    if (std::find(key.begin(), key.end(), column) == key.end()) {
      sql += " AND " + SameValue(before, column);
      continue;
    }
    sql += " AND " + server_.Name(table_.shape.columns[column].name) + " = ";
    server_.AppendLiteral(sql, before[column], table_, column);
  }
  if (server_.ExecuteCounted(sql) > 0 || !is_letter || before[table_.shape.key[0]].is_absent()) return;
  std::string valid;
  for (const size_t column : table_.shape.key) {
    if (before[column].is_absent()) continue;  // when the version began
    valid += server_.Name(table_.shape.columns[column].name) + " = ";
    server_.AppendLiteral(valid, before[column], table_, column);
    valid += " AND ";
  }
  if (!server_.Query("SELECT 1 FROM " + server_.Name(table_.shape.name) + " WHERE " + valid + name + " IS NULL")
           .empty())
    WarnOfOthersRow(table_.shape.name);
}

void TableWriter::EndAllVersions(const std::string& time) {
  std::vector<Value> before(table_.shape.columns.size()), after(table_.shape.columns.size());
  after.back() = Value::Text(time);
  EndVersion(before.data(), after.data(), false);
}

std::string TableWriter::SameRow(const Value* row) {
  std::string condition;
  for (const size_t column : PresentColumns(row))
    condition += (condition.empty() ? "" : " AND ") + SameValue(row, column);
  return condition;
}

std::string TableWriter::SameValue(const Value* row, size_t column) {
  std::string literal;
  server_.AppendLiteral(literal, row[column], table_, column);
  return server_.SameSql(table_, column, literal);
}

void TableWriter::DeleteIfSame(const Value* row) {
  const std::string name = server_.Name(table_.shape.name), of_key = " WHERE " + KeyCondition(row);
  if (server_.ExecuteCounted("DELETE FROM " + name + of_key + " AND " + SameRow(row)) > 0) return;
  if (!server_.Query("SELECT 1 FROM " + name + of_key).empty()) WarnOfOthersRow(table_.shape.name);
}

void TableWriter::DeleteRow(const Value* row) {
  if (server_.ExecuteCounted(server_.DeleteOneSql(table_.shape.name, SameRow(row))) == 0)
    Fail(ExitStatus::kData,
         "a row of table \"" + table_.shape.name + "\", which has no key, is to be changed but is not in the target",
         "", kNoSuchRowHint);
}

}  // namespace cdc::apply
