#pragma once

#include <memory>
#include <string>

#include "tools/cdc-apply/iceberg/catalog.h"

namespace cdc::apply::iceberg {

struct SqlCatalogPlace {
  std::string warehouse;  ///< absolute path of a folder, or "s3://BUCKET/…"
  std::string file;       ///< of SQLite
  std::string name_space;
  std::string name;  ///< of the catalog: the file may hold several
};

/// The catalog that Iceberg's Java (JdbcCatalog) and pyiceberg (SqlCatalog) keep in a database: table iceberg_tables,
/// here in a file of SQLite, with slots in cdc_position beside it, as in cdc-apply's other databases. A commit is one
/// transaction over all tables. `read_only`: nothing is created.
std::unique_ptr<Catalog> OpenSqlCatalog(const SqlCatalogPlace& place, std::unique_ptr<FileStore> store, bool read_only);

}  // namespace cdc::apply::iceberg
