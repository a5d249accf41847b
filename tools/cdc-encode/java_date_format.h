#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cdc::encode {

/// A pattern of java.text.SimpleDateFormat in UTC: the letters y M d H h m s S a E X Z z and text in quotes.
class JavaDateFormat {
 public:
  /// False, with `error`, for a pattern with other letters.
  bool Compile(std::string_view pattern, std::string* error);
  /// Of milliseconds since 1970.
  std::string Format(int64_t ms) const;
  /// False for a text that is not of the pattern; what follows the pattern's end counts for nothing.
  bool Parse(std::string_view text, int64_t* ms) const;

 private:
  struct Part {
    char letter;  ///< 0: text
    size_t count;
    std::string text;
  };
  std::vector<Part> parts_;
};

}  // namespace cdc::encode
