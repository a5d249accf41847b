#include "tools/cdc-sql/bind/script_binder.h"

#include <algorithm>
#include <set>

#include "tools/cdc-sql/bind/expr_binder.h"
#include "tools/cdc-sql/bind/table_options.h"
#include "tools/cdc-sql/functions/cast.h"
#include "tools/cdc-sql/plan/finish_plan.h"
#include "tools/cdc-sql/run/temporal.h"
#include "tools/cdc-sql/sql/token.h"

namespace cdc::sql {

namespace {

class ScriptBinder {
 public:
  ScriptBinder(const TableOverrides& overrides, BoundScript* script) : overrides_(overrides), script_(*script) {}

  void Bind(const Statement& statement) {
    switch (statement.kind) {
      case Statement::Kind::kCreateTable: return CreateTableOf(statement);
      case Statement::Kind::kCreateView: return CreateViewOf(statement);
      case Statement::Kind::kDrop: return script_.catalog.Drop(statement);
      case Statement::Kind::kSet: return Set(statement);
      case Statement::Kind::kReset:
        if (statement.key.empty()) script_.session.options.clear();
        script_.session.options.erase(statement.key);
        return;
      case Statement::Kind::kInsert:
      case Statement::Kind::kStatementSet:
        for (const Insert& insert : statement.inserts) script_.sinks.push_back(BindInsert(insert));
        return;
      case Statement::Kind::kQuery: return script_.sinks.push_back(BindQuery(*statement.query, ++queries_));
      case Statement::Kind::kExplain:
        script_.explained.push_back(statement.query ? BindQuery(*statement.query, 0)
                                                    : BindInsert(statement.inserts[0]));
        return;
    }
  }

 private:
  void Set(const Statement& statement) {
    script_.session.options[statement.key] = statement.value;
    if (statement.key == "table.local-time-zone" && !TimeZone::Find(statement.value, &script_.session.zone))
      FailAt(statement.span, "the time zone '" + statement.value + "' is not known",
             "UTC, a name such as Europe/Oslo, or an offset such as GMT+02:00");
    if (statement.key == "execution.runtime-mode" && statement.value != "STREAMING" && statement.value != "streaming")
      FailAt(statement.span, "only the STREAMING mode is available",
             "leave the setting out: the last change of each row is the result");
    if (statement.key == "table.exec.source.cdc-events-duplicate" && statement.value == "true")
      FailAt(statement.span, "table.exec.source.cdc-events-duplicate is not available",
             "leave it out where the source delivers each change once; a resumed pipe does");
  }

  void CreateTableOf(const Statement& statement) {
    const CreateTable& ast = statement.create_table;
    auto table = std::make_shared<TableDef>();
    table->name = TableName(ast.name);
    table->span = ast.name.span;
    table->columns = ast.columns;
    table->primary_key = ast.primary_key;
    table->watermark_column = ast.watermark_column;
    table->watermark = ast.watermark;
    table->options = ast.options;
    for (const auto& [key, value] : overrides_) {
      const bool of_kafka = key.rfind("properties.", 0) == 0 || key.rfind("scan.", 0) == 0;
      if (table->Get(key) || (of_kafka && table->connector() == "kafka")) table->options.push_back({key, value, {}});
    }
    CheckColumns(ast, *table);
    CheckTableOptions(*table);
    script_.catalog.Add(std::move(table), ast.if_not_exists);
  }

