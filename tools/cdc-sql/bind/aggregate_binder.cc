// Aggregates, the functions of OVER windows, and what stands for keys of a grouping.
#include <algorithm>
#include <cstdlib>

#include "tools/cdc-sql/bind/expr_binder.h"
#include "tools/cdc-sql/functions/adapt.h"
#include "tools/cdc-sql/functions/function_table.h"
#include "tools/cdc-sql/functions/nested_values.h"
#include "tools/cdc-sql/sql/expr_copy.h"

namespace cdc::sql {

namespace {

constexpr const char* kAggregates[] = {
    "COUNT",          "SUM",          "AVG",        "MIN",     "MAX",          "FIRST_VALUE",
    "LAST_VALUE",     "LISTAGG",      "STDDEV_POP", "STDDEV",  "STDDEV_SAMP",  "VAR_POP",
    "VARIANCE",       "VAR_SAMP",     "ARRAY_AGG",  "COLLECT", "SINGLE_VALUE", "PERCENTILE",
    "JSON_OBJECTAGG", "JSON_ARRAYAGG"};
constexpr const char* kOverFunctions[] = {"ROW_NUMBER", "RANK", "DENSE_RANK", "LAG"};
// Known to Flink; named so that the message can say so.
constexpr const char* kOthers[] = {"APPROX_COUNT_DISTINCT", "LEAD", "NTILE", "CUME_DIST", "PERCENT_RANK", "NTH_VALUE"};

// Of the type of a JSON aggregate, which the text may be longer than.
constexpr int kJsonLength = 2000;

template <size_t N>
bool IsIn(const char* const (&names)[N], const std::string& name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

Datum ConstantOf(const BoundExpr& expr, const char* what) {
  if (expr.kind != BoundExpr::Kind::kLiteral || expr.literal.is_null)
    FailAt(expr.span, std::string(what) + " is a constant");
  return expr.literal;
}

}  // namespace

bool IsAggregateFunction(const std::string& name) {
  return IsIn(kAggregates, name) || IsIn(kOverFunctions, name) || IsIn(kOthers, name);
}

std::vector<std::string> AggregateFunctions() {
  std::vector<std::string> names(std::begin(kAggregates), std::end(kAggregates));
  names.insert(names.end(), std::begin(kOverFunctions), std::end(kOverFunctions));
  return names;
}

/// They read which set a row of GROUP BY belongs to.
bool IsGroupingFunction(const std::string& name) {
  return name == "GROUPING" || name == "GROUPING_ID" || name == "GROUP_ID";
}

bool ContainsAggregate(const Expr& expr) {
  if (expr.kind == ExprKind::kCall && !expr.over && (IsAggregateFunction(expr.text) || IsGroupingFunction(expr.text)))
    return true;
  if (expr.over) {
    for (const ExprPtr& part : expr.over->partition_by)
      if (ContainsAggregate(*part)) return true;
    for (const OrderItem& item : expr.over->order_by)
      if (ContainsAggregate(*item.expr)) return true;
  }
  return std::any_of(expr.args.begin(), expr.args.end(), [](const ExprPtr& arg) { return ContainsAggregate(*arg); });
}

bool ContainsOver(const Expr& expr) {
  return expr.over ||
         std::any_of(expr.args.begin(), expr.args.end(), [](const ExprPtr& arg) { return ContainsOver(*arg); });
}

const OverSpec& OverCalls::Resolved(const OverSpec& spec) {
  std::vector<const OverSpec*> chain = {&spec};  // each made of the next
  while (!chain.back()->base.empty()) {
    const OverSpec& last = *chain.back();
    const OverSpec* window = nullptr;
    if (windows != nullptr && chain.size() <= windows->size())  // else it is made of itself
      for (const auto& [name, known] : *windows)
        if (name == last.base) window = known.get();
    if (window == nullptr)
      FailAt(last.span, "there is no window '" + last.base + "'",
             "WINDOW " + last.base + " AS (PARTITION BY … ORDER BY …)");
    chain.push_back(window);
  }
  const OverSpec* whole = chain.back();
  for (size_t i = chain.size() - 1; i-- > 0;) whole = &Extended(*chain[i], *whole);
  return *whole;
}

const OverSpec& OverCalls::Extended(const OverSpec& spec, const OverSpec& window) {
  if (spec.partition_by.empty() && spec.order_by.empty() && !spec.has_frame) return window;
  const char* twice = !spec.partition_by.empty()                           ? "PARTITION BY"
                      : !spec.order_by.empty() && !window.order_by.empty() ? "ORDER BY"
                                                                           : nullptr;
  if (twice != nullptr)
    FailAt(spec.span, std::string(twice) + " is that of the window '" + spec.base + "'", "leave it out");
  if (window.has_frame)
    FailAt(spec.span, "the window '" + spec.base + "' has its rows", "OVER " + spec.base + " takes them");
  const std::shared_ptr<OverSpec> own = CopyOver(spec), base = CopyOver(window);
  own->base.clear();
  own->partition_by = std::move(base->partition_by);
  if (own->order_by.empty()) own->order_by = std::move(base->order_by);
  extended.push_back(own);
  return *own;
}

SqlType ExprBinder::AggregateType(const Expr& expr, const std::string& function, const SqlType& argument,
                                  bool never_empty) const {
  const SqlType value = argument.Plain();
  const bool nullable = value.nullable || !never_empty;
  if (function == "LAG") {
    // A NULL in the row that it looks at is a NULL, whatever the default is.
    const bool has_value = expr.args.size() == 3 && expr.args[2]->kind != ExprKind::kNull;
    return value.WithNullable(value.nullable || !has_value);
  }
  const bool any = function == "MIN" || function == "MAX" || function == "FIRST_VALUE" || function == "LAST_VALUE" ||
                   function == "SINGLE_VALUE";
  if (any) {
    const bool ordered = !argument.is_nested() && !argument.is_binary() && !argument.is_interval();
    if (!ordered && (function == "MIN" || function == "MAX"))
      FailAt(expr.span, function + " cannot be applied to " + argument.Text());
    return value.WithNullable(nullable || function == "SINGLE_VALUE");
  }
  if (function == "ARRAY_AGG" || function == "COLLECT") {
    const bool collect = function == "COLLECT";
    SqlType type = SqlType::Of(collect ? TypeKind::kMultiset : TypeKind::kArray,
                               !collect && (value.nullable || expr.filter != nullptr));
    type.children.push_back(value);
    return type;
  }
  if (function == "JSON_OBJECTAGG" || function == "JSON_ARRAYAGG") {
    const SqlType& written = function == "JSON_OBJECTAGG" ? argument.children[1] : argument;
    if (written.kind == TypeKind::kDate || written.kind == TypeKind::kTime)
      FailAt(expr.span, written.Plain().WithNullable(true).Text() + " has no form in JSON",
             "CAST(x AS STRING) has one");
    return SqlType::Of(TypeKind::kVarchar, false, kJsonLength);
  }
  if (function == "LISTAGG") {
    if (!argument.is_string()) FailAt(expr.span, "LISTAGG joins texts", "LISTAGG(CAST(x AS STRING))");
    return value.WithNullable(value.nullable || expr.filter != nullptr);
  }
  if (!argument.is_numeric())
    FailAt(expr.span, function + " cannot be applied to " + value.WithNullable(true).Text(), "it takes numbers");
  if (function == "PERCENTILE") return SqlType::Of(TypeKind::kDouble);
  // Of one row there is no sample, whose NULL in a column that is NOT NULL ends Flink's job.
  const bool sample =
      function == "STDDEV" || function == "STDDEV_SAMP" || function == "VARIANCE" || function == "VAR_SAMP";
  if (argument.kind == TypeKind::kDecimal)
    return SqlType::Decimal(kMaxPrecision, function == "SUM" ? argument.scale : std::max(6, argument.scale),
                            nullable || sample);
  return value.WithNullable(nullable || sample);
}

namespace {

bool SameExprs(const std::vector<BoundExpr>& a, const std::vector<BoundExpr>& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), SameExpr);
}

/// The shares of PERCENTILE(x, share | ARRAY[share, …]), as they are written: 0.5 is a DECIMAL, 5e-1 a DOUBLE, 1 an
/// INT; kept as doubles.
std::vector<Datum> SharesOf(const Expr& expr) {
  std::vector<const Expr*> written;
  if (expr.kind == ExprKind::kArray) {
    for (const ExprPtr& share : expr.args) written.push_back(share.get());
  } else {
    written.push_back(&expr);
  }
  std::vector<Datum> shares;
  for (const Expr* share : written) {
    Datum value;
    value.is_null = false;
    value.real = std::strtod(std::string(share->span.text()).c_str(), nullptr);
    if (share->kind != ExprKind::kNumber || value.real > 1)
      FailAt(share->span, "the share in PERCENTILE is a number from 0 to 1", "PERCENTILE(x, 0.5)");
    shares.push_back(value);
  }
  return shares;
}

}  // namespace

