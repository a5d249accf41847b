#include "tools/cdc-sql/sql/source_span.h"

#include <algorithm>

#include "common/error.h"

namespace cdc::sql {

namespace {

size_t Characters(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
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
  std::string number = std::to_string(line.number);
  std::string out = number + " | ";
  out.append(text.substr(line.begin, line.end - line.begin));
  out += "\n" + std::string(number.size(), ' ') + " | ";
  for (size_t i = line.begin; i < span.begin && i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continue;
    out += text[i] == '\t' ? '\t' : ' ';
  }
  const size_t end = std::min(span.end, line.end);
  const size_t width = end > span.begin ? Characters(text.substr(span.begin, end - span.begin)) : 0;
  out.append(std::max<size_t>(width, 1), '^');
  return out;
}

void FailAt(const Span& span, const std::string& what, const std::string& hint, ExitStatus status) {
  Fail(status, PlaceOf(span) + ": " + what, CaretText(span), hint);
}

}  // namespace cdc::sql
