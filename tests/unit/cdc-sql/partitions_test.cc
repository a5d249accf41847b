#include <doctest/doctest.h>

#include "tools/cdc-sql/run/source_partitions.h"

using namespace cdc::sql;

TEST_CASE("a partition that sends nothing becomes idle, and open again with its next row") {
  SourcePartitions partitions;
  partitions.SetIdleAfter(5000);
  partitions.Read("e", {{0, 0}, {1, 0}});
  CHECK(partitions.TakeChange());
  const auto now = std::chrono::steady_clock::now();
  partitions.FindIdle(now + std::chrono::seconds(4));
  CHECK_FALSE(partitions.TakeChange());
  partitions.FindIdle(now + std::chrono::seconds(60));
  CHECK(partitions.states() == std::vector{PartitionState::kIdle, PartitionState::kIdle});
  CHECK(partitions.Find("e", 1) == 1);
  CHECK(partitions.states() == std::vector{PartitionState::kIdle, PartitionState::kOpen});
  CHECK(partitions.TakeChange());
}

TEST_CASE("a table that no row ever came for is idle as well, until one does") {
  SourcePartitions partitions;
  partitions.SetIdleAfter(5000);
  const auto now = std::chrono::steady_clock::now();
  partitions.FindIdle(now + std::chrono::seconds(4));
  CHECK_FALSE(partitions.TakeChange());
  partitions.FindIdle(now + std::chrono::seconds(60));
  CHECK(partitions.TakeChange());
  CHECK(partitions.states().empty());
  CHECK(partitions.Find("e", 1) == 0);
  CHECK(partitions.TakeChange());
  CHECK(partitions.states() == std::vector{PartitionState::kOpen});
}

TEST_CASE("without a timeout no partition is idle") {
  SourcePartitions partitions;
  CHECK(partitions.Find("e", 3) == 0);
  partitions.FindIdle(std::chrono::steady_clock::now() + std::chrono::hours(1));
  CHECK(partitions.states() == std::vector{PartitionState::kOpen});
}

TEST_CASE("a partition that a group has given away does not count, until it comes back") {
  SourcePartitions partitions;
  partitions.Read("e", {{0, 0}, {1, 0}});
  partitions.Read("e", {{1, 4}});
  CHECK(partitions.states() == std::vector{PartitionState::kElsewhere, PartitionState::kOpen});
  partitions.Read("other", {{0, 0}});
  partitions.Read("e", {{0, 9}, {1, 4}});
  CHECK(partitions.states() == std::vector(3, PartitionState::kOpen));
}

TEST_CASE("rows that do not tell their partition are not of those that the marks tell") {
  SourcePartitions partitions;
  partitions.Read("e", {{0, 0}, {1, 0}});
  CHECK(partitions.Find("e", -1) == 2);
  partitions.Read("e", {{0, 0}, {1, 0}});
  CHECK(partitions.states() ==
        std::vector{PartitionState::kElsewhere, PartitionState::kElsewhere, PartitionState::kOpen});
}

TEST_CASE("a partition has ended where reading it ends") {
  SourcePartitions partitions;
  partitions.Read("e", {{0, 3}, {1, 0}});
  partitions.End("e", {{0, 3}, {1, 1}}, {{0, 3}, {1, 2}});
  CHECK(partitions.states() == std::vector{PartitionState::kEnded, PartitionState::kOpen});
}
