#include "common/stream_writer.h"

#include "common/exit_status.h"
#include "common/json_writer.h"
#include "common/log.h"

namespace cdc {

void StreamWriter::Pass(const ControlLine& control) {
  if (control.kind() == ControlKind::kBegin) {
    rows_ = 0;
    number_ = control.Number("n") + shift_;
    if (shift_ > 0) return AppendRenumbered(control, {});
  }
  Control(control.line());
}

/// A begin or mark with the number and the rows that it has here.
void StreamWriter::AppendRenumbered(const ControlLine& control, std::string_view more_members) {
  if (!control_lines_) return;
  std::string& out = buffer();
  out += "{\"@cdc\":\"";
  out += control.kind_name();
  out += '"';
  for (const auto& [name, value] : control.members()) {
    if (name == "@cdc") continue;
    out += ",\"";
    out += name;
    out += "\":";
    if (name == "rows")
      AppendInteger(out, rows_);
    else if (name == "n" && shift_ > 0)
      AppendInteger(out, number_);
    else
      out += value;
  }
  out += more_members;
  out += "}\n";
  output_.MaybeFlush();
}

bool StreamWriter::BeginInserted(const Position& position) {
  if (number_ == 0) return false;
  ++shift_;
  Begin(++number_, position);
  return true;
}

void StreamWriter::MarkInserted(int64_t ts_us, const Position& position, std::string_view more_members) {
  Mark(number_, ts_us, position, more_members);
}

void StreamWriter::Control(std::string_view line) {
  if (!control_lines_) return;
  buffer().append(line);
  buffer() += '\n';
  output_.MaybeFlush();
}

void StreamWriter::Begin(uint64_t number, const Position& position, std::string_view more_members) {
  rows_ = 0;
  if (!control_lines_) return;
  std::string& out = buffer();
  out += "{\"@cdc\":\"begin\",\"n\":";
  AppendInteger(out, number);
  out += ",\"pos\":";
  position.AppendJson(out);
  out += more_members;
  out += "}\n";
}

void StreamWriter::Mark(uint64_t number, int64_t ts_us, const Position& position, std::string_view more_members) {
  if (!control_lines_) return;
  std::string& out = buffer();
  out += "{\"@cdc\":\"mark\",\"n\":";
  AppendInteger(out, number);
  out += ",\"rows\":";
  AppendInteger(out, rows_);
  out += ",\"ts_us\":";
  AppendInteger(out, ts_us);
  out += ",\"pos\":";
  position.AppendJson(out);
  out += more_members;
  out += "}\n";
  output_.MaybeFlush();
}

void StreamWriter::PassMark(const ControlLine& mark, std::string_view more_members) {
  AppendRenumbered(mark, more_members);
}

void StreamWriter::End(std::string_view reason, int exit_status, std::string_view position_json) {
  if (!control_lines_) return;
  std::string& out = buffer();
  out += "{\"@cdc\":\"end\",\"reason\":\"";
  out += reason;
  out += "\",\"exit\":";
  AppendInteger(out, exit_status);
  if (!position_json.empty()) {
    out += ",\"pos\":";
    out += position_json;
  }
  out += "}\n";
}

int EndStage(const StreamReader& reader, StreamReader::Event event, StreamWriter& writer) {
  ExitStatus status = ExitStatus::kOk;
  switch (event) {
    case StreamReader::Event::kEnd:
      writer.Pass(reader.control());
      if (reader.control().Number("exit") != 0) status = ExitStatus::kTempFail;
      break;
    case StreamReader::Event::kDied:
      LogWarning(reader.DeathNote());
      status = ExitStatus::kTempFail;
      break;
    case StreamReader::Event::kStopped:
      if (reader.marked()) writer.End("signal", 0, reader.position());
      break;
    default: break;
  }
  writer.Flush();
  return static_cast<int>(status);
}

}  // namespace cdc
