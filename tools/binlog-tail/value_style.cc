#include "tools/binlog-tail/value_style.h"

#include "common/error.h"
#include "common/json_writer.h"
#include "tools/binlog-tail/charset.h"
#include "tools/binlog-tail/text_buffer.h"

namespace cdc::tail {
namespace {

/// A large value goes through the buffer in pieces of a size for which base64 needs no padding.
template <typename Append>
void AppendInPieces(TextBuffer& out, std::string_view bytes, Append append) {
  constexpr size_t kPiece = size_t{96} << 10;
  static_assert(kPiece % 3 == 0);
  while (out.spills() && bytes.size() > kPiece) {
    append(out, bytes.substr(0, kPiece));
    bytes.remove_prefix(kPiece);
    out.SpillIfLarge();
  }
  append(out, bytes);
}

void AppendBase64(TextBuffer& out, std::string_view bytes) {
  out.Push('"');
  AppendInPieces(out, bytes, AppendBase64Digits);
  out.Push('"');
}

void AppendHexDigits(TextBuffer& out, std::string_view bytes) {
  char* to = out.Reserve(bytes.size() * 2);
  for (const char c : bytes) {
    *to++ = "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    *to++ = "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
  }
  out.Commit(to);
}

void AppendValidText(TextBuffer& out, std::string_view text) {
  out.Push('"');
  AppendInPieces(out, text, AppendEscaped);
  out.Push('"');
}

void AppendInvalidText(TextBuffer& out, std::string_view bytes, const Charset& charset, const ValueStyle& style) {
  switch (style.invalid) {
    case ValueStyle::Invalid::kBase64:
      out.Append("{\"@base64\":");
      AppendBase64(out, bytes);
      return out.Push('}');
    case ValueStyle::Invalid::kReplace: {
      std::string text;
      charset.AppendUtf8Lossy(bytes, text);
      return AppendJsonString(out, text);
    }
    case ValueStyle::Invalid::kStop: break;
  }
  Fail(ExitStatus::kData, "text that is not valid in " + charset.name(), Shown(std::string(bytes)),
       "--invalid-utf8 base64 writes its bytes, --invalid-utf8 replace U+FFFD for what is no character");
}

}  // namespace

void AppendBinary(TextBuffer& out, std::string_view bytes, const ValueStyle& style) {
  if (!style.hex) return AppendBase64(out, bytes);
  out.Append("{\"@hex\":\"");
  AppendInPieces(out, bytes, AppendHexDigits);
  out.Append("\"}");
}

void AppendText(TextBuffer& out, std::string_view bytes, const Charset& charset, const ValueStyle& style) {
  if (charset.kind() == Charset::Kind::kUtf8) {
    if (out.spills() && cdc::IsUtf8(bytes)) return AppendValidText(out, bytes);
    if (!TryAppendJsonString(out, bytes)) AppendInvalidText(out, bytes, charset, style);
    return;
  }
  thread_local std::string converted;
  converted.clear();
  if (charset.AppendUtf8(bytes, converted))
    AppendValidText(out, converted);
  else
    AppendInvalidText(out, bytes, charset, style);
}

}  // namespace cdc::tail
