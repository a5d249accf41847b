#include "tools/cdc-sql/sql/source_span.h"

#include <algorithm>

#include "common/error.h"

namespace cdc::sql {

namespace {

bool IsContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

size_t Characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return !IsContinuation(c); }));
}

struct Line {
  size_t number;
  size_t begin;
  size_t end;
};

Line LineOf(const SourceText& source, size_t at) {
  const std::string& text = source.text;
  at = std::min(at, text.size());
  const size_t number =
      static_cast<size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n')) + 1;
  const size_t before = at == 0 ? std::string::npos : text.rfind('\n', at - 1);
  const size_t begin = before == std::string::npos ? 0 : before + 1;
  return {number, begin, std::min(text.find('\n', at), text.size())};
}

constexpr size_t kShownBytes = 160;  ///< of a long line
constexpr size_t kShownBefore = 60;  ///< of them, before the place

/// The part of a line around `at`, in whole characters.
Line WindowOf(std::string_view text, Line line, size_t at) {
  if (line.end - line.begin <= kShownBytes) return line;
  if (at - line.begin > kShownBefore) line.begin = std::min(at - kShownBefore, line.end - kShownBytes);
  line.end = std::min(line.begin + kShownBytes, line.end);
  while (line.begin < line.end && IsContinuation(text[line.begin])) ++line.begin;
  while (line.end < text.size() && IsContinuation(text[line.end])) ++line.end;
  return line;
}

}  // namespace

std::string_view Span::text() const {
  if (source == nullptr) return {};
  return std::string_view(source->text).substr(begin, end - begin);
}

std::string PlaceOf(const Span& span) {
  if (span.source == nullptr) return "SQL";
  const Line line = LineOf(*span.source, span.begin);
  const size_t column = Characters(std::string_view(span.source->text).substr(line.begin, span.begin - line.begin)) + 1;
  return span.source->name + ":" + std::to_string(line.number) + ":" + std::to_string(column);
}

std::string CaretText(const Span& span) {
  if (span.source == nullptr) return {};
  const std::string_view text = span.source->text;
  const Line line = LineOf(*span.source, span.begin);
  const Line shown = WindowOf(text, line, std::min(span.begin, line.end));
  const bool cut_before = shown.begin > line.begin, cut_behind = shown.end < line.end;
  std::string number = std::to_string(line.number);
  std::string out = number + " | " + (cut_before ? "…" : "");
  out.append(text.substr(shown.begin, shown.end - shown.begin));
  out += (cut_behind ? "…\n" : "\n") + std::string(number.size(), ' ') + " | " + (cut_before ? " " : "");
  for (size_t i = shown.begin; i < span.begin && i < text.size(); ++i) {
    if (IsContinuation(text[i])) continue;
    out += text[i] == '\t' ? '\t' : ' ';
  }
  const size_t end = std::min(span.end, shown.end);
  const size_t width = end > span.begin ? Characters(text.substr(span.begin, end - span.begin)) : 0;
  out.append(std::max<size_t>(width, 1), '^');
  return out;
}

void FailAt(const Span& span, const std::string& what, const std::string& hint, ExitStatus status) {
  Fail(status, PlaceOf(span) + ": " + what, CaretText(span), hint);
}

}  // namespace cdc::sql
