#include "tools/cdc-sql/bind/scope.h"

#include <algorithm>
#include <cctype>

#include "tools/cdc-sql/sql/token.h"

namespace cdc::sql {

Scope Scope::Of(const PlanNode& node, const std::string& qualifier) {
  Scope scope;
  for (const PlanColumn& column : node.columns) scope.columns.push_back({qualifier, column.name, column.type});
  return scope;
}

void Scope::Append(const Scope& other) {
  columns.insert(columns.end(), other.columns.begin(), other.columns.end());
}

bool Scope::HasQualifier(const std::string& qualifier) const {
  return std::any_of(columns.begin(), columns.end(), [&](const Column& c) { return c.qualifier == qualifier; });
}

namespace {

bool SameLetters(const std::string& a, const std::string& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
         });
}

std::string Suggestion(const Scope& scope, const std::string& name) {
  for (const Scope::Column& column : scope.columns) {
    if (column.name == name && !column.qualifier.empty())  // of another table
      return "there is " + QuotedName(column.qualifier) + "." + QuotedName(column.name);
    if (SameLetters(column.name, name)) return "names are case-sensitive: there is " + QuotedName(column.name);
  }
  if (scope.columns.empty()) return "there is no FROM clause whose columns could be named";
  std::string list = "there is";
  size_t count = 0;
  for (const Scope::Column& column : scope.columns) {
    if (column.hidden) continue;
    if (++count > 12) return list + ", …";
    list += (count == 1 ? " " : ", ") + QuotedName(column.name);
  }
  return list;
}

}  // namespace

bool Scope::HasTableColumn(const Name& name) const {
  const std::vector<std::string>& parts = name.parts;
  return parts.size() > 1 && std::any_of(columns.begin(), columns.end(), [&parts](const Column& column) {
           return (column.qualifier == parts[parts.size() - 2] && column.name == parts.back()) ||
                  (column.qualifier == parts[0] && column.name == parts[1]);
         });
}

bool Scope::Knows(const Name& name) const {
  // a.b is column b of table a, or field b of column a.
  if (HasTableColumn(name)) return true;
  for (const Column& column : columns)
    if (!column.hidden && column.name == name.parts[0] && (name.parts.size() == 1 || column.type.is_nested()))
      return true;
  return FieldOf(name).has_value();
}

size_t Scope::SharedColumn(const Name& name) const {
  Scope scope = *this;
  for (Column& column : scope.columns) column.ambiguous = column.twice;
  return scope.Resolve(name);
}

void Scope::MakeSharedAmbiguous(bool ambiguous) {
  for (Column& column : columns)
    if (column.shared) column.ambiguous = ambiguous;
}

Scope::Path Scope::ResolvePath(const Name& name) const {
  const std::vector<std::string>& parts = name.parts;
  if (parts.size() > 1) {
    for (const Column& column : columns)
      if (column.qualifier == parts[0] && column.name == parts[1])
        return {Resolve({{parts[0], parts[1]}, name.span}), {parts.begin() + 2, parts.end()}};
  }
  for (const Column& column : columns)
    if (!column.hidden && column.name == parts[0] && (parts.size() == 1 || column.type.is_nested()))
      return {Resolve({{parts[0]}, name.span}), {parts.begin() + 1, parts.end()}};
  if (!HasQualifier(parts[0]))
    if (std::optional<Path> field = FieldOf(name)) return *field;
  return {Resolve(name), {}};
}

/// A name that no column has may be that of a field of a ROW column, or of a ROW in one: the nearest counts.
std::optional<Scope::Path> Scope::FieldOf(const Name& name) const {
  struct Level {
    Path path;
    const SqlType* type;
  };
  std::vector<Level> level;
  for (size_t i = 0; i < columns.size(); ++i)
    if (!columns[i].hidden) level.push_back({{i, {}}, &columns[i].type});
  while (!level.empty()) {
    std::vector<Path> found;
    std::vector<Level> below;
    for (const Level& at : level) {
      if (at.type->kind != TypeKind::kRow) continue;
      for (size_t i = 0; i < at.type->field_names.size(); ++i) {
        Path path = at.path;
        path.fields.push_back(at.type->field_names[i]);
        if (path.fields.back() == name.parts[0]) found.push_back(path);
        below.push_back({std::move(path), &at.type->children[i]});
      }
    }
    if (found.size() > 1) FailAt(name.span, "column '" + name.parts[0] + "' is ambiguous", "name the ROW before it");
    if (found.size() == 1) {
      found[0].fields.insert(found[0].fields.end(), name.parts.begin() + 1, name.parts.end());
      return found[0];
    }
    level = std::move(below);
  }
  return std::nullopt;
}

size_t Scope::Resolve(const Name& name) const {
  const std::string& column_name = name.parts.back();
  const std::string qualifier = name.parts.size() > 1 ? name.parts[name.parts.size() - 2] : "";
  if (name.parts.size() > 1 && !HasQualifier(qualifier)) {
    const bool is_column =
        std::any_of(columns.begin(), columns.end(), [&](const Column& c) { return c.name == qualifier; });
    FailAt(name.span,
           is_column ? "fields of a ROW column cannot be taken" : "there is no table '" + qualifier + "' in FROM",
           is_column ? "declare the column as STRING: it is the field's JSON text then" : "");
  }
  size_t found = columns.size();
  for (size_t i = 0; i < columns.size(); ++i) {
    const Column& column = columns[i];
    if (column.name != column_name || (name.parts.size() > 1 && column.qualifier != qualifier)) continue;
    if (name.parts.size() == 1 && column.hidden) continue;
    if (found != columns.size() || column.ambiguous) {
      std::string choices;
      for (const Column& other : columns)
        if (other.name == column_name && !other.qualifier.empty())
          choices += (choices.empty() ? "" : " or ") + QuotedName(other.qualifier) + "." + QuotedName(column_name);
      FailAt(name.span, "column '" + column_name + "' is ambiguous", choices.empty() ? "" : "write " + choices);
    }
    found = i;
  }
  if (found == columns.size())
    FailAt(name.span, "column '" + column_name + "' not found", Suggestion(*this, column_name));
  return found;
}

}  // namespace cdc::sql
