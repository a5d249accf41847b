#include "tools/cdc-apply/iceberg/place.h"

#include <charconv>
#include <filesystem>

#include "common/error.h"
#include "tools/cdc-apply/iceberg/sql_catalog.h"

namespace cdc::apply::iceberg {
namespace {

constexpr int64_t kMostFileBytes = int64_t{1} << 40;

/// "512M"
int64_t SizeOf(const std::string& text) {
  int64_t size = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), size);
  const std::string unit(result.ptr);
  const int shift = unit == "K" ? 10 : unit == "M" ? 20 : unit == "G" ? 30 : unit.empty() ? 0 : -1;
  if (result.ec != std::errc() || shift < 0 || size < 1 || size > (kMostFileBytes >> shift))
    Fail(ExitStatus::kUsage, "parameter file-size of the target has \"" + Shown(text) + "\"", "", "such as 512M");
  return size << shift;
}

std::string Absolute(const std::string& path) {
  std::error_code error;
  return std::filesystem::absolute(path, error).lexically_normal().string();
}

}  // namespace

IcebergPlace ParseIcebergPlace(const TargetPath& target) {
  constexpr std::string_view kPartition = "partition.";
  IcebergPlace place;
  place.warehouse = Absolute(target.path);
  place.catalog_file = place.warehouse + "/catalog.db";
  for (const auto& [name, value] : target.parameters) {
    if (name == "catalog")
      place.catalog_name = value;
    else if (name == "catalog-file")
      place.catalog_file = Absolute(value);
    else if (name == "namespace")
      place.name_space = value;
    else if (name == "file-size")
      place.file_bytes = SizeOf(value);
    else if (name.rfind(kPartition, 0) == 0)
      place.partitions[name.substr(kPartition.size())] = value;
    else
      Fail(ExitStatus::kUsage, "target iceberg: has no parameter \"" + Shown(name) + "\"", "",
           "catalog, catalog-file, namespace, file-size and partition.TABLE");
  }
  return place;
}

std::unique_ptr<Catalog> OpenCatalog(const IcebergPlace& place, bool read_only) {
  return OpenSqlCatalog({place.warehouse, place.catalog_file, place.name_space, place.catalog_name}, read_only);
}

}  // namespace cdc::apply::iceberg
