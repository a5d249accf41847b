#include "tools/cdc-apply/iceberg/schema.h"

#include <algorithm>

#include "common/error.h"
#include "tools/cdc-apply/older_rows.h"
#include "tools/cdc-apply/table_definition.h"

namespace cdc::apply::iceberg {
namespace {

bool IsKey(const TargetTable& table, size_t column) {
  return std::find(table.key.begin(), table.key.end(), column) != table.key.end();
}

void SetIdentifier(const TargetTable& table, Schema* schema) {
  schema->identifier.clear();
  for (const size_t column : table.key) {
    const Field* field = schema->Find(table.columns[column].name);
    const bool may_identify =
        field->required && field->type.kind != FieldType::Kind::kFloat && field->type.kind != FieldType::Kind::kDouble;
    if (!may_identify) return schema->identifier.clear();
    schema->identifier.push_back(field->id);
  }
}

/// Field ids that stand for the same type stay; nothing of the old files is left that another could be mistaken for.
Schema FreshSchema(const Schema* current, int* last_column_id, const TargetTable& table) {
  Schema schema;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const TargetColumn& column = table.columns[i];
    const FieldType type = FieldTypeOf(column);
    const Field* present = current == nullptr ? nullptr : current->Find(column.name);
    const bool same = present != nullptr && present->type == type;
    schema.fields.push_back({same ? present->id : ++*last_column_id, column.name, type, IsKey(table, i)});
  }
  return schema;
}

Schema EvolvedSchema(const Schema& current, int* last_column_id, const TargetTable& table, const KnownTable& known) {
  Schema schema = current;
  for (auto& field : schema.fields) field.required = field.required && table.Find(field.name) < table.columns.size();
  for (const TargetColumn& column : table.columns) {
    const FieldType type = FieldTypeOf(column);
    const auto is_its = [&](const Field& other) { return other.name == column.name; };
    if (IsMadeAnew(column, known, table) && schema.Find(column.name) != nullptr) {
      CheckKeyOfAnew(table, known, column);
      std::erase_if(schema.fields, is_its);
    }
    const auto field = std::find_if(schema.fields.begin(), schema.fields.end(), is_its);
    if (field == schema.fields.end()) {
      schema.fields.push_back({++*last_column_id, column.name, type, false});
      if (OlderRowsIn(column, known, table).kind != OlderRows::Kind::kNull) WarnOfOlderRows(table.name, column.name);
      continue;
    }
    const auto common = CommonType(field->type, type);
    if (!common)
      Fail(ExitStatus::kConfig,
           "table \"" + table.name + "\": column \"" + column.name + "\" is " + field->type.Text() +
               ", and Iceberg cannot make it " + type.Text(),
           "", "a new snapshot makes the column anew: once binlog-tail --snapshot initial without --resume-from");
    field->type = *common;
  }
  return schema;
}

}  // namespace

const Field* Schema::Find(std::string_view name) const {
  for (const auto& field : fields)
    if (field.name == name) return &field;
  return nullptr;
}

const Field* Schema::FindId(int field_id) const {
  for (const auto& field : fields)
    if (field.id == field_id) return &field;
  return nullptr;
}

Json Schema::ToJson() const {
  Json out = {{"type", "struct"}, {"schema-id", id}};
  if (!identifier.empty()) out["identifier-field-ids"] = identifier;
  out["fields"] = Json::array();
  for (const auto& field : fields)
    out["fields"].push_back(
        {{"id", field.id}, {"name", field.name}, {"required", field.required}, {"type", field.type.Text()}});
  return out;
}

Schema CurrentSchema(const Json& metadata) {
  Schema schema;
  schema.id = metadata.at("current-schema-id");
  for (const auto& candidate : metadata.at("schemas")) {
    if (candidate.at("schema-id") != schema.id) continue;
    if (candidate.contains("identifier-field-ids"))
      schema.identifier = candidate["identifier-field-ids"].get<std::vector<int>>();
    for (const auto& field : candidate.at("fields")) {
      const Json& type = field.at("type");
      const auto parsed = type.is_string() ? ParseFieldType(type.get<std::string>()) : std::nullopt;
      if (!parsed)
        Fail(ExitStatus::kConfig, "column \"" + field.at("name").get<std::string>() +
                                      "\" of an Iceberg table has type " + Shown(type.dump()) +
                                      ", which cdc-apply does not write");
      schema.fields.push_back({field.at("id"), field.at("name"), *parsed, field.at("required")});
    }
  }
  return schema;
}

FittedSchema FitSchema(const Schema* current, int last_column_id, const TargetTable& table, const KnownTable& known,
                       bool is_empty) {
  FittedSchema fitted;
  fitted.last_column_id = last_column_id;
  fitted.schema = current == nullptr || is_empty ? FreshSchema(current, &fitted.last_column_id, table)
                                                 : EvolvedSchema(*current, &fitted.last_column_id, table, known);
  SetIdentifier(table, &fitted.schema);
  if (current != nullptr) fitted.schema.id = current->id;
  fitted.changed =
      current == nullptr || fitted.schema.fields != current->fields || fitted.schema.identifier != current->identifier;
  return fitted;
}

}  // namespace cdc::apply::iceberg
