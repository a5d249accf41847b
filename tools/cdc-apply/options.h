#pragma once

#include <string>

#include "common/cli.h"

namespace cdc::apply {

struct Options {
  std::string target;  ///< "sqlite:shop.db", "mysql://…", "postgresql://…" or "-"
  std::string slot;    ///< empty: the stream's
  std::string table_name = "{table}";
  bool print_position = false;
  bool filtered = false;
};

CommandLine MakeCommandLine(Options* options);

}  // namespace cdc::apply
