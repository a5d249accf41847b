#pragma once

#include <string>

namespace cdc::apply {

/// A random UUID (version 4): names that no other copy chooses. Errors: 71.
std::string RandomUuid();

}  // namespace cdc::apply
