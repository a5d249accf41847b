#pragma once

#include <cstdint>
#include <string>

#include "tools/binlog-tail/rows_writer.h"

namespace cdc::tail {

/// Change lines that wait: rows of an XA branch until it is committed. Beyond 16 MB they go to a temporary file
/// (unlinked at once, in $TMPDIR or /tmp).
class HeldRows : public RowSink {
 public:
  HeldRows() = default;
  ~HeldRows() override;
  HeldRows(HeldRows&& other) noexcept;
  HeldRows& operator=(HeldRows&& other) noexcept;

  /// Errors: 73 or 74 for the temporary file.
  void TakeRows(std::string_view lines, uint64_t count) override;

  /// Hands everything on, in order, and is empty then.
  void Release(RowSink& sink);

  uint64_t rows() const { return rows_; }

 private:
  void Spill();
  std::string memory_;
  uint64_t rows_ = 0;
  uint64_t rows_in_file_ = 0;
  uint64_t file_bytes_ = 0;
  int fd_ = -1;
};

}  // namespace cdc::tail
