#include "tools/cdc-encode/heartbeats.h"

#include <time.h>

#include "tools/cdc-encode/connect_schema.h"
#include "tools/cdc-encode/topic_name.h"

namespace cdc::encode {
namespace {

constexpr std::string_view kKeySchema =
    R"({"type":"struct","fields":[{"type":"string","optional":false,"field":"serverName"}],"optional":false,)"
    R"("name":"io.debezium.connector.common.ServerNameKey","version":1})";
constexpr std::string_view kValueSchema =
    R"({"type":"struct","fields":[{"type":"int64","optional":false,"field":"ts_ms"}],"optional":false,)"
    R"("name":"io.debezium.connector.common.Heartbeat","version":1})";

}  // namespace

Heartbeats::Heartbeats(const EncodeSettings& settings, OtherRecords& records) : settings_(settings), records_(records) {
  topic_ = TopicName(settings.topics, settings.heartbeat_prefix, settings.topic_prefix, "");
  key_ = "{\"serverName\":";
  AppendConnectString(key_, settings.topic_prefix);
  key_ += '}';
}

bool Heartbeats::IsDue() const {
  if (settings_.heartbeat_ms == 0) return false;
  return !any_ || std::chrono::steady_clock::now() - last_ >= std::chrono::milliseconds(settings_.heartbeat_ms);
}

void Heartbeats::Write() {
  any_ = true;
  last_ = std::chrono::steady_clock::now();
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  const int64_t ms = static_cast<int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1000000;
  records_.Write(topic_, kKeySchema, key_, kValueSchema, "{\"ts_ms\":" + std::to_string(ms) + "}", 0);
}

}  // namespace cdc::encode
