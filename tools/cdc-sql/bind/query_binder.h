#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tools/cdc-sql/bind/scope.h"
#include "tools/cdc-sql/bind/session.h"

namespace cdc::sql {

/// Turns queries into plans.
class QueryBinder {
 public:
  QueryBinder(const Catalog& catalog, const Session& session) : catalog_(catalog), session_(session) {}

  /// Errors: 78 at the place, with what would work.
  PlanPtr Bind(const Query& query);

 private:
  struct Source {
    PlanPtr plan;
    Scope scope;
  };
  PlanPtr BindSelect(const Query& query);
  PlanPtr BindValues(const Query& query);
  PlanPtr BindUnion(const Query& query);
  void UnionBranches(const Query& query, std::vector<PlanPtr>* inputs);
  void AlignInputs(const Span& span, const std::string& word, std::vector<PlanPtr>* inputs);
  Source BindTableRef(const TableRef& ref);
  Source BindTable(const TableRef& ref);
  Source BindJoin(const TableRef& ref);
  PlanPtr BindScan(const TableRef& ref, const TableDef& table);
  PlanPtr BindView(const TableDef& view, const Name& name);
  PlanPtr BindGrouped(const SelectBody& select, Source source, std::vector<BoundExpr>* outputs,
                      std::vector<std::string>* names);
  void ExpandItems(const SelectBody& select, const Scope& scope, class ExprBinder& binder, bool grouped,
                   std::vector<BoundExpr>* exprs, std::vector<std::string>* names);

  /// Queries in queries, views in views.
  static constexpr int kMaxDepth = 250;
  /// Queries of one statement, each use of a view or WITH query counted.
  static constexpr int kMaxQueries = 50000;

  const Catalog& catalog_;
  const Session& session_;
  int depth_ = 0;
  int queries_ = 0;
  std::vector<std::map<std::string, const Query::Cte*>> ctes_;
  std::vector<std::string> open_views_;
};

PlanPtr MakeFilter(PlanPtr input, BoundExpr predicate);
/// Follows the unique key through the expressions.
PlanPtr MakeProject(PlanPtr input, std::vector<BoundExpr> exprs, std::vector<std::string> names);
PlanPtr MakeDistinct(PlanPtr input);

/// The columns of the table that a query sees, with their types: metadata columns as declared, computed ones bound, the
/// watermark's column marked. Errors: 78 in the definition.
std::vector<PlanColumn> TableColumns(const TableDef& table, const Session& session);

}  // namespace cdc::sql
