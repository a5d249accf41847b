#include "tools/cdc-sql/plan/fingerprint.h"

#include <map>

namespace cdc::sql {

namespace {

void AppendNumbers(std::string& out, const std::vector<size_t>& numbers) {
  out += '[';
  for (const size_t number : numbers) out += std::to_string(number) + " ";
  out += ']';
}

void AppendCall(std::string& out, const AggregateCall& call) {
  out += " " + call.function + (call.distinct ? " distinct " : " ") + call.option + " " + call.argument_type.Text() +
         " " + call.type.Text();
  out += " argument " + (call.argument ? std::to_string(*call.argument) : "*");
  out += " filter " + (call.filter ? std::to_string(*call.filter) : "-");
  for (const Datum& parameter : call.parameters)
    out += " (" + std::to_string(parameter.integer) + " " + std::to_string(parameter.real) + " " + parameter.text + ")";
}

/// An expression with the numbers of its columns and the types at each step, which its text leaves out.
void AppendExpr(std::string& out, const BoundExpr& expr) {
  const bool column = expr.kind == BoundExpr::Kind::kColumn;  // its name may change
  out += "(" + std::to_string(static_cast<int>(expr.kind)) + " " + (column ? std::to_string(expr.column) : expr.name) +
         " " + expr.type.Text();
  if (expr.kind == BoundExpr::Kind::kLiteral) out += " " + DatumText(expr.literal, expr.type);
  for (const BoundExpr& arg : expr.args) AppendExpr(out, arg);
  out += ")";
}

void AppendOrder(std::string& out, const std::vector<SortKey>& keys) {
  for (const SortKey& key : keys)
    out += " " + std::to_string(key.column) + (key.descending ? "v" : "^") + (key.nulls_first ? "n" : "");
}

void AppendWindow(std::string& out, const WindowSpec& spec) {
  for (const int64_t number : {static_cast<int64_t>(spec.kind), static_cast<int64_t>(spec.time), spec.size, spec.slide,
                               spec.offset, static_cast<int64_t>(spec.proctime)})
    out += " " + std::to_string(number);
  AppendNumbers(out, spec.partition);
}

void AppendMatch(std::string& out, const MatchPattern& match) {
  AppendNumbers(out, match.partition);
  AppendOrder(out, match.order);
  for (const MatchPattern::Element& element : match.elements) {
    out += " " + std::to_string(element.least) + ".." + std::to_string(element.most) + (element.greedy ? "" : "?");
    if (element.has_condition) AppendExpr(out, element.condition);
  }
  for (const MatchReference& reference : match.references) {
    out += " " + std::to_string(reference.variable) + (reference.from_first ? "+" : "-") +
           std::to_string(reference.offset);
    if (reference.aggregate) AppendCall(out, *reference.aggregate);
    for (const BoundExpr& expr : reference.exprs) AppendExpr(out, expr);
  }
  for (const BoundExpr& measure : match.measures) AppendExpr(out, measure);
  out += " skip " + std::to_string(static_cast<int>(match.skip)) + " " + std::to_string(match.skip_element) + " " +
         std::to_string(match.within);
}

/// Options that say which records are read and how, and not where they are.
void AppendReading(std::string& out, const TableDef& table) {
  std::map<std::string, std::string> reading;
  for (const Option& option : table.options) {
    const bool of_format = option.key.find("json.") != std::string::npos ||
                           option.key.find("csv.") != std::string::npos || option.key.find("raw.") != std::string::npos;
    const bool of_fields =
        option.key == "key.fields" || option.key == "key.fields-prefix" || option.key == "value.fields-include";
    if (of_format || of_fields) reading[option.key] = option.value;
  }
  for (const auto& [key, value] : reading)
    if (value != "false") out += " " + key + "=" + value;
}

void AppendNode(std::string& out, const PlanNode& node) {
  out += "{" + std::to_string(static_cast<int>(node.kind));
  for (const PlanColumn& column : node.columns) out += " " + column.type.Text();
  if (node.table != nullptr) {
    out += " table " + node.table->name + " " + node.table->format() + " " +
           node.table->Get("key.format").value_or("-") + (node.table->connector() == "upsert-kafka" ? " upsert" : "");
    AppendReading(out, *node.table);
    for (const PlanColumn& column : node.columns) out += " " + column.name;
  }
  for (const std::vector<BoundExpr>& row : node.rows)
    for (const BoundExpr& expr : row) AppendExpr(out, expr);
  for (const BoundExpr& expr : node.exprs) AppendExpr(out, expr);
  for (const std::vector<BoundExpr>& row : node.expansions)
    for (const BoundExpr& expr : row) AppendExpr(out, expr);
  if (node.kind == PlanNode::Kind::kFilter || node.has_predicate) AppendExpr(out, node.predicate);
  for (const AggregateCall& call : node.aggregates) AppendCall(out, call);
  for (const OverCall& call : node.over_calls) {
    AppendCall(out, call.call);
    AppendNumbers(out, call.arguments);
    out += std::to_string(call.lag);
  }
  if (node.match) AppendMatch(out, *node.match);
  for (const ChangeCode& code : node.change_codes)
    out += " " + std::to_string(static_cast<int>(code.kind)) + "=" + std::to_string(code.code.size()) + ":" + code.code;
  if (node.unique_key) AppendNumbers(out, *node.unique_key);
  AppendNumbers(out, node.keys);
  AppendNumbers(out, node.left_keys);
  AppendNumbers(out, node.right_keys);
  if (node.rank_key) AppendNumbers(out, *node.rank_key);
  for (const uint8_t safe : node.null_safe) out += std::to_string(safe);
  AppendWindow(out, node.window_spec);
  AppendNumbers(out, node.over.partition);
  AppendOrder(out, node.over.order);
  AppendOrder(out, node.sort);
  out += node.over.preceding ? " preceding " + std::to_string(*node.over.preceding) : "";
  for (const int64_t number : {static_cast<int64_t>(node.join),
                               int64_t{node.lookup},
                               int64_t{node.null_aware},
                               node.granule,
                               int64_t{node.over.rows},
                               int64_t{node.over.rowtime},
                               int64_t{node.over.proctime},
                               node.rank_from,
                               node.rank_to,
                               int64_t{node.rank_output},
                               int64_t{node.by_clock},
                               int64_t{node.sends_same},
                               int64_t{node.keep_last},
                               node.limit,
                               int64_t{node.set_intersect},
                               int64_t{node.set_all},
                               int64_t{node.unnest_outer},
                               int64_t{node.unnest_ordinality},
                               static_cast<int64_t>(node.left_time),
                               static_cast<int64_t>(node.right_time),
                               int64_t{node.has_bounds},
                               node.time_low,
                               node.time_high,
                               int64_t{node.append_only},
                               node.fires_by ? static_cast<int64_t>(*node.fires_by) : -1,
                               node.fires_by_right ? static_cast<int64_t>(*node.fires_by_right) : -1,
                               node.rowtime ? static_cast<int64_t>(*node.rowtime) : -1})
    out += " " + std::to_string(number);
  // What is newer than the layout stands only where it is.
  if (node.window_spec.kind == WindowSpec::Kind::kSession) out += " in order of arrival";
  if (node.kind == PlanNode::Kind::kTemporalJoin && !node.lookup && !node.inputs[0]->append_only) out += " met";
  for (const PlanPtr& input : node.inputs) AppendNode(out, *input);
  out += "}";
}

void AppendTables(std::string& out, const PlanNode& node) {
  if (node.table != nullptr) out += std::to_string(reinterpret_cast<uintptr_t>(node.table)) + " ";
  for (const PlanPtr& input : node.inputs) AppendTables(out, *input);
}

void AppendSink(std::string& out, const PlanSink& sink) {
  out += sink.table == nullptr ? "select" : "insert " + sink.table->name;
  if (sink.table != nullptr)
    for (const PlanColumn& column : sink.input->columns) out += " " + column.name;
  if (sink.has_key) AppendNumbers(out, sink.key);
  out += "\n";
}

/// Raised when the state of an equal plan is laid out otherwise than before.
constexpr const char* kStateLayout = "layout 4\n";

}  // namespace

std::string PartText(const PlanNode& part) {
  std::string out;
  AppendTables(out, part);
  AppendNode(out, part);
  return out;
}

std::string PlanText(const BoundScript& script) {
  std::string out = std::string(kStateLayout) + "zone " + script.session.Get("table.local-time-zone", "UTC") + "\n";
  for (const PlanSink& sink : script.sinks) {
    AppendSink(out, sink);
    AppendNode(out, *sink.input);
    out += "\n";
  }
  return out;
}

}  // namespace cdc::sql
