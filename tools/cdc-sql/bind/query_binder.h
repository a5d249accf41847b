#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tools/cdc-sql/bind/expr_binder.h"
#include "tools/cdc-sql/bind/scope.h"
#include "tools/cdc-sql/bind/session.h"

namespace cdc::sql {

/// Turns queries into plans.
/// Whether the query gives the same name to two of its columns (* gives names that differ).
bool NamesTwice(const Query& query, const std::string& name);

class QueryBinder {
 public:
  QueryBinder(const Catalog& catalog, const Session& session) : QueryBinder(catalog, session, catalog.current()) {}
  /// `database`: of tables that are named without one.
  QueryBinder(const Catalog& catalog, const Session& session, DatabasePath database)
      : catalog_(catalog), session_(session), database_(std::move(database)) {}

  /// Errors: 78 at the place, with what would work.
  PlanPtr Bind(const Query& query);

 private:
  struct Source {
    PlanPtr plan;
    Scope scope;
  };
  using Conditions = std::vector<const Expr*>;  ///< AND-ed

  // query_binder.cc
  /// The columns of a SELECT that its ORDER BY speaks of. Those that are no output columns stand behind these.
  struct OrderColumns {
    std::map<const Expr*, size_t> columns;
    size_t behind = 0;
  };
  /// What is computed beside the columns of a SELECT, with the aliases replaced.
  struct Behind {
    std::vector<std::pair<const Expr*, ExprPtr>> order;  ///< as written in ORDER BY; what it stands for
    ExprPtr qualify;
    OrderColumns* columns = nullptr;
  };
  PlanPtr BindBody(const Query& query, OrderColumns* order);
  PlanPtr BindSelect(const Query& query, OrderColumns* order);
  PlanPtr BindValues(const Query& query);
  PlanPtr BindUnion(const Query& query);
  PlanPtr BindSetOperation(const Query& query);
  void UnionBranches(const Query& query, std::vector<PlanPtr>* inputs);
  void AlignInputs(const Span& span, const std::string& word, std::vector<PlanPtr>* inputs);
  PlanPtr BindGrouped(const SelectBody& select, Source source, const std::vector<BoundExpr>& extra_keys,
                      const Scalars& scalars, OverCalls* overs, const Behind& behind, std::vector<BoundExpr>* outputs,
                      std::vector<std::string>* names);
  static Behind WithoutAliases(const Query& query, OrderColumns* columns);
  static void BindOrder(const SelectBody& select, const Behind& behind, Scope* scope, ExprBinder& binder,
                        std::vector<BoundExpr>* exprs, std::vector<std::string>* names);
  void ExpandItems(const SelectBody& select, const Scope& scope, ExprBinder& binder, bool grouped,
                   std::vector<BoundExpr>* exprs, std::vector<std::string>* names);
  PlanPtr ExpandSets(PlanPtr plan, const Grouping& grouping, size_t inputs);

  // from_binder.cc
  Source BindFrom(const TableRef& ref, Conditions* conditions);
  Source BindTableRef(const TableRef& ref, Conditions* conditions);
  Source BindTable(const TableRef& ref);
  PlanPtr BindScan(const TableRef& ref, const TableDef& table);
  PlanPtr BindView(const TableDef& view, const Name& name);
  PlanPtr BindCte(const Query::Cte& cte, size_t level);
  Source BindTableFunction(const TableRef& ref);
  Source BindWindow(const TableRef& ref);
  Source BindChangelog(const TableRef& ref);
  void BindWindowGroup(const SelectBody& select, Source* source, Grouping* grouping,
                       std::vector<const Expr*>* window_keys);
  PlanPtr MakeWindow(PlanPtr input, const WindowSpec& spec);
  void Alias(const TableRef& ref, Source* source);

  // join_binder.cc
  Source BindJoin(const TableRef& ref, Conditions* conditions);
  void TakeRankConditions(Source* side, const Source& other, Conditions* conditions);
  void ShareColumns(JoinKind kind, bool natural, const std::vector<std::pair<size_t, size_t>>& both_sides,
                    Source* joined);
  Source BindUnnest(const TableRef& join, Source left);
  Source BindTemporal(const TableRef& join, Source left);
  /// Joins on conditions over the columns of both sides. Of a semi or anti join the columns of the left side stay.
  Source MakeJoin(JoinKind kind, Source left, Source right, std::vector<BoundExpr> parts, const Span& span,
                  bool null_aware = false);

