#include <algorithm>

#include "common/error.h"
#include "tools/cdc-sql/bind/query_binder.h"
#include "tools/cdc-sql/bind/table_options.h"
#include "tools/cdc-sql/connect/metadata.h"
#include "tools/cdc-sql/functions/cast.h"
#include "tools/cdc-sql/run/temporal.h"
#include "tools/cdc-sql/sql/duration.h"

namespace cdc::sql {

namespace {

/// Behind a table with a WATERMARK.
PlanPtr MakeWatermark(PlanPtr input, const TableDef& table, const Session& session) {
  auto node = std::make_unique<PlanNode>();
  node->kind = PlanNode::Kind::kWatermark;
  node->columns = input->columns;
  node->unique_key = input->unique_key;
  node->append_only = input->append_only;
  node->span = table.span;
  const Scope scope = Scope::Of(*input, "");
  node->exprs.push_back(ExprBinder(scope, session).Bind(*table.watermark));
  node->inputs.push_back(std::move(input));
  return node;
}

/// After how many milliseconds without rows a partition of the table holds its time back no longer; 0: never.
int64_t IdleMillis(const TableDef& table, const Session& session, const Span& use) {
  const char* key = "scan.watermark.idle-timeout";
  const auto own = table.Get(key);
  const std::string text = own.value_or(session.Get("table.exec.source.idle-timeout", "0 ms"));
  const auto millis = ParseDurationMillis(text);
  if (!millis)
    FailAt(own ? table.SpanOf(key) : use,
           std::string(own ? key : "table.exec.source.idle-timeout") + ": '" + text + "' is no duration",
           kDurationHint);
  return *millis;
}

/// TABLESAMPLE over a stream: all rows or none.
PlanPtr MakeSample(PlanPtr input, const TableRef& ref) {
  if (*ref.sample >= 100) return input;
  if (*ref.sample > 0)
    FailAt(ref.span, "a sample of some of the rows is not available over a stream",
           "a condition such as MOD(id, 10) = 0 takes a part of the rows, and what changes them");
  Datum none;
  none.is_null = false;
  return MakeFilter(std::move(input), LiteralExpr(std::move(none), SqlType::Of(TypeKind::kBoolean, false), ref.span));
}

}  // namespace

namespace {

/// The columns of a scan with the types that the table declares: metadata is cast to them before anything, computed
/// columns too, uses it (Flink's DynamicSourceUtils projects twice as well).
PlanPtr AsDeclared(PlanPtr scan, const TableDef& table, const Session& session) {
  std::vector<BoundExpr> exprs;
  std::vector<std::string> names;
  bool casts = false;
  for (const ColumnDef& column : table.columns) {
    if (column.kind == ColumnDef::Kind::kComputed) continue;
    exprs.push_back(ColumnExpr(exprs.size(), column.name, scan->columns[exprs.size()].type, column.span));
    names.push_back(column.name);
    if (!MetadataReadAs(table, column)) continue;
    exprs.back() = BindCast(std::move(exprs.back()), column.type, false, column.span, session);
    casts = true;
  }
  return casts ? MakeProject(std::move(scan), std::move(exprs), std::move(names)) : std::move(scan);
}

}  // namespace

PlanPtr QueryBinder::BindScan(const TableRef& ref, const TableDef& defined) {
  auto scan = std::make_unique<PlanNode>();
  scan->kind = PlanNode::Kind::kScan;
  scan->hinted = WithHint(defined, ref.options);
  scan->table = scan->hinted ? scan->hinted.get() : &defined;
  const TableDef& table = *scan->table;
  scan->span = ref.name.span;
  CheckKafkaKey(table, ref.name.span);
  const bool scan_append_only = scan->append_only = IsAppendOnlySource(table);
  if (table.watermark) scan->idle_ms = IdleMillis(table, session_, ref.name.span);
  for (const ColumnDef& column : table.columns) {
    if (column.kind == ColumnDef::Kind::kComputed) continue;
    SqlType type = MetadataReadAs(table, column).value_or(column.type);
    if (table.IsKey(column.name)) type.nullable = false;
    scan->columns.push_back({column.name, type});
  }
  PlanPtr plan = AsDeclared(std::move(scan), table, session_);
  const Scope scope = Scope::Of(*plan, "");
  const std::vector<PlanColumn> columns = TableColumns(table, session_);
  std::vector<BoundExpr> exprs;
  std::vector<std::string> names;
  ExprBinder binder(scope, session_);
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const ColumnDef& column = table.columns[i];
    if (column.kind == ColumnDef::Kind::kComputed) {
      exprs.push_back(binder.Bind(*column.computed));
    } else {
      const size_t index = scope.Resolve({{column.name}, column.span});
      exprs.push_back(ColumnExpr(index, column.name, scope.columns[index].type, column.span));
    }
    CDC_CHECK(exprs.back().type.physical() == columns[i].type.physical(), "a column is not of its declared type");
    exprs.back().type = columns[i].type;
    names.push_back(column.name);
  }
  plan = MakeProject(std::move(plan), std::move(exprs), std::move(names));
  for (size_t i = 0; i < columns.size(); ++i)
    if (columns[i].type.rowtime) plan->rowtime = i;
  if (!table.primary_key.empty()) {
    plan->unique_key.emplace();
    for (const std::string& key : table.primary_key)
      for (size_t i = 0; i < columns.size(); ++i)
        if (columns[i].name == key) plan->unique_key->push_back(i);
  }
  const bool by_key =
      table.connector() == "upsert-kafka" || session_.Get("table.exec.source.cdc-events-duplicate", "false") == "true";
  if (plan->unique_key && !scan_append_only && by_key) {
    auto normalize = std::make_unique<PlanNode>();
    normalize->kind = PlanNode::Kind::kNormalize;
    normalize->columns = plan->columns;
    normalize->unique_key = plan->unique_key;
    normalize->keys = *plan->unique_key;
    normalize->inputs.push_back(std::move(plan));
    plan = std::move(normalize);
  }
  return table.watermark ? MakeWatermark(std::move(plan), table, session_) : std::move(plan);
}

