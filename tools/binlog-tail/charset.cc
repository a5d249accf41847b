#include "tools/binlog-tail/charset.h"

#include <iconv.h>

#include <algorithm>
#include <map>
#include <vector>

#include "common/collation.h"
#include "common/error.h"
#include "common/json_writer.h"
#include "tools/binlog-tail/charset_tables.h"

namespace cdc::tail {
namespace {

uint8_t ByteAt(std::string_view bytes, size_t at) {
  return static_cast<uint8_t>(bytes[at]);
}

void AppendCodePoint(std::string& out, uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | point >> 6);
    out += static_cast<char>(0x80 | (point & 63));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0 | point >> 12);
    out += static_cast<char>(0x80 | (point >> 6 & 63));
    out += static_cast<char>(0x80 | (point & 63));
  } else {
    out += static_cast<char>(0xF0 | point >> 18);
    out += static_cast<char>(0x80 | (point >> 12 & 63));
    out += static_cast<char>(0x80 | (point >> 6 & 63));
    out += static_cast<char>(0x80 | (point & 63));
  }
}

bool IsSurrogate(uint32_t unit) {
  return (unit & 0xF800) == 0xD800;
}

class Utf8Charset : public Charset {
 public:
  Utf8Charset(Kind kind, std::string name, uint32_t max_bytes) : Charset(kind, std::move(name), max_bytes) {}

 private:
  bool Convert(std::string_view bytes, std::string& out) const override {
    if (kind() == Kind::kAscii) {
      for (char c : bytes)
        if (static_cast<uint8_t>(c) >= 0x80) return false;
    } else if (!IsUtf8(bytes)) {
      return false;
    }
    out += bytes;
    return true;
  }
};

class SingleByteCharset : public Charset {
 public:
  explicit SingleByteCharset(const SingleByteTable& table)
      : Charset(Kind::kSingleByte, table.charset, 1), table_(table) {}

 private:
  bool Convert(std::string_view bytes, std::string& out) const override {
    for (size_t i = 0; i < bytes.size(); ++i) {
      const uint8_t byte = ByteAt(bytes, i);
      const uint32_t point = byte >= 0x80              ? table_.upper[byte - 0x80]
                             : table_.lower != nullptr ? table_.lower[byte]
                                                       : byte;
      if (point == 0 && byte != 0) return false;
      AppendCodePoint(out, point);
    }
    return true;
  }
  const SingleByteTable& table_;
};

/// UTF-16 and UCS-2 (without surrogates) of either byte order, UTF-32.
class WideCharset : public Charset {
 public:
  WideCharset(Kind kind, std::string name, uint32_t max_bytes) : Charset(kind, std::move(name), max_bytes) {}

 private:
  bool Convert(std::string_view bytes, std::string& out) const override {
    const size_t unit_bytes = kind() == Kind::kUtf32 ? 4 : 2;
    if (bytes.size() % unit_bytes != 0) return false;
    for (size_t at = 0; at < bytes.size(); at += unit_bytes) {
      uint32_t point = Unit(bytes, at);
      if (IsSurrogate(point)) {
        const bool pairs = kind() == Kind::kUtf16 || kind() == Kind::kUtf16le;
        if (!pairs || point >= 0xDC00 || at + 4 > bytes.size()) return false;
        at += 2;
        const uint32_t low = Unit(bytes, at);
        if (low < 0xDC00 || low > 0xDFFF) return false;
        point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
      }
      if (point > 0x10FFFF) return false;
      AppendCodePoint(out, point);
    }
    return true;
  }
  uint32_t Unit(std::string_view bytes, size_t at) const {
    if (kind() == Kind::kUtf32)
      return static_cast<uint32_t>(ByteAt(bytes, at)) << 24 | static_cast<uint32_t>(ByteAt(bytes, at + 1)) << 16 |
             static_cast<uint32_t>(ByteAt(bytes, at + 2)) << 8 | ByteAt(bytes, at + 3);
    const bool little = kind() == Kind::kUtf16le;
    return static_cast<uint32_t>(ByteAt(bytes, little ? at + 1 : at)) << 8 | ByteAt(bytes, little ? at : at + 1);
  }
};

/// A set of one to four bytes a character: iconv's table, corrected. One- and two-byte codes, and the third plane of
/// the Japanese sets, are put into tables when the set is first used; longer ones (GB18030) are asked for one by one.
class MultiByteCharset : public Charset {
 public:
  MultiByteCharset(const MultiByteTable& table, uint32_t max_bytes)
      : Charset(Kind::kMultiByte, table.charset, max_bytes),
        table_(table),
        iconv_(iconv_open("UTF-32LE", table.iconv_name)) {
    if (iconv_ == reinterpret_cast<iconv_t>(-1))
      Fail(ExitStatus::kSoftware,
           "cannot decode character set " + name() + ": this system's iconv has no " + table.iconv_name);
    for (size_t i = 0; i < table.difference_count; ++i)
      differences_[table.differences[i].code] = table.differences[i].unicode;
    // MySQL's sets all have ASCII below, also where iconv has a yen sign or an overline.
    for (uint32_t code = 0; code < 0x100; ++code) one_[code] = code < 0x80 ? code : Ask(code, 1);
    two_.resize(0x10000);
    for (uint32_t lead = 0x80; lead < 0x100; ++lead)
      for (uint32_t trail = 0; trail < 0x100; ++trail) two_[lead << 8 | trail] = Ask(lead << 8 | trail, 2);
  }
  ~MultiByteCharset() override { iconv_close(iconv_); }

