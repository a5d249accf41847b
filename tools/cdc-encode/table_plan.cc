#include "tools/cdc-encode/table_plan.h"

#include <algorithm>
#include <string_view>

#include "common/ddl/lexer.h"
#include "common/json_writer.h"
#include "tools/cdc-encode/flink_type.h"
#include "tools/cdc-encode/topic_name.h"

namespace cdc::encode {
namespace {

constexpr std::string_view kSourceFields =
    R"([{"type":"string","optional":false,"field":"version"},{"type":"string","optional":false,"field":"connector"},)"
    R"({"type":"string","optional":false,"field":"name"},{"type":"int64","optional":false,"field":"ts_ms"},)"
    R"({"type":"string","optional":true,"name":"io.debezium.data.Enum","version":1,"parameters":{"allowed":)"
    R"("true,first,first_in_data_collection,last_in_data_collection,last,false,incremental"},"default":"false",)"
    R"("field":"snapshot"},{"type":"string","optional":false,"field":"db"},)"
    R"({"type":"string","optional":true,"field":"sequence"},{"type":"int64","optional":true,"field":"ts_us"},)"
    R"({"type":"int64","optional":true,"field":"ts_ns"},{"type":"string","optional":true,"field":"table"},)"
    R"({"type":"int64","optional":false,"field":"server_id"},{"type":"string","optional":true,"field":"gtid"},)"
    R"({"type":"string","optional":false,"field":"file"},{"type":"int64","optional":false,"field":"pos"},)"
    R"({"type":"int32","optional":false,"field":"row"},{"type":"int64","optional":true,"field":"thread"},)"
    R"({"type":"string","optional":true,"field":"query"}])";

constexpr std::string_view kTransactionField =
    R"({"type":"struct","fields":[{"type":"string","optional":false,"field":"id"},)"
    R"({"type":"int64","optional":false,"field":"total_order"},)"
    R"({"type":"int64","optional":false,"field":"data_collection_order"}],)"
    R"("optional":true,"name":"event.block","version":1,"field":"transaction"})";

std::vector<FieldSchema> ValueFields(const TablePlan& plan) {
  std::vector<FieldSchema> fields;
  for (const MappedColumn& column : plan.columns)
    if (column.form != ValueForm::kNone && !column.left_out) fields.push_back(column.schema);
  return fields;
}

void AppendEnvelopeSchema(std::string& out, const TablePlan& plan) {
  const std::vector<FieldSchema> fields = ValueFields(plan);
  const std::string value_name = plan.schema_name + ".Value";
  out += "{\"type\":\"struct\",\"fields\":[";
  AppendStructSchema(out, fields, true, value_name, 0, "before");
  out += ',';
  AppendStructSchema(out, fields, true, value_name, 0, "after");
  out += ',';
  out += SourceSchema("source");
  out += ',';
  out += kTransactionField;
  out += R"(,{"type":"string","optional":false,"field":"op"},{"type":"int64","optional":true,"field":"ts_ms"},)";
  out += R"({"type":"int64","optional":true,"field":"ts_us"},{"type":"int64","optional":true,"field":"ts_ns"}],)";
  out += "\"optional\":false,\"name\":";
  AppendConnectString(out, plan.schema_name + ".Envelope");
  out += ",\"version\":2}";
}

FieldSchema AdditionSchema(const TablePlan& plan, const PlannedAddition& addition) {
  const AddedField& added = addition.field;
  const bool column = added.part == AddedField::Part::kBefore || added.part == AddedField::Part::kAfter;
  FieldSchema schema = column ? plan.columns[addition.column].schema : AddedFieldSchema(added);
  schema.field = added.name;
  schema.optional = true;
  schema.default_json.clear();
  return schema;
}

/// The fields of an unwrapped row behind its columns.
std::vector<FieldSchema> UnwrappedAdditions(const TablePlan& plan, const UnwrapSettings& unwrap) {
  std::vector<FieldSchema> fields;
  if (unwrap.rewrite()) {
    FieldSchema deleted;
    deleted.field = "__deleted";
    deleted.type = "string";
    fields.push_back(std::move(deleted));
  }
  for (const PlannedAddition& addition : plan.add_fields) fields.push_back(AdditionSchema(plan, addition));
  return fields;
}

void AppendUnwrappedSchema(std::string& out, const TablePlan& plan, const UnwrapSettings& unwrap, bool optional) {
  std::vector<FieldSchema> fields = ValueFields(plan);
  for (FieldSchema& addition : UnwrappedAdditions(plan, unwrap)) fields.push_back(std::move(addition));
  AppendStructSchema(out, fields, optional, plan.schema_name + ".Value", 0, "");
}

/// What of `fields` the table has.
std::vector<PlannedAddition> PlanAdditions(const TablePlan& plan, const std::vector<AddedField>& fields) {
  std::vector<PlannedAddition> additions;
  for (const AddedField& field : fields) {
    PlannedAddition addition;
    addition.field = field;
    AppendConnectString(addition.member, field.name);
    addition.member += ':';
    if (field.part == AddedField::Part::kBefore || field.part == AddedField::Part::kAfter) {
      while (addition.column < plan.columns.size() && plan.columns[addition.column].schema.field != field.member)
        ++addition.column;
      if (addition.column == plan.columns.size()) continue;
    }
    AdditionSchema(plan, addition).AppendJson(addition.schema, false);
    additions.push_back(std::move(addition));
  }
  return additions;
}

void RenderSchemas(TablePlan& plan, const EncodeSettings& settings) {
  plan.null_value = "\"null\"";  // the four letters as the record's bytes
  if (plan.has_key()) {
    std::vector<FieldSchema> fields;
    for (const MappedColumn& key : plan.keys) fields.push_back(key.schema);
    if (!plan.key_extra.empty()) {
      FieldSchema extra;
      extra.type = "string";
      extra.optional = false;
      extra.field = settings.topics.key_field;
      fields.push_back(std::move(extra));
    }
    AppendStructSchema(plan.key_schema, fields, false, plan.schema_name + ".Key", 0, "");
    if (settings.made_key_schemas()) {
      plan.key_head = "{\"schema\":" + plan.key_schema + ",\"payload\":";
      plan.key_tail = "}";
    }
  }
  if (!settings.made_value_schemas()) return;
  plan.value_head = "{\"schema\":";
  if (settings.unwrap.enabled) {
    AppendUnwrappedSchema(plan.value_head, plan, settings.unwrap, false);
    plan.null_value = "{\"schema\":";
    AppendUnwrappedSchema(plan.null_value, plan, settings.unwrap, true);
    plan.null_value += ",\"payload\":null}";
  } else {
    AppendEnvelopeSchema(plan.value_head, plan);
  }
  plan.value_head += ",\"payload\":";
  plan.value_tail = "}";
}

void RenderSource(TablePlan& plan) {
  plan.source_head =
      "\"source\":{\"version\":\"3.0.8.Final\",\"connector\":\"mysql\",\"name\":" + plan.source_name + ",\"ts_ms\":";
  plan.source_db = ",\"db\":" + plan.source_db_name + ",\"sequence\":null,\"ts_us\":";
  plan.source_table = ",\"table\":" + plan.source_table_name + ",\"server_id\":";
}

void RenderSchemaLine(TablePlan& plan, const TableSchema& schema, const EncodeSettings& settings) {
  std::string& out = plan.schema_line;
  out = "{\"@cdc\":\"schema\",\"topic\":\"" + plan.topic + "\",\"db\":";
  AppendJsonString(out, schema.db);
  out += ",\"table\":";
  AppendJsonString(out, schema.table);
  out += settings.unwrap.enabled ? ",\"shape\":\"unwrapped\"" : ",\"shape\":\"envelope\"";
  out += settings.key_schemas ? ",\"schemas\":{\"key\":true" : ",\"schemas\":{\"key\":false";
  out += settings.value_schemas ? ",\"value\":true},\"key\":" : ",\"value\":false},\"key\":";
  if (plan.key_columns.empty()) {
    out += "null";
  } else {
    for (size_t i = 0; i < plan.key_columns.size(); ++i) {
      out += i == 0 ? '[' : ',';
      AppendJsonString(out, plan.columns[plan.key_columns[i]].schema.field);
    }
    out += ']';
  }
  out += ",\"columns\":[";
  bool first = true;
  for (size_t i = 0; i < plan.columns.size(); ++i) {
    const MappedColumn& column = plan.columns[i];
    if (column.form == ValueForm::kNone || column.left_out) continue;
    out += first ? "{\"name\":" : ",{\"name\":";
    first = false;
    AppendJsonString(out, column.schema.field);
    out += ",\"sql\":";
    AppendJsonString(out, FlinkType(schema.columns[i], column));
    out += ",\"mysql\":";
    AppendJsonString(out, schema.columns[i].type_text);
    out += ",\"connect\":";
    column.schema.AppendJson(out, false);
    out += '}';
  }
  if (settings.unwrap.enabled) {
    for (const FieldSchema& addition : UnwrappedAdditions(plan, settings.unwrap)) {
      out += first ? "{\"name\":" : ",{\"name\":";
      first = false;
      AppendJsonString(out, addition.field);
      out += addition.type == "int64"   ? ",\"sql\":\"BIGINT\""
             : addition.type == "int32" ? ",\"sql\":\"INT\""
                                        : ",\"sql\":\"STRING\"";
      out += ",\"connect\":";
      addition.AppendJson(out, false);
      out += '}';
    }
  }
  out += "]}";
}

}  // namespace

std::string SourceSchema(std::string_view field) {
  std::string out = "{\"type\":\"struct\",\"fields\":";
  out += kSourceFields;
  out += ",\"optional\":false,\"name\":\"io.debezium.connector.mysql.Source\",\"field\":\"";
  out += field;
  return out + "\"}";
}

bool PictureFits(const TableSchema& schema, const TablePicture& picture, const TypeModes& modes) {
  if (schema.columns.size() != picture.columns.size()) return false;
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    std::string doubled;
    for (const char c : schema.columns[i].name) doubled += c == '`' ? "``" : std::string(1, c);
    if (picture.columns[i].name != schema.columns[i].name && picture.columns[i].name != doubled) return false;
    if (!FormFits(MapColumn(picture.columns[i], schema.columns[i].type, modes).form, schema.columns[i].type))
      return false;
  }
  return true;
}

