#pragma once

#include <string>
#include <string_view>

namespace cdc::apply {

/// A document as change lines write it (cdc-stream.5, JSON: an exponent marks DOUBLE, {"@date":…} and the like what
/// JSON lacks) as plain JSON without blanks; dates, times and opaque values become strings, as MySQL prints them. False
/// if it is none, or only the list of what changed in a document.
bool AppendPlainJson(std::string& out, std::string_view tagged);

/// JSON text without the blanks between its parts, so that equal documents are more often equal texts.
void AppendWithoutBlanks(std::string& out, std::string_view json);

}  // namespace cdc::apply
