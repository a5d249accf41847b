#include "tools/cdc-sql/bind/script_binder.h"

#include <algorithm>
#include <set>

#include "common/error.h"
#include "common/log.h"
#include "common/nearest.h"
#include "tools/cdc-sql/bind/alter_partitions.h"
#include "tools/cdc-sql/bind/expr_binder.h"
#include "tools/cdc-sql/bind/insert_binder.h"
#include "tools/cdc-sql/bind/show.h"
#include "tools/cdc-sql/bind/table_like.h"
#include "tools/cdc-sql/bind/table_options.h"
#include "tools/cdc-sql/bind/view_names.h"
#include "tools/cdc-sql/functions/cast.h"
#include "tools/cdc-sql/plan/finish_plan.h"
#include "tools/cdc-sql/run/temporal.h"
#include "tools/cdc-sql/sql/duration.h"
#include "tools/cdc-sql/sql/token.h"

namespace cdc::sql {

namespace {

constexpr const char* kDeduplicateEvents = "table.exec.source.cdc-events-duplicate";
constexpr const char* kLocalTimeZone = "table.local-time-zone";
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
      case Statement::Kind::kDrop:
        if ((statement.drop_kind != "TABLE" && statement.drop_kind != "VIEW") || !statement.if_exists ||
            HasDatabaseOf(statement.drop_name))
          script_.catalog.Drop(statement);
        return;
      case Statement::Kind::kSet:
        if (!statement.key.empty()) return Set(statement);
        script_.printed += ShowSettings(script_.session);
        return;
      case Statement::Kind::kReset: return Reset(statement.key);
      case Statement::Kind::kInsert:
      case Statement::Kind::kStatementSet:
        for (const Insert& insert : statement.inserts)
          script_.sinks.push_back(BindInsert(insert, script_.catalog, script_.session));
        return;
      case Statement::Kind::kQuery: return script_.sinks.push_back(BindQuery(*statement.query, ++queries_));
      case Statement::Kind::kExplain:
        if (statement.query) script_.Explain(BindQuery(*statement.query, 0));
        for (const Insert& insert : statement.inserts)
          script_.Explain(BindInsert(insert, script_.catalog, script_.session));
        return;
      case Statement::Kind::kAlter: return Alter(statement);
      case Statement::Kind::kAlterView: return AlterView(statement);
      case Statement::Kind::kDescribe:
        script_.printed += DescribeTable(script_.catalog.Get(statement.object), script_.catalog, script_.session);
        return;
      case Statement::Kind::kShow: script_.printed += Show(statement, script_.catalog, script_.session); return;
      case Statement::Kind::kUse:
        script_.catalog.Use(statement.object);
        script_.session.database = script_.catalog.current().database;
        return;
      case Statement::Kind::kUseCatalog:
        script_.catalog.UseCatalog(statement.object);
        script_.session.database = script_.catalog.current().database;
        return;
      case Statement::Kind::kCreateDatabase: return script_.catalog.CreateDatabase(statement);
      case Statement::Kind::kCreateCatalog: return script_.catalog.CreateCatalog(statement);
      case Statement::Kind::kAlterCatalog: return script_.catalog.AlterCatalog(statement);
      case Statement::Kind::kAlterDatabase: script_.catalog.DatabaseOf(statement.object); return;
      case Statement::Kind::kDescribeCatalog: script_.printed += DescribeCatalog(statement, script_.catalog); return;
      case Statement::Kind::kNothing: return;
      case Statement::Kind::kAddJar:
        LogWarning(statement.key + " JAR has no effect: connectors, formats and functions are those of this program");
        return;
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
    if (statement.key == kTypeLengthEnforcer) {
      for (char& c : value) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      if (value != "IGNORE" && value != "TRIM_PAD" && value != "ERROR")
        refuse("IGNORE writes values as they are, TRIM_PAD cuts those that are too long, ERROR stops there");
    }
    if (statement.key == kDeduplicateEvents || statement.key == kRequireOnConflict) {
      for (char& c : value) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      if (value != "true" && value != "false") refuse("'true' and 'false' are");
    }
    if (statement.key == kStateTtl && !ParseDurationMillis(value))
      refuse(std::string(kDurationHint) + "; 0 keeps state for good");
    if (statement.key == kMaxColumnWidth && !IsWholeNumber(value)) refuse("a number of characters is, such as '30'");
    const bool of_utc = statement.value.rfind("UTC", 0) == 0 && statement.value != "UTC";  // an offset is one of GMT
    if (statement.key == kLocalTimeZone && (of_utc || !TimeZone::Find(statement.value, &script_.session.zone)))
      FailAt(statement.span, "the time zone '" + statement.value + "' is not known",
             "UTC, a name such as Europe/Oslo, or an offset such as GMT+02:00");
    CheckFixed(statement);
    script_.session.options[statement.key] = value;
  }

