#include "tools/cdc-apply/slot_errors.h"

#include "common/error.h"

namespace cdc::apply {

void FailRemoved(const std::string& table, const std::string& slot) {
  Fail(ExitStatus::kConfig,
       "table \"" + table + "\", which slot \"" + slot + "\" has delivered, is not in the target any more", "",
       "a new snapshot makes it anew: once binlog-tail --snapshot initial without --resume-from, into the same slot");
}

void CheckRowsOption(const std::string& table, const std::string& slot, const std::string& stored,
                     const std::string& wanted) {
  if (stored.empty() || stored == wanted) return;
  Fail(ExitStatus::kConfig,
       "table \"" + table + "\" of slot \"" + slot + "\" was filled with " + stored + ", and now " + wanted +
           " is asked for",
       "its rows would mean two things",
       "go on with " + stored + ", or begin anew: another --slot and --table-name, with a snapshot");
}

void FailShared(const std::string& table, const std::string& other, const std::string& slot,
                const std::string& release) {
  Fail(ExitStatus::kConfig, "table \"" + table + "\" of the target is delivered already, by slot \"" + slot + "\"",
       table == other ? "" : "under the name \"" + other + "\"",
       "another name: --table-name" + (table == other ? "; or, if that slot is no longer used: " + release : ""));
}

void FailShared(const std::string& table, const std::string& other, const std::string& slot) {
  FailShared(table, other, slot, "DELETE FROM cdc_table WHERE slot = '" + slot + "'");
}

}  // namespace cdc::apply
