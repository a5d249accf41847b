#include "tools/cdc-apply/iceberg/parquet.h"

#include "common/error.h"
#include "common/module.h"

namespace cdc::apply::iceberg {
namespace {

const ParquetModule* LoadModule() {
  std::string detail;
  const auto* module = static_cast<const ParquetModule*>(FindModule("libcdcparquet.so", "cdc_parquet_module", &detail));
  if (module != nullptr && module->version == kParquetModuleVersion) return module;
  if (module != nullptr) detail = "libcdcparquet.so belongs to another version of cdc-apply";
  Fail(ExitStatus::kConfig, "this cdc-apply was built without Parquet, which Iceberg tables are written in", detail,
       "make deps FOR=parquet fetches Arrow; then build anew");
}

const ParquetModule& Module() {
  static const ParquetModule* module = LoadModule();
  return *module;
}

}  // namespace

std::unique_ptr<ParquetWriter> OpenParquetWriter(const std::string& path, const std::vector<ParquetColumn>& columns) {
  return std::unique_ptr<ParquetWriter>(Module().open_writer(path, columns));
}

std::unique_ptr<ParquetReader> OpenParquetReader(const std::string& path, const std::vector<ParquetColumn>& columns) {
  return std::unique_ptr<ParquetReader>(Module().open_reader(path, columns));
}

void CheckParquetModule() {
  Module();
}

}  // namespace cdc::apply::iceberg
