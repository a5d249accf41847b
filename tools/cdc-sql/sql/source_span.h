#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/exit_status.h"

namespace cdc::sql {

/// A script: its name for messages ("job.sql", "-e") and its text. Outlives everything that was parsed from it.
struct SourceText {
  std::string name;
  std::string text;
};

/// Bytes [begin, end) of a script: where a token, an expression or a statement stands.
struct Span {
  const SourceText* source = nullptr;
  size_t begin = 0;
  size_t end = 0;

  Span To(const Span& last) const { return {source, begin, last.end}; }
  std::string_view text() const;
};

/// "job.sql:3:8", line and column from 1, the column in characters.
std::string PlaceOf(const Span& span);

/// The line of the script with the span underlined:
///   3 | SELECT nme FROM t
///     |        ^^^
std::string CaretText(const Span& span);

/// Refuses SQL text: "job.sql:3:8: what", the line with the caret, and what would work.
[[noreturn]] void FailAt(const Span& span, const std::string& what, const std::string& hint = {},
                         ExitStatus status = ExitStatus::kConfig);

}  // namespace cdc::sql
