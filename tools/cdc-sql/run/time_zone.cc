#include "tools/cdc-sql/run/time_zone.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <map>
#include <sstream>

#include "tools/cdc-sql/run/temporal.h"

namespace cdc::sql {

namespace {

constexpr int64_t kFirst = -2840140800;  // 1880-01-01
constexpr int64_t kLast = 7258118400;    // 2200-01-01
constexpr int64_t kStep = 14 * 86400;    // less than between two changes that count

int64_t LibraryOffset(int64_t seconds) {
  const time_t time = seconds;
  tm parts{};
  localtime_r(&time, &parts);
  return parts.tm_gmtoff;
}

std::string LibraryName(int64_t seconds) {
  const time_t time = seconds;
  tm parts{};
  localtime_r(&time, &parts);
  const std::string name = parts.tm_zone;
  return name.empty() || name[0] == '+' || name[0] == '-' ? "" : name;
}

std::string PathOf(const std::string& name) {
  const char* folder = std::getenv("TZDIR");
  return std::string(folder != nullptr ? folder : "/usr/share/zoneinfo") + "/" + name;
}

bool HasFile(const std::string& name) {
  if (name.empty() || name[0] == '/' || name.find("..") != std::string::npos) return false;
  const std::string path = PathOf(name);
  return access(path.c_str(), R_OK) == 0 && path.back() != '/';
}

/// The zone that an old name such as US/Pacific stands for: where there are no files for these (Debian has them in a
/// package of their own since 13), the database's text still has them, as lines "L zone name". Empty: there is none.
std::string ZoneOfOldName(const std::string& name) {
  std::ifstream file(PathOf("tzdata.zi"));
  std::string kind, zone, old;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("L ", 0) != 0) continue;
    std::istringstream(line) >> kind >> zone >> old;
    if (old == name) return zone;
  }
  return {};
}

}  // namespace

TimeZone TimeZone::Fixed(int64_t seconds_east) {
  TimeZone zone;
  zone.fixed_ = seconds_east;
  return zone;
}

bool TimeZone::Find(const std::string& name, TimeZone* zone) {
  static std::map<std::string, TimeZone> known;
  int64_t fixed = 0;
  if (ParseZoneOffset(name, &fixed)) {
    *zone = Fixed(fixed);
    return true;
  }
  const auto found = known.find(name);
  if (found != known.end()) {
    *zone = found->second;
    return true;
  }
  const std::string file = HasFile(name) ? name : ZoneOfOldName(name);
  if (file.empty()) return false;
  // The C library knows the database's format: its offsets are asked for once.
  const char* before = std::getenv("TZ");
  const std::string kept = before == nullptr ? "" : before;
  setenv("TZ", (":" + file).c_str(), 1);
  tzset();
  auto changes = std::make_shared<std::vector<Change>>();
  changes->push_back({INT64_MIN, LibraryOffset(kFirst), LibraryName(kFirst)});
  for (int64_t at = kFirst; at < kLast; at += kStep) {
    const int64_t offset = LibraryOffset(at + kStep);
    if (offset == changes->back().offset) continue;
    int64_t low = at, high = at + kStep;
    while (high - low > 1) {
      const int64_t middle = low + (high - low) / 2;
      (LibraryOffset(middle) == offset ? high : low) = middle;
    }
    changes->push_back({high, offset, LibraryName(high)});
  }
  if (before == nullptr) {
    unsetenv("TZ");
  } else {
    setenv("TZ", kept.c_str(), 1);
  }
  tzset();
  zone->changes_ = std::move(changes);
  known[name] = *zone;
  return true;
}

const TimeZone::Change& TimeZone::ChangeBefore(int64_t utc_seconds) const {
  const auto after = std::upper_bound(changes_->begin(), changes_->end(), utc_seconds,
                                      [](int64_t seconds, const Change& change) { return seconds < change.at; });
  return *std::prev(after);
}

int64_t TimeZone::OffsetAt(int64_t utc_seconds) const {
  return changes_ == nullptr ? fixed_ : ChangeBefore(utc_seconds).offset;
}

std::string TimeZone::NameAt(int64_t utc_seconds) const {
  return changes_ == nullptr ? "" : ChangeBefore(utc_seconds).name;
}

Int128 TimeZone::ToLocal(Int128 nanos) const {
  return nanos + Int128{OffsetAt(static_cast<int64_t>(FloorDiv(nanos, Int128{kNanosPerSecond})))} * kNanosPerSecond;
}

