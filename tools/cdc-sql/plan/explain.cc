#include "tools/cdc-sql/plan/explain.h"

namespace cdc::sql {

namespace {

std::string ColumnList(const PlanNode& input, const std::vector<size_t>& columns) {
  std::string text;
  for (const size_t column : columns) text += (text.empty() ? "" : ", ") + input.columns[column].name;
  return text;
}

std::string JoinName(JoinKind kind) {
  switch (kind) {
    case JoinKind::kLeft: return "left";
    case JoinKind::kRight: return "right";
    case JoinKind::kFull: return "full";
    default: return "inner";
  }
}

std::string Describe(const PlanNode& node) {
  std::string text;
  switch (node.kind) {
    case PlanNode::Kind::kScan:
      return "Scan(" + node.table->name + ", format " + node.table->format() +
             (node.append_only ? ", new rows only)" : ", changing rows)");
    case PlanNode::Kind::kValues: return "Values(" + std::to_string(node.rows.size()) + " rows)";
    case PlanNode::Kind::kFilter: return "Filter(" + node.predicate.Text() + ")";
    case PlanNode::Kind::kProject:
      for (size_t i = 0; i < node.exprs.size(); ++i) {
        const std::string expr = node.exprs[i].Text();
        text += (text.empty() ? "" : ", ") + expr + (expr == node.columns[i].name ? "" : " AS " + node.columns[i].name);
      }
      return "Project(" + text + ")";
    case PlanNode::Kind::kAggregate: {
      text = node.keys.empty() ? "all rows" : "by " + ColumnList(*node.inputs[0], node.keys);
      bool values = false;
      for (const AggregateCall& call : node.aggregates) {
        text += "; " + call.text;
        values = values || call.distinct ||
                 ((call.function == "MIN" || call.function == "MAX") && !node.inputs[0]->append_only);
      }
      return "Aggregate(" + text + ") keeps one accumulator a group" + (values ? " and the values of the group" : "");
    }
    case PlanNode::Kind::kJoin:
      text = ColumnList(*node.inputs[0], node.left_keys) + " = " + ColumnList(*node.inputs[1], node.right_keys);
      return "Join(" + JoinName(node.join) + ", " + text +
             (node.has_predicate ? ", where " + node.predicate.Text() : "") + ") keeps both inputs";
    case PlanNode::Kind::kUnionAll: return "UnionAll";
  }
  return text;
}

void Append(std::string& out, const PlanNode& node, size_t depth) {
  out += std::string(depth * 3, ' ') + "+- " + Describe(node);
  if (node.unique_key)
    out += node.unique_key->empty() ? " [one row]" : " [key: " + ColumnList(node, *node.unique_key) + "]";
  out += "\n";
  for (const PlanPtr& input : node.inputs) Append(out, *input, depth + 1);
}

}  // namespace

std::string ExplainPlan(const PlanSink& sink) {
  std::string out = sink.table == nullptr ? "Select" : "Insert(" + sink.table->name + ")";
  if (sink.has_key)
    out += " [record key: " + (sink.key.empty() ? std::string("none") : ColumnList(*sink.input, sink.key)) + "]";
  out += "\n  columns: ";
  for (size_t i = 0; i < sink.input->columns.size(); ++i)
    out += (i > 0 ? ", " : "") + sink.input->columns[i].name + " " + sink.input->columns[i].type.Text();
  out += "\n";
  Append(out, *sink.input, 0);
  return out;
}

}  // namespace cdc::sql