  void CheckColumns(const CreateTable& ast, const TableDef& table) {
    std::set<std::string> names;
    for (const ColumnDef& column : ast.columns)
      if (!names.insert(column.name).second) FailAt(column.span, "a second column named '" + column.name + "'");
    for (const std::string& key : ast.primary_key) {
      const auto column =
          std::find_if(ast.columns.begin(), ast.columns.end(), [&](const ColumnDef& c) { return c.name == key; });
      if (column == ast.columns.end())
        FailAt(ast.primary_key_span, "there is no column '" + key + "' for the PRIMARY KEY");
      if (column->kind != ColumnDef::Kind::kPhysical)
        FailAt(ast.primary_key_span, "the PRIMARY KEY column '" + key + "' is not a column of the records");
    }
    const std::vector<PlanColumn> columns = TableColumns(table, script_.session);  // binds computed columns
    if (!ast.watermark) return;
    Scope scope;
    const PlanColumn* rowtime = nullptr;
    for (const PlanColumn& column : columns) {
      scope.columns.push_back({"", column.name, column.type, false});
      if (column.name == ast.watermark_column) rowtime = &column;
    }
    if (rowtime == nullptr)
      FailAt(ast.watermark_span, "there is no column '" + ast.watermark_column + "' for the WATERMARK");
    if (!rowtime->type.is_timestamp() || rowtime->type.precision > 3)
      FailAt(ast.watermark_span,
             "a WATERMARK needs a column of type TIMESTAMP(3) or TIMESTAMP_LTZ(3), '" + ast.watermark_column + "' is " +
                 rowtime->type.Plain().WithNullable(true).Text(),
             "a computed column can make one: ts AS CAST(" + QuotedName(ast.watermark_column) + " AS TIMESTAMP(3))");
    ExprBinder binder(scope, script_.session);
    const BoundExpr bound = binder.Bind(*ast.watermark);
    if (bound.type.kind != rowtime->type.kind)
      FailAt(ast.watermark->span,
             "the WATERMARK is " + bound.type.Plain().Text() + ", its column " + rowtime->type.Plain().Text(),
             "WATERMARK FOR ts AS ts - INTERVAL '5' SECOND");
  }

  void CreateViewOf(const Statement& statement) {
    const CreateView& ast = statement.create_view;
    auto view = std::make_shared<TableDef>();
    view->name = TableName(ast.name);
    view->span = ast.name.span;
    view->is_view = true;
    view->view_columns = ast.columns;
    view->view_query = ast.query;
    const PlanPtr plan =
        QueryBinder(script_.catalog, script_.session).Bind(*ast.query);  // refuses now what it cannot do
    if (!ast.columns.empty() && ast.columns.size() != plan->columns.size())
      FailAt(ast.name.span, "the view names " + std::to_string(ast.columns.size()) + " columns, its query has " +
                                std::to_string(plan->columns.size()));
    script_.catalog.Add(std::move(view), ast.if_not_exists);
  }

  PlanSink BindQuery(const Query& query, int number) {
    PlanSink sink;
    sink.input = QueryBinder(script_.catalog, script_.session).Bind(query);
    FinishPlan(*sink.input);
    sink.query_number = number;
    if (sink.input->unique_key) {
      sink.key = *sink.input->unique_key;
      sink.has_key = true;
    }
    CheckSources(*sink.input);
    return sink;
  }

  void CheckSources(const PlanNode& node) {
    if (node.kind == PlanNode::Kind::kScan) CheckSource(*node.table, node.span);
    for (const PlanPtr& input : node.inputs) CheckSources(*input);
  }

