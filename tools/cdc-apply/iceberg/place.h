#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "tools/cdc-apply/iceberg/catalog.h"
#include "tools/cdc-apply/iceberg/rest_catalog.h"
#include "tools/cdc-apply/target_url.h"

namespace cdc::apply::iceberg {

/// What an iceberg: target says (cdc-apply(1), TARGETS).
struct IcebergPlace {
  std::string warehouse;     ///< absolute path, or "s3://BUCKET/…"
  std::string catalog_file;  ///< of SQLite; empty: the catalog is `rest`
  RestPlace rest;
  MultiTable multi_table = MultiTable::kByServer;
  S3Settings s3;
  std::string ca_file;
  std::optional<std::chrono::seconds> request_timeout;  ///< of catalog and S3
  std::string catalog_name = "default";
  std::string name_space = "default";
  int64_t file_bytes = int64_t{512} << 20;
  std::map<std::string, std::string> partitions;  ///< table → transforms
};

/// Tokens and credentials also come from ICEBERG_TOKEN and ICEBERG_CREDENTIAL. Errors: 64; 66 for files of them.
IcebergPlace ParseIcebergPlace(const TargetPath& target);

std::unique_ptr<Catalog> OpenCatalog(const IcebergPlace& place, bool read_only);

}  // namespace cdc::apply::iceberg
