#pragma once

#include <string>
#include <vector>

#include "tools/binlog-tail/event_source.h"

namespace cdc::tail {

/// Events out of binary log files, in the order given; "-" is stdin.
class BinlogFiles : public EventSource {
 public:
  /// `start_file` (a base name): files before it are passed over. Empty: begin with the first.
  BinlogFiles(std::vector<std::string> paths, const std::string& start_file);
  ~BinlogFiles() override;

  /// Errors: 66 for a file that cannot be opened or none called `start_file`; 65 for one that is no binary log, is
  /// encrypted, or ends in the middle of an event; 74.
  Status Next(Bytes* bytes, int timeout_ms) override;

  /// What a file is called in positions.
  static std::string BaseName(const std::string& path);

 private:
  bool OpenNext();
  bool Fill(size_t needed);
  Status WaitReadable(int timeout_ms);

  std::vector<std::string> paths_;
  size_t next_path_ = 0;
  int fd_ = -1;
  bool may_block_ = false;
  std::string name_;  // as the log calls it
  std::string path_;  // as it was given
  std::vector<uint8_t> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  uint64_t offset_ = 0;  // of buffer_[begin_] in the file
  bool at_end_ = false;
};

}  // namespace cdc::tail
