#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/control_line.h"
#include "tools/cdc-apply/kept_batch.h"

namespace cdc::apply {

/// To be said of a row that is refused.
constexpr const char* kDeadLettersHint = "--dead-letters FILE puts such rows aside, and goes on";

/// What a `dead` line tells of the row behind it.
struct Letter {
  int64_t ts_us = 0;  ///< 0: not known
  bool in_snapshot = false;
};

/// Nothing: a line of another kind.
std::optional<Letter> ReadLetter(const ControlLine& control);

/// A file of rows that the target did not take: before each a control line that tells why and where, and the lines
/// that say what the table looks like, so that the file is a stream that cdc-apply reads (cdc-stream(5), `dead`).
class DeadLetters {
 public:
  /// Lines are added to what the file holds. Errors: 73.
  explicit DeadLetters(const std::string& path);
  DeadLetters(const DeadLetters&) = delete;
  DeadLetters& operator=(const DeadLetters&) = delete;
  ~DeadLetters();

  /// A `schema` or `table` line, as it stands.
  void TakeShape(const ControlLine& control, std::string_view line);

  /// The row is on the disk when this returns: the target may commit without it next. `line`: as it
  /// came; `row` need not hold it. Errors: 74.
  void Add(const KeptBatch::Row& row, std::string_view line, const std::string& reason);

  uint64_t count() const { return count_; }
  const std::string& path() const { return path_; }

 private:
  void Write(std::string_view text);
  std::string path_;
  int fd_;
  std::map<std::string, std::string> shapes_;  // by topic, or database and table; gone once written
  uint64_t count_ = 0;
};

}  // namespace cdc::apply
