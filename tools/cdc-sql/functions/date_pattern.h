#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/cdc-sql/run/temporal.h"

namespace cdc::sql {

/// What "X", "Z" and "z" of a pattern write.
struct PatternZone {
  int64_t seconds_east = 0;
  std::string name = "UTC";
  std::string long_name = "Coordinated Universal Time";
};

/// Patterns of Java: yyyy MM dd HH mm ss SSS and their relatives, text in 'quotes'. Functions of text and seconds since
/// 1970 (FROM_UNIXTIME, UNIX_TIMESTAMP, TO_DATE) use SimpleDateFormat, those of timestamps (DATE_FORMAT, TO_TIMESTAMP)
/// DateTimeFormatter: the two differ in their letters, and in how much they let pass when they read.
class DatePattern {
 public:
  enum class Dialect { kFormatter, kSimple };

  /// False if a letter is not known, or a bracket or quote is not closed.
  bool Compile(std::string_view pattern, Dialect dialect = Dialect::kFormatter);
  /// A letter of DateTimeFormatter is in it that asks for the zone, which a TIMESTAMP does not have.
  bool needs_zone() const { return needs_zone_; }
  /// "zzzz" of SimpleDateFormat, the zone's name in full, is in it.
  bool has_long_zone() const { return has_long_zone_; }
  /// `parts` are of the wall clock; `zone` is for SimpleDateFormat.
  void Append(std::string& out, const DateTimeParts& parts, const PatternZone& zone = {}) const;
  /// The text has to fit as a whole; parts that the pattern does not name are those of 1970-01-01 00:00:00.
  bool Parse(std::string_view text, DateTimeParts* parts) const;
  /// The text has to begin with what fits; a number that stands before other text may have fewer digits than letters,
  /// and more than its unit has (month 13), as Java's SimpleDateFormat reads. A zone in the text goes to `seconds_east`
  /// (may be null), which is left alone if there is none.
  bool ParsePrefix(std::string_view text, DateTimeParts* parts, int64_t* seconds_east = nullptr) const;

 private:
  struct Field {
    char letter = '\0';  ///< '\0': literal text; '[' and ']': around what may be missing
    int count = 0;
    std::string text;
  };
  /// What has been read.
  struct Reading {
    DateTimeParts parts;
    bool afternoon = false, half_day = false;
    int weekday = 0;          ///< 1 Monday … 7, 0: not named
    int64_t day_of_year = 0;  ///< 0: not named
    int64_t seconds_east = INT64_MIN;
  };
  /// Takes what fits fields [from, to) from the front of `text`.
  bool Take(std::string_view& text, size_t from, size_t to, bool lenient, Reading* reading) const;
  bool TakeNumber(std::string_view& text, size_t at, bool lenient, Reading* reading) const;
  static void Finish(Reading* reading);

  std::vector<Field> fields_;
  Dialect dialect_ = Dialect::kFormatter;
  bool needs_zone_ = false;
  bool has_long_zone_ = false;
};

/// English names as both dialects have them, beginning with January and Monday.
extern const char* const kMonthNames[12];
extern const char* const kWeekdayNames[7];

/// Days of the ISO week and year. Monday is 1.
int IsoWeekday(int64_t days);
void IsoWeekOf(int64_t days, int64_t* iso_year, int64_t* week);
int64_t DayOfYear(const DateTimeParts& parts);

}  // namespace cdc::sql
