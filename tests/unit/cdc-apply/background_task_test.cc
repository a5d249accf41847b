#include "tools/cdc-apply/background_task.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <vector>

namespace cdc::apply {
namespace {

TEST_CASE("pieces of work follow each other, and the caller goes on") {
  std::vector<int> done;
  {
    BackgroundTask task;
    task.Wait();
    std::mutex gate;
    gate.lock();
    task.Start([&] {
      const std::lock_guard lock(gate);
      done.push_back(1);
    });
    CHECK(task.is_under_way());
    gate.unlock();
    task.Start([&] { done.push_back(2); });
    task.Wait();
    CHECK_FALSE(task.is_under_way());
    task.Start([&] { done.push_back(3); });
  }
  CHECK(done == std::vector<int>{1, 2, 3});
}

TEST_CASE("after a failure nothing is done any more") {
  BackgroundTask task;
  bool came = false;
  task.Start([] { throw std::runtime_error("no"); });
  CHECK_THROWS_AS(task.Start([&] { came = true; }), std::runtime_error);
  CHECK_THROWS_AS(task.Wait(), std::runtime_error);
  CHECK_FALSE(came);
}

}  // namespace
}  // namespace cdc::apply
