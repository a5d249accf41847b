#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/line_input.h"
#include "tools/cdc-sql/connect/format_csv.h"
#include "tools/cdc-sql/connect/local_rows.h"

namespace cdc::sql {

/// The lines of the files that a table with 'connector' = 'filesystem' names: one file, or all files of a folder in
/// order of their names (those that begin with . or _ are left out). With 'source.monitor-interval' files that come
/// later are read too, and there is no end.
class FileLines : public LocalRows {
 public:
  /// A relative path is taken from the current directory, or, if it is not there, from the script's own. Errors: 66.
  explicit FileLines(const TableDef& table);
  ~FileLines() override;
  FileLines(const FileLines&) = delete;
  FileLines& operator=(const FileLines&) = delete;

  bool Next(std::string_view* line) override;
  int64_t WaitMillis() override;
  bool IsEndless() const override { return monitor_ms_ > 0; }
  void SetBeforeBlock(const std::function<void()>& before_block) override { before_block_ = before_block; }
  std::string Where() const override { return !where_.empty() ? where_ : input_ ? input_->Where() : ""; }

 private:
  bool Open();
  void LearnFacts(const std::string& path);

  void Look(bool first);
  bool NextLine(std::string_view* line);
  bool GoOnInQuotes(std::string_view* line);

  const TableDef& table_;
  bool has_metadata_;
  std::optional<CsvOptions> csv_;  ///< of a table of csv: a line may end in quotes
  std::string joined_;
  std::string where_;  ///< of a record of several lines: where it begins
  std::function<void()> before_block_;
  std::vector<std::string> paths_;
  std::set<std::string> known_;
  int64_t monitor_ms_ = 0;  ///< 0: what is there at the start is all
  std::chrono::steady_clock::time_point next_look_;
  size_t next_ = 0;
  int fd_ = -1;
  std::unique_ptr<LineInput> input_;
};

}  // namespace cdc::sql
