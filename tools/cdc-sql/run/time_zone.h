#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tools/cdc-sql/run/wide.h"

namespace cdc::sql {

/// A time zone: a fixed offset, or the rules of a name of the system's time zone database (from 1880 to 2200; before
/// and after the offset stays). Copies share what they know.
class TimeZone {
 public:
  /// UTC.
  TimeZone() = default;
  static TimeZone Fixed(int64_t seconds_east);
  /// "UTC", "GMT+02:00", "+02:00", "Europe/Oslo". False if there is no such zone.
  static bool Find(const std::string& name, TimeZone* zone);

  /// What java.util.TimeZone makes of an id: names of the database, the short ones of old (PST, IST), GMT+2, GMT+02:30;
  /// UTC for everything else.
  static TimeZone OfJava(const std::string& id);
  /// "+02:00".
  static std::string OffsetText(int64_t seconds_east);

  bool is_fixed() const { return changes_ == nullptr; }
  int64_t OffsetAt(int64_t utc_seconds) const;
  /// What the database calls the time of the instant: CET, CEST. Empty where it has a number only, and of an offset.
  std::string NameAt(int64_t utc_seconds) const;
  /// Nanoseconds of the wall clock from those of the instant.
  Int128 ToLocal(Int128 nanos) const;
  /// The instant of a wall clock time: of one that is there twice the earlier, of one that is left out the time as if
  /// the clock had not been put forward yet, as Java has it.
  Int128 ToInstant(Int128 local_nanos) const;
  /// The same, but of a time that is there twice the later: java.util.Calendar takes it for standard time.
  Int128 ToStandardInstant(Int128 local_nanos) const;

 private:
  struct Change {
    int64_t at;      ///< seconds since 1970
    int64_t offset;  ///< from then on
    std::string name;
  };
  const Change& ChangeBefore(int64_t utc_seconds) const;

  int64_t fixed_ = 0;
  std::shared_ptr<const std::vector<Change>> changes_;
};

}  // namespace cdc::sql
