#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tools/cdc-apply/iceberg/field_type.h"

namespace cdc::apply::iceberg {

/// One column of a Parquet file.
struct ParquetColumn {
  std::string name;
  int field_id = 0;
  FieldType type;
  bool required = false;
};

/// Writes one Parquet file (zstd, field ids). Errors of every call: 74.
class ParquetWriter {
 public:
  virtual ~ParquetWriter() = default;
  /// `row`: one cell a column.
  virtual void Add(const Cell* row) = 0;
  virtual int64_t rows() const = 0;
  /// Of the file so far, roughly.
  virtual int64_t bytes() const = 0;
  /// The file is complete, on the disk.
  virtual void Finish() = 0;
};

/// Reads one. A column is found by its field id; one that the file lacks is all null.
class ParquetReader {
 public:
  virtual ~ParquetReader() = default;
  /// The next row's cells, valid until the next call; null at the end.
  virtual const Cell* Next() = 0;
};

/// Both come from a module of their own, libcdcparquet.so, which is linked with Arrow and is loaded when it is needed
/// first: the library is large, and most uses of cdc-apply have no use for it. Errors: 78 if it is not there.
std::unique_ptr<ParquetWriter> OpenParquetWriter(const std::string& path, const std::vector<ParquetColumn>& columns);
std::unique_ptr<ParquetReader> OpenParquetReader(const std::string& path, const std::vector<ParquetColumn>& columns);
/// Whether the module is there; Errors: as above.
void CheckParquetModule();

/// What the module exports, under the name "cdc_parquet_module".
struct ParquetModule {
  int version;  ///< kParquetModuleVersion
  ParquetWriter* (*open_writer)(const std::string& path, const std::vector<ParquetColumn>& columns);
  ParquetReader* (*open_reader)(const std::string& path, const std::vector<ParquetColumn>& columns);
};
constexpr int kParquetModuleVersion = 1;

}  // namespace cdc::apply::iceberg
