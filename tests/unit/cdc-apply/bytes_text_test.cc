// Bytes that a target of --verify holds as text.
#include "tools/cdc-apply/verify/bytes_text.h"

#include <doctest/doctest.h>

namespace cdc::apply {
namespace {

std::string Bytes(BytesText form, const char* text) {
  std::string out;
  AppendBytesOfText(out, form, text);
  return out;
}

BytesText FormOf(std::initializer_list<const char*> texts, uint64_t source_bytes = 0) {
  BytesTextFinder finder;
  for (const char* text : texts) finder.See(text == nullptr ? std::nullopt : std::optional<std::string_view>(text));
  return finder.Form(source_bytes);
}

TEST_CASE("each form gives the bytes, and what has none of them is no bytes") {
  CHECK(Bytes(BytesText::kHex, "00ff") == "00FF");
  CHECK(Bytes(BytesText::kBase64, "AP8=") == "00FF");
  CHECK(Bytes(BytesText::kBase64, "+//+") == "FBFFFE");
  CHECK(Bytes(BytesText::kBase64, "-__-") == "FBFFFE");
  CHECK(Bytes(BytesText::kHex, "") == "");
  CHECK(Bytes(BytesText::kHex, "0g") == "?0g");
  CHECK(Bytes(BytesText::kBase64, "A") == "?A");
}

TEST_CASE("the form is that of all texts, and where two are possible, that of as many bytes") {
  CHECK(FormOf({"00ff", nullptr, "0a"}) == BytesText::kHex);
  CHECK(FormOf({"00ff", "AP8="}) == BytesText::kBase64);
  CHECK(FormOf({"abcd", ""}, 2) == BytesText::kHex);
  CHECK(FormOf({"abcd", ""}, 3) == BytesText::kBase64);
}

}  // namespace
}  // namespace cdc::apply
