#pragma once

#include <string>
#include <string_view>

namespace cdc {

/// A sink's address as Shown, with "***" for the password of each URL (SCHEME://USER:PASSWORD@HOST) in it.
std::string ShownSink(std::string_view sink);

}  // namespace cdc
