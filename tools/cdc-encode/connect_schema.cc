#include "tools/cdc-encode/connect_schema.h"

#include <emmintrin.h>

#include "common/json_writer.h"

namespace cdc::encode {
namespace {

constexpr char kHex[] = "0123456789ABCDEF";

void AppendUnit(std::string& out, unsigned unit) {
  const char text[6] = {'\\', 'u', kHex[unit >> 12 & 15], kHex[unit >> 8 & 15], kHex[unit >> 4 & 15], kHex[unit & 15]};
  out.append(text, 6);
}

/// Offset of the first byte from `at` on that begins a character of four bytes; text.size() if there is none.
size_t FindFourByte(std::string_view text, size_t at) {
  // Signed comparison: bytes 0xF0 and above are -16 … -1.
  const __m128i below = _mm_set1_epi8(static_cast<char>(0xEF)), zero = _mm_setzero_si128();
  const auto hits = [&](size_t from) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + from));
    return static_cast<unsigned>(
        _mm_movemask_epi8(_mm_and_si128(_mm_cmpgt_epi8(block, below), _mm_cmplt_epi8(block, zero))));
  };
  for (; at + 16 <= text.size(); at += 16)
    if (const unsigned mask = hits(at); mask != 0) return at + static_cast<size_t>(__builtin_ctz(mask));
  if (at < text.size() && text.size() >= 16) {
    // The last bytes together with some before them, which are shifted out.
    const size_t from = text.size() - 16;
    const unsigned mask = hits(from) >> (at - from);
    return mask != 0 ? at + static_cast<size_t>(__builtin_ctz(mask)) : text.size();
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0xF0) ++at;
  return at;
}

}  // namespace

std::string_view UpToCharacter(std::string_view text, size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

void AppendConnectRawString(std::string& out, std::string_view raw) {
  for (size_t at = 0;;) {
    const size_t hit = FindFourByte(raw, at);
    out.append(raw, at, hit - at);
    if (hit + 4 > raw.size()) {
      out.append(raw, hit, raw.size() - hit);
      return;
    }
    const auto byte = [&](size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(raw[hit + i])); };
    const unsigned code = (byte(0) & 7) << 18 | (byte(1) & 63) << 12 | (byte(2) & 63) << 6 | (byte(3) & 63);
    const unsigned rest = code - 0x10000;
    AppendUnit(out, 0xD800 + (rest >> 10 & 0x3FF));
    AppendUnit(out, 0xDC00 + (rest & 0x3FF));
    at = hit + 4;
  }
}

void WriteConnectRawString(std::string_view raw, const std::function<void(std::string_view)>& sink) {
  std::string piece;
  while (!raw.empty()) {
    const std::string_view part = UpToCharacter(raw, size_t{256} << 10);
    raw.remove_prefix(part.size());
    if (FindFourByte(part, 0) == part.size()) {
      sink(part);
      continue;
    }
    piece.clear();
    AppendConnectRawString(piece, part);
    sink(piece);
  }
}

void AppendConnectString(std::string& out, std::string_view utf8) {
  std::string raw;
  AppendJsonString(raw, utf8);
  AppendConnectRawString(out, raw);
}

void FieldSchema::AppendJson(std::string& out, bool with_field) const {
  out += "{\"type\":\"";
  out += type;
  out += '"';
  if (!contents.empty()) {
    out += ',';
    out += contents;
  }
  out += optional ? ",\"optional\":true" : ",\"optional\":false";
  if (!name.empty()) {
    out += ",\"name\":";
    AppendConnectString(out, name);
  }
  if (version > 0) {
    out += ",\"version\":";
    AppendInteger(out, version);
  }
  if (doc) {
    out += ",\"doc\":";
    AppendConnectString(out, *doc);
  }
  if (!parameters.empty()) {
    out += ",\"parameters\":{";
    for (size_t i = 0; i < parameters.size(); ++i) {
      if (i > 0) out += ',';
      AppendConnectString(out, parameters[i].first);
      out += ':';
      AppendConnectString(out, parameters[i].second);
    }
    out += '}';
  }
  if (!default_json.empty()) {
    out += ",\"default\":";
    out += default_json;
  }
  if (with_field) {
    out += ",\"field\":";
    AppendConnectString(out, field);
  }
  out += '}';
}

void AppendStructSchema(std::string& out, const std::vector<FieldSchema>& fields, bool optional, std::string_view name,
                        int version, std::string_view field) {
  out += "{\"type\":\"struct\",\"fields\":[";
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) out += ',';
    fields[i].AppendJson(out, true);
  }
  out += optional ? "],\"optional\":true,\"name\":" : "],\"optional\":false,\"name\":";
  AppendConnectString(out, name);
  if (version > 0) {
    out += ",\"version\":";
    AppendInteger(out, version);
  }
  if (!field.empty()) {
    out += ",\"field\":";
    AppendConnectString(out, field);
  }
  out += '}';
}

}  // namespace cdc::encode