bool ExprBinder::IsRowMapOrBytes(const SqlType& type) {
  return type.is_binary() || type.kind == TypeKind::kRow || type.kind == TypeKind::kMap ||
         type.kind == TypeKind::kMultiset;
}

AggregateCall ExprBinder::MakeAggregate(const Expr& expr, ExprBinder& inner, bool has_rows,
                                        std::vector<BoundExpr>* argument, std::vector<BoundExpr>* filter) {
  const std::string& function = expr.text;
  const bool never_empty = has_rows && !expr.filter;
  const bool ranks = function == "ROW_NUMBER" || function == "RANK" || function == "DENSE_RANK";
  const size_t most = function == "LAG" || function == "PERCENTILE"           ? 3
                      : function == "LISTAGG" || function == "JSON_OBJECTAGG" ? 2
                                                                              : 1;
  const size_t least = function == "PERCENTILE" || function == "JSON_OBJECTAGG" ? 2 : 1;
  if (ranks       ? !expr.args.empty()
      : expr.star ? function != "COUNT"
                  : expr.args.size() < least || expr.args.size() > most)
    FailAt(expr.span,
           function + " takes " +
               (ranks       ? "no argument"
                : most == 1 ? "one argument"
                            : std::to_string(least) + " to " + std::to_string(most) + " arguments"),
           function == "COUNT" ? "COUNT(*), COUNT(x), COUNT(DISTINCT x)" : "");
  AggregateCall call;
  call.function = function;
  call.distinct = expr.distinct && function != "MIN" && function != "MAX";
  call.text = std::string(expr.span.text());
  if (!expr.words.empty()) call.option = expr.words.front();
  if (!expr.order_by.empty())
    FailAt(expr.span, "WITHIN GROUP is not available", "values stand in the order in which they come");
  if (!expr.star && !ranks) {
    argument->push_back(inner.Bind(*expr.args[0]));
    if ((*argument)[0].type.kind == TypeKind::kNull)
      FailAt(expr.args[0]->span, "NULL has no type here", "CAST(NULL AS INT) gives it one");
    call.argument_type = (*argument)[0].type;
    if (function == "JSON_OBJECTAGG") {
      std::vector<BoundExpr> pair = {std::move((*argument)[0]), inner.Bind(*expr.args[1])};
      if (!pair[0].type.is_string()) FailAt(expr.args[0]->span, "the name in JSON_OBJECTAGG is a text");
      argument->clear();
      argument->push_back(BindRow(std::move(pair), expr.span));
      call.argument_type = (*argument)[0].type;
    } else if (function == "PERCENTILE") {
      call.parameters = SharesOf(*expr.args[1]);
      call.type = AggregateType(expr, function, call.argument_type, never_empty);
      if (expr.args[1]->kind == ExprKind::kArray) {
        SqlType shares = SqlType::Of(TypeKind::kArray);
        shares.children.push_back(call.type);
        call.type = shares;
      }
      if (expr.args.size() == 3) {
        std::vector<BoundExpr> pair = {std::move((*argument)[0]), inner.Bind(*expr.args[2])};
        if (!pair[1].type.is_integer()) FailAt(expr.args[2]->span, "how often a value counts is an integer");
        argument->clear();
        argument->push_back(BindRow(std::move(pair), expr.span));
        call.argument_type = (*argument)[0].type;
      }
    } else {
      for (size_t i = 1; i < expr.args.size(); ++i)
        call.parameters.push_back(ConstantOf(inner.Bind(*expr.args[i]), "this argument"));
    }
  }
  if (function == "LISTAGG" && expr.args.size() == 2 && expr.args[1]->kind != ExprKind::kString)
    FailAt(expr.args[1]->span, "what LISTAGG puts between the texts is a literal", "LISTAGG(x, '; ')");
  if (expr.over && expr.filter)
    FailAt(expr.filter->span, "FILTER and OVER do not go together",
           function + "(CASE WHEN … THEN x END) OVER (…) leaves values out");
  if (call.distinct && IsRowMapOrBytes(call.argument_type))
    FailAt(expr.span, "DISTINCT is not available for " + call.argument_type.Plain().WithNullable(true).Text(),
           "CAST(x AS STRING) makes a text of it");
  if (function == "PERCENTILE") {
    if (expr.filter) filter->push_back(inner.BindCondition(*expr.filter, "FILTER"));
    return call;
  }
  call.type = function == "COUNT" || ranks ? SqlType::Of(TypeKind::kBigint, false)
                                           : AggregateType(expr, function, call.argument_type, never_empty);
  if (expr.filter) filter->push_back(inner.BindCondition(*expr.filter, "FILTER"));
  return call;
}

