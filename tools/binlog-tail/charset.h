#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace cdc::tail {

/// A character set of MySQL's: bytes as they are stored → UTF-8, with the server's own tables.
class Charset {
 public:
  enum class Kind { kBinary, kUtf8, kAscii, kSingleByte, kMultiByte, kUtf16, kUtf16le, kUcs2, kUtf32 };

  virtual ~Charset() = default;

  Kind kind() const { return kind_; }
  const std::string& name() const { return name_; }
  uint32_t max_bytes() const { return max_bytes_; }  ///< of one character

  /// Appends `bytes` as UTF-8. False, with `out` as it was, where they hold something that is no character of the set.
  /// Not for kBinary.
  bool AppendUtf8(std::string_view bytes, std::string& out) const;

  /// The same with U+FFFD for what is no character.
  void AppendUtf8Lossy(std::string_view bytes, std::string& out) const;

 protected:
  Charset(Kind kind, std::string name, uint32_t max_bytes)
      : kind_(kind), name_(std::move(name)), max_bytes_(max_bytes) {}
  virtual bool Convert(std::string_view bytes, std::string& out) const = 0;

 private:
  Kind kind_;
  std::string name_;
  uint32_t max_bytes_;
};

/// Null for a name that is not known. Loaded at first use and kept. Errors: 70 if the system's iconv lacks a table.
const Charset* CharsetByName(std::string_view name);

/// Null for an id that is not known.
const Charset* CharsetOfCollation(uint32_t collation_id);

}  // namespace cdc::tail
