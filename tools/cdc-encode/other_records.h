#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "common/stream_writer.h"
#include "tools/cdc-encode/chain_writer.h"
#include "tools/cdc-encode/settings.h"

namespace cdc::encode {

/// Writes records that are no rows of a table: transactions, heartbeats, schema changes. Before the first of a topic,
/// its `schema` line says so, so that a sink of rows passes them by.
class OtherRecords {
 public:
  OtherRecords(const EncodeSettings& settings, StreamWriter& writer, ChainWriter& chain)
      : settings_(settings), writer_(writer), chain_(chain) {}

  /// Key and value are payloads, the schemas are written beside them where the converters do so. `partition`: what the
  /// connector itself names.
  void Write(const std::string& topic, std::string_view key_schema, std::string_view key, std::string_view value_schema,
             std::string_view value, std::optional<int> partition);

  /// A record of the schema history: without a key, the value as its bytes, in a topic that is written ahead of the
  /// transactions (cdc-stream.5, schema).
  void WriteHistory(const std::string& topic, std::string_view value);

 private:
  void Announce(const std::string& topic, bool ahead);
  const EncodeSettings& settings_;
  StreamWriter& writer_;
  ChainWriter& chain_;
  std::set<std::string> announced_;
  std::string key_, value_;
};

}  // namespace cdc::encode