BoundExpr ExprBinder::BindAggregate(const Expr& expr) {
  const std::string& function = expr.text;
  if (inside_aggregate_)
    FailAt(expr.span, "an aggregate inside an aggregate", "compute the inner one in a query in FROM");
  if (forbidden_in_ != nullptr)
    FailAt(expr.span, std::string("an aggregate in ") + forbidden_in_,
           std::string_view(forbidden_in_) == "WHERE" ? "HAVING filters groups" : "");
  if (IsIn(kOverFunctions, function))
    FailAt(expr.span, function + " needs a window", function + "() OVER (PARTITION BY … ORDER BY …)");
  if (grouping_ == nullptr) FailAt(expr.span, "an aggregate is not possible here");
  if (!IsIn(kAggregates, function))
    FailAt(expr.span, "the function " + function + " is not available",
           "COUNT, SUM, AVG, MIN and MAX are, with others");
  Grouping::Call call;
  ExprBinder inner(scope_, session_);
  inner.inside_aggregate_ = true;
  inner.scalars_ = scalars_;
  call.call = MakeAggregate(expr, inner, !grouping_->keys.empty(), &call.argument, &call.filter);
  for (size_t i = 0; i < grouping_->calls.size(); ++i) {
    const Grouping::Call& known = grouping_->calls[i];
    if (known.call.function == function && known.call.distinct == call.call.distinct &&
        known.call.parameters == call.call.parameters && known.call.option == call.call.option &&
        SameExprs(known.argument, call.argument) && SameExprs(known.filter, call.filter))
      return ColumnExpr(grouping_->keys.size() + i, known.call.text, known.call.type, expr.span);
  }
  grouping_->calls.push_back(std::move(call));
  const AggregateCall& added = grouping_->calls.back().call;
  return ColumnExpr(grouping_->keys.size() + grouping_->calls.size() - 1, added.text, added.type, expr.span);
}

