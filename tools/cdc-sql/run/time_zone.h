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

  bool is_fixed() const { return changes_ == nullptr; }
  int64_t OffsetAt(int64_t utc_seconds) const;
  /// Nanoseconds of the wall clock from those of the instant.
  Int128 ToLocal(Int128 nanos) const;
  /// The instant of a wall clock time: of one that is there twice the earlier, of one that is left out the time as if
  /// the clock had not been put forward yet, as Java has it.
  Int128 ToInstant(Int128 local_nanos) const;

 private:
  struct Change {
    int64_t at;      ///< seconds since 1970
    int64_t offset;  ///< from then on
  };
  int64_t fixed_ = 0;
  std::shared_ptr<const std::vector<Change>> changes_;
};

}  // namespace cdc::sql