PlanPtr QueryBinder::BindView(const TableDef& view, const Name& name) {
  if (std::find(open_views_.begin(), open_views_.end(), view.name) != open_views_.end())
    FailAt(name.span, "the view '" + view.name + "' uses itself");
  open_views_.push_back(view.name);
  std::vector<std::map<std::string, const Query::Cte*>> outer;
  outer.swap(ctes_);  // a view sees no query of the WITH that it is used in
  DatabasePath database = std::exchange(database_, view.view_database);
  PlanPtr plan = Bind(*view.view_query);
  database_ = std::move(database);
  ctes_.swap(outer);
  open_views_.pop_back();
  for (size_t i = 0; i < view.view_columns.size() && i < plan->columns.size(); ++i)
    plan->columns[i].name = view.view_columns[i];
  return plan;
}

/// A query of WITH sees those before it, and those around it: of its own name it reads the table.
PlanPtr QueryBinder::BindCte(const Query::Cte& cte, size_t level) {
  std::map<std::string, const Query::Cte*> before = ctes_[level];
  std::erase_if(before, [&cte](const auto& other) { return !std::less<const Query::Cte*>{}(other.second, &cte); });
  std::vector<std::map<std::string, const Query::Cte*>> visible(ctes_.begin(),
                                                                ctes_.begin() + static_cast<std::ptrdiff_t>(level));
  visible.push_back(std::move(before));
  ctes_.swap(visible);
  PlanPtr plan = Bind(*cte.query);
  ctes_.swap(visible);
  return plan;
}

QueryBinder::Source QueryBinder::BindTable(const TableRef& ref) {
  Source source;
  const std::string& name = ref.name.last();
  const Query::Cte* cte = nullptr;
  size_t level = 0;
  if (ref.name.parts.size() == 1)
    for (size_t i = ctes_.size(); i-- > 0 && cte == nullptr;) {
      const auto found = ctes_[i].find(name);
      if (found == ctes_[i].end()) continue;
      cte = found->second;
      level = i;
    }
  if (cte != nullptr) {
    source.plan = BindCte(*cte, level);
    if (!cte->columns.empty() && cte->columns.size() != source.plan->columns.size())
      FailAt(cte->span, "the query '" + cte->name + "' has another number of columns");
    for (size_t i = 0; i < cte->columns.size(); ++i) source.plan->columns[i].name = cte->columns[i];
  } else {
    const TableDef& table = catalog_.Get(ref.name, &database_);
    source.plan = table.is_view ? BindView(table, ref.name) : BindScan(ref, table);
  }
  source.scope = Scope::Of(*source.plan, ref.alias.empty() ? name : ref.alias);
  return source;
}

