#include "tools/cdc-apply/apply_loop.h"
#include "tools/cdc-apply/version_columns.h"

/// The part of the loop that makes room for a snapshot.

namespace cdc::apply {

/// Tables that the snapshot fills anew are told one by one; what it does not hold stays as it is.
void ApplyLoop::TakeSnapshotLine(const ControlLine& control) {
  const std::string state = control.Text("state");
  if (state == "begin") snapshot_tables_ = control.Number("tables");
  if (state == "table" && open_ && !dropping_)
    MakeRoom({TableScope::Kind::kSource, control.Text("db"), control.Text("table")});
}

/// A snapshot makes the target what the source was at its position: what the source did since is to be applied, also
/// where the target had it before. A history keeps what it had, and goes on behind that.
void ApplyLoop::TakeSnapshotPosition(const Position& position) {
  const bool is_history = options_.mode.value_or(sink_.default_mode()) == ApplyMode::kAppend;
  is_behind_ = is_history && ComparePositions(position, *stored_) == PositionOrder::kBefore;
  if (!is_behind_) stored_ = position;
}

void ApplyLoop::ClearForSnapshot() {
  if (!snapshot_tables_) MakeRoom({});
  // A snapshot of no table at all is a mistake rather than a reason to remove everything.
  else if (*snapshot_tables_ > 0)
    MakeRoom({TableScope::Kind::kResults});
}

/// What a snapshot does not hold is not at the source any more: it goes, and of versions the valid one ends.
void ApplyLoop::MakeRoom(TableScope scope) {
  if (shaper_.ends_versions() && snapshot_ts_us_ != 0)
    scope.versions_end = VersionTime(snapshot_ts_us_);
  else if (shaper_.keeps_rows())
    return;
  Clear(scope);
}

}  // namespace cdc::apply
