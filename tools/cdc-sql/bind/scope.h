#pragma once

#include <optional>
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
    bool hidden = false;  ///< a side's own column of JOIN … USING: not in *, and not ambiguous
    /// Its name is that of two columns: of a query that names two alike, or of NATURAL, whose shared columns have no
    /// name of their own in Flink. Errors where the name is used.
    bool ambiguous = false;
    bool twice = false;   ///< ambiguous in * as well
    bool shared = false;  ///< by the sides of USING: a name in SELECT, HAVING and GROUP BY only
  };
  /// What a name stands for: a column, or a field of one that is a ROW.
  struct Path {
    size_t column;
    std::vector<std::string> fields;
  };
  std::vector<Column> columns;

  static Scope Of(const PlanNode& node, const std::string& qualifier);
  void Append(const Scope& other);

  /// Index of the column. Errors: 78 at the name: not found (with the nearest name), ambiguous.
  size_t Resolve(const Name& name) const;
  /// The same for a name that may end in fields of a ROW, or be that of a field that no column has. Errors: 78.
  Path ResolvePath(const Name& name) const;
  /// The column that a further join shares: also one that an earlier NATURAL does. Errors: 78.
  size_t SharedColumn(const Name& name) const;
  /// Whether Resolve would find the column.
  bool Knows(const Name& name) const;
  /// Whether the name is a table's and that of a column of it, which fields of columns may follow.
  bool HasTableColumn(const Name& name) const;
  bool HasQualifier(const std::string& qualifier) const;
  /// Makes the names of columns that USING shares ambiguous, or not: they are in WHERE and ORDER BY.
  void MakeSharedAmbiguous(bool ambiguous);

 private:
  std::optional<Path> FieldOf(const Name& name) const;
};

}  // namespace cdc::sql