void QueryBinder::Alias(const TableRef& ref, Source* source) {
  if (ref.column_aliases.empty()) return;
  if (ref.column_aliases.size() != source->scope.columns.size())
    FailAt(ref.span, "the alias names " + std::to_string(ref.column_aliases.size()) + " columns of " +
                         std::to_string(source->scope.columns.size()));
  for (size_t i = 0; i < ref.column_aliases.size(); ++i) {
    source->scope.columns[i].name = ref.column_aliases[i];
    source->scope.columns[i].ambiguous = source->scope.columns[i].twice = false;
    source->plan->columns[i].name = ref.column_aliases[i];
  }
}

bool NamesTwice(const Query& query, const std::string& name) {
  if (query.kind != Query::Kind::kSelect) return false;
  return std::count_if(query.select.items.begin(), query.select.items.end(), [&name](const SelectItem& item) {
           return !item.alias.empty() ? item.alias == name
                                      : item.expr->kind == ExprKind::kColumn && item.expr->name.last() == name;
         }) > 1;
}

QueryBinder::Source QueryBinder::BindFrom(const TableRef& ref, Conditions* conditions) {
  return BindTableRef(ref, conditions);
}

/// `conditions`: those of WHERE; a join takes out those that it can use. Null: there are none.
QueryBinder::Source QueryBinder::BindTableRef(const TableRef& ref, Conditions* conditions) {
  Source source;
  switch (ref.kind) {
    case TableRef::Kind::kTable:
      if (ref.as_of) FailAt(ref.as_of->span, "FOR SYSTEM_TIME AS OF stands on the right side of a join");
      source = BindTable(ref);
      break;
    case TableRef::Kind::kQuery:
      source.plan = Bind(*ref.query);
      source.scope = Scope::Of(*source.plan, ref.alias);
      for (Scope::Column& column : source.scope.columns)
        if (NamesTwice(*ref.query, column.name)) column.ambiguous = column.twice = true;
      break;
    case TableRef::Kind::kJoin: return BindJoin(ref, conditions);
    case TableRef::Kind::kFunction: source = BindTableFunction(ref); break;
    case TableRef::Kind::kUnnest: {  // by itself: of one row
      Source one;
      one.plan = std::make_unique<PlanNode>();
      one.plan->kind = PlanNode::Kind::kValues;
      one.plan->append_only = true;
      one.plan->rows.emplace_back();
      TableRef join;
      join.kind = TableRef::Kind::kJoin;
      join.join = JoinKind::kCross;
      join.span = ref.span;
      join.right = TableRefPtr(const_cast<TableRef*>(&ref));  // lent
      struct Lent {
        TableRef& join;
        ~Lent() { static_cast<void>(join.right.release()); }
      } lent{join};
      return BindUnnest(join, std::move(one));
    }
  }
  if (ref.match) source = BindMatch(*ref.match, std::move(source), ref.alias);
  if (ref.sample) source.plan = MakeSample(std::move(source.plan), ref);
  Alias(ref, &source);
  return source;
}

