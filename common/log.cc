#include "common/log.h"

#include <unistd.h>

#include <string>

namespace cdc {
namespace {

std::string tool_name = "cdc";
LogLevel log_level = LogLevel::kNormal;

void Write(std::string_view level, std::string_view text) {
  std::string line = tool_name;
  line += ": ";
  line += level;
  line += text;
  line += '\n';
  // A full or closed stderr must not stop the data: there is nowhere left to report it.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

void SetLogTool(std::string_view tool) {
  tool_name = tool;
}
void SetLogLevel(LogLevel level) {
  log_level = level;
}
std::string_view LogTool() {
  return tool_name;
}

void LogWarning(std::string_view text) {
  Write("warning: ", text);
}

void LogNote(std::string_view text) {
  if (log_level != LogLevel::kQuiet) Write("", text);
}

void LogVerbose(std::string_view text) {
  if (log_level == LogLevel::kVerbose) Write("", text);
}

void LogStatus(std::string_view text) {
  Write("", text);
}

}  // namespace cdc
