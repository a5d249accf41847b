#pragma once

#include <string>

#include "common/cli.h"
#include "tools/cdc-apply/row_shaping.h"

namespace cdc::apply {

struct Options {
  std::string target;  ///< "sqlite:shop.db", "mysql://…", "postgresql://…" or "-"
  std::string slot;    ///< empty: the stream's
  std::string table_name = "{table}";
  ApplyMode mode = ApplyMode::kUpsert;
  DeleteMode deletes = DeleteMode::kHard;
  bool print_position = false;
  bool filtered = false;
};

CommandLine MakeCommandLine(Options* options);

}  // namespace cdc::apply
