#pragma once

#include <string>

namespace cdc {

/// What a module of ours exports under `symbol`: a shared object that lies beside the program (in a build folder), or
/// in ../lib/cdcutils, and is loaded here for good. Null if it is not there or does not load; `detail` says why it does
/// not load.
const void* FindModule(const std::string& file, const char* symbol, std::string* detail);

}  // namespace cdc
