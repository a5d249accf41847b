#pragma once

#include <chrono>
#include <cstdint>

#include "tools/cdc-apply/iceberg/catalog.h"

namespace cdc::apply::iceberg {

struct ExpiryRule {
  std::chrono::milliseconds older_than = std::chrono::hours(120);
  int64_t keep_last = 1;  ///< of each branch, however old
};

struct ExpiryReport {
  int64_t snapshots = 0, files = 0;  ///< that are no more
};

/// Takes snapshots out of a table's metadata, and removes the files that none of those left reads. What a branch or a
/// tag points to stays. Errors: 75 if others undo all tries.
ExpiryReport ExpireSnapshots(Catalog& catalog, TableState state, const ExpiryRule& rule);

}  // namespace cdc::apply::iceberg
