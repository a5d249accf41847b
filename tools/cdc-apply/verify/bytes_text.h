#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cdc::apply {

/// How a target holds bytes as text (binary.handling.mode); base64 stands for the form of URLs too.
enum class BytesText { kNone, kHex, kBase64 };

/// Adds the bytes that the text stands for, in hexadecimal as servers write it. A text that stands for none stays as it
/// is, behind a sign that no bytes have.
void AppendBytesOfText(std::string& out, BytesText form, std::string_view text);

/// Finds the form that all texts of a column have. A few texts may have both: then the number of their bytes decides.
class BytesTextFinder {
 public:
  void See(std::optional<std::string_view> text);
  bool is_certain() const { return !is_hex_ || !is_base64_; }
  /// `source_bytes`: how many the source's values have in all; of no consequence where it is certain.
  BytesText Form(uint64_t source_bytes) const;

 private:
  bool is_hex_ = true, is_base64_ = true;
  uint64_t hex_bytes_ = 0;
};

}  // namespace cdc::apply
