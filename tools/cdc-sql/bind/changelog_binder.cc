// TO_CHANGELOG and FROM_CHANGELOG: changes as rows, and rows as changes.
#include <algorithm>
#include <array>

#include "common/log.h"
#include "tools/cdc-sql/bind/query_binder.h"

namespace cdc::sql {

namespace {

constexpr std::array kKinds = {RowKind::kInsert, RowKind::kUpdateBefore, RowKind::kUpdateAfter, RowKind::kDelete};
constexpr std::array kKindNames = {"INSERT", "UPDATE_BEFORE", "UPDATE_AFTER", "DELETE"};
constexpr const char* kMappingHint = "op_mapping => MAP['INSERT, UPDATE_AFTER', 'upsert', 'DELETE', 'delete']";
constexpr const char* kMappingBackHint = "op_mapping => MAP['c, r', 'INSERT', 'd', 'DELETE']";

/// What is given for the parameters; null where nothing is, or DEFAULT.
struct ChangelogArguments {
  const TableArgument* input = nullptr;
  const TableArgument* op = nullptr;
  const TableArgument* mapping = nullptr;
  const TableArgument* time = nullptr;
  const TableArgument* uid = nullptr;
};

using Parameter = std::pair<const char*, const TableArgument * ChangelogArguments::*>;
constexpr std::array kParameters = {
    Parameter{"input", &ChangelogArguments::input}, Parameter{"op", &ChangelogArguments::op},
    Parameter{"op_mapping", &ChangelogArguments::mapping}, Parameter{"on_time", &ChangelogArguments::time},
    Parameter{"uid", &ChangelogArguments::uid}};

/// The parameter of that name, which Flink tells from others by case too; null: there is none.
const Parameter* Named(const TableArgument& argument, const std::string& function) {
  for (const Parameter& parameter : kParameters) {
    if (argument.written_name == parameter.first) return &parameter;
    std::string upper = parameter.first;
    std::transform(upper.begin(), upper.end(), upper.begin(), [](char c) { return c >= 'a' ? c - 'a' + 'A' : c; });
    if (argument.name == upper)
      FailAt(argument.span, function + " has no parameter " + argument.written_name,
             std::string("did you mean ") + parameter.first + "?");
  }
  return nullptr;
}

ChangelogArguments ArgumentsOf(const TableRef& ref) {
  const std::string& function = ref.name.last();
  const bool named = !ref.arguments.empty() && !ref.arguments[0].name.empty();
  ChangelogArguments arguments;
  for (size_t i = 0; i < ref.arguments.size(); ++i) {
    const TableArgument& argument = ref.arguments[i];
    if (named == argument.name.empty())
      FailAt(argument.span, "the arguments of " + function + " are given all by name, or all by position");
    if (!named && i == kParameters.size())
      FailAt(argument.span, function + " takes input, op, op_mapping, on_time and uid, and no more");
    const Parameter* parameter = named ? Named(argument, function) : &kParameters[i];
    if (parameter == nullptr) {
      LogWarning(function + " has no parameter " + argument.written_name + ": the argument has no effect, as in Flink");
      continue;
    }
    const TableArgument*& place = arguments.*parameter->second;
    if (place == nullptr && !argument.is_default) place = &argument;  // of two of a name Flink takes the first
  }
  if (arguments.input == nullptr || !arguments.input->table)
    FailAt(ref.span, function + " takes a table first", function + "(input => TABLE t)");
  if (!arguments.input->partition_by.empty())
    FailAt(arguments.input->span, function + " takes a table without PARTITION BY");
  return arguments;
}

/// The one column that DESCRIPTOR names.
std::string ColumnOf(const TableArgument& argument, const char* parameter) {
  const std::string name = parameter;
  if (argument.descriptor.empty()) FailAt(argument.span, name + " names a column", name + " => DESCRIPTOR(column)");
  if (argument.descriptor.size() != 1) FailAt(argument.span, name + " names one column");
  return argument.descriptor[0].last();
}

void CheckUid(const TableArgument& argument) {
  if (!argument.expr || argument.expr->kind != ExprKind::kString)
    FailAt(argument.span, "uid is a text in quotes", "uid => 'changes'");
  const std::string& uid = argument.expr->text;
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const bool valid = !uid.empty() && is_letter(uid[0]) && std::all_of(uid.begin(), uid.end(), [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-';
  });
  if (!valid) FailAt(argument.span, "uid begins with a letter or _, and has letters, digits, - and _");
}

/// The parts between commas, without blanks around them; empty ones at the end do not count (Java's String.split).
std::vector<std::string> Parts(const std::string& list) {
  std::vector<std::string> parts;
  for (size_t at = 0; at <= list.size();) {
    const size_t end = std::min(list.find(',', at), list.size());
    parts.push_back(list.substr(at, end - at));
    at = end + 1;
  }
  while (parts.size() > 1 && parts.back().empty()) parts.pop_back();
  if (parts.size() == 1 && parts[0].empty() && !list.empty()) parts.clear();
  for (std::string& part : parts) {
    const auto inner = [](char c) { return static_cast<unsigned char>(c) > ' '; };
    part.erase(part.begin(), std::find_if(part.begin(), part.end(), inner));
    part.erase(std::find_if(part.rbegin(), part.rend(), inner).base(), part.end());
  }
  return parts;
}

RowKind KindOf(const std::string& name, const Span& span) {
  for (size_t i = 0; i < kKinds.size(); ++i)
    if (name == kKindNames[i]) return kKinds[i];
  FailAt(span, "op_mapping: there is no kind of change '" + name + "'",
         "INSERT, UPDATE_BEFORE, UPDATE_AFTER and DELETE are there");
}

/// The keys and values of a MAP[…] of texts. Of a key that comes twice the last value counts.
std::vector<std::pair<const Expr*, const Expr*>> Entries(const TableArgument& argument, const char* hint) {
  const bool map = argument.expr && argument.expr->kind == ExprKind::kMap;
  if (!map || std::any_of(argument.expr->args.begin(), argument.expr->args.end(),
                          [](const ExprPtr& arg) { return arg->kind != ExprKind::kString; }))
    FailAt(argument.span, "op_mapping is a MAP[…] of texts in quotes", hint);
  const std::vector<ExprPtr>& args = argument.expr->args;
  if (args.empty() || args.size() % 2 != 0) FailAt(argument.span, "MAP takes pairs of key and value", hint);
  std::vector<std::pair<const Expr*, const Expr*>> entries;
  for (size_t i = 0; i < args.size(); i += 2) {
    const auto same = [&](const auto& entry) { return entry.first->text == args[i]->text; };
    const auto found = std::find_if(entries.begin(), entries.end(), same);
    if (found != entries.end()) {
      found->second = args[i + 1].get();
    } else {
      entries.emplace_back(args[i].get(), args[i + 1].get());
    }
  }
  return entries;
}

bool IsTypedNull(const TableArgument& argument) {
  return argument.expr && argument.expr->kind == ExprKind::kCast && argument.expr->args[0]->kind == ExprKind::kNull;
}

std::vector<ChangeCode> DefaultCodes() {
  std::vector<ChangeCode> codes;
  for (size_t i = 0; i < kKinds.size(); ++i) codes.push_back({kKindNames[i], kKinds[i]});
  return codes;
}

/// Of TO_CHANGELOG: a code for each kind of change that is kept.
std::vector<ChangeCode> CodesOfKinds(const TableArgument* mapping) {
  if (mapping == nullptr || IsTypedNull(*mapping)) return DefaultCodes();
  std::vector<ChangeCode> codes;
  for (const auto& [kinds, code] : Entries(*mapping, kMappingHint)) {
    for (const std::string& name : Parts(kinds->text)) {
      const RowKind kind = KindOf(name, kinds->span);
      if (std::any_of(codes.begin(), codes.end(), [&](const ChangeCode& other) { return other.kind == kind; }))
        FailAt(kinds->span, "op_mapping: " + name + " has two codes");
      codes.push_back({code->text, kind});
    }
  }
  return codes;
}

/// Of FROM_CHANGELOG: the kind of change that each code means.
std::vector<ChangeCode> KindsOfCodes(const TableArgument* mapping) {
  if (mapping == nullptr || IsTypedNull(*mapping)) return DefaultCodes();
  std::vector<ChangeCode> codes;
  std::vector<RowKind> kinds;
  const auto has = [&](RowKind kind) { return std::find(kinds.begin(), kinds.end(), kind) != kinds.end(); };
  for (const auto& [words, name] : Entries(*mapping, kMappingBackHint)) {
    const RowKind kind = KindOf(name->text, name->span);
    if (has(kind))
      FailAt(name->span, "op_mapping: " + name->text + " stands twice",
             "codes of one kind share an entry: MAP['c, r', 'INSERT']");
    kinds.push_back(kind);
    for (const std::string& code : Parts(words->text)) {
      if (std::any_of(codes.begin(), codes.end(), [&](const ChangeCode& other) { return other.code == code; }))
        FailAt(words->span, "op_mapping: the code '" + code + "' stands twice");
      codes.push_back({code, kind});
    }
  }
  if (has(RowKind::kUpdateAfter) && !has(RowKind::kUpdateBefore))
    FailAt(
        mapping->span, "op_mapping has UPDATE_AFTER without UPDATE_BEFORE",
        "rows that are replaced by key are what a table with a primary key and a CDC format, or upsert-kafka, reads");
  return codes;
}

std::optional<size_t> FindColumn(const PlanNode& plan, const std::string& name) {
  for (size_t i = 0; i < plan.columns.size(); ++i)
    if (plan.columns[i].name == name) return i;
  return std::nullopt;
}

/// on_time: the column of time once more, as a last column `rowtime`.
PlanPtr AddRowtime(PlanPtr plan, const TableArgument& argument, bool changes) {
  const auto place = FindColumn(*plan, ColumnOf(argument, "on_time"));
  if (!place) FailAt(argument.span, "on_time: there is no column " + argument.descriptor[0].last());
  if (!plan->columns[*place].type.rowtime)
    FailAt(argument.span, "on_time names a column of event time", "WATERMARK FOR ts AS ts in CREATE TABLE makes one");
  if (changes) FailAt(argument.span, "on_time is for rows that do not change");
  std::vector<BoundExpr> exprs;
  std::vector<std::string> names;
  for (size_t i = 0; i < plan->columns.size(); ++i) {
    exprs.push_back(ColumnExpr(i, plan->columns[i].name, plan->columns[i].type));
    names.push_back(plan->columns[i].name);
  }
  exprs.push_back(ColumnExpr(*place, "rowtime", plan->columns[*place].type.WithNullable(false)));
  names.emplace_back("rowtime");
  return MakeProject(std::move(plan), std::move(exprs), std::move(names));
}

}  // namespace

QueryBinder::Source QueryBinder::BindChangelog(const TableRef& ref) {
  const bool to = ref.name.last() == "TO_CHANGELOG";
  const ChangelogArguments arguments = ArgumentsOf(ref);
  const std::string op = arguments.op == nullptr ? "op" : ColumnOf(*arguments.op, "op");
  if (arguments.uid != nullptr) CheckUid(*arguments.uid);
  Source source = BindTableRef(*arguments.input->table, nullptr);
  const bool changes = !to || !source.plan->append_only;
  auto node = std::make_unique<PlanNode>();
  node->kind = to ? PlanNode::Kind::kToChangelog : PlanNode::Kind::kFromChangelog;
  node->span = ref.span;
  node->append_only = to;
  node->change_codes = to ? CodesOfKinds(arguments.mapping) : KindsOfCodes(arguments.mapping);
  const auto place = FindColumn(*source.plan, op);
  if (to) {
    if (place) FailAt(ref.span, "the table has a column '" + op + "' already", "op => DESCRIPTOR(other_name)");
    node->columns.push_back({op, SqlType::String()});
  } else {
    if (!place)
      FailAt(ref.span, "the table has no column '" + op + "' with the kind of change", "op => DESCRIPTOR(column)");
    const SqlType& type = source.plan->columns[*place].type;
    if (!type.is_string()) FailAt(ref.span, "the column '" + op + "' is no text, it is " + type.Text());
    if (!source.plan->append_only) FailAt(ref.span, "FROM_CHANGELOG takes new rows, and these change");
    node->keys.push_back(*place);
  }
  for (size_t i = 0; i < source.plan->columns.size(); ++i)
    if (to || i != *place) node->columns.push_back(source.plan->columns[i]);
  node->inputs.push_back(std::move(source.plan));
  source.plan = std::move(node);
  if (arguments.time != nullptr) source.plan = AddRowtime(std::move(source.plan), *arguments.time, changes);
  source.scope = Scope::Of(*source.plan, ref.alias);
  return source;
}

}  // namespace cdc::sql
