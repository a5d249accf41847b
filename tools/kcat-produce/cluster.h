#pragma once

#include <cstdint>
#include <string>
#include <vector>

struct rd_kafka_s;

namespace cdc::kafka {

struct TopicInfo {
  std::string name;
  std::vector<int32_t> partitions;
};

struct Watermarks {
  int64_t low = 0, high = 0;  ///< first offset that is there, and the next that will be written
};

/// Topics of the cluster in order of name, Kafka's own left out. Errors: 69, 77.
std::vector<TopicInfo> ListTopics(rd_kafka_s* handle);

/// The topics that the names and expressions (^…) select. Errors: 66 for a name that does not exist, with the nearest
/// that does; 66 if an expression matches nothing.
std::vector<TopicInfo> SelectTopics(rd_kafka_s* handle, const std::vector<std::string>& wanted);

Watermarks QueryWatermarks(rd_kafka_s* handle, const std::string& topic, int32_t partition);

/// The first offset at or after a time; the high watermark if there is none.
int64_t OffsetForTime(rd_kafka_s* handle, const std::string& topic, int32_t partition, int64_t time_ms);

/// The group's committed offset; -1 if it has none.
int64_t CommittedOffset(rd_kafka_s* handle, const std::string& topic, int32_t partition);

/// Errors: 66 if there is no such consumer group.
void CheckGroup(rd_kafka_s* handle, const std::string& group);

}  // namespace cdc::kafka