  PlanSink BindInsert(const Insert& insert) {
    const TableDef& table = script_.catalog.Get(insert.table);
    if (table.is_view) FailAt(insert.table.span, "'" + table.name + "' is a view", "INSERT INTO takes a table");
    CheckSink(table, insert.table.span);
    PlanPtr input = QueryBinder(script_.catalog, script_.session).Bind(*insert.query);
    CheckSources(*input);
    // Columns of the records, in table order; each from a column of the query or NULL.
    std::vector<PlanColumn> targets;
    const std::vector<PlanColumn> all = TableColumns(table, script_.session);
    for (size_t i = 0; i < all.size(); ++i) {
      const ColumnDef& column = table.columns[i];
      if (column.kind == ColumnDef::Kind::kPhysical) targets.push_back({all[i].name, all[i].type.Plain()});
      if (column.kind == ColumnDef::Kind::kMetadata && !column.is_virtual)
        FailAt(column.span, "metadata columns cannot be written", "declare it METADATA VIRTUAL");
    }
    std::vector<std::string> given = insert.columns;
    if (given.empty())
      for (const PlanColumn& target : targets) given.push_back(target.name);
    if (given.size() != input->columns.size())
      FailAt(insert.columns.empty() ? insert.table.span : insert.columns_span,
             "the query has " + std::to_string(input->columns.size()) + " columns, '" + table.name + "' takes " +
                 std::to_string(given.size()),
             "name those that are given: INSERT INTO " + QuotedName(table.name) + " (a, b) SELECT …");
    for (const std::string& name : given)
      if (std::none_of(targets.begin(), targets.end(), [&](const PlanColumn& t) { return t.name == name; }))
        FailAt(insert.columns_span, "'" + table.name + "' has no column '" + name + "' that can be written");
    std::vector<BoundExpr> exprs;
    std::vector<std::string> names;
    for (const PlanColumn& target : targets) {
      const auto at = std::find(given.begin(), given.end(), target.name);
      if (at == given.end()) {
        if (!target.type.nullable)
          FailAt(insert.columns_span, "the column '" + target.name + "' is NOT NULL and gets no value");
        exprs.push_back(NullExpr(target.type, insert.table.span));
      } else {
        const auto index = static_cast<size_t>(at - given.begin());
        const PlanColumn& source = input->columns[index];
        if (!CanStore(source.type, target.type))
          FailAt(insert.table.span,
                 "the query's column '" + source.name + "' is " + source.type.Plain().WithNullable(true).Text() +
                     ", '" + table.name + "." + target.name + "' is " + target.type.WithNullable(true).Text(),
                 "CAST(" + QuotedName(source.name) + " AS " + target.type.WithNullable(true).Text() + ")");
        BoundExpr expr = ColumnExpr(index, source.name, source.type.Plain(), insert.table.span);
        exprs.push_back(ImplicitCast(std::move(expr), target.type, script_.session));
      }
      names.push_back(target.name);
    }
    CheckConflict(table, *input, insert, given);
    PlanSink sink;
    sink.input = MakeProject(std::move(input), std::move(exprs), std::move(names));
    FinishPlan(*sink.input);
    // What the table declares counts: a NULL for a NOT NULL column is found when it comes.
    for (size_t i = 0; i < targets.size(); ++i) sink.input->columns[i].type.nullable = targets[i].type.nullable;
    sink.drop_nulls = script_.session.Get("table.exec.sink.not-null-enforcer", "ERROR") == "DROP";
    sink.table = &table;
    sink.has_key = !table.primary_key.empty();
    for (const std::string& key : table.primary_key)
      for (size_t i = 0; i < targets.size(); ++i)
        if (targets[i].name == key) sink.key.push_back(i);
    if (!sink.input->append_only && IsInsertOnlyFormat(table))
      FailAt(insert.table.span,
             "'" + table.name + "' takes new rows only (format " + table.format() +
                 "), the query changes and deletes rows",
             "'format' = 'debezium-json', or no format");
    return sink;
  }

  /// A table with a primary key takes changing rows by that key: the query has to promise one row a key.
  void CheckConflict(const TableDef& table, const PlanNode& input, const Insert& insert,
                     const std::vector<std::string>& given) {
    if (table.primary_key.empty() || input.append_only) return;
    bool promised = input.unique_key.has_value();
    if (promised)
      for (const size_t column : *input.unique_key) promised = promised && table.IsKey(given[column]);
    if (promised) return;
    std::string key;
    for (const std::string& column : table.primary_key) key += (key.empty() ? "" : ", ") + QuotedName(column);
    FailAt(insert.table.span,
           "the rows of the query are not known to be one for each PRIMARY KEY (" + key + ") of '" + table.name + "'",
           "declare the key of the table that is read: PRIMARY KEY (…) NOT ENFORCED;\nor GROUP BY " + key);
  }

  const TableOverrides& overrides_;
  BoundScript& script_;
  int queries_ = 0;
};

}  // namespace

void BindScript(const std::vector<Statement>& statements, const TableOverrides& overrides, BoundScript* script) {
  ScriptBinder binder(overrides, script);
  for (const Statement& statement : statements) binder.Bind(statement);
}

}  // namespace cdc::sql
