#include "tools/binlog-tail/text_buffer.h"

#include <algorithm>
#include <new>

#include "common/json_writer.h"

namespace cdc::tail {
namespace {

constexpr uint64_t kOnes = 0x0101010101010101;
constexpr uint64_t kHighs = 0x8080808080808080;

uint64_t ZeroBytes(uint64_t word) {
  return (word - kOnes) & ~word & kHighs;
}

/// High bits where a byte needs an escape: below U+0020, quote or backslash. Exact for bytes below 0x80.
uint64_t NeedsEscape(uint64_t word) {
  return ((word - kOnes * 0x20) & ~word & kHighs) | ZeroBytes(word ^ (kOnes * '"')) | ZeroBytes(word ^ (kOnes * '\\'));
}

/// Copies up to the first byte that is not plain ASCII, eight bytes at a step (which may write a few bytes too many:
/// the caller has reserved them). Returns how many were taken.
size_t CopyPlain(char* to, const char* from, size_t size) {
  size_t done = 0;
  while (size - done >= 8) {
    uint64_t word;
    std::memcpy(&word, from + done, 8);
    std::memcpy(to + done, &word, 8);
    const uint64_t special = NeedsEscape(word) | (word & kHighs);
    if (special != 0) return done + static_cast<size_t>(__builtin_ctzll(special) / 8);
    done += 8;
  }
  while (done < size) {
    const auto byte = static_cast<unsigned char>(from[done]);
    if (byte < 0x20 || byte == '"' || byte == '\\' || byte >= 0x80) break;
    to[done] = from[done];
    ++done;
  }
  return done;
}

void AppendEscapedRest(TextBuffer& out, std::string_view text) {
  while (!text.empty()) {
    // Runs without an escape, of any UTF-8, are copied whole.
    size_t run = 0;
    while (run + 8 <= text.size()) {
      uint64_t word;
      std::memcpy(&word, text.data() + run, 8);
      if (NeedsEscape(word & ~kHighs) != 0) break;
      run += 8;
    }
    while (run < text.size() && static_cast<unsigned char>(text[run]) >= 0x20 && text[run] != '"' && text[run] != '\\')
      ++run;
    out.Append(text.substr(0, run));
    text.remove_prefix(run);
    if (text.empty()) return;
    thread_local std::string escaped;
    escaped.clear();
    cdc::AppendJsonEscaped(escaped, text.substr(0, 1));
    out.Append(escaped);
    text.remove_prefix(1);
  }
}

}  // namespace

void TextBuffer::Grow(size_t more) {
  const size_t used = begin_ ? size() : 0;
  size_t capacity = begin_ ? static_cast<size_t>(limit_ - begin_.get()) : 0;
  capacity = std::max(used + more, capacity + capacity / 2);
  char* grown = static_cast<char*>(std::realloc(begin_.get(), capacity));
  if (grown == nullptr) throw std::bad_alloc();
  static_cast<void>(begin_.release());
  begin_.reset(grown);
  end_ = grown + used;
  limit_ = grown + capacity;
}

void TextBuffer::Clear() {
  constexpr size_t kKeep = size_t{1} << 20;
  end_ = begin_.get();
  if (static_cast<size_t>(limit_ - end_) > kKeep) {
    begin_.reset();
    Grow(size_t{64} << 10);
  }
}

void AppendEscaped(TextBuffer& out, std::string_view text) {
  char* at = out.Reserve(text.size() + 16);
  const size_t plain = CopyPlain(at, text.data(), text.size());
  out.Commit(at + plain);
  if (plain < text.size()) AppendEscapedRest(out, text.substr(plain));
}

void AppendJsonString(TextBuffer& out, std::string_view text) {
  char* at = out.Reserve(text.size() + 16);
  *at++ = '"';
  const size_t plain = CopyPlain(at, text.data(), text.size());
  out.Commit(at + plain);
  if (plain < text.size()) AppendEscapedRest(out, text.substr(plain));
  out.Push('"');
}

bool TryAppendJsonString(TextBuffer& out, std::string_view bytes) {
  const size_t start = out.size();
  char* at = out.Reserve(bytes.size() + 16);
  *at++ = '"';
  const size_t plain = CopyPlain(at, bytes.data(), bytes.size());
  if (plain == bytes.size()) {
    at[plain] = '"';
    out.Commit(at + plain + 1);
    return true;
  }
  const std::string_view rest = bytes.substr(plain);
  if (!cdc::IsUtf8(rest)) {
    out.Truncate(start);
    return false;
  }
  out.Commit(at + plain);
  AppendEscapedRest(out, rest);
  out.Push('"');
  return true;
}

void AppendBase64String(TextBuffer& out, std::string_view bytes) {
  out.Push('"');
  AppendBase64Digits(out, bytes);
  out.Push('"');
}

void AppendBase64Digits(TextBuffer& out, std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  char* to = out.Reserve(bytes.size() / 3 * 4 + 8);
  const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
  size_t left = bytes.size();
  for (; left >= 3; left -= 3, from += 3) {
    *to++ = kDigits[from[0] >> 2];
    *to++ = kDigits[(from[0] & 3) << 4 | from[1] >> 4];
    *to++ = kDigits[(from[1] & 15) << 2 | from[2] >> 6];
    *to++ = kDigits[from[2] & 63];
  }
  if (left > 0) {
    const unsigned second = left == 2 ? from[1] : 0U;
    *to++ = kDigits[from[0] >> 2];
    *to++ = kDigits[(from[0] & 3U) << 4 | second >> 4];
    *to++ = left == 2 ? kDigits[(second & 15) << 2] : '=';
    *to++ = '=';
  }
  out.Commit(to);
}

}  // namespace cdc::tail
