#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "common/control_line.h"

namespace cdc::apply {

/// To be said of a row that is refused.
constexpr const char* kDeadLettersHint = "--dead-letters FILE puts such rows aside, and goes on";

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

  /// The row is on the disk when this returns: the target may commit without it next. `position`: JSON of the source
  /// transaction's, or empty. `where`: of the line in the input. Errors: 74.
  void Add(std::string_view line, const std::string& reason, const std::string& position, const std::string& where);

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
