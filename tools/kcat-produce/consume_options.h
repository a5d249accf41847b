#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/cli.h"
#include "common/kafka_config.h"
#include "common/position.h"

namespace cdc::kafka {

/// Where reading starts or ends in each partition.
struct OffsetSpec {
  enum class Kind { kBeginning, kEnd, kOffset, kTail, kTime };
  Kind kind = Kind::kBeginning;
  int64_t value = 0;  ///< kOffset: the offset; kTail: records before the end; kTime: milliseconds since 1970
};

/// "beginning", "end", "1234", "-5" (five before the end), "@1763790000000" or "@2026-11-24T10:00:00Z". Errors: 64.
OffsetSpec ParseOffsetSpec(const std::string& option, const std::string& text);

/// Which partitions of each topic are read.
struct PartitionChoice {
  std::vector<int32_t> listed;  ///< empty: all, but for `shares`
  int32_t share = 0;            ///< 1 to `shares`: this share of all partitions, dealt out in turn
  int32_t shares = 0;

  bool all() const { return listed.empty() && shares == 0; }
  bool Has(int32_t partition) const;
};

/// "0,2-4", or "2/3", the second of three shares. Errors: 64.
PartitionChoice ParsePartitions(const std::string& text);

struct ConsumeOptions {
  KafkaConfig config;
  std::vector<std::string> topics;  ///< names; "^…" is a regular expression
  std::string group;                ///< not empty: partitions and start come from the group
  PartitionChoice partitions;
  OffsetSpec from;
  bool from_given = false;
  std::optional<Position> from_position;
  std::string resume_from;
  std::optional<OffsetSpec> until;         ///< exclusive
  std::optional<Position> until_position;  ///< likewise; of a partition that it has not nothing is read

  bool ends() const { return until || until_position; }
  uint64_t count = 0;  ///< 0: no limit
  std::string slot;
  std::string schema_file;
  bool list = false;
  std::string lag_group;
  int connect_timeout_ms = 10'000;
};

CommandLine MakeConsumeCommandLine(ConsumeOptions* options);

}  // namespace cdc::kafka
