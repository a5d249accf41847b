#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cdc {

/// One entry of a Java property file.
struct PropertyEntry {
  std::string name;
  std::string value;
  int line = 0;  ///< where it begins, from 1
};

/// Java's rules (java.util.Properties.load): `name=value`, `name: value` or `name value`; # and ! begin comments; a
/// backslash at the end continues a line; \t \n \r \f \uXXXX and \<character> are escapes. Input is UTF-8.
/// Errors: 78 with `path`:line for a malformed \u escape.
std::vector<PropertyEntry> ParsePropertyFile(std::string_view text, const std::string& path);

/// A whole file. Errors: 66 that names the path and why.
std::string ReadFile(const std::string& path);

}  // namespace cdc