  /// Settings with one value that is available; others would give other results.
  static void CheckFixed(const Statement& statement) {
    struct Fixed {
      const char* key;
      const char* value;
      const char* hint;
    };
    static constexpr Fixed kFixed[] = {
        {"execution.runtime-mode", "STREAMING", "the last change of each row is the result"},
        {"table.sql-dialect", "DEFAULT", "Flink's own dialect is the only one"},
        {"table.exec.legacy-cast-behaviour", "DISABLED", "TRY_CAST gives NULL where CAST ends the query"},
        {"table.exec.sink.nested-constraint-enforcer", "IGNORE", "IS NOT NULL in WHERE checks values"},
        {"table.column-expansion-strategy", "", "name the columns instead of *"},
    };
    std::string value = statement.value;
    for (char& c : value) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    for (const Fixed& fixed : kFixed)
      if (statement.key == fixed.key && value != fixed.value)
        FailAt(statement.span,
               std::string(fixed.key) + " = '" + statement.value + "' is not available" +
                   (*fixed.value == 0 ? "" : std::string(", only '") + fixed.value + "'"),
               std::string("leave the setting out: ") + fixed.hint);
  }

  /// Whether the database that a table's name is of is there.
  bool HasDatabaseOf(const Name& table) const {
    const DatabasePath& current = script_.catalog.current();
    const Name catalog{{table.parts.size() > 2 ? table.parts[0] : current.catalog}, {}};
    const std::string& database = table.parts.size() > 1 ? *(table.parts.end() - 2) : current.database;
    const auto has = [](const auto& in, const auto& name) { return std::count(in.begin(), in.end(), name) > 0; };
    return has(script_.catalog.Catalogs(), catalog.last()) && has(script_.catalog.Databases(catalog), database);
  }

