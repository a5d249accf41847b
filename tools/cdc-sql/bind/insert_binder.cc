// INSERT INTO: the columns of the table from those of the query, and whether the table takes such rows.
#include "tools/cdc-sql/bind/insert_binder.h"

#include <algorithm>

#include "common/error.h"
#include "tools/cdc-sql/bind/expr_binder.h"
#include "tools/cdc-sql/bind/table_options.h"
#include "tools/cdc-sql/functions/cast.h"
#include "tools/cdc-sql/functions/type_length.h"
#include "tools/cdc-sql/plan/finish_plan.h"
#include "tools/cdc-sql/plan/upsert_rules.h"
#include "tools/cdc-sql/sql/token.h"

namespace cdc::sql {

namespace {

/// The value that PARTITION (column = value) gives to all rows; null: none.
const Expr* OfPartition(const Insert& insert, const std::string& column) {
  for (const auto& [name, value] : insert.partition)
    if (name == column) return value.get();
  return nullptr;
}

/// Each column of PARTITION (column = value) is one that the table is partitioned by, and gets that value only.
void CheckPartition(const Insert& insert, const TableDef& table) {
  const auto is_column = [&table](const std::string& name) {
    return std::any_of(table.columns.begin(), table.columns.end(), [&name](const ColumnDef& column) {
      return column.name == name && column.kind != ColumnDef::Kind::kComputed;
    });
  };
  std::vector<std::string> given = insert.columns;
  for (const auto& [column, value] : insert.partition) {
    if (!is_column(column))
      FailAt(value->span, "'" + table.name + "' has no column '" + column + "' for the PARTITION");
    if (std::find(table.partitioned.begin(), table.partitioned.end(), column) == table.partitioned.end())
      FailAt(value->span, "'" + table.name + "' is not PARTITIONED BY '" + column + "'",
             "the query gives such a column its value: SELECT …, " + std::string(value->span.text()));
    if (std::find(given.begin(), given.end(), column) != given.end())
      FailAt(value->span, "the column '" + column + "' gets its value twice", "the PARTITION gives it to all rows");
    given.push_back(column);
  }
}

/// What of a Kafka record beside key and value a query can write.
void CheckWritableMetadata(const TableDef& table, const ColumnDef& column) {
  const bool timestamp = column.metadata_key == "timestamp", headers = column.metadata_key == "headers";
  if (table.connector().find("kafka") == std::string::npos || (!timestamp && !headers))
    FailAt(column.span, "the metadata '" + column.metadata_key + "' cannot be written",
           "declare it METADATA VIRTUAL; tables of Kafka take 'timestamp' and 'headers'");
  const SqlType& type = column.type;
  if (timestamp && !type.is_timestamp())
    FailAt(column.span, "the metadata 'timestamp' does not fit the type " + type.Text(), "declare it TIMESTAMP_LTZ(3)");
  if (headers && !(type.kind == TypeKind::kMap && type.children[0].is_string() && type.children[1].is_binary()))
    FailAt(column.span, "the metadata 'headers' does not fit the type " + type.Text(), "declare it MAP<STRING, BYTES>");
}

/// As a record has it: its timestamp is an instant, and a TIMESTAMP is one in the session's time zone.
BoundExpr AsMetadata(BoundExpr value, const Session& session) {
  if (value.type.kind != TypeKind::kTimestamp) return value;
  const Span span = value.span;
  const SqlType instant = SqlType::Of(TypeKind::kTimestampLtz, value.type.nullable, 3);
  return BindCast(std::move(value), instant, false, span, session);
}

/// Whether its rows are changes by a key whatever the query sends. Other tables take new rows as such, and then there
/// is no conflict that Flink lets ON CONFLICT speak of.
bool IsUpsert(const TableDef& table) {
  return table.connector() == "upsert-kafka" || table.connector() == "jdbc";
}

/// A table with a primary key takes changing rows by that key: the query has to promise one row a key. upsert-kafka
/// takes rows that only come in the same way.
bool HasConflict(const TableDef& table, const PlanNode& input, const std::vector<std::string>& given) {
  if (table.primary_key.empty() || (input.append_only && table.connector() != "upsert-kafka")) return false;
  // One row at most (LIMIT 1) is known by the key of the rows that it is chosen from.
  const bool single = input.unique_key && input.unique_key->empty() && input.other_key;
  const std::optional<std::vector<size_t>>& key = single ? input.other_key : input.unique_key;
  bool promised = key && SurvivesShuffles(input, *key);
  if (promised)
    for (const size_t column : *key) promised = promised && table.IsKey(given[column]);
  return !promised;
}

/// Whether a row that goes is written with all of its columns, so that no key has to tell it from others.
bool WritesOldRows(const TableDef& table) {
  return table.connector() != "upsert-kafka" && !IsAppendOnlySource(table);
}

/// Of several rows with the same key the last one.
PlanPtr Materialized(PlanPtr input, const TableDef& table) {
  auto node = std::make_unique<PlanNode>();
  node->kind = PlanNode::Kind::kMaterialize;
  node->columns = input->columns;
  for (const std::string& key : table.primary_key)
    for (size_t i = 0; i < node->columns.size(); ++i)
      if (node->columns[i].name == key) node->keys.push_back(i);
  node->unique_key = node->keys;
  node->inputs.push_back(std::move(input));
  return node;
}

[[noreturn]] void FailConflict(const TableDef& table, const Insert& insert) {
  std::string key;
  for (const std::string& column : table.primary_key) key += (key.empty() ? "" : ", ") + QuotedName(column);
  FailAt(
      insert.table.span,
      "the rows of the query are not known to be one for each PRIMARY KEY (" + key + ") of '" + table.name + "'",
      "ON CONFLICT DO DEDUPLICATE at the end keeps the last row of each key;\nor GROUP BY " + key +
          ";\nor declare the keys of the tables that are read, PRIMARY KEY (…) NOT ENFORCED: a join by other columns "
          "does not keep them");
}

}  // namespace

bool StateExpires(const Session& session) {
  return session.Get(kStateTtl, "0").find_first_of("123456789") != std::string::npos;
}

void CheckSources(const PlanNode& node) {
  if (node.kind == PlanNode::Kind::kScan) CheckSource(*node.table, node.span);
  for (const PlanPtr& input : node.inputs) CheckSources(*input);
}

PlanSink BindInsert(const Insert& insert, const Catalog& catalog, const Session& session) {
  const TableDef& defined = catalog.Get(insert.table);
  if (defined.is_view) FailAt(insert.table.span, "'" + defined.name + "' is a view", "INSERT INTO takes a table");
  PlanSink sink;
  sink.hinted = WithHint(defined, insert.options);
  const TableDef& table = sink.hinted ? *sink.hinted : defined;
  CheckSink(table, insert.table.span);
  if (table.distribution)
    FailAt(insert.table.span, "the table '" + table.name + "' is DISTRIBUTED, and its connector has no buckets",
           "'sink.partitioner' of a Kafka table distributes its records");
  CheckKafkaKey(table, insert.table.span);
  PlanPtr input = QueryBinder(catalog, session).Bind(*insert.query);
  CheckSources(*input);
  CheckPartition(insert, table);
  // Columns of the records, in table order; each from a column of the query or NULL.
  std::vector<PlanColumn> targets;
  std::vector<std::pair<size_t, std::string>> metadata;
  const std::vector<PlanColumn> all = TableColumns(table, session);
  for (size_t i = 0; i < all.size(); ++i) {
    const ColumnDef& column = table.columns[i];
    if (column.kind == ColumnDef::Kind::kComputed || column.is_virtual) continue;
    if (column.kind == ColumnDef::Kind::kMetadata) {
      CheckWritableMetadata(table, column);
      metadata.emplace_back(targets.size(), column.metadata_key);
    }
    targets.push_back({all[i].name, all[i].type.Plain()});
  }
  std::vector<std::string> given = insert.columns;
  if (given.empty())
    for (const PlanColumn& target : targets)
      if (OfPartition(insert, target.name) == nullptr) given.push_back(target.name);
  if (given.size() != input->columns.size())
    FailAt(insert.columns.empty() ? insert.table.span : insert.columns_span,
           "the query has " + std::to_string(input->columns.size()) + " columns, '" + table.name + "' takes " +
               std::to_string(given.size()),
           "name those that are given: INSERT INTO " + QuotedName(table.name) + " (a, b) SELECT …");
  for (size_t i = 0; i < given.size(); ++i)
    if (std::find(given.begin(), given.begin() + static_cast<std::ptrdiff_t>(i), given[i]) !=
        given.begin() + static_cast<std::ptrdiff_t>(i))
      FailAt(insert.columns_span, "the column '" + given[i] + "' is named twice");
  for (const std::string& name : given)
    if (std::none_of(targets.begin(), targets.end(), [&](const PlanColumn& t) { return t.name == name; }))
      FailAt(insert.columns_span, "'" + table.name + "' has no column '" + name + "' that can be written");
  std::vector<BoundExpr> exprs;
  std::vector<std::string> names;
  const std::string enforcer = session.Get(kTypeLengthEnforcer, "IGNORE");
  const LengthRule lengths = enforcer == "TRIM_PAD" ? LengthRule::kTrimPad
                             : enforcer == "ERROR"  ? LengthRule::kError
                                                    : LengthRule::kIgnore;
  for (const PlanColumn& target : targets) {
    const auto at = std::find(given.begin(), given.end(), target.name);
    if (const Expr* value = OfPartition(insert, target.name)) {
      const Scope none;
      exprs.push_back(ImplicitCast(ExprBinder(none, session).Bind(*value), target.type, session));
    } else if (at == given.end()) {
      if (!target.type.nullable)
        FailAt(insert.columns_span, "the column '" + target.name + "' is NOT NULL and gets no value");
      exprs.push_back(NullExpr(target.type, insert.table.span));
    } else {
      const auto index = static_cast<size_t>(at - given.begin());
      const PlanColumn& source = input->columns[index];
      if (!CanStore(source.type, target.type))
        FailAt(insert.table.span,
               "the query's column '" + source.name + "' is " + source.type.Plain().WithNullable(true).Text() + ", '" +
                   table.name + "." + target.name + "' is " + target.type.WithNullable(true).Text(),
               "CAST(" + QuotedName(source.name) + " AS " + target.type.WithNullable(true).Text() + ")");
      BoundExpr expr = ColumnExpr(index, source.name, source.type.Plain(), insert.table.span);
      exprs.push_back(ImplicitCast(std::move(expr), target.type, session));
    }
    exprs.back() = EnforceLength(std::move(exprs.back()), lengths, target.name, session);
    names.push_back(target.name);
  }
  const bool deduplicates = insert.deduplicate || session.Get(kRequireOnConflict, "true") == "false";
  if (insert.deduplicate && input->append_only && !IsUpsert(table))
    FailAt(insert.table.span,
           "ON CONFLICT is for tables that take changes by their key, and '" + table.name + "' gets new rows only",
           "leave it out: nothing is replaced here; 'connector' = 'upsert-kafka' is such a table");
  const bool has_conflict = HasConflict(table, *input, given), appends = input->append_only;
  // A changelog takes them all; its key is none then, for those who apply it.
  const bool keyless = has_conflict && !insert.deduplicate && WritesOldRows(table);
  const bool conflicts = has_conflict && !keyless;
  // An update of a row of the query may then be one of another row of the table.
  const bool key_may_change = !conflicts && input->unique_key && input->unique_key->size() < table.primary_key.size();
  if (conflicts && !deduplicates) FailConflict(table, insert);
  for (const auto& [index, key] : metadata)
    if (key == "timestamp") exprs[index] = AsMetadata(std::move(exprs[index]), session);
  sink.input = MakeProject(std::move(input), std::move(exprs), std::move(names));
  if (conflicts && !appends) sink.input = Materialized(std::move(sink.input), table);
  FinishPlan(*sink.input, StateExpires(session));
  if (table.connector() == "upsert-kafka") sink.first_images = key_may_change || KeepsFirstImages(*sink.input);
  // What the table declares counts: a NULL for a NOT NULL column is found when it comes.
  for (size_t i = 0; i < targets.size(); ++i) sink.input->columns[i].type.nullable = targets[i].type.nullable;
  sink.drop_nulls = session.Get(kNotNullEnforcer, "ERROR") == "DROP";
  sink.table = &table;
  sink.metadata = std::move(metadata);
  sink.has_key = !table.primary_key.empty() && !keyless;
  for (const std::string& key : table.primary_key)
    for (size_t i = 0; i < targets.size(); ++i)
      if (targets[i].name == key) sink.key.push_back(i);
  if (table.connector() == "upsert-kafka" && !conflicts && !key_may_change) LetKeysSuffice(sink);
  if (!sink.input->append_only && IsInsertOnlyFormat(table))
    FailAt(
        insert.table.span,
        "'" + table.name + "' takes new rows only (format " + table.format() + "), the query changes and deletes rows",
        "'format' = 'debezium-json', or no format");
  return sink;
}

}  // namespace cdc::sql
