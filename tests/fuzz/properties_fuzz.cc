#include "common/property_file.h"
#include "target.h"

// A Java property file.

FUZZ_TARGET(properties) {
  cdc::fuzz::Takes([&] {
    for (const auto& entry : cdc::ParsePropertyFile(bytes, "file"))
      cdc::fuzz::Require(entry.line > 0, "an entry has its line");
  });
}
