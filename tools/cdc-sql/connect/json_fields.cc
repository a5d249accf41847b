#include "tools/cdc-sql/connect/json_fields.h"

#include <algorithm>

#include "tools/cdc-sql/state/row_codec.h"

namespace cdc::sql {

JsonFields::JsonFields(const SqlType& type) : type_(type), names_(type.field_names), parts_(type.children.size()) {
  for (const SqlType& field : type_.children) {
    values_.emplace_back(field.physical());
    values_.back().AppendNull();
  }
}

std::string JsonFields::ReadField(const JsonValue& value, size_t field, const JsonFieldRules& rules) {
  const SqlType& type = type_.children[field];
  const bool used = use_.UsesField(field);
  if (value.is_null) return {};
  if (type.is_string() && value.kind == JsonFieldKind::kText) {
    if (used) EncodeText(value.text, &bytes_);
    return {};
  }
  if (type.physical() == Physical::kString) values_[field] = ColumnVector(Physical::kString);  // without old bytes
  ColumnVector& column = values_[field];
  if (column.size() == 0) column.AppendNull();
  column.mutable_nulls()[0] = 1;
  std::string why = SetJsonField(value.kind, value.text, type, rules, column, 0);
  if (!why.empty() && !rules.bad_is_null) return why;
  if (used) EncodeValue(column, 0, &bytes_);
  return {};
}

std::string JsonFields::Read(simdjson::ondemand::object& object, const JsonFieldRules& rules) {
  bytes_.clear();
  std::fill(parts_.begin(), parts_.end(), Part{});
  if (rules.missing_is_error) seen_.assign(parts_.size(), 0);
  size_t expected = 0;
  for (auto result : object) {
    simdjson::ondemand::field member = std::move(result);
    const size_t field = names_.Find(member, &expected);
    if (field == JsonNames::kNone) continue;
    const size_t begin = bytes_.size();
    if (std::string why = ReadField(TakeJsonValue(member.value()), field, rules); !why.empty()) return why;
    parts_[field] = {begin, bytes_.size() - begin};  // of two fields of one name the last counts
    if (rules.missing_is_error) seen_[field] = 1;
  }
  if (rules.missing_is_error)
    for (size_t i = 0; i < seen_.size(); ++i)
      if (seen_[i] == 0) return "has no field '" + type_.field_names[i] + "'";
  return {};
}

std::string_view JsonFields::CopyTo(StringArena& arena) const {
  size_t size = 0;
  for (const Part& part : parts_) size += std::max<size_t>(part.size, 1);
  char* const begin = arena.Reserve(size);
  char* at = begin;
  for (const Part& part : parts_) {
    if (part.size == 0) {
      *at++ = '\0';
    } else {
      std::memcpy(at, bytes_.data() + part.begin, part.size);
      at += part.size;
    }
  }
  return {begin, size};
}

}  // namespace cdc::sql
