#include "tools/cdc-apply/verify/bytes_text.h"

#include <algorithm>
#include <cctype>

#include "common/json_writer.h"

namespace cdc::apply {
namespace {

bool IsHex(std::string_view text) {
  return text.size() % 2 == 0 &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
}

bool DecodeEitherBase64(std::string_view text, std::string* bytes) {
  std::string plain(text);
  for (char& c : plain) c = c == '-' ? '+' : c == '_' ? '/' : c;
  bytes->clear();
  return DecodeBase64(plain, bytes);
}

}  // namespace

void AppendBytesOfText(std::string& out, BytesText form, std::string_view text) {
  constexpr char kNoBytes = '?';
  if (form == BytesText::kHex && IsHex(text)) {
    for (const char c : text) out += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return;
  }
  std::string bytes;
  if (form != BytesText::kBase64 || !DecodeEitherBase64(text, &bytes)) {
    out += kNoBytes;
    out += text;
    return;
  }
  constexpr char kDigits[] = "0123456789ABCDEF";
  for (const char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
}

void BytesTextFinder::See(std::optional<std::string_view> text) {
  if (!text) return;
  std::string bytes;
  is_hex_ = is_hex_ && IsHex(*text);
  is_base64_ = is_base64_ && DecodeEitherBase64(*text, &bytes);
  hex_bytes_ += text->size() / 2;
}

BytesText BytesTextFinder::Form(uint64_t source_bytes) const {
  if (!is_certain()) return hex_bytes_ == source_bytes ? BytesText::kHex : BytesText::kBase64;
  return is_hex_ ? BytesText::kHex : BytesText::kBase64;
}

}  // namespace cdc::apply
