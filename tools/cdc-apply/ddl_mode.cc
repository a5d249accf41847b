#include "tools/cdc-apply/ddl_mode.h"

#include "common/error.h"
#include "common/log.h"

namespace cdc::apply {

void CheckMayCreate(DdlMode mode, const std::string& table, const std::string& sql) {
  if (mode == DdlMode::kApply) return;
  Fail(ExitStatus::kConfig, "the target has no table \"" + table + "\", and --ddl does not let it be made", "",
       sql.empty() ? "make it, or: --ddl apply" : sql);
}

bool IsLeftOut(DdlMode mode, const std::string& table, const std::string& column, bool in_key, const std::string& sql) {
  if (mode == DdlMode::kApply) return false;
  if (mode == DdlMode::kStop || in_key)
    Fail(ExitStatus::kConfig,
         "table \"" + table + "\" of the target has no column \"" + column + "\", and --ddl does not let it be added",
         "", sql);
  LogWarning("table \"" + table + "\" of the target has no column \"" + column + "\": its values are left out");
  return true;
}

void MakeInTarget(const std::string& table, const std::function<void()>& make) {
  try {
    make();
  } catch (const Failure& failure) {
    if (failure.error().status != ExitStatus::kData) throw;
    Fail(ExitStatus::kConfig, "the target does not take table \"" + table + "\" as the source has it",
         failure.error().what, "another name for the table: --table-name; a column gets another one before cdc-apply");
  }
}

bool MayAlter(DdlMode mode, const std::string& table) {
  if (mode == DdlMode::kApply) return true;
  if (mode == DdlMode::kStop)
    Fail(
        ExitStatus::kConfig,
        "the source has given table \"" + table + "\" another key or other types, and --ddl does not let it be altered",
        "", "alter it, or: --ddl apply");
  LogWarning("the source has given table \"" + table + "\" another key or other types: the target's are left");
  return false;
}

}  // namespace cdc::apply
