#pragma once

#include <functional>
#include <optional>
#include <string>

#include "common/stream_writer.h"
#include "tools/binlog-tail/options.h"
#include "tools/binlog-tail/row_view.h"

namespace cdc::tail {

/// The hello line.
struct Hello {
  std::string slot;
  std::string kind;     ///< mysql, mariadb, file
  std::string version;  ///< of the server; empty: not said, like the following
  std::string server_uuid;
  uint64_t server_id = 0;
  int gtid_mode = -1;    ///< -1: not said
  std::string begins;    ///< snapshot, beginning, position
  bool resumed = false;  ///< the position came from a sink
  Position position;
};
void WriteHello(StreamWriter& writer, const Hello& hello);

/// How rows are shown to people; nothing where lines are written.
std::optional<RowView> ViewOf(const Options& options, const ByteOutput& output);

/// Runs `body`, which returns the reason of the end (until, signal, eof), and writes the end line after it with
/// `position()`. A Failure is written into the end line as well, and thrown on. Returns 0.
int RunFramed(StreamWriter& writer, const std::function<std::string()>& body,
              const std::function<std::string()>& position_json);

}  // namespace cdc::tail
