#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cdc {

/// One option of a tool. The table of these feeds the parser (CLI11), --help, the completions and the test that holds
/// the manual page against it (--print-options).
struct OptionSpec {
  std::string name;                             ///< "--until"
  std::string short_name;                       ///< "-u" or empty
  std::string value_name;                       ///< "POSITION"; empty for a flag
  std::string group;                            ///< heading in --help
  std::string help;                             ///< one line: meaning, range, default
  std::function<void(const std::string&)> set;  ///< called for each use; throws Failure(kUsage) to refuse. Flags get ""
  std::vector<std::string> choices = {};        ///< closed set of values, checked and completed
};

/// A positional argument.
struct ArgumentSpec {
  std::string value_name;  ///< "TARGET"
  std::string help;
  bool required = false;
  bool repeated = false;
  std::function<void(const std::string&)> set;
};

class CommandLine {
 public:
  /// `summary`: one sentence. Adds --help, --version, --verbose, --quiet, --print-options and --completion itself.
  CommandLine(std::string tool, std::string summary, std::vector<OptionSpec> options,
              std::vector<ArgumentSpec> arguments = {});

  /// Calls the setters in the order of the command line. Returns false if the tool is to leave at once with 0 (help,
  /// version and the like were printed). Errors: Failure(kUsage) that names the nearest option.
  bool Parse(int argc, char** argv);

 private:
  std::string HelpText() const;
  std::string Completion(const std::string& shell) const;
  std::string tool_;
  std::string summary_;
  std::vector<OptionSpec> options_;
  std::vector<ArgumentSpec> arguments_;
};

/// Runs a tool: signals installed, `body` called, each error printed once on stderr, its status returned. A closed
/// output ends quietly as SIGPIPE does.
int RunTool(std::string_view tool, int argc, char** argv, const std::function<int(int, char**)>& body);

/// Says that standard output is the input of a next stage, which must not take an error at the start for an empty
/// stream: from here on RunTool writes an end line after an error before any output.
void MarkOutputAsStream();

/// Range-checked numbers of option values. Errors: Failure(kUsage) that names option, value and range.
int64_t ParseOptionInteger(const std::string& option, const std::string& value, int64_t low, int64_t high);

/// A number of bytes, or of KiB, MiB, GiB as 16K, 512M, 2G. Errors: Failure(kUsage) that names option and value.
size_t ParseOptionSize(const std::string& option, const std::string& value);

}  // namespace cdc
