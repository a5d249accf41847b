#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cdc {

/// Record lines (cdc-stream.5): a Kafka record as one line of JSON.

/// Bytes of a key, payload or header value; null is Kafka's null.
struct RecordBytes {
  bool is_null = true;
  std::string_view bytes = {};
};

/// One record. Views point into the line, or into the reader that parsed it, until its next Parse.
struct RecordLine {
  std::string_view topic;
  int32_t partition = -1;   ///< -1: not given
  int64_t offset = -1;      ///< -1: not given
  std::string_view tstype;  ///< empty: not given
  int64_t ts_ms = -1;       ///< -1: not given
  std::vector<std::pair<std::string_view, RecordBytes>> headers;
  RecordBytes key;
  RecordBytes payload;
};

class RecordLineReader {
 public:
  /// Reads one line; with @len by cutting, else by scanning. Errors: 65, beginning with `where` ("stdin line 7").
  void Parse(std::string_view line, const std::string& where, RecordLine* record);

 private:
  bool ParseByLengths(std::string_view line, const std::string& where, RecordLine* record);
  void TakeMember(std::string_view name, std::string_view value, const std::string& where, RecordLine* record);
  RecordBytes Bytes(std::string_view raw, const std::string& where, const char* member);
  std::string& Scratch();
  std::deque<std::string>
      scratch_;  // decoded strings; only the first scratch_used_ are in use; a deque, so they stay in place
  size_t scratch_used_ = 0;
};

/// The JSON text that stands for `value` in a record line (see "Bytes in a record line").
void AppendRecordBytes(std::string& out, const RecordBytes& value);

/// `bytes` may stand inline, as they are.
bool IsInlineRecordJson(std::string_view bytes);

/// A record of which key and payload are JSON texts already, as they are to stand in the line: what a writer has that
/// made them itself.
struct RecordText {
  std::string_view topic;         ///< not escaped
  std::string_view key;           ///< JSON text; "null" for none
  std::string_view payload;       ///< JSON text; "null" for none
  std::string_view headers = {};  ///< JSON array text, or empty
  int64_t ts_ms = -1;             ///< -1: not given
  int32_t partition = -1;         ///< -1: not given
};

/// Appends the line with its LF. `with_lengths`: write @len (everywhere but on a terminal).
void AppendRecordText(std::string& out, const RecordText& record, bool with_lengths);
void AppendRecordLine(std::string& out, const RecordLine& record, bool with_lengths);

}  // namespace cdc
