#include "tools/cdc-sql/run/statistics.h"

#include <cstdio>

#include "common/log.h"
#include "tools/cdc-sql/plan/explain.h"
#include "tools/cdc-sql/run/temporal.h"

namespace cdc::sql {

namespace {

std::string Size(uint64_t bytes) {
  constexpr uint64_t kKilo = 1000, kMega = 1'000'000;
  if (bytes < 10 * kKilo) return std::to_string(bytes) + " bytes";
  if (bytes < 10 * kMega) return std::to_string(bytes / kKilo) + " kB";
  return std::to_string(bytes / kMega) + " MB";
}

/// "keys" of state that may be on disk, in memory and there.
std::string StateNote(const Dataflow::OperatorStats& stats) {
  std::string text = ", state " + Size(stats.state_bytes);
  const StateArchive::Kept& kept = stats.kept;
  if (kept.in_memory + kept.on_disk > 0) text += " of " + std::to_string(kept.in_memory) + " keys";
  if (kept.on_disk > 0)
    text += ", on disk " + Size(kept.bytes_on_disk) + " of " + std::to_string(kept.on_disk) + " keys";
  return text;
}

std::string TimeNote(int64_t watermark) {
  if (watermark == kStartOfTime) return "";
  if (watermark == kEndOfTime) return ", time is over";
  const int64_t now =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  std::string text = ", time ";
  AppendTimestampText(text, Int128{watermark} * 1'000'000, 3);
  char lag[40];
  std::snprintf(lag, sizeof lag, " (%.1f s behind)", static_cast<double>(now - watermark) / 1000);
  return text + lag;
}

}  // namespace

bool Statistics::IsDue() const {
  return interval_ms_ > 0 && Clock::now() - reported_ >= std::chrono::milliseconds(interval_ms_);
}

std::string Statistics::Rate(const void* key, uint64_t count, double seconds) {
  const uint64_t made = count - std::exchange(before_[key], count);
  char rate[40];
  std::snprintf(rate, sizeof rate, " (%.0f/s)", static_cast<double>(made) / std::max(seconds, 0.001));
  return std::to_string(count) + (count == 1 ? " row" : " rows") + rate;
}

void Statistics::Report(const std::vector<PlanSink>& sinks, const Dataflow& dataflow, uint64_t records) {
  const Clock::time_point now = Clock::now();
  const double seconds = std::chrono::duration<double>(now - reported_).count();
  reported_ = now;
  std::string text = "stats: records " + Rate(this, records, seconds) + "\n";
  for (const PlanSink& sink : sinks)
    text += DescribePlan(sink, [&](const PlanNode& node) {
      const Dataflow::OperatorStats stats = dataflow.StatsOf(node);
      return Rate(&node, stats.rows_out, seconds) + (node.stateful() ? StateNote(stats) : "") +
             TimeNote(stats.watermark) + (stats.late > 0 ? ", " + std::to_string(stats.late) + " late" : "");
    });
  text.pop_back();
  LogStatus(text);
}

}  // namespace cdc::sql
