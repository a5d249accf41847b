#include "tools/cdc-apply/server_sink.h"

#include <algorithm>
#include <tuple>

#include "common/log.h"
#include "tools/cdc-apply/column_limit.h"
#include "tools/cdc-apply/reshape.h"
#include "tools/cdc-apply/slot_errors.h"
#include "tools/cdc-apply/table_definition.h"

namespace cdc::apply {
namespace {

// Rows of one source transaction beyond this go to the server before its mark, into the open transaction.
constexpr size_t kSpillBytes = 16 << 20;

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

}  // namespace cdc::apply
