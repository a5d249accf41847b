#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace cdc {

/// The pattern of JavaRegex in PCRE2's spelling. `ignore_case`: the expression is compiled without regard to case,
/// which letters beyond ASCII are kept from. False, with `error`, for what is refused; java_regex.h has the list.
/// `unsupported` (may be null): whether it is for something that Java has.
bool TranslateJavaPattern(std::string_view pattern, bool ignore_case, std::string* out, std::string* error,
                          bool* unsupported);

/// Reads a group of a replacement, `at` being at its $, and leaves `at` at its last character. A number goes on while
/// there is such a group. False: there is none of that number or name; `find` gives the number of a name, or a
/// negative.
bool ReadJavaGroup(std::string_view replacement, size_t* at, uint32_t groups,
                   const std::function<int(const std::string&)>& find, int* group);

}  // namespace cdc
