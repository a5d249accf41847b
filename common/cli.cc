#include "common/cli.h"

#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <new>

#include "common/byte_output.h"
#include "common/error.h"
#include "common/log.h"
#include "common/nearest.h"
#include "common/stop.h"

namespace cdc {
namespace {

bool output_is_stream = false;

void PrintOut(const std::string& text) {
  ByteOutput out(STDOUT_FILENO, "stdout");
  out.Append(text);
  out.Flush();
}

}  // namespace

CommandLine::CommandLine(std::string tool, std::string summary, std::vector<OptionSpec> options,
                         std::vector<ArgumentSpec> arguments)
    : tool_(std::move(tool)),
      summary_(std::move(summary)),
      options_(std::move(options)),
      arguments_(std::move(arguments)) {
  const std::string general = "General";
  options_.push_back({"--verbose", "-v", "", general, "say on stderr what is done and why",
                      [](const std::string&) { SetLogLevel(LogLevel::kVerbose); }});
  options_.push_back({"--quiet", "-q", "", general, "only warnings and errors on stderr",
                      [](const std::string&) { SetLogLevel(LogLevel::kQuiet); }});
}

std::string CommandLine::HelpText() const {
  std::string out = "usage: " + tool_ + " [options]";
  for (const auto& argument : arguments_) {
    const std::string shown = argument.value_name + (argument.repeated ? "..." : "");
    out += argument.required ? " " + shown : " [" + shown + "]";
  }
  out += "\n\n" + summary_ + "\n";
  for (const auto& argument : arguments_) out += "  " + argument.value_name + "  " + argument.help + "\n";
  std::vector<std::string> groups;
  for (const auto& option : options_)
    if (std::find(groups.begin(), groups.end(), option.group) == groups.end()) groups.push_back(option.group);
  for (const auto& group : groups) {
    out += "\n" + group + ":\n";
    for (const auto& option : options_) {
      if (option.group != group) continue;
      std::string left = "  " + (option.short_name.empty() ? "    " : option.short_name + ", ") + option.name;
      if (!option.value_name.empty()) left += " " + option.value_name;
      left.resize(std::max<size_t>(left.size() + 2, 38), ' ');
      out += left + option.help + "\n";
    }
  }
  out += "      --help                          this text\n";
  out += "      --version                       the version\n";
  out += "      --completion SHELL              a completion script for bash, zsh or fish\n";
  out += "\nThe manual: man " + tool_ + "\n";
  return out;
}

std::string CommandLine::Completion(const std::string& shell) const {
  std::string function = tool_;
  std::replace(function.begin(), function.end(), '-', '_');
  std::string out;
  if (shell == "bash") {
    std::string words;
    std::string cases;
    for (const auto& option : options_) {
      words += option.name + " ";
      std::string names = option.name + (option.short_name.empty() ? "" : "|" + option.short_name);
      if (!option.choices.empty()) {
        std::string list;
        for (const auto& choice : option.choices) list += choice + " ";
        cases += "    " + names + ") COMPREPLY=($(compgen -W '" + list + "' -- \"$cur\")); return ;;\n";
      } else if (!option.value_name.empty()) {
        cases += "    " + names + ") COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n";
      }
    }
    out = "# bash completion of " + tool_ + "\n_" + function +
          "() {\n  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n" + "  case $prev in\n" +
          cases + "  esac\n  if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W '" + words +
          "--help --version --completion' -- \"$cur\"))\n  else COMPREPLY=($(compgen -f -- \"$cur\")); fi\n}\ncomplete "
          "-F _" +
          function + " " + tool_ + "\n";
  } else if (shell == "zsh") {
    out = "#compdef " + tool_ + "\n_arguments \\\n";
    for (const auto& option : options_) {
      std::string help = option.help;
      for (char& c : help)
        if (c == '[' || c == ']' || c == '\'' || c == ':') c = ' ';
      std::string value;
      if (!option.choices.empty()) {
        value = ":" + option.value_name + ":(";
        for (const auto& choice : option.choices) value += choice + " ";
        value.back() = ')';
      } else if (!option.value_name.empty()) {
        value = ":" + option.value_name + ":_files";
      }
      out += "  '*" + option.name + (value.empty() ? "" : "=") + "[" + help + "]" + value + "' \\\n";
    }
    out += "  '--help[this text]' '--version[the version]' '*:file:_files'\n";
  } else if (shell == "fish") {
    for (const auto& option : options_) {
      std::string help = option.help;
      std::replace(help.begin(), help.end(), '\'', ' ');
      out += "complete -c " + tool_ + " -l " + option.name.substr(2);
      if (!option.short_name.empty()) out += " -s " + option.short_name.substr(1);
      if (!option.value_name.empty()) out += " -r";
      if (!option.choices.empty()) {
        out += " -f -a '";
        for (const auto& choice : option.choices) out += choice + " ";
        out.back() = '\'';
      }
      out += " -d '" + help + "'\n";
    }
  } else {
    Fail(ExitStatus::kUsage, "cannot write a completion for \"" + shell + "\": bash, zsh or fish");
  }
  return out;
}

bool CommandLine::Parse(int argc, char** argv) {
  CLI::App app(summary_);
  app.set_help_flag();
  app.allow_extras(false);
  bool help = false;
  bool version = false;
  bool print_options = false;
  std::string completion;
  app.add_flag("--help,-h", help);
  app.add_flag("--version", version);
  app.add_flag("--print-options", print_options);
  app.add_option("--completion", completion);

  // CLI11 gathers values option by option; the setters run afterwards, in the order in which the options were used.
  struct Gathered {
    CLI::Option* option = nullptr;
    std::vector<std::string> values = {};
    int64_t flags = 0;
    size_t set = 0;  ///< of the values
  };
  std::vector<Gathered> gathered(options_.size() + arguments_.size());
  for (size_t i = 0; i < options_.size(); ++i) {
    const auto& spec = options_[i];
    const std::string names = spec.short_name.empty() ? spec.name : spec.short_name + "," + spec.name;
    gathered[i].option = spec.value_name.empty() ? app.add_flag(names, gathered[i].flags)
                                                 : app.add_option(names, gathered[i].values)
                                                       ->expected(1)
                                                       ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
                                                       ->allow_extra_args(false);
  }
  for (size_t i = 0; i < arguments_.size(); ++i) {
    auto& slot = gathered[options_.size() + i];
    slot.option = app.add_option(arguments_[i].value_name, slot.values);
    if (arguments_[i].repeated)
      slot.option->expected(-1);
    else
      slot.option->expected(1);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::string hint = "see " + tool_ + " --help";
    for (int i = 1; i < argc; ++i) {
      const std::string word = std::string(argv[i]).substr(0, std::string(argv[i]).find('='));
      if (word.rfind("--", 0) != 0) continue;
      bool known = word == "--help" || word == "--version" || word == "--completion" || word == "--print-options";
      for (const auto& spec : options_) known = known || spec.name == word;
      if (known) continue;
      std::vector<std::string_view> names;
      for (const auto& spec : options_) names.push_back(spec.name);
      const std::string nearest = NearestName(word, names, 3);
      hint = (nearest.empty() ? "" : "did you mean " + nearest + "? ") + hint;
      Fail(ExitStatus::kUsage, "unknown option " + word, "", hint);
    }
    for (const auto& argument : arguments_)
      if (std::string_view(error.what()).substr(0, argument.value_name.size() + 1) == argument.value_name + ":")
        Fail(ExitStatus::kUsage, "more than one " + argument.value_name + " is given", "",
             "what holds blanks needs quotes; " + hint);
    Fail(ExitStatus::kUsage, error.what(), "", hint);
  }
  if (help) return PrintOut(HelpText()), false;
  if (version) return PrintOut(tool_ + " (cdcutils) " CDC_VERSION "\n"), false;
  if (!completion.empty()) return PrintOut(Completion(completion)), false;
  if (print_options) {
    std::string out;
    for (const auto& spec : options_) out += spec.name + "\t" + spec.short_name + "\t" + spec.value_name + "\n";
    for (const char* own : {"--help", "--version", "--completion"}) out += std::string(own) + "\t\t\n";
    return PrintOut(out), false;
  }
  for (const CLI::Option* used : app.parse_order()) {
    const auto found = std::find_if(gathered.begin(), gathered.end(),
                                    [used](const Gathered& candidate) { return candidate.option == used; });
    const auto i = static_cast<size_t>(found - gathered.begin());
    if (i >= options_.size()) continue;  // our own, or an argument
    const auto& spec = options_[i];
    if (spec.value_name.empty()) {
      spec.set("");
      continue;
    }
    const std::string& value = found->values.at(found->set++);
    if (!spec.choices.empty() && std::find(spec.choices.begin(), spec.choices.end(), value) == spec.choices.end()) {
      std::string list;
      for (const auto& choice : spec.choices) list += (list.empty() ? "" : ", ") + choice;
      Fail(ExitStatus::kUsage, "option " + spec.name + " cannot be \"" + Shown(value) + "\"", "one of: " + list);
    }
    spec.set(value);
  }
  for (size_t i = 0; i < arguments_.size(); ++i) {
    const auto& values = gathered[options_.size() + i].values;
    if (arguments_[i].required && values.empty())
      Fail(ExitStatus::kUsage, "argument " + arguments_[i].value_name + " is missing", "", "see " + tool_ + " --help");
    for (const auto& value : values) arguments_[i].set(value);
  }
  return true;
}

void MarkOutputAsStream() {
  output_is_stream = true;
}

int RunTool(std::string_view tool, int argc, char** argv, const std::function<int(int, char**)>& body) {
  SetLogTool(tool);
  Error error;
  try {
    InstallStopSignals();
    return body(argc, argv);
  } catch (const BrokenPipe&) {
    DieOfSignal(SIGPIPE);
  } catch (const Failure& failure) {
    error = failure.error();
  } catch (const std::bad_alloc&) {
    error = {ExitStatus::kOsError, "out of memory", "", ""};
  } catch (const std::exception& exception) {
    error = {ExitStatus::kSoftware, std::string("bug: ") + exception.what(), "", "please report it with the input"};
  }
  const std::string text = RenderError(std::string(tool), error);
  [[maybe_unused]] ssize_t written = write(STDERR_FILENO, text.data(), text.size());
  // The next stage would take an empty input for an empty stream.
  if (output_is_stream && !ByteOutput::AnyWritten() && isatty(STDOUT_FILENO) == 0) {
    const std::string end =
        "{\"@cdc\":\"end\",\"reason\":\"error\",\"exit\":" + std::to_string(static_cast<int>(error.status)) + "}\n";
    written = write(STDOUT_FILENO, end.data(), end.size());
  }
  return static_cast<int>(error.status);
}

int64_t ParseOptionInteger(const std::string& option, const std::string& value, int64_t low, int64_t high) {
  int64_t number = 0;
  const auto result = std::from_chars(value.data(), value.data() + value.size(), number);
  if (result.ec != std::errc() || result.ptr != value.data() + value.size() || number < low || number > high)
    Fail(ExitStatus::kUsage, "option " + option + " cannot be \"" + Shown(value) + "\"",
         "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  return number;
}

size_t ParseOptionSize(const std::string& option, const std::string& value) {
  constexpr std::string_view kUnits = "KMG";
  const size_t unit = value.empty() ? std::string_view::npos : kUnits.find(value.back());
  const size_t digits = unit == std::string_view::npos ? value.size() : value.size() - 1;
  const size_t shift = unit == std::string_view::npos ? 0 : 10 * (unit + 1);
  uint64_t number = 0;
  const auto result = std::from_chars(value.data(), value.data() + digits, number);
  if (digits == 0 || result.ec != std::errc() || result.ptr != value.data() + digits ||
      number > (uint64_t{INT64_MAX} >> shift))
    Fail(ExitStatus::kUsage, "option " + option + " cannot be \"" + Shown(value) + "\"",
         "a number of bytes, or of KiB, MiB or GiB: 65536, 64K, 512M, 2G");
  return static_cast<size_t>(number << shift);
}

}  // namespace cdc
