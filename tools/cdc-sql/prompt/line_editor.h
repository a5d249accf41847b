#pragma once

#include <optional>
#include <string>

namespace cdc::sql {

/// Lines from the terminal, with editing and a history that is kept in a file.
class LineEditor {
 public:
  /// `history`: path of the file; empty: nothing is kept.
  explicit LineEditor(std::string history);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  /// Without the line feed; nothing at the end of the input.
  std::optional<std::string> Next(const char* prompt);
  /// Puts a statement into the history.
  void Remember(const std::string& statement);

 private:
  std::string history_;
};

}  // namespace cdc::sql
