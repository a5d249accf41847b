#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace cdc::apply {

/// Work that is done by a thread of its own while the caller goes on: one piece at a time.
class BackgroundTask {
 public:
  BackgroundTask() = default;
  BackgroundTask(const BackgroundTask&) = delete;
  BackgroundTask& operator=(const BackgroundTask&) = delete;
  /// Waits for what is under way.
  ~BackgroundTask();

  /// Waits for the piece before.
  void Start(std::function<void()> work);
  /// The work is done. Throws what it threw, now and at every later call: what was to follow it must not happen.
  void Wait();
  bool is_under_way();

 private:
  void StartThread();
  void Run();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> work_;  // empty: none is under way
  std::exception_ptr failure_;
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace cdc::apply
