#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "common/error.h"
#include "common/stop_limit.h"
#include "tools/cdc-apply/batch_sink.h"

extern char** environ;  // NOLINT

namespace cdc::apply {
namespace {

// The range of <sysexits.h>, which says whether another try may help.
constexpr int kFirstSysexit = 64, kLastSysexit = 78;

class CommandTaker : public BatchTaker {
 public:
  explicit CommandTaker(std::string command) : command_(std::move(command)) {}

  void Take(const Batch& batch) override {
    const int input = open(batch.path.c_str(), O_RDONLY | O_CLOEXEC);
    if (input < 0) Fail(ExitStatus::kIoError, "could not open \"" + batch.path + "\": " + ErrnoText(errno));
    const pid_t child =
        Start(input, {"CDC_SLOT=" + batch.slot, "CDC_KEY=" + batch.key, "CDC_POSITION=" + batch.position});
    close(input);
    SetChildOfStop(child);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    SetChildOfStop(0);
    Check(status);
  }

 private:
  pid_t Start(int input, std::vector<std::string> variables) const {
    std::string shell = "/bin/sh", option = "-c", command = command_;
    char* words[] = {shell.data(), option.data(), command.data(), nullptr};
    std::vector<char*> environment;
    for (auto& variable : variables) environment.push_back(variable.data());
    for (char** variable = environ; *variable != nullptr; ++variable) environment.push_back(*variable);
    environment.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    pid_t child = 0;
    const int failed = posix_spawn(&child, shell.c_str(), &actions, nullptr, words, environment.data());
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) Fail(ExitStatus::kOsError, "could not start " + shell + ": " + ErrnoText(failed));
    return child;
  }

  void Check(int status) const {
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    const bool tells = code >= kFirstSysexit && code <= kLastSysexit;
    Fail(tells ? static_cast<ExitStatus>(code) : ExitStatus::kTempFail,
         "command \"" + Shown(command_) + "\" did not take a batch: " +
             (WIFEXITED(status) ? "status " + std::to_string(code) : "signal " + std::to_string(WTERMSIG(status))),
         "", "the batch is kept, and given again at the next start");
  }

  std::string command_;
};

}  // namespace

std::unique_ptr<BatchTaker> MakeCommandTaker(const std::string& command) {
  return std::make_unique<CommandTaker>(command);
}

}  // namespace cdc::apply
