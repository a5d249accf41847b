#include "tools/cdc-apply/iceberg/maintenance.h"

#include <unistd.h>

#include "common/error.h"
#include "common/log.h"
#include "tools/cdc-apply/iceberg/compaction.h"
#include "tools/cdc-apply/iceberg/parquet.h"
#include "tools/cdc-apply/iceberg/place.h"
#include "tools/cdc-apply/iceberg/table.h"

namespace cdc::apply {
namespace {

using namespace iceberg;

std::string Count(int64_t number, const std::string& what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

std::string Size(int64_t bytes) {
  static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  size_t unit = 0;
  double size = static_cast<double>(bytes);
  for (; size >= 1024 && unit + 1 < std::size(kUnits); ++unit) size /= 1024;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", size, kUnits[unit]);
  return text;
}

}  // namespace

void MaintainIceberg(const TargetPath& target, const MaintenanceOptions& options, ByteOutput& output) {
  if (options.compact) CheckParquetModule();
  const IcebergPlace place = ParseIcebergPlace(target);
  if (!place.catalog_file.empty() && access(place.catalog_file.c_str(), F_OK) != 0)
    Fail(ExitStatus::kNoInput, "there is no catalog \"" + place.catalog_file + "\"", "",
         "the target is named as it was when its tables were written");
  const auto catalog = OpenCatalog(place, false);
  bool has_tables = false;
  for (const std::string& name : catalog->Tables()) {
    const auto load = [&] {
      auto state = catalog->Load(name);
      if (state && !options.slot.empty() && Property(state->metadata, "cdc.slot") != options.slot) state.reset();
      has_tables = has_tables || state;
      return state;
    };
    if (options.compact)
      if (auto state = load()) {
        const int64_t file_bytes = TargetFileBytes(state->metadata, place.file_bytes);
        const CompactionReport report = CompactTable(*catalog, std::move(*state), file_bytes);
        if (report.has_changed())
          output.Append("compacted " + name + ": " + Count(report.files_before, "file") + " of " +
                        Size(report.bytes_before) + " and " + Count(report.delete_files, "file") + " of deletes are " +
                        Count(report.files_after, "file") + " of " + Size(report.bytes_after) + "\n");
      }
    if (options.expire)
      if (auto state = load()) {
        const ExpiryReport report = ExpireSnapshots(*catalog, std::move(*state), *options.expire);
        if (report.snapshots > 0)
          output.Append("expired " + name + ": " + Count(report.snapshots, "snapshot") + ", " +
                        Count(report.files, "file") + " removed\n");
      }
    output.Flush();
  }
  if (!has_tables && !options.slot.empty())
    Fail(ExitStatus::kNoInput, "slot \"" + options.slot + "\" has no tables in this catalog", "",
         "--slot NAME, the one that the pipeline has");
}

}  // namespace cdc::apply
