#include "tools/cdc-encode/column_rules.h"

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>

#include "common/error.h"
#include "common/json_scan.h"
#include "common/json_writer.h"
#include "tools/cdc-encode/connect_schema.h"

namespace cdc::encode {
namespace {

constexpr std::string_view kMask = "column.mask.with.", kTruncate = "column.truncate.to.", kChars = ".chars";
constexpr std::string_view kHash = "column.mask.hash.", kHashV2 = "column.mask.hash.v2.", kSalt = ".with.salt.";

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

size_t CharsOf(const ConnectorConfig& config, const std::string& property, std::string_view prefix) {
  std::string_view rest = std::string_view(property).substr(prefix.size());
  size_t count = 0;
  const auto result = std::from_chars(rest.data(), rest.data() + rest.size(), count);
  if (result.ec != std::errc() || std::string_view(result.ptr, rest.data() + rest.size() - result.ptr) != kChars)
    config.Refuse(property, "is not known", "as in " + std::string(prefix) + "10" + std::string(kChars));
  return count;
}

std::string Digest(const ColumnRule& rule, std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  const std::string input = rule.salt + std::string(bytes);
  // The names of Java's digests are OpenSSL's as well.
  const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> method(EVP_MD_fetch(nullptr, rule.algorithm.c_str(), nullptr),
                                                               EVP_MD_free);
  CDC_CHECK(method != nullptr, "the digest was known at the start");
  CDC_CHECK(EVP_Digest(input.data(), input.size(), digest, &length, method.get(), nullptr) == 1, "a digest failed");
  std::string hex;
  for (unsigned i = 0; i < length; ++i) {
    hex += "0123456789abcdef"[digest[i] >> 4];
    hex += "0123456789abcdef"[digest[i] & 15];
  }
  return hex;
}

/// A string as Java serialises it: modified UTF-8, in which a character beyond U+FFFF is two units of three bytes, and
/// NUL is two bytes.
std::string JavaSerialised(const std::string& text) {
  std::string modified;
  const auto unit = [&](unsigned code) {
    modified += static_cast<char>(0xE0 | code >> 12);
    modified += static_cast<char>(0x80 | (code >> 6 & 63));
    modified += static_cast<char>(0x80 | (code & 63));
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = [&](size_t at) { return static_cast<unsigned>(static_cast<unsigned char>(text[at])); };
    if (byte(i) >= 0xF0 && i + 3 < text.size()) {
      const unsigned code =
          ((byte(i) & 7) << 18 | (byte(i + 1) & 63) << 12 | (byte(i + 2) & 63) << 6 | (byte(i + 3) & 63)) - 0x10000;
      unit(0xD800 + (code >> 10));
      unit(0xDC00 + (code & 0x3FF));
      i += 3;
    } else if (byte(i) == 0) {
      modified += "\xC0\x80";
    } else {
      modified += text[i];
    }
  }
  const bool is_long = modified.size() > 65535;
  std::string out("\xAC\xED\0\5", 4);
  out += is_long ? '\x7C' : '\x74';
  for (int shift = is_long ? 56 : 8; shift >= 0; shift -= 8)
    out += static_cast<char>(static_cast<uint64_t>(modified.size()) >> shift & 255);
  return out + modified;
}

/// The first `count` UTF-16 units of a UTF-8 text; `half`: what the last of them is, if it is half a character.
std::string_view FirstUnits(std::string_view text, size_t count, unsigned* half) {
  size_t at = 0;
  while (at < text.size() && count > 0) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const size_t size = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    if (size == 4 && count == 1) {
      const auto next = static_cast<unsigned char>(text[at + 1]), third = static_cast<unsigned char>(text[at + 2]);
      const unsigned code = (byte & 7u) << 18 | (next & 63u) << 12 | (third & 63u) << 6;
      *half = 0xD800 + ((code - 0x10000) >> 10);
      break;
    }
    at += size;
    count -= size == 4 ? 2 : 1;
  }
  return text.substr(0, at);
}

}  // namespace

void ColumnRules::Add(const ConnectorConfig& config, const std::string& property, ColumnRule rule, bool by_type) {
  entries_.push_back({std::move(rule), ReadExpressions(config, property), by_type});
}