namespace {

int64_t IntervalMillis(const BoundExpr& expr, const char* what) {
  if (expr.kind != BoundExpr::Kind::kLiteral || expr.literal.is_null || expr.type.kind != TypeKind::kIntervalDay)
    FailAt(expr.span, std::string(what) + " of a window is an interval", "INTERVAL '10' SECOND");
  return expr.literal.integer;
}

/// The arguments of TUMBLE, HOP, CUMULATE and SESSION, by position or name.
struct WindowArguments {
  const TableArgument* table = nullptr;
  const TableArgument* time = nullptr;
  std::map<std::string, const TableArgument*> lengths;
};

WindowArguments ArgumentsOf(const TableRef& ref) {
  static const std::map<std::string, std::vector<std::string>> kNames = {
      {"TUMBLE", {"DATA", "TIMECOL", "SIZE", "OFFSET"}},
      {"HOP", {"DATA", "TIMECOL", "SLIDE", "SIZE", "OFFSET"}},
      {"CUMULATE", {"DATA", "TIMECOL", "STEP", "SIZE", "OFFSET"}},
      {"SESSION", {"DATA", "TIMECOL", "GAP"}}};
  const std::vector<std::string>& names = kNames.at(ref.name.last());
  WindowArguments arguments;
  for (size_t i = 0; i < ref.arguments.size(); ++i) {
    const TableArgument& argument = ref.arguments[i];
    const std::string name = argument.name.empty() ? (i < names.size() ? names[i] : "") : argument.name;
    if (std::find(names.begin(), names.end(), name) == names.end())
      FailAt(argument.span, ref.name.last() + " has no such argument");
    if (name == "DATA") {
      arguments.table = &argument;
    } else if (name == "TIMECOL") {
      arguments.time = &argument;
    } else {
      arguments.lengths[name] = &argument;
    }
  }
  if (arguments.table == nullptr || !arguments.table->table)
    FailAt(ref.span, ref.name.last() + " takes a table first", ref.name.last() + "(TABLE t, DESCRIPTOR(ts), …)");
  if (arguments.time == nullptr || arguments.time->descriptor.size() != 1)
    FailAt(ref.span, ref.name.last() + " takes the column of time second", "DESCRIPTOR(ts)");
  return arguments;
}

void CheckSpec(const WindowSpec& spec, const Span& span) {
  if (spec.size <= 0 ||
      (spec.slide <= 0 && spec.kind != WindowSpec::Kind::kTumble && spec.kind != WindowSpec::Kind::kSession))
    FailAt(span, "the lengths of a window are greater than zero");
  if (spec.kind == WindowSpec::Kind::kCumulate && spec.size % spec.slide != 0)
    FailAt(span, "the greatest size of CUMULATE is a multiple of its step");
}

}  // namespace

QueryBinder::Source QueryBinder::BindTableFunction(const TableRef& ref) {
  const std::string& name = ref.name.last();
  if (name == "TO_CHANGELOG" || name == "FROM_CHANGELOG") return BindChangelog(ref);
  if (name != "TUMBLE" && name != "HOP" && name != "CUMULATE" && name != "SESSION")
    FailAt(ref.name.span, "there is no table function " + std::string(ref.name.span.text()),
           "TUMBLE, HOP, CUMULATE, SESSION, TO_CHANGELOG, FROM_CHANGELOG and UNNEST are there; functions of your own "
           "would run in a Java VM");
  return BindWindow(ref);
}

QueryBinder::Source QueryBinder::BindWindow(const TableRef& ref) {
  const std::string& name = ref.name.last();
  const WindowArguments arguments = ArgumentsOf(ref);
  Source source = BindTableRef(*arguments.table->table, nullptr);
  WindowSpec spec;
  spec.kind = name == "TUMBLE"     ? WindowSpec::Kind::kTumble
              : name == "HOP"      ? WindowSpec::Kind::kHop
              : name == "CUMULATE" ? WindowSpec::Kind::kCumulate
                                   : WindowSpec::Kind::kSession;
  const Scope empty;
  const auto length = [&](const char* key, bool needed) -> int64_t {
    const auto found = arguments.lengths.find(key);
    if (found == arguments.lengths.end()) {
      if (needed) FailAt(ref.span, name + " needs its " + key, "INTERVAL '10' SECOND");
      return 0;
    }
    if (!found->second->expr) FailAt(found->second->span, "an interval stands here");
    return IntervalMillis(ExprBinder(empty, session_).Bind(*found->second->expr), "this length");
  };
  spec.size = length(spec.kind == WindowSpec::Kind::kSession ? "GAP" : "SIZE", true);
  if (spec.kind == WindowSpec::Kind::kHop) spec.slide = length("SLIDE", true);
  if (spec.kind == WindowSpec::Kind::kCumulate) spec.slide = length("STEP", true);
  spec.offset = length("OFFSET", false);
  CheckSpec(spec, ref.span);
  const Name& column = arguments.time->descriptor[0];
  spec.time = source.scope.Resolve(column);
  const SqlType& type = source.scope.columns[spec.time].type;
  if (!type.rowtime && !type.proctime)
    FailAt(column.span, "the column '" + column.last() + "' is no time attribute",
           "WATERMARK FOR " + column.last() + " AS … in CREATE TABLE makes it one");
  spec.proctime = type.proctime;
  for (const Name& key : arguments.table->partition_by) spec.partition.push_back(source.scope.Resolve(key));
  source.plan = MakeWindow(std::move(source.plan), spec);
  source.plan->span = ref.span;
  source.scope = Scope::Of(*source.plan, ref.alias);
  return source;
}

