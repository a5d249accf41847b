#pragma once

#include <string>
#include <vector>

#include "tools/cdc-apply/iceberg/partition.h"

namespace cdc::apply::iceberg {

/// A table's metadata (specification, "Table Metadata", version 2), as JSON, and its changes in the REST catalog's
/// form:
/// {"action":"add-snapshot",…}. A catalog that has no server applies them itself.

Json NewMetadata(const std::string& location, const Schema& schema, int last_column_id, const PartitionSpec& spec,
                 const Json& properties);

/// The actions that cdc-apply uses. `metadata_location`: of the metadata before, for its log; empty if there is none.
void ApplyUpdates(Json* metadata, const Json& updates, const std::string& metadata_location);

/// The current snapshot, or null.
Json CurrentSnapshot(const Json& metadata);
/// Null if there is none of this id.
Json FindSnapshot(const Json& metadata, const Json& id);

/// The value of a property; empty if there is none.
std::string Property(const Json& metadata, const std::string& name);

int64_t NowMs();
/// Positive, and unlike that of any snapshot of the table.
int64_t NewSnapshotId(const Json& metadata);

}  // namespace cdc::apply::iceberg
