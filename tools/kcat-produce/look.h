#pragma once

#include <string>

#include "common/byte_output.h"
#include "tools/kcat-produce/consume_options.h"

namespace cdc::kafka {

/// --list: a line a partition: topic, partition, first and next offset.
void PrintTopics(ConsumeOptions& options, ByteOutput& output);

/// --lag: a line a partition that the group has read: topic, partition, its offset, the next offset, the difference.
void PrintLag(ConsumeOptions& options, ByteOutput& output);

}  // namespace cdc::kafka
