#pragma once

#include <map>
#include <string>
#include <string_view>

#include "common/stream_writer.h"
#include "tools/cdc-encode/connect_record.h"
#include "tools/cdc-encode/settings.h"

namespace cdc::encode {

/// Takes records through the transforms of EncodeSettings::chain and writes what is left of them.
class ChainWriter {
 public:
  ChainWriter(const EncodeSettings& settings, StreamWriter& writer) : settings_(settings), writer_(writer) {}

  /// `schema_line`: the control line of the row's table, which is announced under the topic that the record comes to;
  /// empty for a record that is no row.
  void Write(ConnectRecord* record, std::string_view schema_line);

 private:
  void Announce(const std::string& topic, std::string_view schema_line);
  const EncodeSettings& settings_;
  StreamWriter& writer_;
  std::map<std::string, std::string> announced_;  // by topic: the last line
  ConnectRecord::Headers of_delete_;              // that transforms added to the last record
};

/// `"name",value,…` of a record line, in pairs.
std::vector<std::pair<std::string, std::string>> SplitHeaders(std::string_view headers);

}  // namespace cdc::encode
