#pragma once

#include <string_view>

namespace cdc {

/// stderr lines "tool: level: text". Each line is one write, so that stages of a pipe do not mix their lines.
enum class LogLevel { kQuiet, kNormal, kVerbose };

/// Set once at the start of main; `tool` must outlive the program's work (argv[0]'s base name or a literal).
void SetLogTool(std::string_view tool);
void SetLogLevel(LogLevel level);
std::string_view LogTool();

void LogWarning(std::string_view text);
void LogNote(std::string_view text);     ///< said once, unless --quiet
void LogVerbose(std::string_view text);  ///< only with --verbose
void LogStatus(std::string_view text);   ///< the answer to a signal: said also with --quiet, since it was asked for

}  // namespace cdc
