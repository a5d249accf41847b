#pragma once

#include <string>
#include <string_view>

namespace cdc::sql {

/// What JSON takes for a number: no leading zero or plus, digits on both sides of the point and in the exponent.
bool IsJsonNumber(std::string_view text);

/// A JSON string's characters, also where half of a surrogate pair is among them. False: it is none.
bool AppendLenientText(std::string& out, std::string_view raw);

/// A number as Flink's tree of JSON has it (Jackson): whole ones of any length, others as DOUBLE.
void AppendTreeNumber(std::string& out, std::string_view number);

/// A JSON value as that tree prints it: no blanks between tokens, the escapes that are needed, and of members of one
/// name the last value at the place of the first. False: the text is no JSON, or nested more than 1000 deep.
bool AppendTreeText(std::string& out, std::string_view raw);

/// What Java's Double.parseDouble takes, or Float's: NaN, Infinity, a suffix d or f, hexadecimal digits with p; what is
/// too small is 0, what is too large infinite. No blanks around it.
bool ParseJavaReal(std::string_view text, bool single, double* value);

}  // namespace cdc::sql
