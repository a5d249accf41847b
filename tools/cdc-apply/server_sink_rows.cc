#include <algorithm>

#include "tools/cdc-apply/server_sink.h"
#include "tools/cdc-apply/table_writer.h"
#include "tools/cdc-apply/version_columns.h"

namespace cdc::apply {

// How changes of ended source transactions join the rows that wait, and which have to be sent before others.

/// What came since Begin joins what is to be sent.
void ServerSink::TakeOpen() {
  for (const OpenChange& change : open_) TakeChange(change);
  open_.clear();
}

void ServerSink::TakeChange(const OpenChange& change) {
  Table& table = *change.table;
  switch (change.kind) {
    case RowChange::Kind::kNone: return;
    case RowChange::Kind::kTruncate:
      table.Forget();
      table.clear = true;
      return;
    case RowChange::Kind::kUpdateAll:
      StartTransaction();
      FlushTable(&table);
      return TableWriter(*server_, table.server).UpdateAll(change.after);
    case RowChange::Kind::kEndVersion: return EndVersion(table, change);
    case RowChange::Kind::kDelete:
      if (table.server.shape.key.empty())
        table.keyless.push_back({change.before, true});
      else if (change.checks_old_row)
        DeleteIfSame(table, change.before);
      else
        table.net.Delete(change.before);
      return;
    case RowChange::Kind::kUpsert: TakeUpsert(table, change);
  }
}

/// Of a row whose newest version waits here that version is sent first; others need not be.
void ServerSink::EndVersion(Table& table, const OpenChange& change) {
  const TargetTable& shape = table.server.shape;
  const bool ends_all = change.before[shape.key[0]].is_absent();
  if (ends_all && !change.checks_old_row) {
    // That of all waits like the clearing of a table: it may have to be altered first.
    if (table.has_rows()) FlushTable(&table);
    if (table.versions_end.empty()) table.versions_end = change.after[shape.columns.size() - 1].text;
    return;
  }
  const bool waits = ends_all || table.versioned.count(VersionKey(table, change.before)) > 0;
  if (waits || (!change.is_insert && !table.versions_end.empty())) FlushTable(&table);
  // A row that is inserted has no valid version, as a rule: those that do are looked for together, when it is sent.
  if (change.is_insert && !ends_all) return;
  StartTransaction();
  TableWriter(*server_, table.server).EndVersion(change.before, change.after, change.checks_old_row);
}

/// The source's key: that of the target is this and when the version began.
std::string ServerSink::VersionKey(const Table& table, const Value* row) {
  std::string bytes;
  const auto& key = table.server.shape.key;
  for (size_t i = 0; i + 1 < key.size(); ++i) AppendKeyBytes(bytes, row[key[i]]);
  return bytes;
}

void ServerSink::TakeUpsert(Table& table, const OpenChange& change) {
  const auto& key = table.server.shape.key;
  if (table.is_versioned) table.versioned.insert(VersionKey(table, change.after));
  if (key.empty()) {
    if (change.before != nullptr) table.keyless.push_back({change.before, true});
    table.keyless.push_back({change.after, false});
    return;
  }
  // Each of them counts: one may be the same as another, or not new.
  if (table.server.shape.takes_new_rows_only) return table.keyless.push_back({change.after, false});
  const bool moved = KeyMoves(key, change.before, change.after);
  if (!moved) return table.net.Upsert(change.after, arena_, change.is_insert && change.before == nullptr);
  const size_t columns = table.server.shape.columns.size();
  const bool whole =
      std::none_of(change.after, change.after + columns, [](const Value& value) { return value.is_absent(); });
  if (change.checks_old_row) {
    DeleteIfSame(table, change.before);
    return table.net.Upsert(change.after, arena_);
  }
  if (whole) {
    table.net.Delete(change.before);
    return table.net.Upsert(change.after, arena_);
  }
  // Columns that the change does not carry stay with the row, which only the server has.
  StartTransaction();
  FlushTable(&table);
  TableWriter writer(*server_, table.server);
  writer.Write({{change.after, true}});
  const bool is_there =
      change.keeps_old_row ? writer.Copy(change.before, change.after) : writer.Move(change.before, change.after);
  if (!is_there) table.net.Upsert(change.after, arena_);
}

void ServerSink::DeleteIfSame(Table& table, const Value* row) {
  StartTransaction();
  FlushTable(&table);
  TableWriter(*server_, table.server).DeleteIfSame(row);
}

/// All that are valid in the table, of which no more need be known yet than its columns of our own.
void ServerSink::EndVersions(Table& table, const std::string& time) {
  TargetTable& shape = table.server.shape;
  if (shape.columns.empty()) {
    for (const char* name : {kValidFrom, kValidTo}) {
      TargetColumn& column = shape.columns.emplace_back();
      column.name = name;
      column.kind = ColumnKind::kInstant;
      column.scale = kVersionDigits;
    }
    shape.key = {0};
    table.server.types = server_->TypesOf(shape, {});
    table.server.left_out.assign(shape.columns.size(), false);
  }
  std::vector<Value> before(shape.columns.size()), after(shape.columns.size());
  after.back() = Value::Text(time);
  open_.push_back({&table, RowChange::Kind::kEndVersion, arena_.Keep(before), arena_.Keep(after), false});
}

}  // namespace cdc::apply
