#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "common/change_line.h"
#include "tools/binlog-tail/row_condition.h"
#include "tools/binlog-tail/row_image.h"
#include "tools/binlog-tail/rows_event.h"

namespace cdc::tail {

/// Takes finished change lines.
class RowSink {
 public:
  virtual ~RowSink() = default;
  /// `count` lines, each with its LF.
  virtual void TakeRows(std::string_view lines, uint64_t count) = 0;

  /// Whether a large line may come in pieces; the last one, with the LF, comes by TakeRows.
  virtual bool TakesPieces() const { return false; }
  virtual void TakePiece(std::string_view) {}
};

/// Turns row events into change lines.
class RowsWriter {
 public:
  /// Writes only the rows of which it is true before or after the change; it must outlive the writer.
  void SetCondition(RowCondition* condition) { condition_ = condition; }

  /// Writes a line for each row of `event`. `around` gives the members after the rows (op, db, table and row do not
  /// matter). Lines go to `sink` as they fill a buffer, so an event larger than memory is never held as text.
  /// The rows before `first_row` are passed over. Gives the number of rows that the event has. Errors: 65 with table,
  /// row and column.
  uint32_t Write(const RowsEvent& event, const TablePlan& plan, const ChangeLine& around, RowSink& sink,
                 uint64_t first_row = 0);

 private:
  void WriteInPieces(const RowsEvent& event, const TablePlan& plan, ByteCursor& rows, std::string_view head,
                     RowSink& sink);
  void FillAbsent(const RowsEvent& event, const TablePlan& plan);
  void WriteRow(const RowsEvent& event, const TablePlan& plan, ByteCursor& rows);
  bool IsWanted() const;
  bool IsWantedWhole(const RowsEvent& event, const TablePlan& plan, ByteCursor rows, size_t line);
  bool IsOfCurrentRow(RowsKind kind, size_t line);
  RowCondition* condition_ = nullptr;
  size_t before_begin_ = 0, after_begin_ = 0, row_end_ = 0;  // images of the row at hand, in lines_
  TextBuffer lines_;
  std::string tail_;
  std::set<std::string> warned_;  // tables with columns that are left out of INSERTs
  ImageColumns first_, second_;
  std::optional<bool> first_is_current_, second_is_current_;  // of the row at hand, in a versioned table
  JsonDocuments documents_;
};

}  // namespace cdc::tail
