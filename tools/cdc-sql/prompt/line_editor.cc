#include "tools/cdc-sql/prompt/line_editor.h"

#ifdef CDC_WITH_EDITLINE
#include <editline/readline.h>

#include <langinfo.h>

#include <clocale>
#include <cstdlib>
#include <cstring>
#include <memory>
#else
#include <iostream>
#endif

namespace cdc::sql {

#ifdef CDC_WITH_EDITLINE

LineEditor::LineEditor(std::string history) : history_(std::move(history)) {
  // SQL is UTF-8 here, whatever the terminal is said to be; the editor drops what its locale cannot say.
  std::setlocale(LC_CTYPE, "");
  if (std::strcmp(nl_langinfo(CODESET), "UTF-8") != 0) std::setlocale(LC_CTYPE, "C.UTF-8");
  using_history();
  rl_bind_key('\t', rl_insert);  // pasted text has tabs, and there is nothing to complete
  constexpr int kStatements = 1000;
  stifle_history(kStatements);
  if (!history_.empty()) read_history(history_.c_str());  // there is none at first
}

LineEditor::~LineEditor() {
  // A history that cannot be kept is no reason to fail.
  if (!history_.empty()) write_history(history_.c_str());
}

std::optional<std::string> LineEditor::Next(const char* prompt) {
  const std::unique_ptr<char, decltype(&std::free)> line(readline(prompt), &std::free);
  if (!line) return std::nullopt;
  return std::string(line.get());
}

void LineEditor::Remember(const std::string& statement) {
  add_history(statement.c_str());
}

#else

LineEditor::LineEditor(std::string) {}
LineEditor::~LineEditor() = default;

std::optional<std::string> LineEditor::Next(const char* prompt) {
  std::cout << prompt << std::flush;
  std::string line;
  std::cin.clear();  // of an interrupt
  if (!std::getline(std::cin, line)) return std::nullopt;
  return line;
}

void LineEditor::Remember(const std::string&) {}

#endif

}  // namespace cdc::sql
