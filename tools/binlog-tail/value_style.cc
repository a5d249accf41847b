#include "tools/binlog-tail/value_style.h"

#include "common/error.h"
#include "tools/binlog-tail/charset.h"
#include "tools/binlog-tail/text_buffer.h"

namespace cdc::tail {
namespace {

void AppendHexString(TextBuffer& out, std::string_view bytes) {
  out.Append("{\"@hex\":\"");
  char* to = out.Reserve(bytes.size() * 2);
  for (const char c : bytes) {
    *to++ = "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    *to++ = "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
  }
  out.Commit(to);
  out.Append("\"}");
}

void AppendInvalidText(TextBuffer& out, std::string_view bytes, const Charset& charset, const ValueStyle& style) {
  switch (style.invalid) {
    case ValueStyle::Invalid::kBase64:
      out.Append("{\"@base64\":");
      AppendBase64String(out, bytes);
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
  if (style.hex)
    AppendHexString(out, bytes);
  else
    AppendBase64String(out, bytes);
}

void AppendText(TextBuffer& out, std::string_view bytes, const Charset& charset, const ValueStyle& style) {
  if (charset.kind() == Charset::Kind::kUtf8) {
    if (!TryAppendJsonString(out, bytes)) AppendInvalidText(out, bytes, charset, style);
    return;
  }
  thread_local std::string converted;
  converted.clear();
  if (charset.AppendUtf8(bytes, converted))
    AppendJsonString(out, converted);
  else
    AppendInvalidText(out, bytes, charset, style);
}

}  // namespace cdc::tail