Int128 TimeZone::ToStandardInstant(Int128 local_nanos) const {
  if (changes_ == nullptr) return local_nanos - Int128{fixed_} * kNanosPerSecond;
  const auto local = static_cast<int64_t>(FloorDiv(local_nanos, Int128{kNanosPerSecond}));
  const int64_t after = OffsetAt(local + 86400);
  return OffsetAt(local - after) == after ? local_nanos - Int128{after} * kNanosPerSecond : ToInstant(local_nanos);
}

std::string TimeZone::OffsetText(int64_t seconds_east) {
  const int64_t minutes = (seconds_east < 0 ? -seconds_east : seconds_east) / 60;
  const std::string hour = std::to_string(minutes / 60), minute = std::to_string(minutes % 60);
  return std::string(seconds_east < 0 ? "-" : "+") + (hour.size() < 2 ? "0" : "") + hour + ":" +
         (minute.size() < 2 ? "0" : "") + minute;
}

namespace {

/// GMT+h, GMT+hh, GMT+hhmm, GMT+h:mm, the sign + or -.
bool ParseCustomId(const std::string& id, int64_t* seconds) {
  if (id.size() < 5 || id.compare(0, 3, "GMT") != 0 || (id[3] != '+' && id[3] != '-')) return false;
  std::string digits = id.substr(4);
  const size_t colon = digits.find(':');
  if (colon != std::string::npos) {
    if (colon < 1 || colon > 2 || digits.size() != colon + 3) return false;
    digits.erase(colon, 1);
  }
  if (digits.size() > 4 || digits.find_first_not_of("0123456789") != std::string::npos) return false;
  const int number = std::stoi(digits);
  const int hours = digits.size() > 2 ? number / 100 : number, minutes = digits.size() > 2 ? number % 100 : 0;
  if (hours > 23 || minutes > 59) return false;
  *seconds = (id[3] == '-' ? -1 : 1) * (hours * 60 + minutes) * 60;
  return true;
}

/// Ids of three letters that Java has from its first version, as ZoneId.SHORT_IDS lists them.
const std::map<std::string, std::string>& OldIds() {
  static const std::map<std::string, std::string> kIds = {
      {"ACT", "Australia/Darwin"},
      {"AET", "Australia/Sydney"},
      {"AGT", "America/Argentina/Buenos_Aires"},
      {"ART", "Africa/Cairo"},
      {"AST", "America/Anchorage"},
      {"BET", "America/Sao_Paulo"},
      {"BST", "Asia/Dhaka"},
      {"CAT", "Africa/Harare"},
      {"CNT", "America/St_Johns"},
      {"CST", "America/Chicago"},
      {"CTT", "Asia/Shanghai"},
      {"EAT", "Africa/Addis_Ababa"},
      {"ECT", "Europe/Paris"},
      {"IET", "America/Indiana/Indianapolis"},
      {"IST", "Asia/Kolkata"},
      {"JST", "Asia/Tokyo"},
      {"MIT", "Pacific/Apia"},
      {"NET", "Asia/Yerevan"},
      {"NST", "Pacific/Auckland"},
      {"PLT", "Asia/Karachi"},
      {"PNT", "America/Phoenix"},
      {"PRT", "America/Puerto_Rico"},
      {"PST", "America/Los_Angeles"},
      {"SST", "Pacific/Guadalcanal"},
      {"VST", "Asia/Ho_Chi_Minh"},
  };
  return kIds;
}

}  // namespace

TimeZone TimeZone::OfJava(const std::string& id) {
  int64_t fixed = 0;
  if (ParseCustomId(id, &fixed)) return Fixed(fixed);
  const auto old = OldIds().find(id);
  if (old == OldIds().end() && ParseZoneOffset(id, &fixed)) return {};
  TimeZone zone;
  return Find(old == OldIds().end() ? id : old->second, &zone) ? zone : TimeZone();
}

Int128 TimeZone::ToInstant(Int128 local_nanos) const {
  if (changes_ == nullptr) return local_nanos - Int128{fixed_} * kNanosPerSecond;
  const auto local = static_cast<int64_t>(FloorDiv(local_nanos, Int128{kNanosPerSecond}));
  // The offset of a day before and of a day after: where both fit, or none does, the one before the change.
  const int64_t before = OffsetAt(local - 86400), after = OffsetAt(local + 86400);
  const int64_t offset = OffsetAt(local - before) == before ? before
                         : OffsetAt(local - after) == after ? after
                                                            : before;
  return local_nanos - Int128{offset} * kNanosPerSecond;
}

}  // namespace cdc::sql
