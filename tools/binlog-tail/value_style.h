#pragma once

#include <string_view>

namespace cdc::tail {

class Charset;
class TextBuffer;

/// How values are written for which lines leave a choice.
struct ValueStyle {
  enum class Invalid {
    kBase64,   ///< {"@base64":"…"}: lossless
    kReplace,  ///< U+FFFD for what is no character
    kStop,     ///< the stream ends
  };
  Invalid invalid = Invalid::kBase64;  ///< text that is not valid in its column's character set
  bool hex = false;                    ///< binary columns as {"@hex":"…"} instead of base64
};

/// The value of a binary column.
void AppendBinary(TextBuffer& out, std::string_view bytes, const ValueStyle& style);

/// Text of a column. Errors: 65 for text that is not valid, where that stops the stream.
void AppendText(TextBuffer& out, std::string_view bytes, const Charset& charset, const ValueStyle& style);

}  // namespace cdc::tail
