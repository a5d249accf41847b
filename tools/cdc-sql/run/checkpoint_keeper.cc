#include "tools/cdc-sql/run/checkpoint_keeper.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>

#include "common/error.h"
#include "common/log.h"

namespace cdc::sql {

namespace {

/// A checkpoint that takes long is made less often: at most this part of the time goes into it.
constexpr int kShare = 10;
/// Without rows only the position moves, which is worth little.
constexpr int kIdleFactor = 30;
/// Asking the sink what it needs takes time as well.
constexpr auto kPruneEvery = std::chrono::seconds(5);

}  // namespace

CheckpointKeeper::CheckpointKeeper(Settings settings)
    : settings_(std::move(settings)), store_(settings_.folder), begun_(Clock::now()), next_(begun_), looked_(begun_) {
  store_.Lock();
}

CheckpointKeeper::~CheckpointKeeper() {
  // On the way out of an error: a child that is not waited for ends by itself.
  if (child_ <= 0) return;
  kill(child_, SIGKILL);
  waitpid(child_, nullptr, 0);
}

std::optional<CheckpointStore::Entry> CheckpointKeeper::Match(const ControlLine& hello) {
  const Position begins_at = hello.PositionOf("pos");
  const bool resumed = hello.Flag("resumed");
  const bool in_the_middle = resumed || (hello.Has("begins") && hello.Text("begins") == "position");
  const std::vector<CheckpointStore::Entry> entries = store_.List();
  if (!entries.empty()) next_number_ = entries.back().head.number + 1;
  for (const uint64_t journal : store_.Journals()) next_number_ = std::max(next_number_, journal + 1);
  if (!in_the_middle || (settings_.rebuild && !resumed)) {
    if (!entries.empty())
      LogNote("the stream begins anew, and the state with it: the checkpoints in " + store_.folder() +
              " will be replaced");
    return std::nullopt;
  }
  // The oldest that fits: where several do (they wait for the same open XA branch) the sink may lack what the newer
  // ones have.
  bool damaged = false;
  for (const CheckpointStore::Entry& entry : entries) {
    if (ComparePositions(ReadingStart(entry.head.position), begins_at) != PositionOrder::kEqual) continue;
    if (!CheckpointStore::IsWhole(entry)) {
      damaged = true;
      continue;
    }
    if (entry.head.query != settings_.query)
      Fail(ExitStatus::kConfig,
           "the checkpoint " + entry.path + " is of another query, of other format options, or of other partitions",
           "its state does not serve this one",
           "cdc-sql --checkpoint " + store_.folder() +
               " --rebuild lets the next start build the state anew; or give the query another folder");
    return entry;
  }
  if (!resumed && entries.empty()) return std::nullopt;
  std::string there;
  for (const CheckpointStore::Entry& entry : entries) there += "\n" + entry.path + ": " + entry.head.position.ToJson();
  Fail(ExitStatus::kConfig,
       "the stream goes on from a position of which " + store_.folder() + " has no " +
           (damaged ? "whole checkpoint" : "checkpoint"),
       "position: " + begins_at.ToJson() + there,
       "start the source with --resume-from checkpoint:" + store_.folder() +
           ",SINK, so that it begins where a checkpoint is; cdc-sql --checkpoint " + store_.folder() +
           " --rebuild begins anew");
}

void CheckpointKeeper::GoOnFrom(const CheckpointStore::Entry& entry, uint64_t last_journal) {
  std::vector<CheckpointStore::Entry> newer = store_.List();
  std::erase_if(newer,
                [&entry](const CheckpointStore::Entry& other) { return other.head.number <= entry.head.number; });
  store_.Remove(newer, 0);
  next_number_ = std::max(entry.head.number, last_journal) + 1;
  in_life_ = true;
  next_ = Clock::now() + std::chrono::milliseconds(settings_.interval_ms);
  LogVerbose("going on from the checkpoint " + entry.path + " at " + entry.head.position.ToJson());
}

void CheckpointKeeper::BeginLife(CheckpointHead head, const PersistFunction& persist) {
  store_.Clear(true);
  in_life_ = true;
  Write(std::move(head), persist, true);
}

bool CheckpointKeeper::IsDue(bool idle) {
  if (!in_life_) return false;
  const Clock::time_point now = Clock::now();
  if (child_ > 0) {
    if (now - looked_ < std::chrono::milliseconds(20)) return false;
    looked_ = now;
    if (!Reap(false)) return false;
  }
  return now >= (idle ? begun_ + kIdleFactor * std::chrono::milliseconds(settings_.interval_ms) : next_);
}

uint64_t CheckpointKeeper::Write(CheckpointHead head, const PersistFunction& persist, bool wait) {
  Reap(true);
  head.number = next_number_++;
  head.query = settings_.query;
  begun_ = Clock::now();
  next_ = begun_ + std::chrono::milliseconds(settings_.interval_ms);
  prunes_ = begun_ - pruned_ >= kPruneEvery;
  if (prunes_) pruned_ = begun_;
  // Without an interval there is one at each mark, and the mark waits for it.
  if (wait || settings_.interval_ms == 0) {
    WriteNow(head, persist);
    return head.number;
  }
  child_ = fork();
  if (child_ < 0) Fail(ExitStatus::kOsError, "could not start a process that writes a checkpoint: " + ErrnoText(errno));
  if (child_ == 0) RunChild(head, persist);
  return head.number;
}

void CheckpointKeeper::WriteNow(const CheckpointHead& head, const PersistFunction& persist) {
  WriteCheckpoint(store_.PathOf(head.number), head, persist);
  if (prunes_) store_.Prune(settings_.keep);
}

void CheckpointKeeper::RunChild(const CheckpointHead& head, const PersistFunction& persist) {
  // Gone with its parent: a run that follows has the folder for itself.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  store_.LeaveLockToParent();
  // The neighbours in the pipe must see its end when the parent ends.
  const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
  dup2(nowhere, STDIN_FILENO);
  dup2(nowhere, STDOUT_FILENO);
  int status = 0;
  try {
    WriteNow(head, persist);
  } catch (const Failure& failure) {
    std::fputs(RenderError("cdc-sql", failure.error()).c_str(), stderr);
    status = static_cast<int>(failure.error().status);
  } catch (const std::bad_alloc&) {
    status = static_cast<int>(ExitStatus::kOsError);
  }
  _exit(status);
}

bool CheckpointKeeper::Reap(bool wait) {
  if (child_ <= 0) return true;
  int status = 0;
  pid_t found;
  while ((found = waitpid(child_, &status, wait ? 0 : WNOHANG)) < 0 && errno == EINTR) {
  }
  if (found == 0) return false;
  child_ = -1;
  if (!WIFEXITED(status))
    Fail(ExitStatus::kOsError,
         "the process that wrote a checkpoint was killed by signal " + std::to_string(WTERMSIG(status)),
         "the checkpoint before it stays");
  if (WEXITSTATUS(status) != 0)
    Fail(static_cast<ExitStatus>(WEXITSTATUS(status)), "a checkpoint could not be written", "the one before it stays");
  const Clock::duration took = Clock::now() - begun_;
  next_ = std::max(next_, begun_ + took * kShare);
  return true;
}

void CheckpointKeeper::Finish() {
  Reap(true);
}

}  // namespace cdc::sql
