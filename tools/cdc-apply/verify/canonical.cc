#include "tools/cdc-apply/verify/canonical.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

namespace cdc::apply {
namespace {

void AppendWithoutTrailingZeros(std::string& out, std::string_view text) {
  if (text.find('.') != std::string_view::npos) {
    while (text.back() == '0') text.remove_suffix(1);
    if (text.back() == '.') text.remove_suffix(1);
  }
  out += text;
}

/// Without leading zeros (ZEROFILL), and without those at the end of a fraction.
void AppendDecimal(std::string& out, std::string_view text) {
  const bool is_negative = !text.empty() && text.front() == '-';
  if (is_negative) text.remove_prefix(1);
  while (text.size() > 1 && text[0] == '0' && text[1] != '.') text.remove_prefix(1);
  const size_t start = out.size();
  AppendWithoutTrailingZeros(out, text);
  if (is_negative && out.compare(start, std::string::npos, "0") != 0) out.insert(start, "-");
}

template <typename Number>
void AppendNumber(std::string& out, std::string_view text) {
  auto value = static_cast<Number>(std::strtod(std::string(text).c_str(), nullptr));
  if (value == 0) value = 0;  // -0 is the same key, and not every target keeps it
  char digits[40];
  const auto result = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, result.ptr);
}

void AppendTime(std::string& out, std::string_view text) {
  for (const std::string_view zone : {"+00:00", "+00"})
    if (text.size() > zone.size() && text.substr(text.size() - zone.size()) == zone) {
      text.remove_suffix(zone.size());
      break;
    }
  AppendWithoutTrailingZeros(out, text);
}

/// A real that is a whole number as one: not every target tells 1e16 and its digits apart, and neither does MySQL when
/// it compares documents.
void NormalizeNumbers(nlohmann::json& value) {
  constexpr double kBelowIntegers = 9223372036854775808.0;
  if (value.is_number_float()) {
    const double real = value.get<double>();
    if (std::trunc(real) != real) return;
    if (std::fabs(real) < kBelowIntegers) value = static_cast<int64_t>(real);
    if (real >= kBelowIntegers && real < 2 * kBelowIntegers) value = static_cast<uint64_t>(real);
  }
  if (value.is_structured())
    for (auto& element : value) NormalizeNumbers(element);
}

void AppendDocument(std::string& out, std::string_view text) {
  // Objects keep their members sorted by name.
  auto document = nlohmann::json::parse(text, nullptr, false);
  if (document.is_discarded()) {
    out += text;
    return;
  }
  NormalizeNumbers(document);
  out += document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

CanonicalForm CanonicalFormOf(const MysqlType& type) {
  if (type.is_integer()) return CanonicalForm::kDecimal;
  if (type.is_binary()) return CanonicalForm::kHex;
  switch (type.kind) {
    case MysqlKind::kDecimal:
    case MysqlKind::kYear: return CanonicalForm::kDecimal;
    case MysqlKind::kFloat: return CanonicalForm::kFloat;
    case MysqlKind::kDouble: return CanonicalForm::kReal;
    case MysqlKind::kDate:
    case MysqlKind::kTime:
    case MysqlKind::kDateTime:
    case MysqlKind::kTimestamp: return CanonicalForm::kTime;
    case MysqlKind::kJson: return CanonicalForm::kJson;
    case MysqlKind::kBit: return CanonicalForm::kBit;
    case MysqlKind::kVector: return CanonicalForm::kHex;
    case MysqlKind::kGeometry: return CanonicalForm::kNone;
    default: return CanonicalForm::kText;
  }
}

void AppendCanonical(std::string& out, CanonicalForm form, std::optional<std::string_view> text) {
  if (!text) {
    out += 'N';
    return;
  }
  const size_t start = out.size();
  switch (form) {
    case CanonicalForm::kText:
    case CanonicalForm::kHex: out += *text; break;
    case CanonicalForm::kBit: out += text->substr(std::min(text->find_first_not_of('0'), text->size())); break;
    case CanonicalForm::kDecimal: AppendDecimal(out, *text); break;
    case CanonicalForm::kFloat: AppendNumber<float>(out, *text); break;
    case CanonicalForm::kReal: AppendNumber<double>(out, *text); break;
    case CanonicalForm::kTime: AppendTime(out, *text); break;
    case CanonicalForm::kJson: AppendDocument(out, *text); break;
    case CanonicalForm::kNone: break;
  }
  // The length tells where the value ends.
  out += ':';
  out += std::to_string(out.size() - start - 1);
  out += ';';
}

uint64_t RowHash(std::string_view bytes) {
  // FNV-1a, then the finish of splitmix64, so that sums of hashes of similar rows do not cancel.
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
  return hash ^ (hash >> 31);
}

}  // namespace cdc::apply
