#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cdc {

/// Another tool of ours, run for what it prints, so that its libraries are not linked into this one. It is looked for
/// beside this program, then in PATH.
struct ToolRun {
  std::string tool;
  std::vector<std::string> words;  ///< its arguments; @CONFIG@ stands for a file that holds `config`
  std::string config = {};         ///< may hold passwords: it is never on disk
  std::string purpose;             ///< for messages: "ask kafka:f for its position"
};

/// What it prints on standard output; its messages go where ours go. Errors: the tool's own status, after it has said
/// why; 71 where it cannot be run.
std::string ToolOutput(const ToolRun& run);

}  // namespace cdc
