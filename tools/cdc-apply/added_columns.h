#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/cdc-apply/source_statement.h"

namespace cdc::apply {

/// A column that the source has added, or given a name that another one had, since the table's last row. It is
/// remembered in the table's stored shape (ShapeText), so that the next row may come in any later run.
struct AddedColumn {
  std::string name;
  ColumnKind type = ColumnKind::kAny;    ///< what it holds, in change lines; records may hold it in another form
  std::optional<OwnedValue> older_rows;  ///< what rows have in it that are there; nothing: not known
};
std::vector<AddedColumn> AddedColumns(std::string_view shape);
/// Nothing if the column is none of them: what the target holds in a column of this name is what the source has.
std::optional<AddedColumn> AddedColumnOf(std::string_view shape, std::string_view column);

/// The shape behind a statement. Of a table of which nothing is known nothing is remembered.
std::string ShapeAfter(const std::string& shape, const std::vector<ColumnEvent>& events);
/// The shape of which nothing is remembered: the table is another one by this name, or the target does not follow it.
std::string ShapeWithoutAdded(const std::string& shape);

}  // namespace cdc::apply
