#include <doctest/doctest.h>

#include "bytes.h"
#include "tools/binlog-tail/charset.h"

using namespace cdc::tail;

namespace {

/// "!" where the bytes are not valid.
std::string Utf8(const char* charset, const char* hex) {
  std::string out = "kept:";
  if (!CharsetByName(charset)->AppendUtf8(FromHex(hex), out)) return out == "kept:" ? "!" : "not undone";
  return out.substr(5);
}

}  // namespace

TEST_CASE("single-byte sets are MySQL's own") {
  CHECK(Utf8("latin1", "80e981") == "€é\xc2\x81");
  CHECK(Utf8("cp866", "fcfd") == "\xe2\x81\xbf\xc2\xb2");
  CHECK(Utf8("koi8u", "95") == "•");
  CHECK(Utf8("swe7", "5b5c5d41") == "ÄÖÅA");
  CHECK(Utf8("dec8", "a8d7") == "¤Œ");
  CHECK(Utf8("keybcs2", "808187") == "Čüč");
  CHECK(Utf8("geostd8", "c0fd") == "ა№");
  CHECK(Utf8("greek", "a1") == "ʽ");
  CHECK(Utf8("greek", "a4") == "!");
}

TEST_CASE("multi-byte sets: iconv's tables, corrected") {
  CHECK(Utf8("gbk", "d6d0cec461") == "中文a");
  CHECK(Utf8("gb18030", "d6d08139ee39") == "中㐀");
  CHECK(Utf8("big5", "a145") == "•");
  CHECK(Utf8("big5", "c163") == "繁");
  CHECK(Utf8("sjis", "93fa967b815fb1") == "日本\\ｱ");
  CHECK(Utf8("sjis", "5c7e") == "\\~");
  CHECK(Utf8("cp932", "93fa967b") == "日本");
  CHECK(Utf8("ujis", "c6fccbdca1c1") == "日本〜");
  CHECK(Utf8("eucjpms", "c6fccbdc8fb0a1") == "日本丂");
  CHECK(Utf8("euckr", "c7d1b1b9") == "한국");
  CHECK(Utf8("gb2312", "d6d0") == "中");
  CHECK(Utf8("gbk", "d6") == "!");
}

TEST_CASE("wide sets") {
  CHECK(Utf8("ucs2", "00e94e2d") == "é中");
  CHECK(Utf8("ucs2", "d83dde00") == "!");
  CHECK(Utf8("utf16", "d83dde00") == "😀");
  CHECK(Utf8("utf16", "de00d83d") == "!");
  CHECK(Utf8("utf16le", "3dd800de") == "😀");
  CHECK(Utf8("utf32", "0001f600") == "😀");
  CHECK(Utf8("utf32", "00110000") == "!");
  CHECK(Utf8("utf16", "0041ff") == "!");
}

TEST_CASE("UTF-8 and ASCII are checked") {
  CHECK(Utf8("utf8mb4", "f09f9880") == "😀");
  CHECK(Utf8("utf8mb4", "eda080") == "!");
  CHECK(Utf8("utf8mb3", "c3a9") == "é");
  CHECK(Utf8("ascii", "7f") == "\x7f");
  CHECK(Utf8("ascii", "80") == "!");
}

TEST_CASE("sets by collation") {
  CHECK(CharsetOfCollation(255)->name() == "utf8mb4");
  CHECK(CharsetOfCollation(63)->kind() == Charset::Kind::kBinary);
  CHECK(CharsetOfCollation(2304)->name() == "utf8mb4");
  CHECK(CharsetOfCollation(8)->name() == "latin1");
  CHECK(CharsetOfCollation(99999) == nullptr);
  CHECK(CharsetByName("klingon") == nullptr);
}
