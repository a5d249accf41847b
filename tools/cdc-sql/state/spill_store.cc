#include "tools/cdc-sql/state/spill_store.h"

#include "common/error.h"
#include "common/module.h"

namespace cdc::sql {

namespace {

const SpillModule& Module() {
  static const SpillModule* module = [] {
    std::string detail;
    const auto* found = static_cast<const SpillModule*>(FindModule("libcdcspill.so", "cdc_spill_module", &detail));
    if (found != nullptr && found->version == kSpillModuleVersion) return found;
    if (found != nullptr) detail = "libcdcspill.so belongs to another version of cdc-sql";
    Fail(
        ExitStatus::kConfig, "this cdc-sql was built without RocksDB, which --memory keeps state on disk with", detail,
        "apt-get install librocksdb-dev (make deps does it), then build anew; without --memory all state is in memory");
  }();
  return *module;
}

}  // namespace

std::unique_ptr<SpillStore> OpenSpillStore(const std::string& folder, size_t memory) {
  std::string error;
  std::unique_ptr<SpillStore> store(Module().open(folder, memory, &error));
  if (!store) Fail(ExitStatus::kIoError, "could not open a store for state in " + folder + ": " + error);
  return store;
}

void CheckSpillModule() {
  Module();
}

}  // namespace cdc::sql
