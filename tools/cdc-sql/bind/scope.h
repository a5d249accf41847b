#pragma once

#include <string>
#include <vector>

#include "tools/cdc-sql/plan/logical_plan.h"

namespace cdc::sql {

/// The columns that an expression may name: those of the FROM clause, in order.
struct Scope {
  struct Column {
    std::string qualifier;  ///< table or alias; empty if it has none
    std::string name;
    SqlType type;
    bool hidden = false;  ///< the right side's column of JOIN … USING: not in *, and not ambiguous
  };
  std::vector<Column> columns;

  static Scope Of(const PlanNode& node, const std::string& qualifier);
  void Append(const Scope& other);

  /// Index of the column. Errors: 78 at the name: not found (with the nearest name), ambiguous.
  size_t Resolve(const Name& name) const;
  /// The same for a path that may end in fields of a ROW: `*used` parts name the column. Errors: 78.
  size_t ResolvePath(const Name& name, size_t* used) const;
  /// Whether Resolve would find the column.
  bool Knows(const Name& name) const;
  bool HasQualifier(const std::string& qualifier) const;
};

}  // namespace cdc::sql
