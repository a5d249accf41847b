#include "common/gtid_set.h"

#include <algorithm>
#include <charconv>

#include "common/error.h"

namespace cdc {
namespace {

[[noreturn]] void BadGtid(std::string_view part) {
  Fail(ExitStatus::kUsage, "not a GTID or GTID set: \"" + Shown(std::string(part)) + "\"",
       "expected uuid:1-5:7, uuid:tag:1 or (MariaDB) domain-server-sequence");
}

bool ParseNumber(std::string_view text, uint64_t* value) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), *value);
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = text[i];
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (dash ? c != '-' : !hex) return false;
  }
  return true;
}

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

/// "5" or "1-5"
bool ParseInterval(std::string_view text, uint64_t* first, uint64_t* last) {
  const size_t dash = text.find('-');
  if (!ParseNumber(text.substr(0, dash), first)) return false;
  *last = *first;
  if (dash != std::string_view::npos && !ParseNumber(text.substr(dash + 1), last)) return false;
  return *first >= 1 && *last >= *first;
}

bool ParseMariadb(std::string_view text, uint64_t* domain, uint64_t* server, uint64_t* sequence) {
  const auto parts = Split(text, '-');
  return parts.size() == 3 && ParseNumber(parts[0], domain) && ParseNumber(parts[1], server) &&
         ParseNumber(parts[2], sequence);
}

}  // namespace

GtidSet GtidSet::Parse(std::string_view text) {
  GtidSet set;
  std::string packed;
  for (char c : text)
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') packed += c;
  for (const std::string_view part : Split(packed, ',')) {
    if (part.empty()) continue;
    if (part.find(':') == std::string_view::npos) {
      set.Add(part);
      continue;
    }
    const auto pieces = Split(part, ':');
    if (!IsUuid(pieces[0])) BadGtid(part);
    const std::string uuid = Lower(pieces[0]);
    std::string source = uuid;
    bool any = false;
    for (size_t i = 1; i < pieces.size(); ++i) {
      uint64_t first, last;
      if (ParseInterval(pieces[i], &first, &last)) {
        set.AddInterval(source, first, last);
        any = true;
      } else if (!pieces[i].empty() &&
                 (pieces[i][0] == '_' || std::isalpha(static_cast<unsigned char>(pieces[i][0])))) {
        source = uuid + ":" + Lower(pieces[i]);
        any = false;
      } else {
        BadGtid(part);
      }
    }
    if (!any) BadGtid(part);
  }
  return set;
}

void GtidSet::AddInterval(const std::string& source, uint64_t first, uint64_t last) {
  auto& list = sources_[source];
  // The common case: the next transaction of the source that is growing.
  if (!list.empty() && list.back().last + 1 == first) {
    list.back().last = last;
    return;
  }
  list.push_back({first, last});
  std::sort(list.begin(), list.end(), [](const Interval& a, const Interval& b) { return a.first < b.first; });
  std::vector<Interval> merged;
  for (const auto& interval : list) {
    if (!merged.empty() && interval.first <= merged.back().last + 1)
      merged.back().last = std::max(merged.back().last, interval.last);
    else
      merged.push_back(interval);
  }
  list = std::move(merged);
}

void GtidSet::Add(std::string_view gtid) {
  const size_t colon = gtid.rfind(':');
  uint64_t number, server, domain;
  if (colon != std::string_view::npos) {
    if (!IsUuid(gtid.substr(0, 36)) || !ParseNumber(gtid.substr(colon + 1), &number) || number == 0) BadGtid(gtid);
    AddInterval(Lower(gtid.substr(0, colon)), number, number);
    return;
  }
  if (!ParseMariadb(gtid, &domain, &server, &number)) BadGtid(gtid);
  auto [it, added] = domains_.try_emplace(domain, Last{server, number});
  if (!added && it->second.sequence <= number) it->second = {server, number};
}

void GtidSet::Union(const GtidSet& other) {
  for (const auto& [source, list] : other.sources_)
    for (const auto& interval : list) AddInterval(source, interval.first, interval.last);
  for (const auto& [domain, last] : other.domains_) {
    auto [it, added] = domains_.try_emplace(domain, last);
    if (!added && it->second.sequence < last.sequence) it->second = last;
  }
}

bool GtidSet::Contains(std::string_view gtid) const {
  return Contains(Parse(gtid));
}

bool GtidSet::Contains(const GtidSet& other) const {
  for (const auto& [source, list] : other.sources_) {
    const auto mine = sources_.find(source);
    if (mine == sources_.end()) return false;
    for (const auto& interval : list) {
      const bool held = std::any_of(mine->second.begin(), mine->second.end(), [&](const Interval& own) {
        return own.first <= interval.first && interval.last <= own.last;
      });
      if (!held) return false;
    }
  }
  for (const auto& [domain, last] : other.domains_) {
    const auto mine = domains_.find(domain);
    if (mine == domains_.end() || mine->second.sequence < last.sequence) return false;
  }
  return true;
}

GtidSet GtidSet::Minus(const GtidSet& other) const {
  GtidSet out;
  for (const auto& [source, list] : sources_) {
    const auto theirs = other.sources_.find(source);
    for (Interval interval : list) {
      if (theirs != other.sources_.end()) {
        for (const auto& taken : theirs->second) {
          if (taken.last < interval.first || taken.first > interval.last) continue;
          if (taken.first > interval.first) out.AddInterval(source, interval.first, taken.first - 1);
          interval.first = taken.last + 1;
          if (interval.first > interval.last) break;
        }
      }
      if (interval.first <= interval.last) out.AddInterval(source, interval.first, interval.last);
    }
  }
  for (const auto& [domain, last] : domains_) {
    const auto theirs = other.domains_.find(domain);
    if (theirs == other.domains_.end() || theirs->second.sequence < last.sequence) out.domains_[domain] = last;
  }
  return out;
}

std::string GtidSet::ToString() const {
  std::string out;
  std::string uuid;
  for (const auto& [source, list] : sources_) {
    // Tagged sources follow their uuid in one element: uuid:1-3:tag:1.
    if (source.substr(0, 36) == uuid) {
      out += source.substr(36);
    } else {
      uuid = source.substr(0, 36);
      if (!out.empty()) out += ',';
      out += source;
    }
    for (const auto& interval : list) {
      out += ':' + std::to_string(interval.first);
      if (interval.last > interval.first) out += '-' + std::to_string(interval.last);
    }
  }
  for (const auto& [domain, last] : domains_) {
    if (!out.empty()) out += ',';
    out += std::to_string(domain) + '-' + std::to_string(last.server) + '-' + std::to_string(last.sequence);
  }
  return out;
}

}  // namespace cdc
