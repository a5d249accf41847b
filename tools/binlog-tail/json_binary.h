#pragma once

#include <string>
#include <string_view>

#include "tools/binlog-tail/text_buffer.h"

namespace cdc::tail {

/// MySQL's binary JSON: a type byte and a value. Containers hold offsets, which are followed, for documents that were
/// changed in place have holes and any order.
///
///   object: count, size, (offset, u16 length) a key, (type, offset or value) a value, keys, values
///   array:  count, size, (type, offset or value) a value, values          (counts and offsets: u16, or u32 if large)
///
/// Example {"a":1}: 00  01 00  0c 00  0b 00 01 00  05 01 00  61

/// Appends the document as a nested value of a change line: a DOUBLE with an exponent, a DECIMAL without, scalars that
/// JSON lacks as {"@date":…}, names that begin with @ with that @ doubled. No bytes at all are null.
/// Errors: Failure(kData) for offsets outside the document, deeper nesting than MySQL allows, unknown types.
void AppendJsonDocument(TextBuffer& out, std::string_view binary);

/// A column's value that was appended from `start` on: the document null becomes {"@null":null}, which NULL is not.
void MarkNullDocument(TextBuffer& out, size_t start);

/// One value of a document, not yet looked into.
struct JsonBinaryValue {
  uint8_t type = 0;
  std::string_view bytes;  ///< from the value's first byte to the end of what encloses it
};

/// A document's outermost value.
JsonBinaryValue JsonBinaryRoot(std::string_view binary);

/// Random access to an object or an array.
class JsonBinaryContainer {
 public:
  static bool IsContainer(uint8_t type) { return type <= 3; }

  /// `value.type` must be a container's.
  explicit JsonBinaryContainer(const JsonBinaryValue& value);
  bool is_object() const { return is_object_; }
  size_t count() const { return count_; }
  std::string_view Key(size_t index) const;
  JsonBinaryValue Value(size_t index) const;

 private:
  uint64_t ReadOffset(size_t at) const;
  std::string_view bytes_;
  bool is_object_;
  size_t offset_bytes_;
  size_t count_;
  size_t values_at_;
};

/// Anything but a container.
void AppendJsonScalar(TextBuffer& out, const JsonBinaryValue& value);

/// A member's name with quotes and colon.
void AppendJsonMemberName(TextBuffer& out, std::string_view name);

inline constexpr int kMaxJsonDepth = 100;

}  // namespace cdc::tail
