#pragma once

#include <memory>
#include <string>

#include "tools/cdc-apply/sink.h"
#include "tools/cdc-apply/target_url.h"

namespace cdc::apply {

/// Iceberg tables, format version 2 (cdc-apply(1), TARGETS). `read_only`: nothing is created, only ReadPosition may be
/// called. Errors: 64 for parameters that there are not, 78 if this build lacks Parquet.
std::unique_ptr<Sink> OpenIcebergSink(const TargetPath& target, bool read_only);

/// Whether there is a catalog to read a position from.
bool IcebergCatalogExists(const TargetPath& target);

}  // namespace cdc::apply