namespace {

/// What a column's rule adds to its schema.
void AddRuleParameters(const ColumnRule& rule, const PictureColumn& column, const EncodeSettings& settings,
                       FieldSchema* schema) {
  using Kind = ColumnRule::Kind;
  auto& parameters = schema->parameters;
  switch (rule.kind) {
    case Kind::kNone: break;
    case Kind::kTruncate:
      if (column.length.value_or(-1) < 0 || *column.length > static_cast<int64_t>(rule.length))
        parameters.emplace_back("truncateLength", std::to_string(rule.length));
      break;
    case Kind::kMask:
    case Kind::kHash:
    case Kind::kHashV2: parameters.emplace_back("masked", "true"); break;
    case Kind::kPropagate:
      parameters.emplace_back("__debezium.source.column.type", column.type_name);
      if (column.length) parameters.emplace_back("__debezium.source.column.length", std::to_string(*column.length));
      if (column.scale) parameters.emplace_back("__debezium.source.column.scale", std::to_string(*column.scale));
      if (settings.schema_comments && column.comment && !column.comment->empty())
        parameters.emplace_back("__debezium.source.column.comment", *column.comment);
      parameters.emplace_back("__debezium.source.column.name", column.name);
  }
}

void PlanColumns(TablePlan& plan, const TableSchema& schema, const TablePicture& picture,
                 const EncodeSettings& settings) {
  for (size_t i = 0; i < picture.columns.size(); ++i) {
    const PictureColumn& shown = picture.columns[i];
    MappedColumn column = MapColumn(shown, schema.columns[i].type, settings.modes);
    settings.converters.Apply(picture, shown, &column);
    ApplyConverter(&column, settings.value_numeric, settings.value_null_default);
    column.schema.field = AdjustName(column.schema.field, settings.field_names, false);
    if (settings.schema_comments && !column.schema.doc) column.schema.doc = shown.comment;
    column.left_out = !settings.columns.Keeps(picture, shown);
    plan.all_left_out = plan.all_left_out && column.left_out;
    const ColumnRule& rule = settings.columns.RuleOf(picture, shown);
    AddRuleParameters(rule, shown, settings, &column.schema);
    if (rule.kind != ColumnRule::Kind::kNone && rule.kind != ColumnRule::Kind::kPropagate) column.rule = &rule;
    std::string member;
    if (column.form != ValueForm::kNone && !column.left_out) {
      AppendConnectString(member, column.schema.field);
      member += ':';
    }
    plan.columns.push_back(std::move(column));
    plan.members.push_back(std::move(member));
  }
}

/// The columns that an item of message.key.columns names, in table order.
std::vector<std::string> NamedColumns(const TablePicture& picture, const KeyRule::Column& item) {
  std::vector<std::string> names;
  for (const PictureColumn& column : picture.columns)
    if (item.whole.Matches(picture.db + "." + picture.table + "." + column.name)) names.push_back(column.name);
  return names;
}

/// The columns of the key: those that message.key.columns names, else those of the table's own key.
std::vector<std::string> KeyNames(const TablePicture& picture, const EncodeSettings& settings) {
  std::vector<std::string> names;
  for (const KeyRule& rule : settings.key_rules)
    for (const KeyRule::Column& item : rule.columns)
      for (std::string& name : NamedColumns(picture, item)) names.push_back(std::move(name));
  return names.empty() ? picture.key : names;
}

}  // namespace

