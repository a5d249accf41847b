#include "tools/binlog-tail/row_image.h"

#include "common/error.h"
#include "tools/binlog-tail/json_binary.h"
#include "tools/binlog-tail/json_diff.h"

namespace cdc::tail {
namespace {

[[noreturn]] void FailInColumn(Failure& failure, const ColumnPlan& column) {
  failure.error().what = "column \"" + column.name + "\" " + column.type_text + ": " + failure.error().what;
  throw std::move(failure);
}

/// Calls `value(column, index)` for each column that is not NULL and frames the object. Every column's key begins with
/// a comma; the first one is overwritten by the brace.
template <typename AppendValue>
void AppendObject(TextBuffer& out, ByteCursor& cursor, const ImageColumns& columns, AppendValue value) {
  const size_t count = columns.count();
  if (count == 0 && !columns.has_fills()) return out.Append("{}");
  const uint8_t* nulls = cursor.Take((count + 7) / 8);
  const size_t start = out.size();
  bool opened = false;
  size_t index = 0;
  try {
    for (; index < count; ++index) {
      const ColumnPlan& column = columns.column(index);
      if (columns.has_fills()) out.Append(columns.fill(index));
      const size_t before = out.size();
      out.Append(column.key);
      if (out.spills() && !opened) {
        // Before a large value takes it out of the buffer; nothing is hidden then.
        out.data()[start] = '{';
        opened = true;
      }
      if (BitLsb(nulls, index))
        out.Append("null");
      else
        value(column);
      if (columns.hides(column)) out.Truncate(before);
    }
  } catch (Failure& failure) {
    FailInColumn(failure, columns.column(index));
  }
  if (columns.has_fills()) out.Append(columns.fill(count));
  if (!opened) {
    if (out.size() == start) return out.Append("{}");  // none is shown
    out.data()[start] = '{';
  }
  out.Push('}');
}

std::string_view TakeDocument(const ColumnPlan& column, ByteCursor& cursor) {
  return cursor.TakeText(static_cast<size_t>(cursor.ReadLittleEndian(column.length_bytes)));
}

/// The end of a current row: the largest TIMESTAMP(6), of 2038 or (MariaDB 11.5 and later) of 2106. (Tables whose rows
/// carry numbers of transactions instead are logged as statements.)
bool IsEndOfTime(ByteCursor cursor) {
  constexpr uint64_t kLastMicrosecond = 999999;
  const uint64_t seconds = cursor.ReadBigEndian(4);
  return (seconds == 0x7FFFFFFF || seconds == 0xFFFFFFFF) && cursor.ReadBigEndian(3) == kLastMicrosecond;
}

/// The column's order among the table's JSON columns.
size_t JsonOrdinal(const TablePlan& plan, const ColumnPlan& column) {
  size_t ordinal = 0;
  for (const ColumnPlan& other : plan.columns) {
    if (&other == &column) break;
    if (other.is_json) ++ordinal;
  }
  return ordinal;
}

}  // namespace

void ImageColumns::Set(const TablePlan& plan, const uint8_t* present, size_t width) {
  if (width > plan.columns.size())
    Fail(ExitStatus::kData,
         "the rows have " + std::to_string(width) + " columns, the table " + std::to_string(plan.columns.size()));
  columns_.clear();
  fills_.clear();
  for (size_t i = 0; i < width; ++i)
    if (BitLsb(present, i)) columns_.push_back(&plan.columns[i]);
}

const ColumnPlan* ImageColumns::FillAbsent(const TablePlan& plan, const uint8_t* present, size_t width) {
  if (columns_.size() == width) return nullptr;
  const ColumnPlan* unknown = nullptr;
  fills_.emplace_back();
  for (size_t i = 0; i < width; ++i) {
    if (BitLsb(present, i)) {
      fills_.emplace_back();
      continue;
    }
    fills_.back() += plan.columns[i].fill;
    if (!plan.columns[i].fill_known && unknown == nullptr) unknown = &plan.columns[i];
  }
  return unknown;
}

void AppendRowImage(TextBuffer& out, ByteCursor& cursor, const ImageColumns& columns) {
  AppendObject(out, cursor, columns, [&](const ColumnPlan& column) { column.append(column, cursor, out); });
}

std::optional<bool> AppendVersionedImage(TextBuffer& out, ByteCursor& cursor, const TablePlan& plan,
                                         const ImageColumns& columns) {
  std::optional<bool> current;
  AppendObject(out, cursor, columns, [&](const ColumnPlan& column) {
    if (&column == plan.row_end) current = IsEndOfTime(cursor);
    column.append(column, cursor, out);
  });
  return current;
}

void AppendBeforePartial(TextBuffer& out, ByteCursor& cursor, const TablePlan& plan, const ImageColumns& columns,
                         JsonDocuments* documents) {
  documents->assign(plan.json_columns, std::nullopt);
  AppendObject(out, cursor, columns, [&](const ColumnPlan& column) {
    if (column.is_json) {
      ByteCursor peek = cursor;
      (*documents)[JsonOrdinal(plan, column)] = TakeDocument(column, peek);
    }
    column.append(column, cursor, out);
  });
}

void AppendAfterPartial(TextBuffer& out, ByteCursor& cursor, const TablePlan& plan, const ImageColumns& columns,
                        const JsonDocuments& documents) {
  constexpr uint64_t kPartialJson = 1;
  const uint64_t options = cursor.ReadPacked();
  if (options > kPartialJson) cursor.FailHere("row value options " + std::to_string(options) + " are not known");
  const uint8_t* partial = options == kPartialJson ? cursor.Take((plan.json_columns + 7) / 8) : nullptr;
  AppendObject(out, cursor, columns, [&](const ColumnPlan& column) {
    const size_t ordinal = column.is_json ? JsonOrdinal(plan, column) : 0;
    if (!column.is_json || partial == nullptr || !BitLsb(partial, ordinal)) return column.append(column, cursor, out);
    const std::string_view changes = cursor.TakeText(cursor.ReadU32());
    if (!documents[ordinal]) return AppendJsonChanges(out, changes);
    const size_t start = out.size();
    AppendPatchedJson(out, *documents[ordinal], changes);
    MarkNullDocument(out, start);
  });
}

}  // namespace cdc::tail