PlanPtr QueryBinder::MakeWindow(PlanPtr input, const WindowSpec& spec) {
  auto node = std::make_unique<PlanNode>();
  node->kind = PlanNode::Kind::kWindow;
  node->columns = input->columns;
  node->append_only = input->append_only;
  node->window_spec = spec;
  SqlType time = node->columns[spec.time].type;
  if (time.kind == TypeKind::kTimestampLtz) node->zone = session_.zone;
  node->columns[spec.time].type = time.Plain();
  const SqlType bound = SqlType::Of(TypeKind::kTimestamp, false, 3);
  const size_t first = node->columns.size();
  node->columns.push_back({"window_start", bound});
  node->columns.push_back({"window_end", bound});
  time.nullable = false;
  node->columns.push_back({"window_time", time});
  node->window.emplace();
  node->window->start = first;
  node->window->end = first + 1;
  node->window->zone = node->zone;
  node->window->proctime = spec.proctime;
  if (input->unique_key && spec.kind != WindowSpec::Kind::kHop && spec.kind != WindowSpec::Kind::kCumulate)
    node->unique_key = input->unique_key;
  node->inputs.push_back(std::move(input));
  return node;
}

/// GROUP BY TUMBLE(ts, size), HOP(ts, slide, size), SESSION(ts, gap): the window's bounds become keys.
void QueryBinder::BindWindowGroup(const SelectBody& select, Source* source, Grouping* grouping,
                                  std::vector<const Expr*>* written) {
  for (const Expr*& key : *written) {
    if (key->kind != ExprKind::kCall || key->over) continue;
    const std::string& name = key->text;
    if (name != "TUMBLE" && name != "HOP" && name != "SESSION") continue;
    const size_t wanted = name == "HOP" ? 3 : 2;
    if (key->args.size() != wanted) FailAt(key->span, name + " takes " + std::to_string(wanted) + " arguments here");
    if (!grouping->window_call.empty()) FailAt(key->span, "a second window in GROUP BY");
    if (!select.grouping_sets.empty())
      FailAt(key->span, "a window among GROUPING SETS", "FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), …)) can have both");
    ExprBinder binder(source->scope, session_);
    const BoundExpr time = binder.Bind(*key->args[0]);
    if (time.kind != BoundExpr::Kind::kColumn || !(time.type.rowtime || time.type.proctime))
      FailAt(key->args[0]->span, "this is no time attribute",
             "WATERMARK FOR ts AS … in CREATE TABLE makes a column one");
    WindowSpec spec;
    spec.kind = name == "TUMBLE" ? WindowSpec::Kind::kTumble
                : name == "HOP"  ? WindowSpec::Kind::kHop
                                 : WindowSpec::Kind::kSession;
    spec.time = time.column;
    spec.proctime = time.type.proctime;
    if (name == "HOP") spec.slide = IntervalMillis(binder.Bind(*key->args[1]), "the slide");
    spec.size = IntervalMillis(binder.Bind(*key->args.back()), "the size");
    CheckSpec(spec, key->span);
    if (name == "SESSION") {  // sessions are those of the other keys
      for (const Expr* other : *written) {
        if (other == key || other == nullptr) continue;
        const BoundExpr part = binder.Bind(*other);
        if (part.kind != BoundExpr::Kind::kColumn)
          FailAt(other->span, "beside SESSION the keys are columns", "compute the key in a query in FROM");
        spec.partition.push_back(part.column);
      }
    }
    source->plan = MakeWindow(std::move(source->plan), spec);
    const size_t width = source->plan->columns.size();
    for (size_t i = width - 3; i < width; ++i) {
      const PlanColumn& column = source->plan->columns[i];
      source->scope.columns.push_back({"", "$" + column.name, column.type, true});
      grouping->keys.push_back(ColumnExpr(i, column.name, column.type, key->span));
      grouping->key_names.push_back(column.name);
    }
    grouping->window_call = name;
    for (const ExprPtr& arg : key->args) grouping->window_call += "|" + std::string(arg->span.text());
    grouping->window_start = grouping->keys.size() - 3;
    grouping->window_end = grouping->keys.size() - 2;
    grouping->window_time = grouping->keys.size() - 1;
    key = nullptr;
  }
}

}  // namespace cdc::sql
