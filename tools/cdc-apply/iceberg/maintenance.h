#pragma once

#include <optional>
#include <string>

#include "common/byte_output.h"
#include "tools/cdc-apply/iceberg/expiry.h"
#include "tools/cdc-apply/target_url.h"

namespace cdc::apply {

struct MaintenanceOptions {
  bool compact = false;
  std::optional<iceberg::ExpiryRule> expire;
  std::string slot;  ///< only tables of this one; empty: all of the namespace
};

/// Looks after the tables of an iceberg: target, after compaction for the snapshots; a line a table that changed.
void MaintainIceberg(const TargetPath& target, const MaintenanceOptions& options, ByteOutput& output);

}  // namespace cdc::apply
