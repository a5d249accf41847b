// Where the stream begins: what the head of a file tells is done, the transactions before the start, which are passed
// over, and the events of the first one that a connector has told already.

#include <string>
#include <utility>

#include "common/error.h"
#include "tools/binlog-tail/gtid_set_binary.h"
#include "tools/binlog-tail/log_stream.h"

namespace cdc::tail {

/// What stands at the head of a file: the set of all transactions before it. It tells what is done where that is not
/// known yet; what later ones tell is done already, or lies in a file that was not read.
void LogStream::TakeHead(const Event& event) {
  GtidSet before =
      event.header.type == EventType::kPreviousGtids ? DecodeGtidSet(event.body) : DecodeMariadbGtidList(event.body);
  if (done_) return CheckDone(event, before, *done_);
  if (skip_to_ && skip_to_->gtids) {
    CheckDone(event, before, *skip_to_->gtids);
    before.Union(*skip_to_->gtids);
  }
  before.Union(options_.purged);
  // Once the stream has begun its position stays what was told.
  if (!before.empty() && before_first_) position_.gtids = before;
  done_ = std::move(before);
}

/// Errors: 66 where transactions of `before` are not in `done`.
void LogStream::CheckDone(const Event& event, const GtidSet& before, const GtidSet& done) const {
  if (reader_.is_relay_log()) return;
  GtidSet missing = before.Minus(done);
  if (options_.gtid_sources != nullptr) missing = options_.gtid_sources->Counting(missing);
  if (missing.empty()) return;
  GtidSet with_gap = done;
  with_gap.Union(missing);
  Fail(ExitStatus::kNoInput,
       "transactions are missing: " + missing.ToString() + " stood in the log before " + Where(event) +
           " and were not read",
       done.empty() ? "nothing was read before that has a GTID" : "what is done: " + done.ToString(),
       std::string(
           options_.has_server
               ? "the server lost a file of its log: take a new snapshot (--snapshot initial, with an empty target)"
               : "give the files that hold them as well, oldest first") +
           "\nor go on with the gap: --from '" + with_gap.ToString() + "'");
}

/// Whether the transaction whose first event this is lies before the start.
bool LogStream::Skips(const Event& event) const {
  if (skip_before_us_ && LoggedTime(event) < *skip_before_us_) return true;
  if (!skip_to_) return false;
  if (skip_to_->gtids && !gtid_.empty()) return skip_to_->gtids->Contains(gtid_);
  if (skip_to_->file.empty()) return false;
  const int order = CompareLogNames(reader_.file(), skip_to_->file);
  const bool inside = order == 0 && end_known_ && event.begin < skip_to_->pos && skip_to_->pos < after_.pos;
  if (inside && (skip_to_->event > 0 || skip_to_->row > 0)) return false;  // the connector stopped inside it
  if (inside) CheckNotInside(event.begin, after_.pos);
  return order < 0 || (order == 0 && event.begin < skip_to_->pos);
}

/// The transaction from `begin` to `end`, which is skipped. Errors: 66 where the start is inside it.
void LogStream::CheckNotInside(uint64_t begin, uint64_t end) const {
  if (!skip_to_ || (skip_to_->gtids && !gtid_.empty()) || reader_.file() != skip_to_->file) return;
  if (skip_to_->pos <= begin || skip_to_->pos >= end) return;
  const std::string file = skip_to_->file + ":";
  Fail(ExitStatus::kNoInput,
       "position " + file + std::to_string(skip_to_->pos) + " is inside the transaction from " + std::to_string(begin) +
           " to " + std::to_string(end),
       "", "begin before or behind it: --from " + file + std::to_string(begin) + " or " + file + std::to_string(end));
}

/// Of the transaction in which a connector stopped: one event less that it has told.
void LogStream::CountEvent(const Event& event) {
  if (!left_ || event.header.type == EventType::kTransactionPayload) return;
  if (left_->events > 0)
    --left_->events;
  else if (IsRowsEvent(event.header.type))
    left_.reset();
}

/// An event of a transaction that is skipped. The next transaction may be long in coming, so that the end of this one
/// is noted where it is seen.
void LogStream::Pass(const Event& event) {
  const EventType type = event.header.type;
  if (type == EventType::kRotate || type == EventType::kFormatDescription) return;
  const bool statement = type == EventType::kQuery || type == EventType::kMariadbQueryCompressed;
  bool last = type == EventType::kXid || type == EventType::kXaPrepare;
  if (statement) last = PassStatement(event) || last;
  if (type == EventType::kTableMap && options_.expected != nullptr) {
    const TableMapHead head = DecodeTableMapHead(event.body);
    options_.expected->Saw(head.database, head.table);
  }
  if (end_known_) {
    skipped_whole_ = skipped_whole_ || event.end >= after_.pos;
    return;
  }
  after_.file = reader_.file();
  after_.pos = event.end;
  if (last && !skipped_whole_) CheckNotInside(transaction_begin_, event.end);
  skipped_whole_ = skipped_whole_ || last;
}

/// The transaction that ends is done.
void LogStream::CountDone() {
  if (done_ && !gtid_.empty()) done_->Add(gtid_);
}

void LogStream::EndSkipped() {
  CountDone();
  position_ = std::move(after_);
  in_transaction_ = in_group_ = skipping_ = skipped_whole_ = false;
}

/// The place inside a transaction that a connector told is behind all that the transaction has.
void LogStream::FailBeyond(const Event& event) const {
  Fail(ExitStatus::kNoInput,
       "the position lies behind the transaction that it is inside of, which has fewer events or rows, at " +
           Where(event),
       "its members event and row count what the connector has told of that transaction",
       "it is of another log: begin at a position of this one (--from), or with a new snapshot");
}

}  // namespace cdc::tail
