#include "common/tool_output.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <filesystem>

#include "common/error.h"

extern char** environ;

namespace cdc {
namespace {

/// Installed, the tools lie in one folder; in a build tree each lies in a folder of its tool's source.
std::string FindTool(const std::string& tool) {
  char self[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", self, sizeof self);
  if (length <= 0 || length == static_cast<ssize_t>(sizeof self)) return tool;
  const std::filesystem::path here =
      std::filesystem::path(std::string(self, static_cast<size_t>(length))).parent_path();
  for (const auto& path : {here / tool, here.parent_path() / (tool == "kcat-consume" ? "kcat-produce" : tool) / tool})
    if (access(path.c_str(), X_OK) == 0) return path.string();
  return tool;
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

/// A file in memory that the child has as `kConfigFd`.
constexpr int kConfigFd = 3;

int ConfigFile(const std::string& text) {
  const int fd = memfd_create("config", MFD_CLOEXEC);
  if (fd < 0 || write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()) || lseek(fd, 0, SEEK_SET) != 0)
    Fail(ExitStatus::kOsError, "could not keep a configuration in memory: " + ErrnoText(errno));
  return fd;
}

}  // namespace

std::string ToolOutput(const ToolRun& run) {
  const std::string program = FindTool(run.tool);
  std::vector<std::string> words = {program};
  for (const auto& word : run.words)
    words.push_back(word == "@CONFIG@" ? "/dev/fd/" + std::to_string(kConfigFd) : word);
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) Fail(ExitStatus::kOsError, "could not create a pipe: " + ErrnoText(errno));
  const int config = run.config.empty() ? -1 : ConfigFile(run.config);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  if (config >= 0) posix_spawn_file_actions_adddup2(&actions, config, kConfigFd);
  pid_t child = 0;
  const int spawned = posix_spawnp(&child, program.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (config >= 0) close(config);
  if (spawned != 0) {
    close(ends[0]);
    Fail(ExitStatus::kOsError, "could not run " + program + ": " + ErrnoText(spawned), "",
         "it is needed to " + run.purpose + "; put it beside this tool or into PATH");
  }
  const std::string text = ReadAll(ends[0]);
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    Fail(WIFEXITED(status) ? static_cast<ExitStatus>(WEXITSTATUS(status)) : ExitStatus::kTempFail,
         "could not " + run.purpose);
  return text;
}

}  // namespace cdc
