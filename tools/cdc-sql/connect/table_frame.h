#pragma once

#include <string>
#include <vector>

#include "tools/cdc-sql/plan/logical_plan.h"
#include "tools/cdc-sql/run/column.h"
#include "tools/cdc-sql/run/time_zone.h"

namespace cdc::sql {

/// Draws rows as Flink's SQL client does: columns of a width that their type and name decide, with rules around them.
class TableFrame {
 public:
  struct Style {
    TimeZone zone;          ///< of TIMESTAMP_LTZ
    size_t max_width = 30;  ///< of columns whose type has no width of its own; longer text is cut
  };
  /// `with_op`: the first column is the kind of the change.
  TableFrame(const std::vector<PlanColumn>& columns, const Style& style, bool with_op);

  /// The names of the columns, between two rules.
  void AppendHeader(std::string& out) const;
  void AppendRow(std::string& out, const Batch& batch, size_t row) const;
  /// +-----+-----+ and a line feed.
  const std::string& rule() const { return rule_; }

 private:
  void AppendCell(std::string& out, const std::string& text, size_t width) const;

  std::vector<PlanColumn> columns_;
  TimeZone zone_;
  bool with_op_;
  std::vector<size_t> widths_;
  std::string rule_;
};

}  // namespace cdc::sql
