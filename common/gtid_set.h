#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cdc {

/// A set of global transaction ids.
/// MySQL: for each source ("uuid" or "uuid:tag", lower case) sorted intervals of transaction numbers.
/// MariaDB: for each domain the last sequence number with its server ("domain-server-sequence"), which stands for all
/// before it in that domain.
class GtidSet {
 public:
  /// "uuid:1-5:7,uuid2:tag:1" or "0-1-42,1-1-7"; white space is ignored, empty is the empty set.
  /// Errors: 64 that shows the part that is no GTID.
  static GtidSet Parse(std::string_view text);

  bool empty() const { return sources_.empty() && domains_.empty(); }

  /// "uuid:n", "uuid:tag:n" or "domain-server-sequence".
  void Add(std::string_view gtid);
  void AddInterval(const std::string& source, uint64_t first, uint64_t last);
  void Union(const GtidSet& other);

  bool Contains(std::string_view gtid) const;
  bool Contains(const GtidSet& other) const;

  /// What is in this set but not in `other`; of a MariaDB domain that is the last GTID, where `other` ends before it.
  GtidSet Minus(const GtidSet& other) const;

  friend bool operator==(const GtidSet& a, const GtidSet& b) { return a.Contains(b) && b.Contains(a); }

  /// MySQL's own form, in one line without blanks: "uuid:1-5:7,uuid2:1".
  std::string ToString() const;

  struct Interval {
    uint64_t first, last;  // both included
  };
  /// Intervals by "uuid" or "uuid:tag", for the wire encoding of COM_BINLOG_DUMP_GTID.
  const std::map<std::string, std::vector<Interval>>& sources() const { return sources_; }
  bool is_mariadb() const { return !domains_.empty(); }

 private:
  struct Last {
    uint64_t server, sequence;
  };
  std::map<std::string, std::vector<Interval>> sources_;
  std::map<uint64_t, Last> domains_;
};

}  // namespace cdc
