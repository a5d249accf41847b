#include "tools/cdc-apply/starrocks/load_transaction.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "common/error.h"

namespace cdc::apply::starrocks {
namespace {

constexpr auto kPoll = std::chrono::milliseconds(200);
constexpr auto kMostWait = std::chrono::seconds(60);

// "Publish Timeout": committed, and visible a moment later.
bool IsDone(const LoadAnswer& answer) {
  return answer.status == "ok" || answer.status == "success" || answer.status == "publish_timeout";
}

bool IsLabelTaken(const LoadAnswer& answer) {
  return answer.status == "label_already_exists";
}

bool IsCommitted(const std::string& state) {
  return state == "COMMITTED" || state == "VISIBLE";
}

[[noreturn]] void FailTaken(const std::string& label) {
  Fail(ExitStatus::kTempFail, "label \"" + label + "\" is used already: the slot was taken over by another cdc-apply",
       "nothing of this copy was lost or doubled");
}

bool Contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// What StarRocks says again and again of the same rows.
ExitStatus StatusOf(const LoadAnswer& answer) {
  for (const char* part : {"too many filtered rows", "primary key size exceed", "Only primary key table"})
    if (Contains(answer.message, part)) return ExitStatus::kData;
  if (Contains(answer.message, "Access denied")) return ExitStatus::kNoPermission;
  return ExitStatus::kTempFail;
}

[[noreturn]] void FailAnswer(LoadClient& client, const LoadAnswer& answer, const std::string& doing) {
  const std::string log = client.ErrorLog(answer);
  Fail(StatusOf(answer), doing + " failed: " + Shown(answer.message.empty() ? answer.status : answer.message, 400),
       log.empty() ? Shown(answer.text, 400) : log);
}

/// Until the label is neither being loaded nor committed.
std::string SettledState(LoadClient& client, const std::string& label) {
  const auto deadline = std::chrono::steady_clock::now() + kMostWait;
  for (;;) {
    std::string state = client.LabelState(label);
    if (state != "PREPARE" || std::chrono::steady_clock::now() > deadline) return state;
    std::this_thread::sleep_for(kPoll);
  }
}

/// A load that is answered well may have left rows out: that is told by the answers to prepare and commit, and by that
/// to a load which is a transaction of its own.
void CheckRows(LoadClient& client, const LoadAnswer& answer, const std::string& what, uint64_t rows) {
  const bool lacks = answer.loaded_rows && *answer.loaded_rows < rows;
  if (answer.filtered_rows.value_or(0) == 0 && !lacks) return;
  const std::string log = client.ErrorLog(answer);
  Fail(ExitStatus::kData, "StarRocks left out rows of " + what, log.empty() ? Shown(answer.text, 400) : log);
}

/// The slot's row, as a load of its own; false: the label was used before.
bool StoreRow(LoadClient& client, const std::string& label, const SlotRow& row) {
  const LoadRows rows = row.ToRows();
  const LoadAnswer answer = client.StreamLoad(label, rows);
  if (IsLabelTaken(answer)) return false;
  if (IsDone(answer)) {
    CheckRows(client, answer, "table \"" + rows.table + "\"", rows.rows);
    return true;
  }
  FailAnswer(client, answer, "storing the position of slot \"" + row.slot + "\"");
}

}  // namespace

void LoadTransaction::Begin(const std::string& label, const std::string& table) {
  const LoadAnswer answer = client_.Begin(label, table);
  if (IsLabelTaken(answer)) FailTaken(label);
  if (!IsDone(answer)) FailAnswer(client_, answer, "beginning load \"" + label + "\"");
}

LoadTransaction::Part& LoadTransaction::PartOf(const std::string& table) {
  const auto found =
      std::find_if(tables_.begin(), tables_.end(), [&](const Part& part) { return multi_ || part.table == table; });
  if (found != tables_.end()) return *found;
  const std::string label = multi_ ? label_ : label_ + "_" + std::to_string(tables_.size() + 1);
  Begin(label, multi_ ? "" : table);
  return tables_.emplace_back(Part{label, multi_ ? "" : table, 0});
}

void LoadTransaction::Load(const LoadRows& rows) {
  Part& part = PartOf(rows.table);
  const LoadAnswer answer = client_.Load(part.label, rows, multi_);
  if (!IsDone(answer)) FailAnswer(client_, answer, "loading rows into table \"" + rows.table + "\"");
  part.rows += rows.rows;
}

void LoadTransaction::Commit(SlotRow* row) {
  row->pending.clear();
  if (multi_) {
    Load(row->ToRows());
    const LoadAnswer answer = client_.Commit(label_, "");
    // Any other answer may be one of a commit that was done.
    if (!IsDone(answer) && !IsCommitted(SettledState(client_, label_)))
      FailAnswer(client_, answer, "committing load \"" + label_ + "\"");
    // How many were loaded may be told of one table.
    CheckRows(client_, answer, "load \"" + label_ + "\"", 0);
    return;
  }
  for (const Part& part : tables_) {
    const LoadAnswer answer = client_.Prepare(part.label, part.table);
    if (!IsDone(answer)) FailAnswer(client_, answer, "preparing load \"" + part.label + "\"");
    CheckRows(client_, answer, "table \"" + part.table + "\"", part.rows);
    row->pending.emplace_back(part.label, part.table);
  }
  if (!StoreRow(client_, label_, *row)) FailTaken(label_);
  tables_.clear();
  FinishPending(client_, *row);
}

void LoadTransaction::Rollback() {
  for (const Part& part : tables_) client_.Rollback(part.label, part.table);
  tables_.clear();
}

bool TakeNumber(LoadClient& client, bool multi, const std::string& label, const SlotRow& row) {
  if (!multi) {
    for (;;) {
      if (StoreRow(client, label, row)) return true;
      if (IsCommitted(SettledState(client, label))) return false;
    }
  }
  // A transaction that an older copy left open under this label ends by this; where StarRocks rather refuses, it is
  // ended first.
  LoadAnswer answer = client.Begin(label, "");
  if (IsLabelTaken(answer)) {
    if (IsCommitted(client.LabelState(label))) return false;
    client.Rollback(label, "");
    answer = client.Begin(label, "");
    if (IsLabelTaken(answer) && IsCommitted(client.LabelState(label))) return false;
  }
  if (!IsDone(answer)) FailAnswer(client, answer, "taking over slot \"" + row.slot + "\"");
  answer = client.Load(label, row.ToRows(), true);
  if (IsDone(answer)) answer = client.Commit(label, "");
  if (!IsDone(answer) && !IsCommitted(SettledState(client, label)))
    FailAnswer(client, answer, "taking over slot \"" + row.slot + "\"");
  CheckRows(client, answer, "load \"" + label + "\"", 0);
  return true;
}

void FinishPending(LoadClient& client, const SlotRow& row) {
  for (const auto& [label, table] : row.pending) {
    const LoadAnswer answer = client.Commit(label, table);
    if (IsDone(answer)) continue;
    const std::string state = SettledState(client, label);
    if (IsCommitted(state)) continue;
    if (state == "PREPARED") FailAnswer(client, answer, "committing load \"" + label + "\"");
    Fail(ExitStatus::kData,
         "rows of table \"" + table + "\" were prepared for commit " + std::to_string(row.sequence) + " of slot \"" +
             row.slot + "\" and StarRocks has given them up (" + state + ")",
         "it keeps prepared transactions for prepared_transaction_default_timeout_second, a day by default",
         "a new snapshot fills the table: once binlog-tail --snapshot initial without --resume-from, into the same "
         "slot");
  }
}

}  // namespace cdc::apply::starrocks
