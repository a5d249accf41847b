#include "tools/binlog-tail/compressed.h"

#include <zlib.h>

#include "common/error.h"
#include "tools/binlog-tail/event_header.h"

namespace cdc::tail {
namespace {

void Inflate(std::string_view packed, uint64_t size, bool raw, std::string* out) {
  if (size > kMaxEventBytes)
    Fail(ExitStatus::kData, "compressed data claim to hold " + std::to_string(size) + " bytes");
  out->resize(static_cast<size_t>(size));
  z_stream stream{};
  if (inflateInit2(&stream, raw ? -MAX_WBITS : MAX_WBITS) != Z_OK)
    Fail(ExitStatus::kOsError, "could not start to decompress: out of memory");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out->data());
  stream.avail_out = static_cast<uInt>(out->size());
  const int result = inflate(&stream, Z_FINISH);
  const size_t got = out->size() - stream.avail_out;
  inflateEnd(&stream);
  if (result != Z_STREAM_END || got != size)
    Fail(ExitStatus::kData,
         "damaged compressed data: " + std::to_string(got) + " of " + std::to_string(size) + " bytes could be read");
}

}  // namespace

void InflateMariadb(ByteCursor& body, std::string* out) {
  const uint8_t first = body.ReadU8();
  const int algorithm = first >> 4 & 7;
  const size_t length_bytes = first & 7;
  if ((first & 0x80) == 0 || algorithm != 0 || length_bytes < 1 || length_bytes > 4)
    body.FailHere("a compressed part cannot begin with byte " + std::to_string(first));
  const uint64_t size = body.ReadBigEndian(length_bytes);
  Inflate(body.TakeRest(), size, false, out);
}

void InflateMariadbColumn(std::string_view stored, std::string* out) {
  out->clear();
  if (stored.empty()) return;
  ByteCursor cursor(reinterpret_cast<const uint8_t*>(stored.data()), stored.size());
  const uint8_t first = cursor.ReadU8();
  if (first == 0) {
    *out = cursor.TakeRest();
    return;
  }
  const size_t length_bytes = first & 7;
  if ((first & 0xF0) != 0x80 || length_bytes < 1 || length_bytes > 4)
    Fail(ExitStatus::kData, "a compressed column cannot begin with byte " + std::to_string(first));
  const uint64_t size = cursor.ReadBigEndian(length_bytes);
  Inflate(cursor.TakeRest(), size, (first & 8) != 0, out);
}

}  // namespace cdc::tail
