#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cdc::apply {

/// How a target holds bytes as text (binary.handling.mode); base64 stands for the form of URLs too. None: as they are.
enum class BytesText { kNone, kHex, kBase64 };

/// Adds the bytes that the text stands for, in hexadecimal as servers write it. A text that stands for none stays as it
/// is, behind a sign that no bytes have.
void AppendBytesOfText(std::string& out, BytesText form, std::string_view text);

/// Finds the form that all texts of a column have. They may be of several: then the mean number of their bytes
/// decides, since either side may lack rows.
class BytesTextFinder {
 public:
  void See(std::optional<std::string_view> text);
  /// Bytes as they are may look like any of the forms.
  bool is_certain() const { return !is_hex_ && !is_base64_; }
  /// `source_bytes`: how many the source's `source_values` (without NULL) have in all; of no consequence where it is
  /// certain.
  BytesText Form(uint64_t source_bytes, uint64_t source_values) const;

 private:
  bool is_hex_ = true, is_base64_ = true;
  uint64_t texts_ = 0, bytes_ = 0, hex_bytes_ = 0, base64_bytes_ = 0;
};

}  // namespace cdc::apply
