#include "tools/cdc-apply/kept_batch.h"

#include "common/error.h"

namespace cdc::apply {
namespace {

struct Search {
  Sink& sink;
  const std::vector<KeptBatch::Step>& steps;
  const std::function<void(const KeptBatch::Row& row)>& apply;
  const std::function<void(const KeptBatch::Row& row, const std::string& reason)>& refuse;

  /// Rows from `begin` up to `end`, all or none.
  std::string Try(size_t begin, size_t end) const {
    sink.SetSavepoint();
    try {
      for (size_t i = begin; i < end; ++i) apply(steps[i].row);
      sink.SendAll();
      return "";
    } catch (const Failure& failure) {
      if (failure.error().status != ExitStatus::kData) throw;
      sink.RollBackToSavepoint();
      return failure.error().what + (failure.error().detail.empty() ? "" : ": " + failure.error().detail);
    }
  }

  void Apply(size_t begin, size_t end) const {
    const std::string reason = Try(begin, end);
    if (reason.empty()) return;
    if (end - begin == 1) return refuse(steps[begin].row, reason);
    const size_t middle = begin + (end - begin) / 2;
    Apply(begin, middle);
    Apply(middle, end);
  }
};

}  // namespace

void KeptBatch::Add(Row row) {
  bytes_ += row.line.size();
  if (is_whole()) steps_.push_back({{}, std::move(row)});
}

void KeptBatch::DropMarked() {
  steps_.erase(steps_.begin(), steps_.begin() + static_cast<std::ptrdiff_t>(marked_));
  marked_ = 0;
  bytes_ = 0;
  for (const Step& step : steps_) bytes_ += step.row.line.size();
}

void KeptBatch::Replay(Sink& sink, const std::function<void(const Row& row)>& apply,
                       const std::function<void(const Row& row, const std::string& reason)>& refuse) const {
  const Search search{sink, steps_, apply, refuse};
  for (size_t i = 0; i < steps_.size();) {
    if (steps_[i].action) {
      steps_[i++].action(sink);
      continue;
    }
    size_t end = i;
    while (end < steps_.size() && !steps_[end].action) ++end;
    search.Apply(i, end);
    i = end;
  }
}

}  // namespace cdc::apply
