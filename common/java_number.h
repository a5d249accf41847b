#pragma once

#include <string>
#include <string_view>

namespace cdc {

/// Text of floating point numbers as Java's Double.toString and Float.toString give it (JDK 19 and later: the shortest
/// decimal that reads back, of two digits at least): plain for 10^-3 <= |x| < 10^7, else with E; a point always.
void AppendJavaDouble(std::string& out, double value);
void AppendJavaFloat(std::string& out, float value);

/// The same from the text of a JSON number with the fewest digits that read back, which is only laid out anew where
/// that is enough. False if `text` is no number.
bool AppendJavaDoubleText(std::string& out, std::string_view text);
bool AppendJavaFloatText(std::string& out, std::string_view text);

/// A FLOAT's text widened to a double, as Java's (double) cast of the float prints.
bool AppendWidenedFloatText(std::string& out, std::string_view text);

/// Of a plain decimal text: as Java's BigDecimal.toString prints it, with E where its exponent is below -6.
void AppendJavaBigDecimal(std::string& out, std::string_view plain);

}  // namespace cdc
