#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/binlog-tail/column_plan.h"

namespace cdc::tail {

/// The columns that the images of one event carry, in order.
class ImageColumns {
 public:
  /// `present`: a bitmap of `width` bits; `width` may be smaller than the table (columns added at its end later).
  /// Errors: 65 if it is larger.
  void Set(const TablePlan& plan, const uint8_t* present, size_t width);

  /// The image of an INSERT: the columns that it does not carry hold their defaults. Returns the first whose default is
  /// not known; null if there is none.
  const ColumnPlan* FillAbsent(const TablePlan& plan, const uint8_t* present, size_t width);

  /// What is to stand before column `index`, or behind the last; of FillAbsent.
  bool has_fills() const { return !fills_.empty(); }
  const std::string& fill(size_t index) const { return fills_[index]; }

  /// The images are to have the columns that are left out, too.
  void SetWhole(bool whole) { whole_ = whole; }
  bool hides(const ColumnPlan& column) const { return column.hidden && !whole_; }

  size_t count() const { return columns_.size(); }
  const ColumnPlan& column(size_t index) const { return *columns_[index]; }

 private:
  std::vector<const ColumnPlan*> columns_;
  std::vector<std::string> fills_;
  bool whole_ = false;
};

/// The documents of a row's JSON columns as they stand in its before image, by their order among the table's JSON
/// columns; empty where the image has none.
using JsonDocuments = std::vector<std::optional<std::string_view>>;

/// Decodes one row image and appends it as a JSON object. Layout: a bitmap of NULLs, one bit a present column, lowest
/// bit first; then the values that are not NULL.
/// Errors: 65 that names the column; `out` then holds half a row.
void AppendRowImage(TextBuffer& out, ByteCursor& cursor, const ImageColumns& columns);

/// The same for a table with MariaDB's system versioning. True: the row is (still) the current one; nothing: its end is
/// not in the image.
std::optional<bool> AppendVersionedImage(TextBuffer& out, ByteCursor& cursor, const TablePlan& plan,
                                         const ImageColumns& columns);

/// The same for images of PARTIAL_UPDATE_ROWS: the before image, whose JSON documents are noted …
void AppendBeforePartial(TextBuffer& out, ByteCursor& cursor, const TablePlan& plan, const ImageColumns& columns,
                         JsonDocuments* documents);
/// … and the after image, where a JSON column may hold changes: they are applied to `documents`; where the document is
/// missing there, the changes themselves are written.
void AppendAfterPartial(TextBuffer& out, ByteCursor& cursor, const TablePlan& plan, const ImageColumns& columns,
                        const JsonDocuments& documents);

}  // namespace cdc::tail
