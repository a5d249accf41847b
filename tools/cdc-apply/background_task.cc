#include "tools/cdc-apply/background_task.h"

#include <csignal>
#include <utility>

namespace cdc::apply {

BackgroundTask::~BackgroundTask() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void BackgroundTask::Start(std::function<void()> work) {
  Wait();
  {
    const std::lock_guard lock(mutex_);
    work_ = std::move(work);
  }
  if (!thread_.joinable()) StartThread();
  changed_.notify_all();
}

/// Signals are for the caller's thread, which is to wake up from reading.
void BackgroundTask::StartThread() {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { Run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void BackgroundTask::Wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !work_; });
  if (failure_) std::rethrow_exception(failure_);
}

bool BackgroundTask::is_under_way() {
  const std::lock_guard lock(mutex_);
  return static_cast<bool>(work_);
}

void BackgroundTask::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return work_ || ends_; });
    if (!work_) return;
    lock.unlock();
    std::exception_ptr failure;
    try {
      work_();
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    failure_ = failure;
    work_ = nullptr;
    changed_.notify_all();
  }
}

}  // namespace cdc::apply
