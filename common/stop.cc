#include "common/stop.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>

#include "common/error.h"
#include "common/log.h"
#include "common/stop_limit.h"

namespace cdc {
namespace {

std::atomic<int> stop_signal{0};
std::atomic<bool> status_requested{false};
int wake_pipe[2] = {-1, -1};
unsigned limit_seconds = 0;
std::string limit_line;  // made before: a handler must not allocate
std::atomic<pid_t> child_of_stop{0};

void OnLimit(int) {
  if (const pid_t child = child_of_stop; child > 0) kill(child, SIGTERM);
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, limit_line.data(), limit_line.size());
  _exit(0);
}

void OnSignal(int number) {
  if (number == SIGUSR1) {
    status_requested = true;
  } else {
    stop_signal = number;
    if (limit_seconds > 0) alarm(limit_seconds);
    // A second signal of any of the three means "now".
    for (int stop : {SIGTERM, SIGINT, SIGHUP}) signal(stop, SIG_DFL);
  }
  [[maybe_unused]] const ssize_t written = write(wake_pipe[1], "", 1);
}

void SetHandlers() {
  struct sigaction action {};
  action.sa_handler = OnSignal;
  sigemptyset(&action.sa_mask);
  for (int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) sigaction(number, &action, nullptr);
}

}  // namespace

void InstallStopSignals() {
  // A standard stream that was closed must not become another file's number: reading or writing it is to fail.
  for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
      Fail(ExitStatus::kOsError, "could not stand in for a standard stream that is closed: " + ErrnoText(errno));
  if (pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
    Fail(ExitStatus::kOsError, "could not create the signal pipe: " + ErrnoText(errno));
  SetHandlers();
  // Such a write fails instead, with an error that can be told.
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}

void ForgetStop() {
  stop_signal = 0;
  char drained[64];
  while (read(wake_pipe[0], drained, sizeof drained) > 0) {
  }
  SetHandlers();
}

void LimitStop(unsigned seconds, const std::string& warning) {
  limit_line = std::string(LogTool()) + ": warning: " + warning + "\n";
  signal(SIGALRM, OnLimit);
  limit_seconds = seconds;
}

void SetChildOfStop(pid_t child) {
  child_of_stop = child;
}

bool StopRequested() {
  return stop_signal != 0;
}
int StopSignal() {
  return stop_signal;
}
int StopFd() {
  return wake_pipe[0];
}

bool TakeStatusRequest() {
  // Asked for each row.
  if (!status_requested.load(std::memory_order_relaxed) || !status_requested.exchange(false)) return false;
  char drained[64];
  if (!StopRequested()) {
    while (read(wake_pipe[0], drained, sizeof drained) > 0) {
    }
    // A stop that came between the check and the drain must stay visible to poll().
    if (StopRequested()) [[maybe_unused]]
      const ssize_t written = write(wake_pipe[1], "", 1);
  }
  return true;
}

void DieOfSignal(int signal_number) {
  signal(signal_number, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal_number);
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
  raise(signal_number);
  _exit(128 + signal_number);
}

}  // namespace cdc