std::vector<std::string> MissingKeyColumns(const TablePicture& picture, const EncodeSettings& settings) {
  std::vector<std::string> missing;
  for (const KeyRule& rule : settings.key_rules)
    if (rule.table.Matches(picture.db + "." + picture.table))
      for (const KeyRule::Column& item : rule.columns)
        if (NamedColumns(picture, item).empty()) missing.push_back(item.name);
  return missing;
}

namespace {

void PlanKey(TablePlan& plan, const TableSchema& schema, const TablePicture& picture, const EncodeSettings& settings,
             const std::string& unrouted) {
  for (const std::string& name : KeyNames(picture, settings)) {
    for (size_t i = 0; i < picture.columns.size(); ++i) {
      if (!ddl::EqualsIgnoreCase(picture.columns[i].name, name)) continue;
      MappedColumn column = MapColumn(picture.columns[i], schema.columns[i].type, settings.modes);
      settings.converters.Apply(picture, picture.columns[i], &column);
      ApplyConverter(&column, settings.key_numeric, settings.key_null_default);
      column.schema.field = AdjustName(column.schema.field, settings.field_names, false);
      if (settings.schema_comments && !column.schema.doc) column.schema.doc = picture.columns[i].comment;
      std::string member;
      AppendConnectString(member, column.schema.field);
      plan.key_columns.push_back(i);
      plan.keys.push_back(std::move(column));
      plan.key_members.push_back(member + ":");
    }
  }
  if (settings.topics.key_field.empty()) return;
  std::string value = unrouted;
  std::string error;  // None: the replacement was tried at the start.
  if (settings.topics.key_field_rule && settings.topics.key_field_regex.Matches(value))
    value = settings.topics.key_field_regex.ReplaceFirst(value, settings.topics.key_field_replacement, &error).value();
  plan.key_extra = plan.keys.empty() ? "" : ",";
  AppendConnectString(plan.key_extra, settings.topics.key_field);
  plan.key_extra += ':';
  AppendConnectString(plan.key_extra, value);
}

}  // namespace

