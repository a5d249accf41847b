#include "common/change_line.h"
#include "common/control_line.h"
#include "common/record_line.h"
#include "common/table_schema.h"
#include "target.h"

// Lines between tools, each by the reader of its kind. A record that is read is written and read again as the same.

namespace {

using namespace cdc;

bool Same(const RecordBytes& a, const RecordBytes& b) {
  return a.is_null == b.is_null && a.bytes == b.bytes;
}

void ReadRecord(const std::string& line) {
  RecordLineReader reader, again;
  RecordLine record, copy;
  if (!fuzz::Takes([&] { reader.Parse(line, "line", &record); })) return;
  for (const bool with_lengths : {false, true}) {
    std::string written;
    AppendRecordLine(written, record, with_lengths);
    written.pop_back();
    again.Parse(written, "written", &copy);
    fuzz::Require(Same(record.key, copy.key) && Same(record.payload, copy.payload), "key and payload come back");
    fuzz::Require(record.headers.size() == copy.headers.size(), "headers come back");
    fuzz::Require(record.topic == copy.topic && record.partition == copy.partition && record.offset == copy.offset,
                  "topic, partition and offset come back");
  }
}

/// `reader` saw the lines before, and knows no more than that.
void ReadChange(const std::string& line, ChangeLineReader& reader) {
  ChangeLine change, again;
  const bool taken = fuzz::Takes([&] { ParseChangeLine(line, "line", &change); });
  fuzz::Require(taken == fuzz::Takes([&] { reader.Parse(line, "line", &again); }), "both readers take the same lines");
  if (!taken) return;
  fuzz::Require(change.op == again.op && change.table == again.table && change.before == again.before &&
                    change.after == again.after && change.row == again.row && change.pos == again.pos &&
                    change.gtid == again.gtid && change.file == again.file && change.query == again.query &&
                    change.snapshot == again.snapshot && change.thread == again.thread && change.ts_us == again.ts_us,
                "both readers read the same");
  fuzz::Takes([&] {
    const RowSplitter splitter({"id", "name", "a"});
    std::vector<std::string_view> values;
    if (!change.before.empty()) splitter.Split(change.before, "line", &values);
    if (!change.after.empty()) splitter.Split(change.after, "line", &values);
  });
}

void ReadControl(const std::string& line) {
  fuzz::Takes([&] {
    ControlLine control;
    control.Parse(line, "line");
    if (control.kind() == ControlKind::kTable) ParseTableLine(control, "line");
    if (control.Has("pos")) control.PositionOf("pos");
  });
}

}  // namespace

FUZZ_TARGET(lines) {
  ChangeLineReader reader;
  while (!bytes.empty()) {
    // Behind a line there are bytes that may be read (LineInput::kPadding).
    std::string line(bytes.substr(0, bytes.find('\n')));
    bytes.remove_prefix(std::min(bytes.size(), line.size() + 1));
    line.reserve(line.size() + 64);
    switch (KindOfLine(line)) {
      case LineKind::kRecord: ReadRecord(line); break;
      case LineKind::kChange: ReadChange(line, reader); break;
      case LineKind::kControl: ReadControl(line); break;
      case LineKind::kOther:
        ReadRecord(line);
        ReadChange(line, reader);
        break;
    }
  }
}
