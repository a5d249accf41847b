#include "tools/cdc-sql/sql/duration.h"

#include <cctype>
#include <charconv>
#include <iterator>
#include <regex>
#include <string>

namespace cdc::sql {

namespace {

struct Unit {
  std::string_view name;
  int64_t millis;  ///< below 0: so many of it are a millisecond
};

constexpr Unit kUnits[] = {
    {"", 1},
    {"ms", 1},
    {"milli", 1},
    {"millis", 1},
    {"millisecond", 1},
    {"milliseconds", 1},
    {"s", 1000},
    {"sec", 1000},
    {"secs", 1000},
    {"second", 1000},
    {"seconds", 1000},
    {"m", 60'000},
    {"min", 60'000},
    {"minute", 60'000},
    {"minutes", 60'000},
    {"h", 3'600'000},
    {"hour", 3'600'000},
    {"hours", 3'600'000},
    {"d", 86'400'000},
    {"day", 86'400'000},
    {"days", 86'400'000},
    {"µs", -1000},
    {"micro", -1000},
    {"micros", -1000},
    {"microsecond", -1000},
    {"microseconds", -1000},
    {"ns", -1'000'000},
    {"nano", -1'000'000},
    {"nanos", -1'000'000},
    {"nanosecond", -1'000'000},
    {"nanoseconds", -1'000'000},
};

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// ISO 8601's "P1DT2H3M4.5S".
std::optional<int64_t> ParseIso(const std::string& text) {
  static const std::regex kIso(
      "P(?:(\\d{1,9})D)?(?:T(?:(\\d{1,9})H)?(?:(\\d{1,9})M)?(?:(\\d{1,9})(?:\\.(\\d{1,9}))?S)?)?", std::regex::icase);
  constexpr int64_t kMillis[] = {86'400'000, 3'600'000, 60'000, 1000};
  std::smatch parts;
  if (!std::regex_match(text, parts, kIso)) return std::nullopt;
  int64_t millis = 0;
  bool any = false;
  for (size_t i = 0; i < std::size(kMillis); ++i) {
    if (!parts[i + 1].matched) continue;
    any = true;
    millis += std::stoll(parts[i + 1]) * kMillis[i];
  }
  if (parts[5].matched) millis += std::stoll((parts[5].str() + "00").substr(0, 3));
  return any ? std::optional(millis) : std::nullopt;
}

}  // namespace

std::optional<int64_t> ParseDurationMillis(std::string_view text) {
  text = Trimmed(text);
  if (!text.empty() && (text[0] == 'P' || text[0] == 'p')) return ParseIso(std::string(text));
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0) return std::nullopt;
  std::string name;
  for (const char c : Trimmed(text.substr(static_cast<size_t>(end - text.data()))))
    name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const Unit& unit : kUnits) {
    if (unit.name != name) continue;
    if (unit.millis < 0) return number / -unit.millis;
    int64_t millis = 0;
    if (__builtin_mul_overflow(number, unit.millis, &millis)) return std::nullopt;
    return millis;
  }
  return std::nullopt;
}

}  // namespace cdc::sql
