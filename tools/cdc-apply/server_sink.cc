#include "tools/cdc-apply/server_sink.h"

#include <algorithm>
#include <tuple>

#include "common/error.h"
#include "common/log.h"
#include "tools/cdc-apply/column_limit.h"
#include "tools/cdc-apply/dead_letters.h"
#include "tools/cdc-apply/reshape.h"
#include "tools/cdc-apply/slot_errors.h"
#include "tools/cdc-apply/table_definition.h"
#include "tools/cdc-apply/table_writer.h"
#include "tools/cdc-apply/version_columns.h"

namespace cdc::apply {
namespace {

// Rows of one source transaction beyond this go to the server before its mark, into the open transaction.
constexpr size_t kSpillBytes = 16 << 20;
constexpr int kAttempts = 10;

}  // namespace

bool ServerSink::TakeDdlMode(DdlMode mode) {
  ddl_.Set(mode);
  return true;
}

void ServerSink::ShareSlot(std::function<void()> before_commit) {
  shares_slot_ = true;
  slots_.Share();
  before_commit_ = std::move(before_commit);
}

void ServerSink::JoinSlot(const ServerSink& lead) {
  shares_slot_ = true;
  slots_.Join(lead.slots_);
}

const ServerTable& ServerSink::MakeReady(const TargetTable& shape) {
  Table& table = TableOf(shape.name);
  Prepare(shape, &table);
  return table.server;
}

void ServerSink::TakeReady(const ServerTable& ready) {
  Adopt(ready, &TableOf(ready.shape.name));
}

void ServerSink::ForgetTables() {
  for (auto& [name, table] : tables_) table->prepared = false;
}

void ServerSink::Begin(const Position*) {
  open_.clear();
}

void ServerSink::ClearTables(const TableScope& scope) {
  background_.Wait();
  for (const std::string& name : slots_.Tables(scope)) {
    const bool is_there = !server_->Columns(name).empty();
    slots_.Renew(name, is_there);
    if (!is_there) continue;
    if (scope.versions_end.empty())
      open_.push_back({&TableOf(name), RowChange::Kind::kTruncate, nullptr, nullptr, false});
    else
      EndVersions(TableOf(name), scope.versions_end);
    scope.Note(name);
  }
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

bool ServerSink::Delivers(const std::string& db, const std::string& table) {
  background_.Wait();
  return slots_.Delivers(db, table);
}

void ServerSink::Apply(const RowChange& change) {
  Table& table = TableOf(change.table->name);
  if (!table.prepared || change.table_changed) Prepare(*change.table, &table);
  if (!allow_rounding_) CheckLimits(change, table.server.limits);
  server_->CheckRow(change, table.server);
  const auto keep = [&](const std::vector<Value>& row) { return row.empty() ? nullptr : arena_.Keep(row); };
  open_.push_back({&table, change.kind, change.has_before ? keep(change.before) : nullptr, keep(change.after),
                   change.op == 'c' || change.op == 'r', change.checks_old_row, change.keeps_old_row});
  if (arena_.bytes() >= kSpillBytes) Spill();
}

void ServerSink::TakeTableEvent(const TableEvent& event) {
  // The source ended its transactions at the statement; what went before is made durable before tables change.
  CommitMarked();
  background_.Wait();
  for (const auto& [name, ours] : slots_.TakeTableEvent(event)) {
    tables_.erase(name);
    if (server_->Columns(name).empty()) continue;
    if (ours)
      server_->ExecuteDdl("DROP TABLE " + server_->Name(name));
    else
      server_->Execute("DELETE FROM " + server_->Name(name));
    LogNote("the source made table " + event.db + "." + event.table + " anew: the old rows of \"" + name +
            "\" are removed");
  }
}

/// What is remembered may be there before the position: then the statement comes again, and says the same.
void ServerSink::TakeColumnEvents(const ColumnEvents& events) {
  CommitMarked();
  background_.Wait();
  // The table's definition may be what it was.
  for (const std::string& name : slots_.TakeColumnEvents(events)) TableOf(name).prepared = false;
}

void ServerSink::Mark(const Position* position) {
  TakeOpen();
  if (spilled_) Flush();
  spilled_ = false;
  marked_anything_ = true;
  if (position != nullptr) marked_ = *position;
}

void ServerSink::RollBackToCommit() {
  ForgetRows();
  if (in_transaction_) server_->Execute("ROLLBACK");
  in_transaction_ = spilled_ = marked_anything_ = false;
  marked_.reset();
  arena_.Reset();
}

void ServerSink::SetSavepoint() {
  SendOpen();
  at_savepoint_.clear();
  for (auto& [name, table] : tables_)
    if (!table->empty()) at_savepoint_[table.get()] = {table->clear, table->versions_end};
  server_->Execute("SAVEPOINT refusable");
}

void ServerSink::RollBackToSavepoint() {
  ForgetRows();
  for (const auto& [table, waits] : at_savepoint_) std::tie(table->clear, table->versions_end) = waits;
  server_->Execute("ROLLBACK TO SAVEPOINT refusable");
}

void ServerSink::RollBackToMark() {
  open_.clear();
  if (!spilled_) return;
  server_->Execute("ROLLBACK TO SAVEPOINT source_transaction");
  server_->TakeRollback();
  for (auto& [name, table] : tables_) table->Forget();
  spilled_ = false;
}

/// Tables that were made or altered since may be as they were before.
void ServerSink::ForgetRows() {
  open_.clear();
  for (auto& [name, table] : tables_) {
    table->Forget();
    table->prepared = false;
  }
  server_->TakeRollback();
}

void ServerSink::Table::Forget() {
  clear = false;
  versions_end.clear();
  versioned.clear();
  net.Clear();
  keyless.clear();
}

ServerSink::Table& ServerSink::TableOf(const std::string& name) {
  auto& table = tables_[name];
  if (!table) {
    table = std::make_unique<Table>();
    table->server.shape.name = name;
  }
  return *table;
}

/// The table's rows that wait have the old shape, so they go first. (Those of the open source transaction have it
/// only where it was spilled: the source ends its transactions when it alters a table.) A table without such rows is
/// not touched: another session alters it, which would wait for our lock for good.
void ServerSink::Prepare(const TargetTable& shape, Table* table) {
  if (spilled_) {
    TakeOpen();
    if (table->has_rows()) FlushTable(table);
  } else {
    CommitMarked();
    background_.Wait();
  }
  KnownTable known = slots_.Known(shape.name);
  const auto clears = [&](const OpenChange& change) {
    return change.table == table && change.kind == RowChange::Kind::kTruncate;
  };
  const bool is_cleared = table->clear || std::any_of(open_.begin(), open_.end(), clears);
  if (is_cleared && ddl_.applies() && known.created && known.shape != ShapeText(*server_, shape)) {
    // Rows that are about to go need not fit the new shape.
    server_->ExecuteDdl("DROP TABLE " + server_->Name(shape.name));
    known = {};
    table->clear = false;
    open_.erase(std::remove_if(open_.begin(), open_.end(), clears), open_.end());
  }
  if (known.noted && server_->Columns(shape.name).empty()) FailRemoved(shape.name, slots_.slot());
  ServerTable ready = PrepareTable(*server_, shape, ddl_, &known);
  slots_.Note(shape, known);
  Adopt(std::move(ready), table);
}

void ServerSink::Adopt(ServerTable ready, Table* table) {
  // Rows of the open source transaction: where the rows themselves tell the columns, the next one may have others.
  for (OpenChange& change : open_) {
    if (change.table != table) continue;
    change.before = Reshape(change.before, table->server.shape, ready.shape, Value(), arena_);
    change.after = Reshape(change.after, table->server.shape, ready.shape, Value(), arena_);
  }
  table->server = std::move(ready);
  const TargetTable& shape = table->server.shape;
  table->net.SetKey(shape.key, shape.columns.size());
  table->is_versioned = shape.is_versioned;
  table->prepared = true;
}

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

void ServerSink::StartTransaction() {
  if (in_transaction_) return;
  background_.Wait();
  slots_.Lock();
  in_transaction_ = true;
}

void ServerSink::Spill() {
  SendOpen();
  arena_.Reset();
}

/// What is ended is sent as it is; what is open goes behind a savepoint.
void ServerSink::SendOpen() {
  StartTransaction();
  if (!spilled_) {
    std::vector<OpenChange> open;
    open.swap(open_);
    Flush(false);
    server_->Execute("SAVEPOINT source_transaction");
    spilled_ = true;
    open_.swap(open);
  }
  TakeOpen();
  Flush(false);
}

/// `all`: also tables that are only to be cleared, or their versions to end. Before the end of a transaction these
/// wait: the source's next rows may be theirs, with a shape that the table has yet to get.
void ServerSink::Flush(bool all) {
  for (auto& [name, table] : tables_) {
    if (table->empty() || (!table->has_rows() && !all)) continue;
    StartTransaction();
    FlushTable(table.get());
  }
}

void ServerSink::FlushTable(Table* table) {
  if (table->empty()) return;
  StartTransaction();
  Write(Take(table));
}

ServerSink::Sending ServerSink::Take(Table* table) {
  Sending sending{table, table->clear, table->versions_end, table->net.Take(), std::move(table->keyless)};
  table->Forget();
  return sending;
}

void ServerSink::Write(const Sending& sending) {
  const ServerTable& table = sending.table->server;
  try {
    if (sending.clear) server_->Execute("DELETE FROM " + server_->Name(table.shape.name));
    TableWriter writer(*server_, table);
    if (!sending.versions_end.empty()) writer.EndAllVersions(sending.versions_end);
    writer.Write(sending.changes);
    WriteKeyless(writer, sending.keyless);
  } catch (Failure& failure) {
    Error& error = failure.error();
    error.what = "table \"" + table.shape.name + "\": " + error.what;
    if (error.status != ExitStatus::kData) throw;
    if (error.hint.empty()) error.hint = kDeadLettersHint;
    throw SendFailure(error);
  }
}

void ServerSink::WriteKeyless(TableWriter& writer, const std::vector<NetChanges::Change>& changes) {
  std::vector<const Value*> inserted;
  for (const auto& change : changes) {
    if (!change.is_delete) {
      inserted.push_back(change.row);
      continue;
    }
    writer.Insert(inserted);
    inserted.clear();
    writer.DeleteRow(change.row);
  }
  writer.Insert(inserted);
}

void ServerSink::CommitMarked() {
  // With rows of an open source transaction on the server there is no commit before its mark.
  if (spilled_ || !marked_anything_) return;
  if (in_background_ && !in_transaction_ && open_.empty()) return SendMarked();
  background_.Wait();
  if (before_commit_) before_commit_();
  Flush();
  if (marked_) {
    StartTransaction();
    slots_.Store(*marked_);
  }
  if (in_transaction_) server_->Execute("COMMIT");
  in_transaction_ = false;
  NoteCommit();
  if (open_.empty()) arena_.Reset();
}

void ServerSink::NoteCommit() {
  ++commits_;
  marked_anything_ = false;
  marked_.reset();
}

/// The commit as a whole, by another thread, which has the server to itself until background_.Wait(): the next rows
/// are read meanwhile.
void ServerSink::SendMarked() {
  background_.Wait();
  sent_arena_.Reset();
  std::swap(arena_, sent_arena_);
  std::vector<Sending> all;
  for (auto& [name, table] : tables_) {
    if (table->empty()) continue;
    all.push_back(Take(table.get()));
  }
  background_.Start([this, all = std::move(all), position = marked_] {
    if (before_commit_) before_commit_();
    if (!all.empty() || position) SendBatch(all, position);
  });
  NoteCommit();
}

void ServerSink::SendBatch(const std::vector<Sending>& batch, const std::optional<Position>& position) {
  for (int attempt = 1;; ++attempt) {
    slots_.Lock();
    try {
      for (const Sending& sending : batch) Write(sending);
      if (position) slots_.Store(*position);
      return server_->Execute("COMMIT");
    } catch (const Failure& failure) {
      // Sessions that write to the same tables may wait for each other's locks; the server ends one of them.
      if (!shares_slot_ || failure.error().status != ExitStatus::kTempFail || attempt == kAttempts) throw;
      LogVerbose("a commit is tried again: " + failure.error().what);
      server_->Execute("ROLLBACK");
      server_->TakeRollback();
    }
  }
}

}  // namespace cdc::apply
