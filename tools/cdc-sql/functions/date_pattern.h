#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/cdc-sql/run/temporal.h"

namespace cdc::sql {

/// Patterns of Java's DateTimeFormatter: yyyy MM dd HH mm ss SSS and their relatives, text in 'quotes'.
class DatePattern {
 public:
  /// False if a letter is not known.
  bool Compile(std::string_view pattern);
  void Append(std::string& out, const DateTimeParts& parts) const;
  /// The text has to fit as a whole; parts that the pattern does not name are those of 1970-01-01 00:00:00.
  bool Parse(std::string_view text, DateTimeParts* parts) const;
  /// The text has to begin with what fits; a number that stands before other text may have fewer digits than letters,
  /// and more than its unit has (month 13), as Java's SimpleDateFormat reads.
  bool ParsePrefix(std::string_view text, DateTimeParts* parts) const;

 private:
  /// Takes what fits from the front of `text`.
  bool Take(std::string_view& text, bool lenient, DateTimeParts* parts) const;

  struct Field {
    char letter = '\0';  ///< '\0': literal text
    int count = 0;
    std::string text;
  };
  std::vector<Field> fields_;
};

/// Days of the ISO week and year. Monday is 1.
int IsoWeekday(int64_t days);
void IsoWeekOf(int64_t days, int64_t* iso_year, int64_t* week);
int64_t DayOfYear(const DateTimeParts& parts);

}  // namespace cdc::sql
