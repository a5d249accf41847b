#include "common/module.h"

#include <dlfcn.h>
#include <unistd.h>

namespace cdc {

const void* FindModule(const std::string& file, const char* symbol, std::string* detail) {
  std::string program(4096, '\0');
  const ssize_t size = readlink("/proc/self/exe", program.data(), program.size());
  program.resize(size < 0 ? 0 : static_cast<size_t>(size));
  const std::string folder = program.substr(0, program.rfind('/'));
  for (const std::string& path : {folder + "/" + file, folder + "/../lib/cdcutils/" + file}) {
    if (access(path.c_str(), F_OK) != 0) continue;
    void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
      *detail = dlerror();
      continue;
    }
    if (const void* found = dlsym(handle, symbol)) return found;
    *detail = path + " does not export " + symbol;
  }
  return nullptr;
}

}  // namespace cdc
