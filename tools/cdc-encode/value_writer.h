#pragma once

#include <string>
#include <string_view>

#include "tools/cdc-encode/row_text.h"
#include "tools/cdc-encode/type_map.h"

namespace cdc::encode {

/// Appends a column's value as JsonConverter writes it. `raw` is the value as it stands in the change line (not
/// empty); `snapshot`: of a row that a snapshot read, which differs in some spellings. False if `raw` does not read as
/// a value of the column's type.
bool AppendValue(std::string& out, const MappedColumn& column, std::string_view raw, bool snapshot);

/// The same into the text of a row, which refers to what is long.
bool AppendRowValue(RowText& out, const MappedColumn& column, std::string_view raw, bool snapshot);

/// The same value as SimpleHeaderConverter prints it inside a struct, from the JsonConverter text of a key field:
/// strings with less escapes, decimals as numbers.
bool AppendHeaderValue(std::string& out, const MappedColumn& column, std::string_view raw, bool snapshot);

}  // namespace cdc::encode
