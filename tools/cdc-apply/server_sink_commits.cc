#include <utility>

#include "common/error.h"
#include "common/log.h"
#include "tools/cdc-apply/dead_letters.h"
#include "tools/cdc-apply/server_sink.h"
#include "tools/cdc-apply/table_writer.h"

namespace cdc::apply {
namespace {

constexpr int kAttempts = 10;

}  // namespace

// How rows that wait are sent, and become durable with the position.

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
