#include "tools/cdc-apply/options.h"

#include <charconv>

#include "common/error.h"
#include "tools/cdc-apply/table_names.h"

namespace cdc::apply {
namespace {

ApplyMode ModeOf(const std::string& value) {
  if (value == "upsert") return ApplyMode::kUpsert;
  if (value == "append") return ApplyMode::kAppend;
  if (value == "scd2") return ApplyMode::kVersions;
  if (value == "insert-only") return ApplyMode::kInsertOnly;
  Fail(ExitStatus::kUsage, "option --mode has \"" + Shown(value) + "\"", "", "upsert, append, scd2 or insert-only");
}

DeleteMode DeleteModeOf(const std::string& value) {
  if (value == "hard") return DeleteMode::kHard;
  if (value == "soft") return DeleteMode::kSoft;
  if (value == "ignore") return DeleteMode::kIgnore;
  Fail(ExitStatus::kUsage, "option --deletes has \"" + Shown(value) + "\"", "", "hard, soft or ignore");
}

DdlMode DdlModeOf(const std::string& value) {
  if (value == "apply") return DdlMode::kApply;
  if (value == "stop") return DdlMode::kStop;
  if (value == "ignore") return DdlMode::kIgnore;
  Fail(ExitStatus::kUsage, "option --ddl has \"" + Shown(value) + "\"", "", "apply, stop or ignore");
}

std::chrono::milliseconds IntervalOf(const std::string& value) {
  double seconds = -1;
  const auto result = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (result.ec != std::errc() || result.ptr != value.data() + value.size() || !(seconds >= 0 && seconds <= 86400))
    Fail(ExitStatus::kUsage, "option --commit-interval has \"" + Shown(value) + "\"", "",
         "seconds, 0 to 86400, such as 0.5");
  return std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
}

/// "5d", "90s"
std::chrono::milliseconds AgeOf(const std::string& value) {
  constexpr int64_t kMostSeconds = int64_t{100} * 366 * 86400;
  int64_t number = -1;
  const auto result = std::from_chars(value.data(), value.data() + value.size(), number);
  const std::string unit(result.ptr, value.data() + value.size());
  const int64_t seconds = unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3600 : unit == "d" ? 86400 : 0;
  if (result.ec != std::errc() || number < 0 || seconds == 0 || number > kMostSeconds / seconds)
    Fail(ExitStatus::kUsage, "option --older-than has \"" + Shown(value) + "\"", "",
         "a number and s, m, h or d, such as 5d");
  return std::chrono::seconds(number * seconds);
}

int64_t CountOf(const std::string& option, const std::string& value, const std::string& meaning, int64_t most) {
  int64_t number = 0;
  const auto result = std::from_chars(value.data(), value.data() + value.size(), number);
  if (result.ec != std::errc() || result.ptr != value.data() + value.size() || number < 1 || number > most)
    Fail(ExitStatus::kUsage, "option " + option + " has \"" + Shown(value) + "\"", "", meaning);
  return number;
}

}  // namespace

CommandLine MakeCommandLine(Options* options) {
  const auto text = [](std::string* target) { return [target](const std::string& value) { *target = value; }; };
  const auto flag = [](bool* target) { return [target](const std::string&) { *target = true; }; };
  return CommandLine(
      "cdc-apply", "Applies the changes on standard input to a database, whole source transactions at a time.",
      {
          {"--slot", "", "NAME", "Position", "name under which the position is stored (default: the stream's)",
           [options](const std::string& value) {
             if (value.empty()) Fail(ExitStatus::kUsage, "option --slot has an empty name");
             options->slot = value;
           }},
          {"--print-position", "", "", "Position", "print the position that TARGET holds for --slot, and leave",
           flag(&options->print_position)},
          {"--verify", "", "SOURCE", "Position",
           "compare the tables of --slot with those of SOURCE, mysql://USER@HOST, and leave", text(&options->verify)},
          {"--table-name", "", "TEMPLATE", "Tables",
           "names of target tables, of {topic}, {db} and {table} (default: {table})",
           [options](const std::string& value) {
             const TableNames check(value);  // before anything is opened or made
             options->table_name = value;
           }},
          {"--allow-gap", "", "", "Position", "go on where the stream begins behind what the target has",
           flag(&options->allow_gap)},
          {"--commit-interval", "", "SECONDS", "Position",
           "commit so often at most, also when input runs dry (default: the target's)",
           [options](const std::string& value) { options->commit_interval = IntervalOf(value); }},
          {"--lanes", "", "N", "Position",
           "sessions of mysql: and postgresql: that share the rows of a commit, by their keys (1)",
           [options](const std::string& value) { options->lanes = CountOf("--lanes", value, "1 to 64 sessions", 64); }},
          {"--mode", "", "MODE", "Tables",
           "upsert (rows as in the source), append (a row for each change), scd2 (a row for each state of a row) or "
           "insert-only (upsert; append for file:)",
           [options](const std::string& value) { options->mode = ModeOf(value); }},
          {"--deletes", "", "MODE", "Tables", "hard, soft (column __deleted tells) or ignore (hard)",
           [options](const std::string& value) { options->deletes = DeleteModeOf(value); }},
          {"--ddl", "", "MODE", "Tables",
           "apply (create and alter tables), stop, or ignore (leave out columns that the target lacks) (apply)",
           [options](const std::string& value) { options->ddl = DdlModeOf(value); }},
          {"--allow-rounding", "", "", "Tables",
           "let the server cut and round what its column does not hold whole (default: the row is refused)",
           flag(&options->allow_rounding)},
          {"--dead-letters", "", "FILE", "Input",
           "put rows that the target refuses into FILE, and go on (default: the first one ends it)",
           text(&options->dead_letters)},
          {"--compact", "", "", "Iceberg",
           "write files of iceberg: tables anew, without what is deleted and of full size, and leave",
           flag(&options->compact)},
          {"--expire-snapshots", "", "", "Iceberg",
           "take old snapshots out of iceberg: tables, with the files that no other needs, and leave",
           flag(&options->expire_snapshots)},
          {"--older-than", "", "AGE", "Iceberg", "of snapshots that --expire-snapshots takes out (5d)",
           [options](const std::string& value) {
             options->older_than = AgeOf(value);
             options->has_expiry_rule = true;
           }},
          {"--keep-last", "", "N", "Iceberg", "snapshots that --expire-snapshots leaves, however old (1)",
           [options](const std::string& value) {
             options->keep_last = CountOf("--keep-last", value, "a number of snapshots, from 1 on", INT64_MAX);
             options->has_expiry_rule = true;
           }},
          {"--dry-run", "", "", "Input", "print what would be done, and do nothing", flag(&options->dry_run)},
          {"--filtered", "", "", "Input", "a filter of yours takes rows out: accept fewer than the marks count",
           flag(&options->filtered)},
      },
      {{"TARGET",
        "sqlite:FILE, mysql://USER@HOST/DATABASE, postgresql://USER@HOST/DATABASE, starrocks://USER@HOST/DATABASE, "
        "iceberg:PLACE, file:FOLDER, http://HOST/PATH, exec:COMMAND, or - for readable lines",
        true, false, text(&options->target)}});
}

}  // namespace cdc::apply
