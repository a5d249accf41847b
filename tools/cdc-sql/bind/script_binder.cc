#include "tools/cdc-sql/bind/script_binder.h"

#include <algorithm>
#include <set>

#include "common/error.h"
#include "common/nearest.h"
#include "tools/cdc-sql/bind/expr_binder.h"
#include "tools/cdc-sql/bind/insert_binder.h"
#include "tools/cdc-sql/bind/show.h"
#include "tools/cdc-sql/bind/table_options.h"
#include "tools/cdc-sql/functions/cast.h"
#include "tools/cdc-sql/plan/finish_plan.h"
#include "tools/cdc-sql/run/temporal.h"
#include "tools/cdc-sql/sql/duration.h"
#include "tools/cdc-sql/sql/token.h"

namespace cdc::sql {

namespace {

constexpr const char* kDeduplicateEvents = "table.exec.source.cdc-events-duplicate";
constexpr const char* kMaxColumnWidth = "table.display.max-column-width";

/// Options that --set gives to all kafka tables.
bool IsOfKafka(const std::string& key) {
  return key.rfind("properties.", 0) == 0 || key.rfind("scan.", 0) == 0;
}

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
        for (const Insert& insert : statement.inserts)
          script_.sinks.push_back(BindInsert(insert, script_.catalog, script_.session));
        return;
      case Statement::Kind::kQuery: return script_.sinks.push_back(BindQuery(*statement.query, ++queries_));
      case Statement::Kind::kExplain:
        if (statement.query) script_.explained.push_back(BindQuery(*statement.query, 0));
        for (const Insert& insert : statement.inserts)
          script_.explained.push_back(BindInsert(insert, script_.catalog, script_.session));
        return;
      case Statement::Kind::kAlter: return Alter(statement);
      case Statement::Kind::kAlterView: return AlterView(statement);
      case Statement::Kind::kDescribe:
        script_.printed += DescribeTable(script_.catalog.Get(statement.object), script_.catalog, script_.session);
        return;
      case Statement::Kind::kShow: script_.printed += Show(statement, script_.catalog, script_.session); return;
      case Statement::Kind::kUse:
        script_.catalog.Use(statement.object);
        script_.session.database = script_.catalog.current();
        return;
      case Statement::Kind::kUseCatalog:
        if (statement.object.last() != Catalog::kCatalog)
          FailAt(statement.object.span, "there is no catalog '" + statement.object.last() + "'",
                 std::string("the one that there is: ") + Catalog::kCatalog);
        return;
      case Statement::Kind::kCreateDatabase: return script_.catalog.CreateDatabase(statement);
    }
  }

 private:
  void Set(const Statement& statement) {
    std::string value = statement.value;
    const auto refuse = [&statement](const std::string& hint) {
      FailAt(statement.span, "'" + statement.value + "' is no value of '" + statement.key + "'", hint);
    };
    if (statement.key == kNotNullEnforcer) {
      for (char& c : value) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      if (value != "ERROR" && value != "DROP")
        refuse("ERROR stops at a NULL in a NOT NULL column, DROP leaves such rows out");
    }
    if (statement.key == kDeduplicateEvents || statement.key == kRequireOnConflict) {
      for (char& c : value) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      if (value != "true" && value != "false") refuse("'true' and 'false' are");
    }
    if (statement.key == kStateTtl && !ParseDurationMillis(value))
      refuse(std::string(kDurationHint) + "; 0 keeps state for good");
    if (statement.key == kMaxColumnWidth && !IsWholeNumber(value)) refuse("a number of characters is, such as '30'");
    const bool of_utc = statement.value.rfind("UTC", 0) == 0 && statement.value != "UTC";  // an offset is one of GMT
    if (statement.key == "table.local-time-zone" && (of_utc || !TimeZone::Find(statement.value, &script_.session.zone)))
      FailAt(statement.span, "the time zone '" + statement.value + "' is not known",
             "UTC, a name such as Europe/Oslo, or an offset such as GMT+02:00");
    if (statement.key == "execution.runtime-mode" && statement.value != "STREAMING" && statement.value != "streaming")
      FailAt(statement.span, "only the STREAMING mode is available",
             "leave the setting out: the last change of each row is the result");
    script_.session.options[statement.key] = value;
  }

  static bool IsWholeNumber(const std::string& text) {
    return !text.empty() && text.size() <= 9 && text.find_first_not_of("0123456789") == std::string::npos;
  }

  void CreateTableOf(const Statement& statement) {
    const CreateTable& ast = statement.create_table;
    auto table = std::make_shared<TableDef>();
    table->name = ast.name.last();
    table->span = ast.name.span;
    table->columns = ast.columns;
    table->primary_key = ast.primary_key;
    table->watermark_column = ast.watermark_column;
    table->watermark = ast.watermark;
    table->options = ast.options;
    table->temporary = ast.temporary;
    table->distribution = ast.distribution;
    for (Option& option : table->options) {  // as they were written once
      if (option.key == "connector.type") option.key = "connector";
      if (option.key == "connector.path") option.key = "path";
      if (option.key == "connector.topic") option.key = "topic";
      if (option.key == "format.type") option.key = "format";
    }
    if (ast.has_like) CopyLike(ast, table.get());
    std::vector<std::string> given;  // by the query
    if (ast.as_query) {
      const PlanPtr plan = QueryBinder(script_.catalog, script_.session).Bind(*ast.as_query);
      for (const PlanColumn& column : plan->columns) {
        given.push_back(column.name);
        if (std::any_of(table->columns.begin(), table->columns.end(),
                        [&column](const ColumnDef& own) { return own.name == column.name; }))
          continue;  // its type is declared
        ColumnDef def;
        def.name = column.name;
        def.type = column.type.Plain();
        def.span = ast.name.span;
        table->columns.push_back(std::move(def));
      }
    }
    for (const Option& option : table->options) script_.option_keys.insert(option.key);
    const bool is_kafka = table->connector() == "kafka";
    script_.has_kafka_table = script_.has_kafka_table || is_kafka;
    for (const auto& [key, value] : overrides_)
      if (table->Get(key) || (is_kafka && IsOfKafka(key))) table->options.push_back({key, value, {}});
    CheckColumns(ast, *table);
    CheckTableOptions(table.get());
    const TableDef* old = ast.or_replace ? script_.catalog.Find(ast.name) : nullptr;
    if (ast.replaces && old == nullptr)
      FailAt(ast.name.span, "there is no table '" + ast.name.last() + "' to be replaced", "CREATE OR REPLACE TABLE");
    if (old != nullptr && old->is_view) FailAt(ast.name.span, "'" + old->name + "' is a view", "DROP VIEW comes first");
    if (old != nullptr) {
      script_.catalog.Replace(ast.name, std::move(table));
    } else {
      script_.catalog.Add(std::move(table), ast.name, ast.if_not_exists);
    }
    if (!ast.as_query) return;
    Insert insert;
    insert.table = ast.name;
    insert.query = ast.as_query;
    insert.columns = given;
    insert.columns_span = ast.name.span;
    script_.sinks.push_back(BindInsert(insert, script_.catalog, script_.session));
  }

  /// What LIKE takes over; the table's own definition comes after it, and its options win.
  void CopyLike(const CreateTable& ast, TableDef* table) {
    const TableDef& from = script_.catalog.Get(ast.like);
    if (from.is_view) FailAt(ast.like.span, "LIKE takes a table, and '" + from.name + "' is a view");
    const auto excluded = [&ast](const std::string& what) {
      bool out = false;
      for (const std::string& option : ast.like_options) {
        if (option == "EXCLUDING ALL" || option == "EXCLUDING " + what) out = true;
        if (option == "INCLUDING " + what || option == "OVERWRITING " + what) out = false;
      }
      return out;
    };
    std::vector<ColumnDef> columns;
    for (const ColumnDef& column : from.columns)
      if (column.kind != ColumnDef::Kind::kComputed || !excluded("GENERATED")) columns.push_back(column);
    columns.insert(columns.end(), table->columns.begin(), table->columns.end());
    table->columns = std::move(columns);
    if (table->primary_key.empty() && !excluded("CONSTRAINTS")) table->primary_key = from.primary_key;
    if (!table->watermark && !excluded("WATERMARKS")) {
      table->watermark = from.watermark;
      table->watermark_column = from.watermark_column;
    }
    if (excluded("OPTIONS")) return;
    std::vector<Option> options;
    for (const Option& option : from.options)
      if (!table->Get(option.key)) options.push_back(option);
    options.insert(options.end(), table->options.begin(), table->options.end());
    table->options = std::move(options);
  }

  void Alter(const Statement& statement) {
    const AlterTable& alter = statement.alter;
    if (alter.if_exists && script_.catalog.Find(alter.name) == nullptr) return;
    const TableDef& old = script_.catalog.Get(alter.name);
    if (old.is_view) FailAt(alter.name.span, "'" + old.name + "' is a view", "ALTER VIEW changes it");
    auto table = std::make_shared<TableDef>(old);
    for (size_t i = 0; i < alter.added.columns.size(); ++i) AlterColumn(alter, i, table.get());
    if (!alter.added.primary_key.empty()) {
      if (alter.modify == old.primary_key.empty())
        FailAt(alter.added.primary_key_span,
               "'" + old.name + "' has " + (alter.modify ? "no PRIMARY KEY" : "a PRIMARY KEY already"),
               alter.modify ? "ADD makes one" : "MODIFY changes it");
      table->primary_key = alter.added.primary_key;
    }
    if (alter.drop_key) DropKey(alter, table.get());
    if (alter.drop_watermark) {
      if (!table->watermark) FailAt(alter.name.span, "'" + old.name + "' has no WATERMARK");
      table->watermark = nullptr;
      table->watermark_column.clear();
    }
    if (alter.added.watermark) {
      if (alter.modify == (old.watermark == nullptr))
        FailAt(alter.added.watermark_span,
               "'" + old.name + "' has " + (alter.modify ? "no WATERMARK" : "a WATERMARK already"),
               alter.modify ? "ADD makes one" : "MODIFY changes it");
      table->watermark = alter.added.watermark;
      table->watermark_column = alter.added.watermark_column;
    }
    for (const Option& option : alter.options) {
      std::erase_if(table->options, [&option](const Option& known) { return known.key == option.key; });
      table->options.push_back(option);
    }
    for (const std::string& key : alter.reset)
      std::erase_if(table->options, [&key](const Option& known) { return known.key == key; });
    for (const std::string& name : alter.dropped)
      if (std::erase_if(table->columns, [&name](const ColumnDef& column) { return column.name == name; }) == 0)
        FailAt(alter.name.span, "'" + old.name + "' has no column '" + name + "'");
    if (!alter.rename_from.empty()) {
      bool found = false;
      for (ColumnDef& column : table->columns) {
        if (column.name != alter.rename_from) continue;
        column.name = alter.rename_to;
        found = true;
      }
      if (!found) FailAt(alter.name.span, "'" + old.name + "' has no column '" + alter.rename_from + "'");
      for (std::string& key : table->primary_key)
        if (key == alter.rename_from) key = alter.rename_to;
    } else if (!alter.rename_to.empty()) {
      Name renamed = alter.name;
      renamed.parts.back() = alter.rename_to;
      if (script_.catalog.Find(renamed) != nullptr)
        FailAt(alter.name.span, "there is a table or view '" + alter.rename_to + "' already");
      table->name = alter.rename_to;
    }
    CreateTable ast;
    ast.name = alter.name;
    ast.columns = table->columns;
    ast.primary_key = table->primary_key;
    ast.primary_key_span = alter.name.span;
    ast.watermark = table->watermark;
    ast.watermark_column = table->watermark_column;
    ast.watermark_span = alter.name.span;
    CheckColumns(ast, *table);
    CheckTableOptions(table.get());
    script_.catalog.Replace(alter.name, std::move(table));
  }

  /// Puts column `i` of ADD or MODIFY to its place.
  static void AlterColumn(const AlterTable& alter, size_t i, TableDef* table) {
    const ColumnDef& column = alter.added.columns[i];
    std::vector<ColumnDef>& columns = table->columns;
    const auto find = [&columns](const std::string& name) {
      return std::find_if(columns.begin(), columns.end(), [&](const ColumnDef& c) { return c.name == name; });
    };
    const auto fail = [&](const std::string& name) {
      FailAt(column.span, "'" + table->name + "' has no column '" + name + "'");
    };
    const AlterTable::Place& place = alter.places[i];
    auto at = columns.end();
    if (alter.modify) {
      at = find(column.name);
      if (at == columns.end()) fail(column.name);
      at = columns.erase(at);
    }
    if (place.first) at = columns.begin();
    if (!place.after.empty()) {
      at = find(place.after);
      if (at == columns.end()) fail(place.after);
      ++at;
    }
    columns.insert(at, column);
  }

  /// Its columns stay NOT NULL.
  static void DropKey(const AlterTable& alter, TableDef* table) {
    if (table->primary_key.empty()) FailAt(alter.name.span, "'" + table->name + "' has no PRIMARY KEY");
    for (ColumnDef& column : table->columns)
      if (table->IsKey(column.name)) column.type.nullable = false;
    table->primary_key.clear();
  }

  void AlterView(const Statement& statement) {
    const Name& name = statement.alter.name;
    const TableDef& old = script_.catalog.Get(name);
    if (!old.is_view) FailAt(name.span, "'" + old.name + "' is a table", "ALTER TABLE changes it");
    auto view = std::make_shared<TableDef>(old);
    if (statement.query) {
      view->view_columns.clear();
      view->view_query = statement.query;
      view->view_database = script_.catalog.current();
      QueryBinder(script_.catalog, script_.session).Bind(*statement.query);  // refuses now what it cannot do
    } else {
      Name renamed = name;
      renamed.parts.back() = view->name = statement.alter.rename_to;
      if (script_.catalog.Find(renamed) != nullptr)
        FailAt(name.span, "there is a table or view '" + view->name + "' already");
    }
    script_.catalog.Replace(name, std::move(view));
  }

  void CheckColumns(const CreateTable& ast, const TableDef& table) {
    std::set<std::string> names;
    for (const ColumnDef& column : table.columns)
      if (!names.insert(column.name).second) FailAt(column.span, "a second column named '" + column.name + "'");
    for (const std::string& key : ast.primary_key) {
      const auto column =
          std::find_if(table.columns.begin(), table.columns.end(), [&](const ColumnDef& c) { return c.name == key; });
      if (column == table.columns.end())
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
    view->name = ast.name.last();
    view->span = ast.name.span;
    view->is_view = true;
    view->temporary = ast.temporary;
    view->view_columns = ast.columns;
    view->view_query = ast.query;
    view->view_database = script_.catalog.current();
    const PlanPtr plan =
        QueryBinder(script_.catalog, script_.session).Bind(*ast.query);  // refuses now what it cannot do
    if (!ast.columns.empty() && ast.columns.size() != plan->columns.size())
      FailAt(ast.name.span, "the view names " + std::to_string(ast.columns.size()) + " columns, its query has " +
                                std::to_string(plan->columns.size()));
    std::set<std::string> names;
    for (const SelectItem& item : ast.query->select.items)
      if (!item.alias.empty() && ast.columns.empty() && !names.insert(item.alias).second)
        FailAt(ast.name.span, "a second column named '" + item.alias + "' in the view");
    if (ast.or_replace)
      if (const TableDef* old = script_.catalog.Find(ast.name); old != nullptr && old->temporary == ast.temporary) {
        if (!old->is_view) FailAt(ast.name.span, "'" + old->name + "' is a table", "DROP TABLE comes first");
        return script_.catalog.Replace(ast.name, std::move(view));
      }
    script_.catalog.Add(std::move(view), ast.name, ast.if_not_exists);
  }

  PlanSink BindQuery(const Query& query, int number) {
    PlanSink sink;
    sink.input = QueryBinder(script_.catalog, script_.session).Bind(query);
    FinishPlan(*sink.input, StateExpires(script_.session));
    sink.query_number = number;
    if (sink.input->unique_key) {
      sink.key = *sink.input->unique_key;
      sink.has_key = true;
    }
    CheckSources(*sink.input);
    return sink;
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

void CheckOverrides(const BoundScript& script, const TableOverrides& overrides) {
  for (const auto& [key, value] : overrides) {
    if (script.option_keys.count(key) > 0 || (script.has_kafka_table && IsOfKafka(key))) continue;
    const std::string what = "--set " + key + "=" + value + ": no table of the script has this option";
    for (const char* of_session : {"table.", "pipeline.", "execution.", "sql-client."})
      if (key.rfind(of_session, 0) == 0)
        Fail(ExitStatus::kUsage, what, "", "it is a setting of the session: SET '" + key + "' = '" + value + "';");
    const std::string near = NearestName(key, script.option_keys, std::max<size_t>(1, key.size() / 4));
    Fail(ExitStatus::kUsage, what, "", near.empty() ? "" : "did you mean --set " + near + "=" + value + "?");
  }
}

}  // namespace cdc::sql
