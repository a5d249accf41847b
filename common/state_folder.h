#pragma once

#include <string>

namespace cdc {

/// Where tools keep what is neither configuration nor cache: $XDG_STATE_HOME/cdcutils, else ~/.local/state/cdcutils
/// (the XDG convention). Empty where there is no home.
std::string StateFolder();

}  // namespace cdc
