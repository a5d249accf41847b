#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tools/cdc-apply/target_table.h"
#include "tools/cdc-apply/value.h"

namespace cdc::apply {

/// A file of rows of one table, which is cut back to the last mark where a source transaction does not end.
class RowFile {
 public:
  virtual ~RowFile() = default;
  /// Errors: 65 for a value that the format cannot hold, 74.
  virtual void Add(const std::vector<Value>& row) = 0;
  virtual void Mark() = 0;
  virtual void CutToMark() = 0;
  virtual bool has_marked_rows() const = 0;
  /// Rows since the mark are so many that they are to go into a file of their own, which may be dropped as a whole.
  virtual bool is_full() const { return false; }
  /// All up to the mark is on the disk, and the file is closed.
  virtual void Finish() = 0;
  virtual const std::string& path() const = 0;
};

/// `format`: "ndjson", "csv" or "parquet". `table` must live as long.
std::unique_ptr<RowFile> OpenRowFile(const std::string& format, const std::string& path, const TargetTable& table);

/// Errors: 64 for a format that there is not, 78 for one that this build lacks.
void CheckFileFormat(const std::string& format);

}  // namespace cdc::apply
