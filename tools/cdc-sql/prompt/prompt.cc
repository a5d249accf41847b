#include "tools/cdc-sql/prompt/prompt.h"

#include <cctype>
#include <csignal>
#include <cstdio>
#include <deque>
#include <filesystem>

#include "common/error.h"
#include "common/log.h"
#include "common/state_folder.h"
#include "common/stop.h"
#include "tools/cdc-sql/plan/explain.h"
#include "tools/cdc-sql/prompt/line_editor.h"
#include "tools/cdc-sql/run/script_run.h"

namespace cdc::sql {

namespace {

/// Follows the words of statements: which of them begin and end a statement set.
class StatementSets {
 public:
  bool inside() const { return inside_; }

  void TakeWord(const std::string& word) {
    if (!inside_) {
      statement_ += word + ' ';
      inside_ = statement_ == "BEGIN STATEMENT SET " || statement_ == "EXECUTE STATEMENT SET BEGIN " ||
                (statement_.rfind("EXPLAIN ", 0) == 0 && EndsWith("STATEMENT SET BEGIN "));
    } else if (word == "CASE") {
      ++cases_;
    } else if (word == "END" && cases_ > 0) {
      --cases_;
    } else if (word == "END") {
      inside_ = false;
      statement_.clear();
    }
  }

  void EndStatement() {
    statement_.clear();
    cases_ = 0;
  }

 private:
  bool EndsWith(std::string_view words) const {
    return statement_.size() >= words.size() &&
           statement_.compare(statement_.size() - words.size(), words.size(), words) == 0;
  }

  std::string statement_;  ///< its words up to here, in capitals, a space behind each
  bool inside_ = false;
  int cases_ = 0;  ///< CASE without its END
};

bool IsWordPart(char c) {
  return c == '_' || c == '$' || c == '@' || std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// The word that begins at `at`, in capitals.
std::string WordAt(const std::string& text, size_t at) {
  std::string word;
  for (; at < text.size() && IsWordPart(text[at]); ++at)
    word += static_cast<char>(std::toupper(static_cast<unsigned char>(text[at])));
  return word;
}

}  // namespace

bool EndsStatement(const std::string& text) {
  StatementSets sets;
  bool ends = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (text.compare(i, 2, "--") == 0) {
      i = text.find('\n', i);
      if (i == std::string::npos) return ends && !sets.inside();
    } else if (text.compare(i, 2, "/*") == 0) {
      i = text.find("*/", i + 2);
      if (i == std::string::npos) return false;
      ++i;
    } else if (c == '\'' || c == '`' || c == '"') {
      // Two of them in a row are one of the text: the second begins a text that goes on.
      i = text.find(c, i + 1);
      if (i == std::string::npos) return false;
      ends = false;
    } else if (IsWordPart(c)) {
      const std::string word = WordAt(text, i);
      sets.TakeWord(word);
      i += word.size() - 1;
      ends = false;
    } else if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
      ends = c == ';';
      if (ends) sets.EndStatement();
    }
  }
  return ends && !sets.inside();
}

namespace {

std::string HistoryFile() {
  const std::string folder = StateFolder();
  if (folder.empty()) return "";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  return error ? "" : folder + "/sql-history";
}

class Prompt {
 public:
  Prompt(const Options& options, ByteOutput& output) : options_(options), output_(output), editor_(HistoryFile()) {}

  int Run() {
    std::string text;
    for (;;) {
      const auto line = editor_.Next(text.empty() ? "cdc-sql> " : "       > ");
      if (StopSignal() == SIGTERM || StopSignal() == SIGHUP) break;
      if (StopRequested()) {  // an interrupt drops what was typed
        text.clear();
        ForgetStop();
        std::fputs("\n", stdout);
        std::fflush(stdout);
        if (!line) continue;
      }
      if (!line) break;
      if (text.empty() && IsBlank(*line)) continue;
      text += (text.empty() ? "" : "\n") + *line;
      const std::string word = WordOf(text);
      if (word == "quit" || word == "exit" || word == "\\q") break;
      if (word == "help" || word == "\\h" || word == "?") {
        ShowHelp();
        text.clear();
        continue;
      }
      if (!EndsStatement(text)) continue;
      editor_.Remember(text);
      Execute(std::move(text));
      text.clear();
    }
    output_.Flush();
    return 0;
  }

 private:
  static bool IsBlank(const std::string& line) { return line.find_first_not_of(" \t") == std::string::npos; }

  /// What is typed without the ; behind it, in small letters.
  static std::string WordOf(std::string text) {
    while (!text.empty() && (text.back() == ';' || text.back() == ' ')) text.pop_back();
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
  }

  void ShowHelp() {
    output_.Append(
        "A statement ends with ; at the end of a line, a statement set with END; . An interrupt ends the query that "
        "runs.\n"
        "  CREATE TABLE t (...) WITH (...);  SELECT ... FROM t;  INSERT INTO t SELECT ...;\n"
        "  SHOW TABLES;  DESCRIBE t;  EXPLAIN SELECT ...;  SET 'key' = 'value';\n"
        "  QUIT or the end of the input leaves. The language: man 7 cdc-sql\n");
    output_.Flush();
  }

  void Execute(std::string text) {
    // Plans and errors point into the text.
    texts_.push_back({"-", std::move(text)});
    try {
      for (const Statement& statement : ParseScript(texts_.back())) {
        if (!StopRequested()) Execute(statement);
      }
    } catch (const Failure& failure) {
      output_.Flush();
      std::fputs(RenderError(std::string(LogTool()), failure.error()).c_str(), stderr);
    }
    output_.Flush();
    ForgetStop();
  }

  /// One statement after the other, each with what it prints.
  void Execute(const Statement& statement) {
    script_.sinks.clear();
    script_.explained.clear();
    script_.explained_at.clear();
    script_.printed.clear();
    BindScript({statement}, options_.overrides, &script_);
    output_.Append(script_.printed);
    for (const PlanSink& sink : script_.explained) output_.Append(ExplainPlan(sink, options_.memory.has_value()));
    if (!script_.sinks.empty()) RunScript(script_, options_, output_);
    output_.Flush();
  }

  const Options& options_;
  ByteOutput& output_;
  LineEditor editor_;
  BoundScript script_;
  std::deque<SourceText> texts_;
};

}  // namespace

int RunPrompt(const Options& options, ByteOutput& output) {
  return Prompt(options, output).Run();
}

}  // namespace cdc::sql
