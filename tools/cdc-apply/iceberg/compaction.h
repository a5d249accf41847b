#pragma once

#include <cstdint>

#include "tools/cdc-apply/iceberg/catalog.h"

namespace cdc::apply::iceberg {

struct CompactionReport {
  int64_t files_before = 0, bytes_before = 0;  ///< data files that were rewritten
  int64_t files_after = 0, bytes_after = 0;
  int64_t delete_files = 0;  ///< that are no more
  bool has_changed() const { return files_before + delete_files > 0; }
};

/// Rewrites the data files of a table that have deleted rows, and small ones, where there are several, into files of
/// the table's size, as one snapshot of operation "replace": no row is another after it. Others may commit meanwhile.
/// Errors: 75 if they undo all tries.
CompactionReport CompactTable(Catalog& catalog, TableState state, int64_t file_bytes);

}  // namespace cdc::apply::iceberg
