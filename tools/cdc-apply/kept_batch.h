#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/control_line.h"
#include "tools/cdc-apply/sink.h"

namespace cdc::apply {

/// What has come since the last commit, as it came, so that it can be applied once more to find the rows that a target
/// refuses.
class KeptBatch {
 public:
  struct Row {
    std::string line;
    LineKind kind;
    std::string where;     ///< "stdin line 17"
    std::string position;  ///< JSON of its source transaction's; empty: none
    int64_t ts_us = 0;     ///< likewise, where the line itself may not tell it
    bool in_snapshot = false;
    bool is_letter = false;  ///< a `dead` line stood before it
  };
  using Action = std::function<void(Sink& sink)>;
  struct Step {
    Action action;  ///< empty: a row
    Row row;
  };

  void Add(Action action) { steps_.push_back({std::move(action), {}}); }
  void Add(Row row);
  /// A source transaction ends here.
  void Mark() { marked_ = steps_.size(); }
  void DropMarked();
  void DropOpen() { steps_.resize(marked_); }

  /// False: there were more rows than are kept.
  bool is_whole() const { return bytes_ <= kMostBytes; }

  /// Applies all to a sink that has undone what it had of it. Rows go in groups behind a savepoint; a group that is
  /// refused is halved, until the row is found, which `refuse` is told with the reason.
  void Replay(Sink& sink, const std::function<void(const Row& row)>& apply,
              const std::function<void(const Row& row, const std::string& reason)>& refuse) const;

 private:
  static constexpr size_t kMostBytes = 64 << 20;
  std::vector<Step> steps_;
  size_t marked_ = 0;  // steps up to the last mark
  size_t bytes_ = 0;
};

}  // namespace cdc::apply
