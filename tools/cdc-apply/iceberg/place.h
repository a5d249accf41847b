#pragma once

#include <map>
#include <memory>
#include <string>

#include "tools/cdc-apply/iceberg/catalog.h"
#include "tools/cdc-apply/target_url.h"

namespace cdc::apply::iceberg {

/// What an iceberg: target says (cdc-apply(1), TARGETS).
struct IcebergPlace {
  std::string warehouse;     ///< absolute path
  std::string catalog_file;  ///< of SQLite
  std::string catalog_name = "default";
  std::string name_space = "default";
  int64_t file_bytes = int64_t{512} << 20;
  std::map<std::string, std::string> partitions;  ///< table → transforms
};

/// Errors: 64.
IcebergPlace ParseIcebergPlace(const TargetPath& target);

std::unique_ptr<Catalog> OpenCatalog(const IcebergPlace& place, bool read_only);

}  // namespace cdc::apply::iceberg
