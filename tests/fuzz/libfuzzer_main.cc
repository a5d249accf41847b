#include <cstddef>
#include <cstdint>

#include "common/log.h"
#include "target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  cdc::SetLogLevel(cdc::LogLevel::kQuiet);
  cdc::fuzz::Targets().at(0).run({reinterpret_cast<const char*>(data), size});
  return 0;
}