  // lateral_binder.cc
  Source BindLateral(const TableRef& join, Source left);
  void ComputeBelow(size_t left_size, PlanPtr* inner, std::vector<BoundExpr>* exprs);

  // match_binder.cc
  Source BindMatch(const MatchClause& clause, Source input, const std::string& alias);

  // over_binder.cc
  PlanPtr BuildOver(PlanPtr plan, const OverCalls& overs, std::vector<BoundExpr>* outputs);
  PlanPtr FirstOfEach(const Query& query, Source from, std::vector<BoundExpr> outputs, std::vector<std::string> names,
                      size_t keys);
  PlanPtr ApplyOrderAndLimit(const Query& query, PlanPtr plan, const OrderColumns& order);

  // subquery_binder.cc
  void BindWhere(Source* source, const Conditions& conditions);
  void CheckItems(const Query& query, const Scope& inner, const Scope& outer);
  void CheckOneRow(const Source& outer, const Query& query);
  /// `wanted`: what IN compares, where it is bound already.
  bool BindSubqueryCondition(Source* source, const Expr& condition, const std::vector<BoundExpr>* wanted = nullptr);
  void AddScalars(Source* source, const Expr& expr, Scalars* scalars);
  void AddHavingScalars(Source* source, const SelectBody& select, Scalars* scalars);
  void AddScalar(Source* source, const Expr& expr, Scalars* scalars);
  Source BindInner(const Source& outer, const Query& query, Conditions* correlated);

  // tied_binder.cc
  void TieInner(const Source& outer, Source* inner, const Conditions& correlated, std::vector<BoundExpr>* keys,
                std::vector<BoundExpr>* outer_keys);
  void TieKeys(const PlanNode& inner, size_t left_size, std::vector<BoundExpr> outer_keys, const Span& span,
               std::vector<BoundExpr>* parts);
  PlanPtr BindTiedGroups(const Source& outer, const Query& query, std::vector<BoundExpr>* parts,
                         std::vector<BoundExpr>* above = nullptr, std::vector<std::string>* names = nullptr,
                         std::vector<BoundExpr>* ties = nullptr);
  PlanPtr BindTiedRows(const Source& outer, const Query& query, std::vector<BoundExpr>* parts,
                       std::vector<std::string>* names);
  PlanPtr BindTiedValue(const Source& outer, const Query& query, std::vector<BoundExpr>* parts);
  static PlanPtr MakeSingleValue(PlanPtr input, const Span& span);

  // mark_binder.cc
  /// Inner rows, what is equal in them and outside, and the value of a row, where one is compared.
  struct Tied {
    Source rows;
    std::vector<BoundExpr> keys, outer_keys;
    BoundExpr value;
  };
  void AddMark(Source* source, const Expr& expr, Scalars* scalars);
  Tied BindTied(const Source& outer, const Expr& expr);
  BoundExpr InMark(Source* source, const Expr& expr, Tied tied);
  BoundExpr SomeMark(Source* source, const Expr& expr, const std::string& op, Tied tied);
  BoundExpr CountAt(const Source& source, size_t column, const Span& span) const;
  size_t JoinAggregates(Source* source, Tied tied, const std::vector<std::string>& of, const Span& span);

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
  DatabasePath database_;  ///< the current one, or that of the view whose query is bound
};

PlanPtr MakeFilter(PlanPtr input, BoundExpr predicate);
/// Follows the unique key, event time and windows through the expressions.
PlanPtr MakeProject(PlanPtr input, std::vector<BoundExpr> exprs, std::vector<std::string> names);
PlanPtr MakeDistinct(PlanPtr input);
/// A filter on ROW_NUMBER() of the input: the rank's own node, where the input is one.
PlanPtr RecognizeRank(PlanPtr filter);
/// Whether the condition bounds the ROW_NUMBER() of the input from above, so that a filter on it is a rank.
bool BoundsRank(const PlanNode& input, const BoundExpr& condition);
/// Splits a condition into its AND-ed parts.
void SplitConditions(const Expr& expr, std::vector<const Expr*>* parts);

/// The columns of the table that a query sees, with their types: metadata columns as declared, computed ones bound, the
/// watermark's column marked. Errors: 78 in the definition.
std::vector<PlanColumn> TableColumns(const TableDef& table, const Session& session);

}  // namespace cdc::sql