/// A sub-query beside aggregates: its value is the same in all rows of the group, so it is their greatest.
BoundExpr ExprBinder::BindGroupedScalar(BoundExpr value, const ScalarColumn& scalar, const Expr& expr) {
  // Rows of one group have one value of it where it depends on keys only, that of MAX.
  const auto is_key = [this](size_t column) {
    return std::any_of(grouping_->keys.begin(), grouping_->keys.end(), [column](const BoundExpr& key) {
      return key.kind == BoundExpr::Kind::kColumn && key.column == column;
    });
  };
  const bool by_keys = scalar.outer.empty() ||
                       (grouping_->sets.empty() && std::all_of(scalar.outer.begin(), scalar.outer.end(), is_key));
  if (!by_keys || value.type.is_nested())
    FailAt(expr.span,
           "beside GROUP BY and aggregates a sub-query that " +
               std::string(by_keys ? "gives a collection" : "uses columns of the query around it that are no keys") +
               " is not available",
           "group in a query in FROM, and use the sub-query around it");
  Grouping::Call call;
  call.call.function = "MAX";
  call.call.argument_type = value.type;
  call.call.type = value.type.Plain().WithNullable(true);
  call.call.text = std::string(expr.span.text());
  call.argument.push_back(std::move(value));
  const SqlType type = call.call.type;
  grouping_->calls.push_back(std::move(call));
  return ColumnExpr(grouping_->keys.size() + grouping_->calls.size() - 1, std::string(expr.span.text()), type,
                    expr.span);
}

