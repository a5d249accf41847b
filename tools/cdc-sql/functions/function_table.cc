#include "tools/cdc-sql/functions/function_table.h"

#include <algorithm>
#include <map>

#include "common/nearest.h"
#include "tools/cdc-sql/functions/cast.h"
#include "tools/cdc-sql/functions/nested_values.h"

namespace cdc::sql {

namespace {

const std::map<std::string, FunctionEntry>& Table() {
  static const std::map<std::string, FunctionEntry> table = [] {
    std::map<std::string, FunctionEntry> all;
    for (const auto& list :
         {NumberFunctions(), StringFunctions(), TimeFunctions(), TimeTextFunctions(), ConditionalFunctions(),
          CollectionFunctions(), RegexFunctions(), TextFunctions(), CaseFunctions(), EncodingFunctions(),
          HashFunctions(), UrlFunctions(), JsonQueryFunctions(), JsonFunctions(), RandomFunctions()})
      for (const FunctionEntry& entry : list) all.emplace(entry.name, entry);
    return all;
  }();
  return table;
}

}  // namespace

const FunctionEntry* FindFunction(const std::string& name) {
  const auto found = Table().find(name);
  return found == Table().end() ? nullptr : &found->second;
}

std::string NearestFunction(const std::string& name) {
  std::vector<std::string_view> names;
  for (const auto& [known, entry] : Table()) names.push_back(known);
  return NearestName(name, names, std::max<size_t>(2, name.size() / 3));
}

std::vector<const FunctionEntry*> AllFunctions() {
  std::vector<const FunctionEntry*> all;
  for (const auto& [name, entry] : Table()) all.push_back(&entry);
  return all;
}

void FunctionCall::Want(size_t i, const SqlType& target) {
  const Span at = args[i].span;
  if (args[i].type.kind == TypeKind::kNull) {
    args[i] = NullExpr(target, at);
    return;
  }
  args[i] = ImplicitCast(std::move(args[i]), target.WithNullable(args[i].type.nullable), session);
}

void FunctionCall::WantString(size_t i) {
  if (!args[i].type.is_string() && args[i].type.kind != TypeKind::kNull) Refuse();
  if (args[i].type.kind == TypeKind::kNull) Want(i, SqlType::String());
}

void FunctionCall::WantDouble(size_t i) {
  if (!args[i].type.is_numeric()) Refuse();
  Want(i, SqlType::Of(TypeKind::kDouble));
}

void FunctionCall::WantInteger(size_t i) {
  if (!args[i].type.is_integer()) Refuse();
}

SqlType FunctionCall::WantCommon(size_t from) {
  SqlType common = args[from].type;
  for (size_t i = from + 1; i < args.size(); ++i) {
    const std::optional<SqlType> both = MergedType(common, args[i].type);
    if (!both) Refuse();
    common = *both;
  }
  for (size_t i = from; i < args.size(); ++i) Want(i, common);
  return common;
}

void FunctionCall::Refuse(const std::string& why) const {
  std::string types;
  for (const BoundExpr& arg : args) types += (types.empty() ? "" : ", ") + arg.type.Plain().WithNullable(true).Text();
  const FunctionEntry* entry = FindFunction(ast.text);
  FailAt(ast.span, ast.text + " cannot be applied to (" + types + ")" + (why.empty() ? "" : ": " + why),
         entry == nullptr ? "" : std::string("it is used as ") + entry->signature);
}

BoundExpr FunctionCall::Make(const SqlType& type, ScalarImpl impl) {
  return CallExpr(ast.text, type, std::move(args), std::move(impl), ast.span);
}

}  // namespace cdc::sql
