#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "common/cli.h"
#include "tools/cdc-apply/row_shaping.h"

namespace cdc::apply {

struct Options {
  std::string target;  ///< "sqlite:shop.db", "mysql://…", "file:changes" or "-", for example
  std::string slot;    ///< empty: the stream's
  std::string table_name = "{table}";
  std::optional<ApplyMode> mode;  ///< empty: the target's own
  DeleteMode deletes = DeleteMode::kHard;
  std::optional<std::chrono::milliseconds> commit_interval;
  DdlMode ddl = DdlMode::kApply;
  int64_t lanes = 1;         ///< sessions that share the rows
  std::string dead_letters;  ///< path; empty: a row that is refused ends the tool
  std::string verify;        ///< URL of the source; empty: changes are applied
  bool compact = false, expire_snapshots = false;
  std::chrono::milliseconds older_than = std::chrono::hours(120);  ///< of snapshots
  int64_t keep_last = 1;
  bool has_expiry_rule = false;  ///< one of the two was given
  bool print_position = false;
  bool dry_run = false;
  bool filtered = false;
  bool allow_rounding = false;
  bool allow_gap = false;
};

CommandLine MakeCommandLine(Options* options);

}  // namespace cdc::apply
