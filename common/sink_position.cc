#include "common/sink_position.h"

#include "common/error.h"
#include "common/shown_sink.h"
#include "common/tool_output.h"

namespace cdc {
namespace {

/// The command that knows the position.
ToolRun QuestionFor(const std::string& sink, const std::string& slot) {
  ToolRun run;
  run.purpose = "ask " + ShownSink(sink) + " for the position of slot \"" + slot + "\"";
  constexpr std::string_view kCheckpoint = "checkpoint:";
  if (sink.rfind(kCheckpoint, 0) == 0) {
    const std::string rest = sink.substr(kCheckpoint.size());
    const size_t comma = rest.find(',');
    if (comma == 0 || rest.empty())
      Fail(ExitStatus::kUsage, "\"" + ShownSink(sink) + "\" names no folder", "",
           "checkpoint:DIR,SINK: the folder of cdc-sql --checkpoint, and where its results go");
    run.tool = "cdc-sql";
    // "-": no sink holds a position; the newest checkpoint counts.
    run.words = {"--slot",           slot,
                 "--checkpoint",     rest.substr(0, comma),
                 "--print-position", comma == std::string::npos ? "-" : rest.substr(comma + 1)};
    return run;
  }
  run.tool = sink.rfind("kafka:", 0) == 0 ? "kcat-produce" : "cdc-apply";
  run.words = {"--slot", slot, "--print-position", sink};
  return run;
}

}  // namespace

std::optional<Position> AskSinkPosition(const std::string& sink, const std::string& slot) {
  const std::string text = ToolOutput(QuestionFor(sink, slot));
  if (text.find_first_not_of(" \n") == std::string::npos) return std::nullopt;
  return Position::Parse(text);
}

}  // namespace cdc
