#include "tools/cdc-apply/options.h"

namespace cdc::apply {

CommandLine MakeCommandLine(Options* options) {
  const auto text = [](std::string* target) { return [target](const std::string& value) { *target = value; }; };
  const auto flag = [](bool* target) { return [target](const std::string&) { *target = true; }; };
  return CommandLine(
      "cdc-apply", "Applies the changes on standard input to a database, whole source transactions at a time.",
      {
          {"--slot", "", "NAME", "Position", "name under which the position is stored (default: the stream's)",
           text(&options->slot)},
          {"--print-position", "", "", "Position", "print the position that TARGET holds for --slot, and leave",
           flag(&options->print_position)},
          {"--table-name", "", "TEMPLATE", "Tables",
           "names of target tables, of {topic}, {db} and {table} (default: {table})", text(&options->table_name)},
          {"--filtered", "", "", "Input", "a filter of yours takes rows out: accept fewer than the marks count",
           flag(&options->filtered)},
      },
      {{"TARGET", "sqlite:FILE, mysql://USER@HOST/DATABASE, postgresql://USER@HOST/DATABASE, or - for readable lines",
        true, false, text(&options->target)}});
}

}  // namespace cdc::apply
