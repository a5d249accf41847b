#include <doctest/doctest.h>

#include <vector>

#include "tools/cdc-sql/run/operator.h"

/// The time that the inputs of an operator make together.

namespace cdc::sql {

namespace {

/// Writes down the time that reaches it.
class Times : public Operator {
 public:
  explicit Times(std::vector<int64_t>* times) : times_(times) {}
  void Push(size_t, const Batch&) override {}

 protected:
  void OnWatermark(int64_t millis) override { times_->push_back(millis); }

 private:
  std::vector<int64_t>* times_;
};

class Passing : public Operator {
 public:
  void Push(size_t, const Batch& batch) override { Emit(batch); }
};

}  // namespace

TEST_CASE("where all inputs are idle the time is that of the one that is furthest on") {
  std::vector<int64_t> times;
  Passing both;
  Times next(&times);
  both.SetPorts(2);
  both.AddOutput(&next, 0);
  both.Watermark(0, 50);
  both.Watermark(1, 40);
  CHECK(times == std::vector<int64_t>{40});
  both.SetIdle(1, true);
  CHECK(times.back() == 50);
  both.Watermark(0, 60);
  both.SetIdle(0, true);
  CHECK(times.back() == 60);
  both.SetIdle(1, false);
  both.Watermark(1, 55);
  both.SetIdle(1, true);
  CHECK(times.back() == 60);
  both.Watermark(1, 70);
  CHECK(times.back() == 70);
  both.Watermark(1, kEndOfTime);
  CHECK(times.back() == 70);
  both.Watermark(0, kEndOfTime);
  CHECK(times.back() == kEndOfTime);
}

TEST_CASE("an input of UNION ALL that comes back behind the time does not hold it back, that of a join does") {
  for (const bool is_union : {false, true}) {
    std::vector<int64_t> times;
    Passing both;
    Times next(&times);
    both.SetPorts(2);
    if (is_union) both.WaitForNoneBehind();
    both.AddOutput(&next, 0);
    both.Watermark(0, 50);
    both.SetIdle(1, true);
    both.SetIdle(1, false);
    both.Watermark(1, 30);
    both.Watermark(0, 70);
    CHECK(times.back() == (is_union ? 70 : 50));
    both.Watermark(1, 80);
    both.Watermark(0, 90);
    CHECK(times.back() == 80);
  }
}

}  // namespace cdc::sql