ColumnRules::ColumnRules(const ConnectorConfig& config) {
  if (config.Has("column.include.list") && config.Has("column.exclude.list"))
    config.Refuse("column.exclude.list", "stands beside column.include.list", "only one of them is possible");
  include_ = ReadExpressions(config, "column.include.list");
  exclude_ = ReadExpressions(config, "column.exclude.list");
  for (const auto& [name, entry] : config.entries()) {
    if (StartsWith(name, kTruncate)) {
      Add(config, name, {ColumnRule::Kind::kTruncate, CharsOf(config, name, kTruncate), {}, {}});
    } else if (StartsWith(name, kMask)) {
      Add(config, name, {ColumnRule::Kind::kMask, CharsOf(config, name, kMask), {}, {}});
    } else if (name == "column.propagate.source.type" || name == "datatype.propagate.source.type") {
      Add(config, name, {ColumnRule::Kind::kPropagate, 0, {}, {}}, name[0] == 'd');
    } else if (StartsWith(name, kHash)) {
      const bool v2 = StartsWith(name, kHashV2);
      const std::string_view rest = std::string_view(name).substr((v2 ? kHashV2 : kHash).size());
      const size_t salt = rest.find(kSalt);
      if (salt == std::string_view::npos)
        config.Refuse(name, "is not known", "as in column.mask.hash.SHA-256.with.salt.PEPPER");
      ColumnRule rule{v2 ? ColumnRule::Kind::kHashV2 : ColumnRule::Kind::kHash, 0, std::string(rest.substr(0, salt)),
                      std::string(rest.substr(salt + kSalt.size()))};
      EVP_MD* method = EVP_MD_fetch(nullptr, rule.algorithm.c_str(), nullptr);
      if (method == nullptr)
        config.Refuse(name, "names a digest that is not known: " + rule.algorithm, "MD5, SHA-1, SHA-256, SHA3-256 …");
      EVP_MD_free(method);
      Add(config, name, std::move(rule));
    } else if (StartsWith(name, "column.") && name != "column.include.list" && name != "column.exclude.list") {
      config.Refuse(name, "is not known");
    }
  }
  // Only the first that matches counts, in this order, whatever the order in the file.
  std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.rule.kind, a.by_type) < std::pair(b.rule.kind, b.by_type);
  });
}

bool ColumnRules::Keeps(const TablePicture& table, const PictureColumn& column) const {
  const std::string name = table.db + "." + table.table + "." + column.name;
  if (!include_.empty()) return include_.Matches(name);
  return !exclude_.Matches(name);
}

const ColumnRule& ColumnRules::RuleOf(const TablePicture& table, const PictureColumn& column) const {
  static const ColumnRule none;
  const std::string prefix = table.db + "." + table.table + ".";
  for (const Entry& entry : entries_)
    if (entry.columns.Matches(prefix + (entry.by_type ? column.type_name : column.name))) return entry.rule;
  return none;
}

void AppendRuled(std::string& out, const ColumnRule& rule, std::string_view json, bool is_string, bool is_character,
                 int64_t length) {
  using Kind = ColumnRule::Kind;
  const bool truncates = rule.kind == Kind::kTruncate && is_string && json != "null" &&
                         (length < 0 || length > static_cast<int64_t>(rule.length));
  if (rule.kind == Kind::kMask && is_character) {
    out += '"';
    out.append(rule.length, '*');
    out += '"';
    return;
  }
  const bool hashes = (rule.kind == Kind::kHash || rule.kind == Kind::kHashV2) && is_character && json != "null";
  std::string text;
  if ((!truncates && !hashes) || !AppendUnescaped(text, json)) {
    out += json;
    return;
  }
  if (hashes) {
    std::string hex = Digest(rule, rule.kind == Kind::kHash ? JavaSerialised(text) : text);
    if (length > 0 && hex.size() > static_cast<size_t>(length)) hex.resize(static_cast<size_t>(length));
    out += '"' + hex + '"';
    return;
  }
  unsigned half = 0;
  AppendConnectString(out, FirstUnits(text, rule.length, &half));
  if (half == 0) return;
  char escape[16];
  std::snprintf(escape, sizeof escape, "\\u%04X", half);
  out.insert(out.size() - 1, escape);
}

}  // namespace cdc::encode
