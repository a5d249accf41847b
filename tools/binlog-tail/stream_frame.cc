#include "tools/binlog-tail/stream_frame.h"

#include <cstdlib>

#include "common/error.h"
#include "common/json_writer.h"

namespace cdc::tail {
namespace {

void AppendMember(std::string& out, std::string_view name, std::string_view text) {
  if (text.empty()) return;
  out += ",\"";
  out += name;
  out += "\":";
  AppendJsonString(out, text);
}

}  // namespace

void WriteHello(StreamWriter& writer, const Hello& hello) {
  std::string line = "{\"@cdc\":\"hello\",\"v\":1,\"tool\":\"binlog-tail " CDC_VERSION "\"";
  AppendMember(line, "slot", hello.slot);
  line += ",\"source\":{\"kind\":";
  AppendJsonString(line, hello.kind);
  AppendMember(line, "version", hello.version);
  AppendMember(line, "server_uuid", hello.server_uuid);
  if (hello.server_id != 0) {
    line += ",\"server_id\":";
    AppendInteger(line, hello.server_id);
  }
  if (hello.gtid_mode >= 0) line += hello.gtid_mode > 0 ? ",\"gtid_mode\":true" : ",\"gtid_mode\":false";
  line += "}";
  AppendMember(line, "begins", hello.begins);
  if (hello.resumed) line += ",\"resumed\":true";
  line += ",\"pos\":";
  hello.position.AppendJson(line);
  line += '}';
  writer.Control(line);
}

std::optional<RowView> ViewOf(const Options& options, const ByteOutput& output) {
  const bool people = options.view == "short" || (options.view.empty() && output.is_terminal());
  if (!people) return std::nullopt;
  return RowView(output.is_terminal() && std::getenv("NO_COLOR") == nullptr);
}

int RunFramed(StreamWriter& writer, const std::function<std::string()>& body,
              const std::function<std::string()>& position_json) {
  try {
    const std::string reason = body();
    writer.End(reason, 0, position_json());
  } catch (const Failure& failure) {
    const std::string position = position_json();
    writer.End("error", static_cast<int>(failure.error().status), position == "{}" ? "" : position);
    writer.Flush();
    throw;
  }
  writer.Flush();
  return 0;
}

}  // namespace cdc::tail