 private:
  bool Convert(std::string_view bytes, std::string& out) const override {
    const bool japanese_euc = name() == "ujis" || name() == "eucjpms";
    const bool gb18030 = name() == "gb18030";
    for (size_t at = 0; at < bytes.size();) {
      const uint32_t first = ByteAt(bytes, at);
      const size_t left = bytes.size() - at;
      uint32_t point = one_[first];
      size_t used = 1;
      if (first == 0 || point != 0) {
        AppendCodePoint(out, point);
        ++at;
        continue;
      }
      if (left < 2) return false;
      const uint32_t second = ByteAt(bytes, at + 1);
      if (japanese_euc && first == 0x8F) {
        if (left < 3) return false;
        used = 3;
        point = Ask(first << 16 | second << 8 | ByteAt(bytes, at + 2), 3);
      } else if (gb18030 && second >= 0x30 && second <= 0x39) {
        if (left < 4) return false;
        used = 4;
        point = Ask(
            first << 24 | second << 16 | static_cast<uint32_t>(ByteAt(bytes, at + 2)) << 8 | ByteAt(bytes, at + 3), 4);
      } else {
        used = 2;
        point = two_[first << 8 | second];
      }
      if (point == 0) return false;
      AppendCodePoint(out, point);
      at += used;
    }
    return true;
  }

  /// 0: no character.
  uint32_t Ask(uint32_t code, size_t length) const {
    if (const auto found = differences_.find(code); found != differences_.end()) return found->second;
    char from[4], to[16];
    for (size_t i = 0; i < length; ++i) from[i] = static_cast<char>(code >> (8 * (length - 1 - i)));
    char* in = from;
    char* out = to;
    size_t in_left = length, out_left = sizeof to;
    iconv(iconv_, nullptr, nullptr, nullptr, nullptr);
    if (iconv(iconv_, &in, &in_left, &out, &out_left) != 0 || in_left != 0 || out_left != sizeof to - 4) return 0;
    uint32_t point;
    std::copy_n(to, 4, reinterpret_cast<char*>(&point));
    return point;
  }

  const MultiByteTable& table_;
  iconv_t iconv_;
  std::map<uint32_t, uint32_t> differences_;
  uint32_t one_[0x100] = {};
  std::vector<uint32_t> two_;
};

class BinaryCharset : public Charset {
 public:
  BinaryCharset() : Charset(Kind::kBinary, "binary", 1) {}

 private:
  bool Convert(std::string_view, std::string&) const override { return false; }
};

std::unique_ptr<Charset> Load(const CharsetInfo& info) {
  using Kind = Charset::Kind;
  const std::string name = info.name;
  if (name == "binary") return std::make_unique<BinaryCharset>();
  if (name == "utf8mb4" || name == "utf8mb3") return std::make_unique<Utf8Charset>(Kind::kUtf8, name, info.max_bytes);
  if (name == "ascii") return std::make_unique<Utf8Charset>(Kind::kAscii, name, 1);
  if (name == "utf16") return std::make_unique<WideCharset>(Kind::kUtf16, name, info.max_bytes);
  if (name == "utf16le") return std::make_unique<WideCharset>(Kind::kUtf16le, name, info.max_bytes);
  if (name == "ucs2") return std::make_unique<WideCharset>(Kind::kUcs2, name, info.max_bytes);
  if (name == "utf32") return std::make_unique<WideCharset>(Kind::kUtf32, name, info.max_bytes);
  for (size_t i = 0; i < kSingleByteTableCount; ++i)
    if (name == kSingleByteTables[i].charset) return std::make_unique<SingleByteCharset>(kSingleByteTables[i]);
  for (size_t i = 0; i < kMultiByteTableCount; ++i)
    if (name == kMultiByteTables[i].charset)
      return std::make_unique<MultiByteCharset>(kMultiByteTables[i], info.max_bytes);
  return nullptr;
}

}  // namespace

bool Charset::AppendUtf8(std::string_view bytes, std::string& out) const {
  const size_t before = out.size();
  if (Convert(bytes, out)) return true;
  out.resize(before);
  return false;
}

void Charset::AppendUtf8Lossy(std::string_view bytes, std::string& out) const {
  const size_t unit = kind_ == Kind::kUtf32                                                      ? 4
                      : kind_ == Kind::kUtf16 || kind_ == Kind::kUtf16le || kind_ == Kind::kUcs2 ? 2
                                                                                                 : 1;
  for (size_t at = 0; at < bytes.size();) {
    size_t length = unit;
    while (length <= max_bytes_ && at + length <= bytes.size() && !AppendUtf8(bytes.substr(at, length), out))
      length += unit;
    if (length <= max_bytes_ && at + length <= bytes.size()) {
      at += length;
    } else {
      out += "\xEF\xBF\xBD";
      at += unit;
    }
  }
}

const Charset* CharsetByName(std::string_view name) {
  static std::map<std::string, std::unique_ptr<Charset>, std::less<>> loaded;
  const CharsetInfo* info = FindCharset(name);
  if (info == nullptr) return nullptr;
  auto& slot = loaded[info->name];
  if (!slot) slot = Load(*info);
  return slot.get();
}

const Charset* CharsetOfCollation(uint32_t collation_id) {
  const CollationInfo* collation = FindCollation(collation_id);
  return collation == nullptr ? nullptr : CharsetByName(collation->charset);
}

}  // namespace cdc::tail
