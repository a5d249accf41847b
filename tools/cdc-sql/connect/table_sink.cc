#include "tools/cdc-sql/connect/table_sink.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

namespace cdc::sql {

namespace {

constexpr int64_t kRedrawMillis = 100;  // while rows keep coming

int64_t SteadyMillis() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

size_t WindowLines() {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : 24;
}

}  // namespace

SinkTable::SinkTable(const PlanSink& sink, ByteOutput& output, const TableFrame::Style& style)
    : ResultSink(sink), output_(output), frame_(columns_, style, false) {}

void SinkTable::Write(const Batch& batch, size_t row) {
  std::string line;
  frame_.AppendRow(line, batch, row);
  bag_.Apply(batch.kinds[row], line);
  changed_ = true;
  // The clock is asked now and then only.
  if (output_.is_terminal() && rows_ % 256 == 0 && SteadyMillis() - drawn_at_ms_ >= kRedrawMillis) Refresh();
}

void SinkTable::EraseDrawn(std::string& out) {
  if (drawn_lines_ > 0) out += "\033[" + std::to_string(drawn_lines_) + "A\r\033[J";
  drawn_lines_ = 0;
}

void SinkTable::Draw(std::string& out, size_t most_rows) {
  const size_t shown = std::min(bag_.size(), most_rows);
  frame_.AppendHeader(out);
  size_t left = shown;
  for (const auto& [place, line] : bag_.rows()) {
    if (left-- == 0) break;
    out += line;
  }
  if (shown > 0) out += frame_.rule();
  out += std::to_string(bag_.size()) + (bag_.size() == 1 ? " row" : " rows");
  if (shown < bag_.size()) out += ", the first " + std::to_string(shown) + " are shown";
  out += '\n';
  drawn_lines_ = 3 + shown + (shown > 0 ? 1 : 0) + 1;
}

void SinkTable::Refresh() {
  if (!changed_ || !output_.is_terminal()) return;
  changed_ = false;
  constexpr size_t kFrameLines = 6;  // header, rules, the line below, and the one of the cursor
  const size_t window = WindowLines();
  EraseDrawn(output_.buffer());
  // Without wrapping, so that a row is a line.
  output_.Append("\033[?7l");
  Draw(output_.buffer(), window > kFrameLines ? window - kFrameLines : 1);
  output_.Append("\033[?7h");
  output_.Flush();
  drawn_at_ms_ = SteadyMillis();
}

void SinkTable::Finish() {
  EraseDrawn(output_.buffer());
  Draw(output_.buffer(), SIZE_MAX);
  drawn_lines_ = 0;
}

}  // namespace cdc::sql
