#include "tools/cdc-sql/options.h"

#include "common/error.h"

namespace cdc::sql {

namespace {

void AddOverride(Options* options, const std::string& value) {
  const size_t equals = value.find('=');
  if (equals == std::string::npos || equals == 0)
    Fail(ExitStatus::kUsage, "--set " + value + ": it is KEY=VALUE", "",
         "--set properties.bootstrap.servers=127.0.0.1:9092");
  options->overrides.emplace_back(value.substr(0, equals), value.substr(equals + 1));
}

/// An empty value would be taken for an option that is not given.
const std::string& Filled(const char* option, const std::string& value) {
  if (value.empty()) Fail(ExitStatus::kUsage, std::string(option) + " has an empty value");
  return value;
}

OutputMode OutputModeOf(const std::string& name) {
  if (name == "tableau") return OutputMode::kTableau;
  if (name == "table") return OutputMode::kTable;
  if (name == "csv") return OutputMode::kCsv;
  return name == "changelog-json" ? OutputMode::kChangelogJson : OutputMode::kRecords;
}

}  // namespace

std::vector<OptionSpec> OptionTable(Options* options) {
  const auto flag = [](bool* target) { return [target](const std::string&) { *target = true; }; };
  return {
      {"--file", "-f", "FILE", "Script",
       "run the SQL statements of FILE (-: of standard input, where it does not bring the records)",
       [options](const std::string& value) {
         options->scripts.push_back({true, value});
       }},
      {"--execute", "-e", "SQL", "Script", "run these SQL statements; after those given before",
       [options](const std::string& value) {
         options->scripts.push_back({false, value});
       }},
      {"--set", "", "KEY=VALUE", "Script",
       "set a WITH option of all tables that have it (one must); properties.* and scan.* of all kafka tables",
       [options](const std::string& value) { AddOverride(options, value); }},
      {"--kafka", "", "", "Input",
       "read the tables' topics from Kafka (through kcat-consume) instead of standard input", flag(&options->kafka)},
      {"--partitions", "", "LIST", "Input",
       "with --kafka: only these partitions of each topic (0,2-4), or the 2nd of 3 shares of them (2/3)",
       [options](const std::string& value) { options->partitions = Filled("--partitions", value); }},
      {"--format-detect", "", "", "Input",
       "read each record in the shape it has: envelope with or without schema, or unwrapped row",
       flag(&options->format_detect)},
      {"--filtered", "", "", "Input", "accept fewer records than the marks count: a filter stands before this tool",
       flag(&options->filtered)},
      {"--resume-from", "", "SINK", "Input",
       "with --kafka: begin where SINK has got to for --slot, or at the checkpoint that it needs",
       [options](const std::string& value) { options->resume_from = Filled("--resume-from", value); }},
      {"--step",
       "",
       "STEP",
       "Input",
       "what is computed at once: record, batch or transaction (default: by the marks of the input)",
       [options](const std::string& value) {
         options->step = value == "record" ? StepBy::kRecord : value == "batch" ? StepBy::kBatch : StepBy::kTransaction;
       },
       {"record", "batch", "transaction"}},
      {"--output",
       "",
       "MODE",
       "Output",
       "tableau, table, csv, changelog-json or records (default: tableau on a terminal, else records)",
       [options](const std::string& value) { options->output = OutputModeOf(value); },
       {"tableau", "table", "csv", "changelog-json", "records"}},
      {"--as", "", "NAME", "Output",
       "topic of the records of a SELECT (default result; the second is NAME_2 and so on)",
       [options](const std::string& value) { options->as = Filled("--as", value); }},
      {"--stats", "", "SECONDS", "Output",
       "tell of each operator on stderr: rows, state, lag; every SECONDS (0 to 86400; 0: at the end) and upon USR1",
       [options](const std::string& value) {
         options->stats_ms = 1000 * ParseOptionInteger("--stats", value, 0, 86'400);
       }},
      {"--checkpoint", "", "DIR", "State", "keep the state of the queries in DIR, and go on from there after a restart",
       [options](const std::string& value) {
         if (value.find(',') != std::string::npos)
           Fail(ExitStatus::kUsage, "--checkpoint " + value + ": the name has a comma",
                "checkpoint:DIR,SINK of a source could not tell where it ends");
         options->checkpoint = Filled("--checkpoint", value);
       }},
      {"--checkpoint-interval", "", "SECONDS", "State",
       "time between two checkpoints, 0 (one at each mark) to 86400 (default: 10)",
       [options](const std::string& value) {
         options->checkpoint_detail = "--checkpoint-interval";
         options->checkpoint_interval_ms = 1000 * ParseOptionInteger("--checkpoint-interval", value, 0, 86'400);
       }},
      {"--checkpoint-keep", "", "N", "State", "how many checkpoints are kept at least, 2 to 1000 (default: 3)",
       [options](const std::string& value) {
         options->checkpoint_detail = "--checkpoint-keep";
         options->checkpoint_keep = static_cast<size_t>(ParseOptionInteger("--checkpoint-keep", value, 2, 1000));
       }},
      {"--rebuild", "", "", "State", "throw the checkpoints in --checkpoint away: the next start begins anew",
       flag(&options->rebuild)},
      {"--memory", "", "SIZE", "State",
       "keep about SIZE bytes of state in memory (512M, 2G), what was not used for long on disk (default: all in "
       "memory)",
       [options](const std::string& value) { options->memory = ParseOptionSize("--memory", value); }},
      {"--spill", "", "DIR", "State",
       "with --memory: folder that the state on disk lies under (default: TMPDIR, or /tmp)",
       [options](const std::string& value) { options->spill = Filled("--spill", value); }},
      {"--print-position", "", "SINK", "State",
       "print where the source has to begin so that SINK gets what it lacks for --slot, and leave",
       [options](const std::string& value) { options->print_position = Filled("--print-position", value); }},
      {"--slot", "", "NAME", "State", "name under which SINK holds its position",
       [options](const std::string& value) { options->slot = Filled("--slot", value); }},
      {"--test", "", "FILE", "Help", "run the script over the rows of FILE and compare its results with those expected",
       [options](const std::string& value) { options->test = Filled("--test", value); }},
      {"--explain", "", "", "Help", "print the stages of each query and leave", flag(&options->explain)},
      {"--functions", "", "", "Help", "list the functions and leave", flag(&options->list_functions)},
  };
}

}  // namespace cdc::sql
