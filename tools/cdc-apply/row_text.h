#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/cdc-apply/target_table.h"
#include "tools/cdc-apply/value.h"

namespace cdc::apply {

/// Rows as lines of text, in cdc-stream.5's forms: integers and reals as numbers, decimals and times as MySQL's text,
/// bytes as base64, a JSON column as its document.

/// One object and a line feed; absent columns are left out.
void AppendJsonRow(std::string& out, const TargetTable& table, const std::vector<Value>& row);

/// RFC 4180, with LF: NULL is nothing at all, an empty text is "".
void AppendCsvHeader(std::string& out, const TargetTable& table);
void AppendCsvRow(std::string& out, const TargetTable& table, const std::vector<Value>& row);

/// A double in as few digits as give it back.
void AppendReal(std::string& out, double value);

}  // namespace cdc::apply
