#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cdc {

/// Change lines (cdc-stream.5): one row change each.

/// The members around the rows. Texts are raw characters when written; when read they are views into the line of what
/// stands between the quotes (names may hold escapes: see ChangeLine::db_raw).
struct ChangeLine {
  char op = 0;                 ///< c u d r t
  std::string_view db, table;  ///< between the quotes, escapes as they stand
  std::string_view before;     ///< raw JSON object; empty if not there
  std::string_view after;      ///< raw JSON object; empty if not there
  int64_t ts_us = 0;
  std::string_view gtid;  ///< empty if not there
  std::string_view file;
  uint64_t pos = 0;
  uint32_t row = 0;
  uint64_t server_id = 0;
  int64_t thread = -1;        ///< -1 if not there
  std::string_view query;     ///< raw JSON string with quotes; empty if not there
  std::string_view snapshot;  ///< of op r; empty if not there
};

/// Errors: 65, beginning with `where`. `before` and `after` are cut out, not looked into.
void ParseChangeLine(std::string_view line, const std::string& where, ChangeLine* change);

/// Reads one line after the other. What follows the rows is the same for all rows of an event but for the row's number,
/// so that it is compared with that of the line before, and only parsed where it differs.
class ChangeLineReader {
 public:
  /// As ParseChangeLine.
  void Parse(std::string_view line, const std::string& where, ChangeLine* change);

 private:
  /// A part of the last line's tail: where it begins, and its length.
  struct Extent {
    size_t at = 0, size = 0;
  };
  bool TakeSameTail(std::string_view line, ChangeLine* change) const;
  void Remember(std::string_view line, size_t tail_at, size_t row_at, size_t row_end, const ChangeLine& change);

  std::string before_row_, after_row_;  // `,"ts_us":…,"row":` and `,"server_id":…}`; empty: nothing is remembered
  ChangeLine last_;                     // its numbers count
  Extent gtid_, file_;                  // in before_row_
  Extent query_, snapshot_;             // in after_row_
};

/// What follows the rows in a change line: from `,"ts_us":` to the LF. Names and texts must be escaped already.
void AppendChangeTail(std::string& out, const ChangeLine& change);

/// Cuts a raw row object into one raw value a column, by the columns' names in table order. The fast path follows the
/// order in which binlog-tail writes; any other order is found by name.
class RowSplitter {
 public:
  /// `names`: column names, not escaped.
  explicit RowSplitter(const std::vector<std::string>& names);

  /// values[i] is column i's raw text, empty if the column is absent. Errors: 65 for a column that the table does not
  /// have, or for malformed JSON; messages begin with `where`.
  void Split(std::string_view row, const std::string& where, std::vector<std::string_view>* values) const;

 private:
  void SplitByName(std::string_view row, const std::string& where, std::vector<std::string_view>* values) const;
  std::vector<std::string> tokens_;  // `"name":` as it stands in a line
};

}  // namespace cdc