  void Reset(const std::string& key) {
    if (key.empty()) script_.session.options.clear();
    script_.session.options.erase(key);
    if (key.empty() || key == kLocalTimeZone) script_.session.zone = Session().zone;
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
    table->primary_key_name = ast.primary_key_name;
    table->comment = ast.comment;
    table->partitioned = ast.partitioned;
    table->distribution = ast.distribution;
    for (Option& option : table->options) {  // as they were written once
      if (option.key == "connector.type") option.key = "connector";
      if (option.key == "connector.path") option.key = "path";
      if (option.key == "connector.topic") option.key = "topic";
      if (option.key == "format.type") option.key = "format";
    }
    if (ast.has_like) CopyLike(ast, script_.catalog.Get(ast.like), table.get());
    const std::vector<std::string> given =
        ast.as_query ? AddQueryColumns(ast, table.get()) : std::vector<std::string>{};
    for (const Option& option : table->options) script_.option_keys.insert(option.key);
    const bool is_kafka = table->connector() == "kafka";
    script_.has_kafka_table = script_.has_kafka_table || is_kafka;
    for (const auto& [key, value] : overrides_)
      if (table->Get(key) || (is_kafka && IsOfKafka(key))) table->options.push_back({key, value, {}});
    CheckColumns(ast, *table);
    KeyIsNotNull(ast, table.get());
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

  /// CREATE TABLE … AS: its own columns, then those of the query, where a declared one has its type. Names alone put
  /// those of the query in order. Returns the names of the query's columns.
  std::vector<std::string> AddQueryColumns(const CreateTable& ast, TableDef* table) {
    if (ast.temporary)
      FailAt(ast.name.span, "a table AS a query is not TEMPORARY", "leave TEMPORARY out: no table outlives the script");
    const PlanPtr plan = QueryBinder(script_.catalog, script_.session).Bind(*ast.as_query);
    std::vector<std::string> given;
    std::vector<ColumnDef> of_query;
    for (const PlanColumn& column : plan->columns) {
      given.push_back(column.name);
      ColumnDef def;
      def.name = column.name;
      def.type = column.type.Plain();
      def.span = ast.name.span;
      const auto own = std::find_if(table->columns.begin(), table->columns.end(),
                                    [&column](const ColumnDef& declared) { return declared.name == column.name; });
      if (own != table->columns.end()) {
        if (own->kind == ColumnDef::Kind::kComputed || own->is_virtual)
          FailAt(own->span, "the query has a column '" + own->name + "' as well, and this one cannot be written");
        def = std::move(*own);
        table->columns.erase(own);
      }
      of_query.push_back(std::move(def));
    }
    if (!ast.column_names.empty()) {
      std::vector<ColumnDef> ordered;
      for (const std::string& name : ast.column_names) {
        const auto found =
            std::find_if(of_query.begin(), of_query.end(), [&name](const ColumnDef& c) { return c.name == name; });
        if (found == of_query.end() || ast.column_names.size() != of_query.size())
          FailAt(ast.column_names_span, "the names are not those of the query's columns",
                 "each of them once, in the order that the table is to have");
        ordered.push_back(*found);
      }
      of_query = std::move(ordered);
    }
    table->columns.insert(table->columns.end(), of_query.begin(), of_query.end());
    return given;
  }

  /// Columns of a PRIMARY KEY are NOT NULL, declared so or not. Those of a query or of another table have to be it.
  static void KeyIsNotNull(const CreateTable& ast, TableDef* table) {
    for (ColumnDef& column : table->columns) {
      if (!table->IsKey(column.name) || !column.type.nullable) continue;
      const bool own = std::any_of(ast.columns.begin(), ast.columns.end(),
                                   [&column](const ColumnDef& declared) { return declared.name == column.name; });
      if (!own)
        FailAt(ast.primary_key_span, "the PRIMARY KEY column '" + column.name + "' may be NULL",
               ast.as_query ? "declare it: CREATE TABLE … (" + QuotedName(column.name) + " " +
                                  column.type.WithNullable(false).Text() + ", PRIMARY KEY …) … AS SELECT …"
                            : "a column of the table after LIKE is NOT NULL where it is declared so there");
      column.type.nullable = false;
    }
  }

  void Alter(const Statement& statement) {
    const AlterTable& alter = statement.alter;
    if (alter.if_exists && (!HasDatabaseOf(alter.name) || script_.catalog.Find(alter.name) == nullptr)) return;
    const TableDef& old = script_.catalog.Get(alter.name);
    if (old.is_view) FailAt(alter.name.span, "'" + old.name + "' is a view", "ALTER VIEW changes it");
    auto table = std::make_shared<TableDef>(old);
    if (AlterPartitions(alter, table.get())) return script_.catalog.Replace(alter.name, std::move(table));
    for (size_t i = 0; i < alter.added.columns.size(); ++i) AlterColumn(alter, i, table.get());
    if (!alter.added.primary_key.empty()) {
      if (alter.modify == old.primary_key.empty())
        FailAt(alter.added.primary_key_span,
               "'" + old.name + "' has " + (alter.modify ? "no PRIMARY KEY" : "a PRIMARY KEY already"),
               alter.modify ? "ADD makes one" : "MODIFY changes it");
      table->primary_key = alter.added.primary_key;
      table->primary_key_name = alter.added.primary_key_name;
    }
    if (alter.drop_key) DropKey(alter, table.get());
    if (alter.drop_watermark) {
      if (!table->watermark) FailAt(alter.span, "'" + old.name + "' has no WATERMARK");
      table->watermark = nullptr;
      table->watermark_column.clear();
    }
    if (alter.drop_distribution && !table->distribution) FailAt(alter.span, "'" + old.name + "' has no distribution");
    if (alter.drop_distribution) table->distribution.reset();
    if (alter.added.distribution) {
      if (alter.modify == !old.distribution)
        FailAt(alter.added.distribution->span,
               "'" + old.name + "' has " + (alter.modify ? "no distribution" : "a distribution already"),
               alter.modify ? "ADD makes one" : "MODIFY changes it");
      table->distribution = alter.added.distribution;
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
    for (const std::string& key : alter.reset) {
      if (key == "connector")
        FailAt(alter.span, "a table stays one of its connector", "ALTER TABLE … SET ('connector' = '…') changes it");
      std::erase_if(table->options, [&key](const Option& known) { return known.key == key; });
    }
    for (const std::string& name : alter.dropped)
      if (std::erase_if(table->columns, [&name](const ColumnDef& column) { return column.name == name; }) == 0)
        FailAt(alter.span, "'" + old.name + "' has no column '" + name + "'");
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
    ast.partitioned_span = alter.name.span;
    CheckColumns(ast, *table);
    KeyIsNotNull(ast, table.get());
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
    columns.insert(at, column)->altered = true;
  }

  /// Its columns stay NOT NULL.
  static void DropKey(const AlterTable& alter, TableDef* table) {
    if (table->primary_key.empty()) FailAt(alter.span, "'" + table->name + "' has no PRIMARY KEY");
    if (!alter.drop_constraint.empty() && alter.drop_constraint != table->KeyName())
      FailAt(alter.span, "'" + table->name + "' has no constraint '" + alter.drop_constraint + "'",
             "there is " + table->KeyName());
    table->primary_key.clear();
    table->primary_key_name.clear();
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

  /// The columns of a key or of partitions are columns of the records, each named once.
  static void CheckNamedColumns(const TableDef& table, const std::vector<std::string>& names, const Span& span,
                                const std::string& clause) {
    std::set<std::string> named;
    for (const std::string& name : names) {
      if (!named.insert(name).second) FailAt(span, "the " + clause + " names the column '" + name + "' twice");
      const auto column = std::find_if(table.columns.begin(), table.columns.end(),
                                       [&name](const ColumnDef& known) { return known.name == name; });
      if (column == table.columns.end()) FailAt(span, "there is no column '" + name + "' for the " + clause);
      if (column->kind != ColumnDef::Kind::kPhysical)
        FailAt(span, "the " + clause + " column '" + name + "' is not a column of the records");
    }
  }

  void CheckColumns(const CreateTable& ast, const TableDef& table) {
    std::set<std::string> names;
    for (const ColumnDef& column : table.columns)
      if (!names.insert(column.name).second) FailAt(column.span, "a second column named '" + column.name + "'");
    CheckNamedColumns(table, table.primary_key, ast.primary_key_span, "PRIMARY KEY");
    CheckNamedColumns(table, table.partitioned, ast.partitioned_span, "PARTITIONED BY");
    if (table.distribution)
      CheckNamedColumns(table, table.distribution->columns, table.distribution->span, "DISTRIBUTED BY");
    const std::vector<PlanColumn> columns = TableColumns(table, script_.session);  // binds computed columns
    if (!table.watermark) return;
    const Span& at = ast.watermark ? ast.watermark_span : ast.like.span;
    Scope scope;
    const PlanColumn* rowtime = nullptr;
    for (const PlanColumn& column : columns) {
      scope.columns.push_back({"", column.name, column.type, false});
      if (column.name == table.watermark_column) rowtime = &column;
    }
    if (rowtime == nullptr)
      FailAt(at, "there is no column '" + table.watermark_column + "' for the WATERMARK",
             ast.watermark ? "" : "LIKE … (EXCLUDING WATERMARKS) leaves out that of the other table");
    if (!rowtime->type.is_timestamp() || rowtime->type.precision > 3)
      FailAt(at,
             "a WATERMARK needs a column of type TIMESTAMP(3) or TIMESTAMP_LTZ(3), '" + table.watermark_column +
                 "' is " + rowtime->type.Plain().WithNullable(true).Text(),
             "a computed column can make one: ts AS CAST(" + QuotedName(table.watermark_column) + " AS TIMESTAMP(3))");
    ExprBinder binder(scope, script_.session);
    const BoundExpr bound = binder.Bind(*table.watermark);
    if (bound.type.kind != rowtime->type.kind)
      FailAt(table.watermark->span,
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
    view->comment = ast.comment;
    view->view_columns = ast.columns;
    view->view_query = ast.query;
    view->view_database = script_.catalog.current();
    const PlanPtr plan =
        QueryBinder(script_.catalog, script_.session).Bind(*ast.query);  // refuses now what it cannot do
    if (!ast.columns.empty() && ast.columns.size() != plan->columns.size())
      FailAt(ast.name.span, "the view names " + std::to_string(ast.columns.size()) + " columns, its query has " +
                                std::to_string(plan->columns.size()));
    CheckViewNames(ast, *plan);
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
