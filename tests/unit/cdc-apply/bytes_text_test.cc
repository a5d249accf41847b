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

BytesText FormOf(std::initializer_list<const char*> texts, uint64_t source_bytes, uint64_t source_values) {
  BytesTextFinder finder;
  for (const char* text : texts) finder.See(text == nullptr ? std::nullopt : std::optional<std::string_view>(text));
  return finder.Form(source_bytes, source_values);
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

TEST_CASE("the form is that of all texts, and where several are possible, that of as many bytes") {
  CHECK(FormOf({"00ff", nullptr, "0a"}, 3, 2) == BytesText::kHex);
  CHECK(FormOf({"00ff", "AP8="}, 4, 2) == BytesText::kBase64);
  CHECK(FormOf({"abcd", ""}, 2, 2) == BytesText::kHex);
  CHECK(FormOf({"abcd", ""}, 3, 2) == BytesText::kBase64);
  CHECK(FormOf({"abcd", ""}, 4, 2) == BytesText::kNone);
}

TEST_CASE("a row that is missing changes the form of none of the others") {
  constexpr const char* kText = "00112233445566778899aabbccddeeff";
  for (const uint64_t rows : {1, 2, 3, 9}) {
    CHECK(FormOf({kText, kText}, rows * 16, rows) == BytesText::kHex);
    CHECK(FormOf({kText, kText}, rows * 24, rows) == BytesText::kBase64);
    CHECK(FormOf({kText, kText}, rows * 32, rows) == BytesText::kNone);
  }
}

TEST_CASE("what is of no form is bytes as they are") {
  CHECK(FormOf({"a text", "00ff"}, 10, 2) == BytesText::kNone);
  CHECK(FormOf({}, 0, 0) == BytesText::kHex);
}

}  // namespace
}  // namespace cdc::apply
