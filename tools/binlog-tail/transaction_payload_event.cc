#include "tools/binlog-tail/transaction_payload_event.h"

#include <zstd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "common/error.h"

namespace cdc::tail {
namespace {

constexpr uint64_t kEndOfHeader = 0, kPayloadSize = 1, kCompression = 2;
constexpr uint64_t kZstd = 0, kNone = 255;
constexpr size_t kStepBytes = size_t{1} << 17;

}  // namespace

struct PayloadReader::State {
  ZSTD_DStream* stream = nullptr;
  ByteCursor packed;
  uint64_t compression = kZstd;
  bool frame_done = false;
  std::vector<uint8_t> buffer;
  size_t begin = 0;  // of the bytes not yet handed out
  size_t end = 0;
};

PayloadReader::PayloadReader() : state_(std::make_unique<State>()) {}
PayloadReader::~PayloadReader() {
  ZSTD_freeDStream(state_->stream);
}

void PayloadReader::Start(ByteCursor body) {
  State& state = *state_;
  state.compression = kZstd;
  uint64_t payload_size = UINT64_MAX;
  for (;;) {
    const uint64_t type = body.ReadPacked();
    if (type == kEndOfHeader) break;
    ByteCursor value = body.TakeCursor(body.ReadPackedLength());
    if (type == kPayloadSize) payload_size = value.ReadPacked();
    if (type == kCompression) state.compression = value.ReadPacked();
  }
  if (state.compression != kZstd && state.compression != kNone)
    body.FailHere("compression " + std::to_string(state.compression) + " of a transaction is not known");
  if (payload_size != UINT64_MAX && payload_size > body.remaining())
    body.FailHere("a compressed transaction of " + std::to_string(payload_size) + " bytes is cut off after " +
                  std::to_string(body.remaining()));
  state.packed = payload_size == UINT64_MAX ? body : body.TakeCursor(static_cast<size_t>(payload_size));
  state.begin = state.end = 0;
  state.frame_done = false;
  if (state.compression == kZstd) {
    if (state.stream == nullptr) state.stream = ZSTD_createDStream();
    if (state.stream == nullptr || ZSTD_isError(ZSTD_initDStream(state.stream)))
      Fail(ExitStatus::kOsError, "could not start to decompress a transaction: out of memory");
  }
}

bool PayloadReader::Fill(size_t needed) {
  State& state = *state_;
  while (state.end - state.begin < needed) {
    if (state.begin > 0) {
      std::memmove(state.buffer.data(), state.buffer.data() + state.begin, state.end - state.begin);
      state.end -= state.begin;
      state.begin = 0;
    }
    if (state.frame_done) return false;
    if (state.buffer.size() < state.end + kStepBytes) state.buffer.resize(state.end + kStepBytes);
    ZSTD_outBuffer out{state.buffer.data() + state.end, state.buffer.size() - state.end, 0};
    if (state.compression == kNone) {
      out.pos = std::min(out.size, state.packed.remaining());
      std::memcpy(out.dst, state.packed.Take(out.pos), out.pos);
      state.frame_done = state.packed.at_end();
    } else {
      ZSTD_inBuffer in{state.packed.position(), state.packed.remaining(), 0};
      const size_t result = ZSTD_decompressStream(state.stream, &out, &in);
      if (ZSTD_isError(result))
        state.packed.FailHere(std::string("damaged compressed transaction: ") + ZSTD_getErrorName(result));
      state.packed.Skip(in.pos);
      state.frame_done = result == 0 && state.packed.at_end();
      if (!state.frame_done && in.pos == 0 && out.pos == 0)
        state.packed.FailHere("a compressed transaction ends in the middle of its frame");
    }
    state.end += out.pos;
  }
  return true;
}

bool PayloadReader::Next(const uint8_t** data, size_t* size) {
  State& state = *state_;
  if (!Fill(1)) return false;
  if (!Fill(kEventHeaderBytes)) state.packed.FailHere("an event in a compressed transaction is cut off");
  ByteCursor cursor(state.buffer.data() + state.begin, kEventHeaderBytes, state.packed.offset());
  const uint32_t event_size = DecodeEventHeader(cursor).event_size;
  if (!Fill(event_size)) state.packed.FailHere("an event in a compressed transaction is cut off");
  *data = state.buffer.data() + state.begin;
  *size = event_size;
  state.begin += event_size;
  return true;
}

}  // namespace cdc::tail
