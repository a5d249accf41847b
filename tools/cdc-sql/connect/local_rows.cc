#include "tools/cdc-sql/connect/local_rows.h"

#include "tools/cdc-sql/connect/source_datagen.h"
#include "tools/cdc-sql/connect/source_files.h"

namespace cdc::sql {

std::unique_ptr<LocalRows> OpenLocalRows(const TableDef& table) {
  if (table.connector() == "datagen") return std::make_unique<DatagenRows>(table);
  return std::make_unique<FileLines>(table);
}

}  // namespace cdc::sql