BoundExpr ExprBinder::BindOver(const Expr& expr) {
  if (overs_ == nullptr || inside_aggregate_)
    FailAt(expr.span, "OVER is possible in SELECT and QUALIFY only", "compute it in a query in FROM");
  if (!IsAggregateFunction(expr.text)) FailAt(expr.span, expr.text + " is no function of a window");
  if (IsIn(kOthers, expr.text))
    FailAt(expr.span, "the function " + expr.text + " is not available over a window of a stream",
           "LAG, ROW_NUMBER, FIRST_VALUE and aggregates are");
  if (expr.text == "JSON_ARRAYAGG" || expr.text == "JSON_OBJECTAGG")
    FailAt(expr.span, expr.text + " has no OVER", "JSON_STRING(ARRAY_AGG(x) OVER (…)) writes an array");
  OverCalls::Call call;
  call.spec = &overs_->Resolved(*expr.over);
  if (call.spec->has_frame && IsIn(kOverFunctions, expr.text))
    FailAt(expr.span, expr.text + " takes no ROWS and no RANGE", "leave the frame out");
  OverCalls* overs = overs_;
  overs_ = nullptr;  // no window inside
  // Of n PRECEDING the planner does not see that the current row is always there.
  call.call = MakeAggregate(expr, *this, !call.spec->preceding, &call.argument, &call.filter);
  for (const ExprPtr& part : call.spec->partition_by) call.parts.push_back(Bind(*part));
  for (const OrderItem& item : call.spec->order_by) call.parts.push_back(Bind(*item.expr));
  overs_ = overs;
  if (call.argument.size() > 1) FailAt(expr.span, expr.text + " is not available over a window");
  const SqlType type = call.call.type;
  const std::string text(expr.span.text());
  for (size_t i = 0; i < overs_->calls.size(); ++i)  // QUALIFY with what SELECT shows is a Top-N that shows its rank
    if (overs_->calls[i].call.text == call.call.text && overs_->calls[i].call.function == call.call.function &&
        SameExprs(overs_->calls[i].argument, call.argument) && SameExprs(overs_->calls[i].filter, call.filter) &&
        SameExprs(overs_->calls[i].parts, call.parts) &&
        (overs_->calls[i].spec == call.spec || overs_->calls[i].spec->span.text() == call.spec->span.text()))
      return ColumnExpr(OverCalls::kFirst + i, text, type, expr.span);
  overs_->calls.push_back(std::move(call));
  return ColumnExpr(OverCalls::kFirst + overs_->calls.size() - 1, text, type, expr.span);
}

