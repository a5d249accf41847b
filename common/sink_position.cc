#include "common/sink_position.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <filesystem>
#include <vector>

#include "common/error.h"

extern char** environ;

namespace cdc {
namespace {

/// Installed, the tools lie in one folder; in a build tree each lies in a folder of its tool's source.
std::string FindTool(const std::string& tool, const std::string& folder_in_build_tree) {
  char self[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", self, sizeof self);
  if (length <= 0 || length == static_cast<ssize_t>(sizeof self)) return tool;
  const std::filesystem::path here =
      std::filesystem::path(std::string(self, static_cast<size_t>(length))).parent_path();
  for (const auto& path : {here / tool, here.parent_path() / folder_in_build_tree / tool})
    if (access(path.c_str(), X_OK) == 0) return path.string();
  return tool;
}

/// The command that knows the position.
std::vector<std::string> QuestionFor(const std::string& sink, const std::string& slot) {
  constexpr std::string_view kCheckpoint = "checkpoint:";
  if (sink.rfind(kCheckpoint, 0) == 0) {
    const std::string rest = sink.substr(kCheckpoint.size());
    const size_t comma = rest.find(',');
    if (comma == 0 || rest.empty())
      Fail(ExitStatus::kUsage, "\"" + Shown(sink) + "\" names no folder", "",
           "checkpoint:DIR,SINK: the folder of cdc-sql --checkpoint, and where its results go");
    std::vector<std::string> words = {FindTool("cdc-sql", "cdc-sql"), "--slot",          slot, "--checkpoint",
                                      rest.substr(0, comma),          "--print-position"};
    // "-": no sink holds a position; the newest checkpoint counts.
    words.push_back(comma == std::string::npos ? "-" : rest.substr(comma + 1));
    return words;
  }
  const bool kafka = sink.rfind("kafka:", 0) == 0;
  const std::string program = kafka ? FindTool("kcat-produce", "kcat-produce") : FindTool("cdc-apply", "cdc-apply");
  return {program, "--slot", slot, "--print-position", sink};
}

std::string ReadAll(int fd) {
  std::string text;
  char block[4096];
  for (;;) {
    const ssize_t count = read(fd, block, sizeof block);
    if (count > 0)
      text.append(block, static_cast<size_t>(count));
    else if (count == 0 || errno != EINTR)
      return text;
  }
}

}  // namespace

std::optional<Position> AskSinkPosition(const std::string& sink, const std::string& slot) {
  std::vector<std::string> words = QuestionFor(sink, slot);
  const std::string program = words[0];
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) Fail(ExitStatus::kOsError, "could not create a pipe: " + ErrnoText(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t child = 0;
  const int spawned = posix_spawnp(&child, program.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (spawned != 0) {
    close(ends[0]);
    Fail(ExitStatus::kOsError, "could not run " + program + ": " + ErrnoText(spawned), "",
         "it is needed to ask " + Shown(sink) + " for its position; put it beside this tool or into PATH");
  }
  const std::string text = ReadAll(ends[0]);
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    Fail(WIFEXITED(status) ? static_cast<ExitStatus>(WEXITSTATUS(status)) : ExitStatus::kTempFail,
         "could not ask " + Shown(sink) + " for the position of slot \"" + slot + "\"");
  if (text.find_first_not_of(" \n") == std::string::npos) return std::nullopt;
  return Position::Parse(text);
}

}  // namespace cdc
