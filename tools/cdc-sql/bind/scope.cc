#include "tools/cdc-sql/bind/scope.h"

#include <algorithm>
#include <cctype>

#include "tools/cdc-sql/sql/token.h"

namespace cdc::sql {

Scope Scope::Of(const PlanNode& node, const std::string& qualifier) {
  Scope scope;
  for (const PlanColumn& column : node.columns) scope.columns.push_back({qualifier, column.name, column.type, false});
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
  for (const Scope::Column& column : scope.columns)
    if (SameLetters(column.name, name)) return "names are case-sensitive: there is " + QuotedName(column.name);
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

bool Scope::Knows(const Name& name) const {
  // a.b is column b of table a, or field b of column a.
  const std::string& first = name.parts.front();
  for (const Column& column : columns) {
    if (name.parts.size() > 1 && column.qualifier == name.parts[name.parts.size() - 2] &&
        column.name == name.parts.back())
      return true;
    if (name.parts.size() > 1 && column.qualifier == first && column.name == name.parts[1]) return true;
    if (!column.hidden && column.name == first) return true;
  }
  return false;
}

size_t Scope::ResolvePath(const Name& name, size_t* used) const {
  const std::vector<std::string>& parts = name.parts;
  *used = parts.size();
  if (parts.size() == 1) return Resolve(name);
  for (const Column& column : columns)
    if (column.qualifier == parts[0] && column.name == parts[1]) {
      *used = 2;
      return Resolve({{parts[0], parts[1]}, name.span});
    }
  for (const Column& column : columns)
    if (!column.hidden && column.name == parts[0] && column.type.is_nested()) {
      *used = 1;
      return Resolve({{parts[0]}, name.span});
    }
  return Resolve(name);
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
    if (found != columns.size()) {
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
