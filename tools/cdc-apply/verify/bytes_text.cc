#include "tools/cdc-apply/verify/bytes_text.h"

#include <algorithm>
#include <cctype>
#include <cmath>

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
  ++texts_;
  bytes_ += text->size();
  hex_bytes_ += text->size() / 2;
  base64_bytes_ += bytes.size();
}

BytesText BytesTextFinder::Form(uint64_t source_bytes, uint64_t source_values) const {
  const double expected = source_values == 0 ? 0
                                             : static_cast<double>(source_bytes) / static_cast<double>(source_values) *
                                                   static_cast<double>(texts_);
  const auto distance = [&](uint64_t bytes) { return std::abs(static_cast<double>(bytes) - expected); };
  BytesText form = BytesText::kNone;
  double least = distance(bytes_);
  const auto consider = [&](BytesText other, uint64_t bytes) {
    if (distance(bytes) > least) return;
    form = other;
    least = distance(bytes);
  };
  if (is_base64_) consider(BytesText::kBase64, base64_bytes_);
  if (is_hex_) consider(BytesText::kHex, hex_bytes_);
  return form;
}

}  // namespace cdc::apply
