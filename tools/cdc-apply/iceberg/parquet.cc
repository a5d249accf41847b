#include "tools/cdc-apply/iceberg/parquet.h"

#include <dlfcn.h>
#include <unistd.h>

#include "common/error.h"

namespace cdc::apply::iceberg {
namespace {

constexpr const char* kFileName = "libcdcparquet.so";

/// Beside the program (in a build folder), or in ../lib/cdcutils.
std::vector<std::string> Candidates() {
  std::string program(4096, '\0');
  const ssize_t size = readlink("/proc/self/exe", program.data(), program.size());
  program.resize(size < 0 ? 0 : static_cast<size_t>(size));
  const std::string folder = program.substr(0, program.rfind('/'));
  return {folder + "/" + kFileName, folder + "/../lib/cdcutils/" + kFileName};
}

const ParquetModule* LoadModule() {
  std::string detail;
  for (const std::string& path : Candidates()) {
    if (access(path.c_str(), F_OK) != 0) continue;
    void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
      detail = dlerror();
      continue;
    }
    const auto* module = static_cast<const ParquetModule*>(dlsym(handle, "cdc_parquet_module"));
    if (module != nullptr && module->version == kParquetModuleVersion) return module;
    detail = path + " belongs to another version of cdc-apply";
  }
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
