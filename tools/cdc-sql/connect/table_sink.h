#pragma once

#include "tools/cdc-sql/connect/result_sink.h"
#include "tools/cdc-sql/run/row_bag.h"

namespace cdc::sql {

/// The result as a table. On a terminal it is drawn again in its place as it changes, as many rows of it as the
/// window has room for; the whole of it is printed at the end.
class SinkTable : public ResultSink {
 public:
  SinkTable(const PlanSink& sink, ByteOutput& output, const TableFrame::Style& style);

  /// Draws the table if it has changed. Called before input is waited for.
  void Refresh();
  void Finish() override;

 private:
  void Write(const Batch& batch, size_t row) override;
  void EraseDrawn(std::string& out);
  void Draw(std::string& out, size_t most_rows);

  ByteOutput& output_;
  TableFrame frame_;
  RowBag bag_;
  size_t drawn_lines_ = 0;
  bool changed_ = true;
  int64_t drawn_at_ms_ = 0;
};

}  // namespace cdc::sql
