#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/cli.h"
#include "tools/cdc-sql/bind/script_binder.h"
#include "tools/cdc-sql/run/feeder.h"

namespace cdc::sql {

enum class OutputMode { kAuto, kTableau, kTable, kCsv, kChangelogJson, kRecords };

struct Options {
  struct Script {
    bool is_file;
    std::string text;  ///< a path, or SQL
  };
  std::vector<Script> scripts;
  TableOverrides overrides;
  std::string as = "result";
  OutputMode output = OutputMode::kAuto;
  std::optional<StepBy> step;
  bool format_detect = false;
  bool filtered = false;
  bool kafka = false;
  bool explain = false;
  bool list_functions = false;
  std::string checkpoint;  ///< folder; empty: none are made
  int64_t checkpoint_interval_ms = 10'000;
  size_t checkpoint_keep = 3;
  std::string checkpoint_detail;  ///< option of --checkpoint that was given
  bool rebuild = false;
  std::optional<size_t> memory;  ///< bytes of state in memory; without it all of it is there
  std::string spill;             ///< folder for the rest; empty: TMPDIR
  std::string slot;
  std::string resume_from;          ///< with --kafka
  std::string partitions;           ///< with --kafka: of kcat-consume --partitions
  std::string print_position;       ///< SINK
  std::optional<int64_t> stats_ms;  ///< --stats; 0: at the end
  std::string test;                 ///< path of a test file

  /// What the result of the n-th SELECT is called.
  std::string SelectName(int number) const { return number <= 1 ? as : as + "_" + std::to_string(number); }
};

std::vector<OptionSpec> OptionTable(Options* options);

}  // namespace cdc::sql
