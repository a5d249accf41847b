#include "tools/binlog-tail/rows_writer.h"

#include "common/error.h"
#include "common/log.h"

namespace cdc::tail {
namespace {

constexpr size_t kHandOverBytes = size_t{256} << 10;
constexpr size_t kLargeBytes = size_t{4} << 20;  // of a row as it is read
constexpr size_t kOpAt = std::string_view("{\"op\":\"").size();
constexpr std::string_view kAfter = ",\"after\":";
constexpr std::string_view kRowZero = ",\"row\":0";

char OpLetter(RowsKind kind) {
  switch (kind) {
    case RowsKind::kWrite: return 'c';
    case RowsKind::kUpdate: return 'u';
    case RowsKind::kDelete: return 'd';
  }
  return '?';
}

}  // namespace

uint32_t RowsWriter::Write(const RowsEvent& event, const TablePlan& plan, const ChangeLine& around, RowSink& sink,
                           uint64_t first_row) {
  // The members after the rows differ by the row's number alone: they are rendered once, and cut at that number.
  ChangeLine change = around;
  change.row = 0;
  tail_.clear();
  AppendChangeTail(tail_, change);
  const size_t cut = tail_.find(kRowZero) + kRowZero.size();
  const std::string_view before_number(tail_.data(), cut - 1);
  const std::string_view after_number = std::string_view(tail_).substr(cut);

  std::string head = "{\"op\":\"";
  head += OpLetter(event.kind);
  head += plan.head;

  if (condition_ != nullptr) condition_->SetTable(plan.schema);
  first_.Set(plan, event.present, event.width);
  if (event.kind == RowsKind::kWrite) FillAbsent(event, plan);
  if (event.kind == RowsKind::kUpdate) second_.Set(plan, event.present_after, event.width);
  ByteCursor rows = event.rows;
  uint32_t row = 0;
  uint64_t pending = 0;
  lines_.Clear();
  // Until one of the rows is small: servers put a large row into an event of its own.
  bool pieces =
      condition_ == nullptr && plan.row_end == nullptr && !plan.has_hidden && !event.partial_json && sink.TakesPieces();
  try {
    while (!rows.at_end()) {
      const size_t left = rows.remaining();
      if (pieces && left > kLargeBytes && row >= first_row) {
        if (pending > 0) sink.TakeRows(lines_.view(), pending);
        pending = 0;
        WriteInPieces(event, plan, rows, head, sink);
        lines_.Append(before_number);
        lines_.AppendInteger(row++);
        lines_.Append(after_number);
        sink.TakeRows(lines_.view(), 1);
        lines_.Clear();
        if (rows.remaining() == left) rows.FailHere("a row without any column");
        pieces = left - rows.remaining() > kLargeBytes;
        continue;
      }
      const size_t begin = lines_.size();
      lines_.Append(head);
      const bool wanted = condition_ == nullptr || !plan.has_hidden || IsWantedWhole(event, plan, rows, begin);
      WriteRow(event, plan, rows);
      const bool counts = plan.row_end == nullptr || IsOfCurrentRow(event.kind, begin);
      if (row < first_row || !counts || !wanted || (condition_ != nullptr && !plan.has_hidden && !IsWanted())) {
        lines_.Truncate(begin);
        ++row;
        continue;
      }
      lines_.Append(before_number);
      lines_.AppendInteger(row);
      lines_.Append(after_number);
      ++row;
      ++pending;
      if (rows.remaining() == left) rows.FailHere("a row without any column");
      if (lines_.size() >= kHandOverBytes) {
        sink.TakeRows(lines_.view(), pending);
        lines_.Clear();
        pending = 0;
      }
    }
  } catch (Failure& failure) {
    failure.error().what = "row " + std::to_string(row) + " of table \"" + plan.schema->db + "." + plan.schema->table +
                           "\": " + failure.error().what;
    throw;
  }
  if (pending > 0) sink.TakeRows(lines_.view(), pending);
  return row;
}

/// A large row is not held as text as well. It is decoded twice: a line that was begun cannot be taken back.
void RowsWriter::WriteInPieces(const RowsEvent& event, const TablePlan& plan, ByteCursor& rows, std::string_view head,
                               RowSink& sink) {
  struct NoSpill {
    TextBuffer& lines;
    ~NoSpill() { lines.SetSpill({}); }
  } no_spill{lines_};
  ByteCursor trial = rows;
  lines_.Clear();
  lines_.SetSpill([](std::string_view) {});
  WriteRow(event, plan, trial);
  lines_.Clear();
  lines_.SetSpill([&sink](std::string_view piece) { sink.TakePiece(piece); });
  lines_.Append(head);
  WriteRow(event, plan, rows);
}

void RowsWriter::FillAbsent(const RowsEvent& event, const TablePlan& plan) {
  const ColumnPlan* unknown = first_.FillAbsent(plan, event.present, event.width);
  if (unknown == nullptr) return;
  const std::string name = plan.schema->db + "." + plan.schema->table;
  if (warned_.insert(name).second)
    LogWarning("an INSERT into \"" + name + "\" was logged without column \"" + unknown->name +
               "\", whose default is not known: it is left out (binlog_row_image=MINIMAL)");
}

/// MariaDB logs of a versioned table what it stores: rows that ceased to be current are inserted as history, and a row
/// that is deleted becomes history by an update. The table's rows are the current ones.
bool RowsWriter::IsOfCurrentRow(RowsKind kind, size_t line) {
  const bool before = first_is_current_.value_or(true);
  if (kind != RowsKind::kUpdate) return before;
  const bool after = second_is_current_.value_or(before);
  if (after && !before) Fail(ExitStatus::kData, "a row of the history becomes a current one");
  if (after || !before) return before;
  row_end_ = after_begin_ - kAfter.size();
  after_begin_ = 0;
  lines_.Truncate(row_end_);
  lines_.data()[line + kOpAt] = OpLetter(RowsKind::kDelete);
  return true;
}

bool RowsWriter::IsWanted() const {
  const std::string_view lines = lines_.view();
  const size_t first_end = after_begin_ == 0 ? row_end_ : after_begin_ - kAfter.size();
  if (condition_->Holds(lines.substr(before_begin_, first_end - before_begin_))) return true;
  return after_begin_ != 0 && condition_->Holds(lines.substr(after_begin_, row_end_ - after_begin_));
}

/// The condition is of the whole row, also where columns of it are not shown.
bool RowsWriter::IsWantedWhole(const RowsEvent& event, const TablePlan& plan, ByteCursor rows, size_t line) {
  const size_t images = lines_.size();
  first_.SetWhole(true);
  second_.SetWhole(true);
  WriteRow(event, plan, rows);
  const bool counts = plan.row_end == nullptr || IsOfCurrentRow(event.kind, line);
  const bool wanted = counts && IsWanted();
  first_.SetWhole(false);
  second_.SetWhole(false);
  lines_.Truncate(images);
  lines_.data()[line + kOpAt] = OpLetter(event.kind);
  return wanted;
}

void RowsWriter::WriteRow(const RowsEvent& event, const TablePlan& plan, ByteCursor& rows) {
  lines_.Append(event.kind == RowsKind::kWrite ? ",\"after\":" : ",\"before\":");
  before_begin_ = lines_.size();
  after_begin_ = 0;
  if (event.partial_json)
    AppendBeforePartial(lines_, rows, plan, first_, &documents_);
  else if (plan.row_end != nullptr)
    first_is_current_ = AppendVersionedImage(lines_, rows, plan, first_);
  else
    AppendRowImage(lines_, rows, first_);
  row_end_ = lines_.size();
  if (event.kind != RowsKind::kUpdate) return;
  lines_.Append(kAfter);
  after_begin_ = lines_.size();
  if (event.partial_json)
    AppendAfterPartial(lines_, rows, plan, second_, documents_);
  else if (plan.row_end != nullptr)
    second_is_current_ = AppendVersionedImage(lines_, rows, plan, second_);
  else
    AppendRowImage(lines_, rows, second_);
  row_end_ = lines_.size();
}

}  // namespace cdc::tail
