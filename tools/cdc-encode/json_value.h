#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace cdc::encode {

/// A JSON column's value, as the text inside a string. `raw` is a document of the change line: printed as the
/// connector prints binary JSON (no blanks; a DOUBLE without exponent, in all its binary digits where Java would print
/// one; dates and times as text, with no needless zeros). False if it is not a document.
bool AppendJsonDocument(std::string& out, std::string_view raw);

/// The same in pieces, for a large document.
bool WriteJsonDocument(std::string_view raw, const std::function<void(std::string_view)>& sink);

/// The same where the change line has the server's own text as a string (snapshots, MariaDB): copied.
bool AppendJsonText(std::string& out, std::string_view raw_string);

}  // namespace cdc::encode
