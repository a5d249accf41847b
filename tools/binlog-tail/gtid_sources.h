#pragma once

#include <string_view>

#include "common/connector_config.h"
#include "common/gtid_set.h"
#include "common/java_regex.h"

namespace cdc::tail {

/// Whose transactions count: gtid.source.includes and gtid.source.excludes, expressions for the UUID of the server that
/// a transaction was committed on first. Where a position meets a server, only those have to be there still, and to
/// have been done; rows of the others are left out unless gtid.source.filter.dml.events is false. Positions go on to
/// hold all of them.
class GtidSources {
 public:
  GtidSources() = default;
  /// Errors: 78 for both lists at once, and for an expression that does not read.
  explicit GtidSources(const ConnectorConfig& config);

  /// There is no list: all count.
  bool all() const { return includes_.empty() && excludes_.empty(); }

  /// Of a GTID, "uuid:n" or "uuid:tag:n", or a source of a set. MariaDB's GTIDs have no UUID: they always count.
  bool Counts(std::string_view gtid) const;
  bool LeavesOutRows(std::string_view gtid) const { return filters_rows_ && !gtid.empty() && !Counts(gtid); }

  /// The part of a set that counts, and the rest.
  GtidSet Counting(const GtidSet& set) const;
  GtidSet Others(const GtidSet& set) const;

 private:
  GtidSet Part(const GtidSet& set, bool counting) const;
  ExpressionList includes_, excludes_;
  bool filters_rows_ = false;
};

}  // namespace cdc::tail