/// GROUPING(a), GROUPING_ID(a, b): bits that are 1 for keys that are not in the row's set.
BoundExpr ExprBinder::BindGroupingId(const Expr& expr) {
  std::vector<size_t> keys;
  ExprBinder plain(scope_, session_);
  for (const ExprPtr& arg : expr.args) {
    const BoundExpr bound = plain.Bind(*arg);
    const auto key = std::find_if(grouping_->keys.begin(), grouping_->keys.end(),
                                  [&bound](const BoundExpr& known) { return SameExpr(known, bound); });
    if (key == grouping_->keys.end()) FailAt(arg->span, "this is no expression of GROUP BY");
    keys.push_back(static_cast<size_t>(key - grouping_->keys.begin()));
  }
  const SqlType type = SqlType::Of(TypeKind::kBigint, false);
  if (grouping_->sets.empty()) {
    Datum zero;
    zero.is_null = false;
    return LiteralExpr(zero, type, expr.span);
  }
  std::vector<int64_t> ids;
  for (size_t i = 0; i < grouping_->sets.size(); ++i) {
    int64_t id = 0;
    for (const size_t key : keys) id = id * 2 + (grouping_->sets[i][key] != 0 ? 0 : 1);
    if (expr.text == "GROUP_ID")
      id = std::count(grouping_->sets.begin(), grouping_->sets.begin() + static_cast<std::ptrdiff_t>(i),
                      grouping_->sets[i]);
    ids.push_back(id);
  }
  const size_t set_key = grouping_->keys.size() - 1;
  std::vector<BoundExpr> args;
  args.push_back(ColumnExpr(set_key, "$set", grouping_->keys[set_key].type, expr.span));
  // By the bits, and not by the text: a checkpoint is for the query under any alias.
  std::string name = expr.text;
  for (const int64_t id : ids) name += " " + std::to_string(id);
  return CallExpr(std::move(name), type, std::move(args), Total<int64_t, int64_t>([ids](int64_t set) {
                    return set >= 0 && set < static_cast<int64_t>(ids.size()) ? ids[static_cast<size_t>(set)] : 0;
                  }),
                  expr.span);
}

/// TUMBLE_START(ts, size) and the like, where GROUP BY has TUMBLE(ts, size).
std::optional<BoundExpr> ExprBinder::BindWindowBound(const Expr& expr) {
  if (expr.kind != ExprKind::kCall) return std::nullopt;
  for (const char* word : {"TUMBLE", "HOP", "SESSION"}) {
    const std::string name = std::string(word) + "_";
    if (expr.text.rfind(name, 0) != 0) continue;
    const std::string part = expr.text.substr(name.size());
    if (part != "START" && part != "END" && part != "ROWTIME" && part != "PROCTIME") continue;
    std::string arguments = word;
    for (const ExprPtr& arg : expr.args) arguments += "|" + std::string(arg->span.text());
    if (grouping_ == nullptr)
      FailAt(expr.span, expr.text + " needs " + word + " in GROUP BY, of the same arguments",
             std::string("GROUP BY ") + word + "(ts, INTERVAL '1' MINUTE)" +
                 (word == std::string_view("HOP") ? ", with a slide before the size" : ""));
    if (arguments != grouping_->window_call)
      FailAt(expr.span, expr.text + " has no " + word + " of the same arguments in GROUP BY");
    const size_t key = part == "START" ? grouping_->window_start
                       : part == "END" ? grouping_->window_end
                                       : grouping_->window_time;
    return ColumnExpr(key, expr.text, grouping_->keys[key].type, expr.span);
  }
  return std::nullopt;
}

}  // namespace cdc::sql