TablePlan MakePlan(const TableSchema& schema, const TablePicture& picture, const EncodeSettings& settings) {
  static uint64_t serial = 0;
  TablePlan plan;
  plan.serial = ++serial;
  AppendJsonEscaped(plan.raw_db, schema.db);
  AppendJsonEscaped(plan.raw_table, schema.table);
  std::string unrouted;
  plan.topic = TopicName(settings.topics, settings.topic_prefix, picture.db, picture.table, &unrouted);
  plan.schema_name = AdjustName(plan.topic, settings.schema_names, true);
  PlanColumns(plan, schema, picture, settings);
  PlanKey(plan, schema, picture, settings, unrouted);
  plan.splitter = std::make_unique<RowSplitter>(schema.ColumnNames());
  plan.add_fields = PlanAdditions(plan, settings.unwrap.add_fields);
  plan.add_headers = PlanAdditions(plan, settings.unwrap.add_headers);
  AppendConnectString(plan.source_name, settings.topic_prefix);
  AppendConnectString(plan.source_db_name, picture.db);
  AppendConnectString(plan.source_table_name, picture.table);
  plan.record_head = "\"topic\":\"" + plan.topic + "\"";
  RenderSchemas(plan, settings);
  RenderSource(plan);
  RenderSchemaLine(plan, schema, settings);
  return plan;
}

}  // namespace cdc::encode
