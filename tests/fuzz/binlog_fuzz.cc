#include <zlib.h>

#include <cstring>

#include "common/byte_output.h"
#include "common/stream_writer.h"
#include "target.h"
#include "tools/binlog-tail/event_reader.h"
#include "tools/binlog-tail/log_stream.h"

// A whole log: the events of a file, through all that turns them into lines. Checksums are made right first, else
// nothing behind them would ever be reached.

namespace {

using namespace cdc;
using namespace cdc::tail;

constexpr size_t kMagicBytes = 4, kSizeAt = 9, kTypeAt = 4;

class LogBytes : public EventSource {
 public:
  explicit LogBytes(std::string_view log) : log_(log) {}

  Status Next(Bytes* bytes, int) override {
    if (at_ + kEventHeaderBytes > log_.size()) return Status::kEnd;
    uint32_t size;
    std::memcpy(&size, log_.data() + at_ + kSizeAt, sizeof size);
    if (size < kEventHeaderBytes || size > log_.size() - at_) size = static_cast<uint32_t>(log_.size() - at_);
    // A copy of its own, so that a step beyond it is seen.
    event_.assign(log_.begin() + static_cast<ptrdiff_t>(at_), log_.begin() + static_cast<ptrdiff_t>(at_ + size));
    event_.shrink_to_fit();
    RepairChecksum();
    bytes->data = reinterpret_cast<const uint8_t*>(event_.data());
    bytes->size = event_.size();
    bytes->file = "binlog.000001";
    bytes->offset = at_;
    at_ += size;
    return Status::kEvent;
  }

 private:
  void RepairChecksum() {
    constexpr size_t kAlgorithmFromEnd = 5;
    if (event_.size() < kEventHeaderBytes + kAlgorithmFromEnd) return;
    const bool format = event_[kTypeAt] == static_cast<char>(EventType::kFormatDescription);
    if (format) checked_ = event_[event_.size() - kAlgorithmFromEnd] == 1;
    if (!checked_ && !format) return;
    const size_t body = event_.size() - kChecksumBytes;
    const auto crc = static_cast<uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(event_.data()), body));
    std::memcpy(event_.data() + body, &crc, sizeof crc);
  }

  std::string_view log_;
  size_t at_ = kMagicBytes;
  std::vector<char> event_;
  bool checked_ = false;
};

}  // namespace

FUZZ_TARGET(binlog) {
  static const TableFilter filter;
  LogBytes source(bytes);
  EventReader reader(source);
  Catalog catalog;
  ByteOutput output(cdc::fuzz::NullFd(), "null");
  StreamWriter writer(output);
  LogStream stream(reader, filter, catalog, writer, {});
  cdc::fuzz::Takes([&] { stream.Run({}); });
  writer.Flush();
}
