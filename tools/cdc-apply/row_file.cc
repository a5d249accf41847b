#include "tools/cdc-apply/row_file.h"

#include <unistd.h>

#include <deque>

#include "common/error.h"
#include "tools/cdc-apply/durable_file.h"
#include "tools/cdc-apply/iceberg/parquet.h"
#include "tools/cdc-apply/row_arena.h"
#include "tools/cdc-apply/row_text.h"

namespace cdc::apply {
namespace {

// Of rows that wait for their mark: Parquet cannot be cut back.
constexpr size_t kMostWaitingBytes = 32 << 20;

class TextFile : public RowFile {
 public:
  using AppendRow = void (*)(std::string& out, const TargetTable& table, const std::vector<Value>& row);

  TextFile(const std::string& path, const TargetTable& table, bool has_header, AppendRow append_row)
      : table_(table), append_row_(append_row), file_(path) {
    if (has_header) AppendCsvHeader(file_.buffer(), table);
  }

  void Add(const std::vector<Value>& row) override {
    append_row_(file_.buffer(), table_, row);
    file_.MaybeFlush();
  }
  void Mark() override { marked_ = file_.size(); }
  void CutToMark() override { file_.CutTo(marked_); }
  bool has_marked_rows() const override { return marked_ > 0; }
  void Finish() override { file_.Finish(); }
  const std::string& path() const override { return file_.path(); }

 private:
  const TargetTable& table_;
  AppendRow append_row_;
  GrowingFile file_;
  size_t marked_ = 0;
};

/// Types as in Iceberg's tables. Rows are written at their mark.
class ParquetFile : public RowFile {
 public:
  ParquetFile(const std::string& path, const TargetTable& table) : path_(path), table_(table) {
    std::vector<iceberg::ParquetColumn> columns;
    for (const auto& column : table.columns)
      columns.push_back({column.name, static_cast<int>(columns.size()) + 1, iceberg::FieldTypeOf(column), false});
    for (const auto& column : columns) types_.push_back(column.type);
    writer_ = iceberg::OpenParquetWriter(path, columns);
  }
  ~ParquetFile() override {
    if (writer_) unlink(path_.c_str());
  }

  void Add(const std::vector<Value>& row) override {
    const Value* kept = arena_.Keep(row);
    std::vector<iceberg::Cell> cells;
    for (size_t i = 0; i < types_.size(); ++i) {
      static const Value kNull = Value::Null();
      const Value& value = kept[i].is_absent() ? kNull : kept[i];
      cells.push_back(iceberg::CellOf(value, table_.columns[i], types_[i], &scratch_.emplace_back()));
      if (scratch_.back().empty()) scratch_.pop_back();
    }
    waiting_.push_back(std::move(cells));
    // Without a marked row the file goes as a whole, if it has to.
    if (!has_marked_rows_ && arena_.bytes() >= kMostWaitingBytes) Write();
  }

  void Mark() override {
    Write();
    has_marked_rows_ = writer_->rows() > 0;
  }

  void CutToMark() override {
    waiting_.clear();
    scratch_.clear();
    arena_.Reset();
  }
  bool has_marked_rows() const override { return has_marked_rows_; }
  bool is_full() const override { return arena_.bytes() >= kMostWaitingBytes; }

  void Finish() override {
    writer_->Finish();
    writer_.reset();
  }
  const std::string& path() const override { return path_; }

 private:
  void Write() {
    for (const auto& cells : waiting_) writer_->Add(cells.data());
    CutToMark();
  }

  std::string path_;
  const TargetTable& table_;
  bool has_marked_rows_ = false;
  std::vector<iceberg::FieldType> types_;
  std::unique_ptr<iceberg::ParquetWriter> writer_;
  RowArena arena_;
  std::deque<std::string> scratch_;
  std::vector<std::vector<iceberg::Cell>> waiting_;
};

}  // namespace

std::unique_ptr<RowFile> OpenRowFile(const std::string& format, const std::string& path, const TargetTable& table) {
  if (format == "parquet") return std::make_unique<ParquetFile>(path, table);
  if (format == "csv") return std::make_unique<TextFile>(path, table, true, AppendCsvRow);
  return std::make_unique<TextFile>(path, table, false, AppendJsonRow);
}

void CheckFileFormat(const std::string& format) {
  if (format == "parquet") return iceberg::CheckParquetModule();
  if (format != "ndjson" && format != "csv")
    Fail(ExitStatus::kUsage, "target file: cannot write format \"" + Shown(format) + "\"", "",
         "ndjson, csv or parquet");
}

}  // namespace cdc::apply
