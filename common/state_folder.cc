#include "common/state_folder.h"

#include <cstdlib>

namespace cdc {

std::string StateFolder() {
  const char* state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && *state == '/') return std::string(state) + "/cdcutils";
  const char* home = std::getenv("HOME");
  return home == nullptr || *home == '\0' ? "" : std::string(home) + "/.local/state/cdcutils";
}

}  // namespace cdc
