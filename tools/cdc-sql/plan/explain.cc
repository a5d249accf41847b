#include "tools/cdc-sql/plan/explain.h"

namespace cdc::sql {

namespace {

std::string ColumnList(const PlanNode& input, const std::vector<size_t>& columns) {
  std::string text;
  for (const size_t column : columns) text += (text.empty() ? "" : ", ") + input.columns[column].name;
  return text;
}

/// Which codes stand for which kinds of change.
std::string DescribeCodes(const PlanNode& node, const std::string& column) {
  std::string text = column;
  for (const ChangeCode& code : node.change_codes)
    text += ", " + std::string(RowKindText(code.kind)) + " '" + code.code + "'";
  return text;
}

std::string JoinName(JoinKind kind) {
  switch (kind) {
    case JoinKind::kLeft: return "left";
    case JoinKind::kRight: return "right";
    case JoinKind::kFull: return "full";
    case JoinKind::kSemi: return "semi";
    case JoinKind::kAnti: return "anti";
    default: return "inner";
  }
}

std::string DescribeWindow(const PlanNode& node) {
  const WindowSpec& spec = node.window_spec;
  const std::string time = node.inputs[0]->columns[spec.time].name;
  const auto millis = [](int64_t length) { return std::to_string(length) + " ms"; };
  switch (spec.kind) {
    case WindowSpec::Kind::kTumble: return "Tumble(" + time + ", size " + millis(spec.size) + ")";
    case WindowSpec::Kind::kHop:
      return "Hop(" + time + ", slide " + millis(spec.slide) + ", size " + millis(spec.size) + ")";
    case WindowSpec::Kind::kCumulate:
      return "Cumulate(" + time + ", step " + millis(spec.slide) + ", size " + millis(spec.size) + ")";
    case WindowSpec::Kind::kSession: break;
  }
  return "Session(" + time + ", gap " + millis(spec.size) + ") keeps rows of open sessions";
}

std::string DescribeSessions(const PlanNode& node) {
  const PlanNode& input = *node.inputs[0];
  std::string text;
  for (const size_t key : node.keys)
    if (key < input.columns.size()) text += (text.empty() ? "" : ", ") + input.columns[key].name;
  text = "SessionAggregate(" + (text.empty() ? "all rows" : "by " + text) + "; " + input.columns[0].name + ", gap " +
         std::to_string(node.window_spec.size) + " ms";
  for (const AggregateCall& call : node.aggregates) text += "; " + call.text;
  return text + ") keeps one accumulator a session, merged with it, until it is over";
}

std::string DescribeOrder(const PlanNode& node) {
  const PlanNode& input = *node.inputs[0];
  std::string text = node.over.partition.empty() ? "all rows" : "by " + ColumnList(input, node.over.partition);
  for (size_t i = 0; i < node.over.order.size(); ++i) {
    const SortKey& key = node.over.order[i];
    text += (i == 0 ? ", order " : ", ") + input.columns[key.column].name + (key.descending ? " DESC" : "");
  }
  return text;
}

std::string Describe(const PlanNode& node) {
  std::string text;
  switch (node.kind) {
    case PlanNode::Kind::kScan:
      text = node.table->format();
      return "Scan(" + node.table->name + ", " + (text.empty() ? node.table->connector() : "format " + text) +
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
      if (node.window_spec.kind == WindowSpec::Kind::kSession) return DescribeSessions(node);
      text = node.keys.empty() ? "all rows" : "by " + ColumnList(*node.inputs[0], node.keys);
      bool values = false;
      for (const AggregateCall& call : node.aggregates) {
        text += "; " + call.text;
        values = values || call.distinct ||
                 ((call.function == "MIN" || call.function == "MAX") && !node.inputs[0]->append_only);
      }
      if (node.fires_by && node.append_only)
        return "WindowAggregate(" + text + ") keeps one accumulator a group until its window is over";
      return "Aggregate(" + text + ") keeps one accumulator a group" + (values ? " and the values of the group" : "") +
             (node.fires_by ? ", until its window is over" : "");
    }
    case PlanNode::Kind::kJoin:
      text = ColumnList(*node.inputs[0], node.left_keys) + " = " + ColumnList(*node.inputs[1], node.right_keys);
      return "Join(" + JoinName(node.join) + ", " + text +
             (node.has_predicate ? ", where " + node.predicate.Text() : "") +
             (node.has_bounds ? ", times within " + std::to_string(node.time_low) + " to " +
                                    std::to_string(node.time_high) + " ms) keeps rows that may still be met"
              : node.fires_by ? ", in windows) keeps both inputs until the window is over"
                              : ") keeps both inputs");
    case PlanNode::Kind::kUnionAll: return "UnionAll";
    case PlanNode::Kind::kWatermark: return "Watermark(" + node.exprs[0].Text() + ")";
    case PlanNode::Kind::kWindow: return DescribeWindow(node);
    case PlanNode::Kind::kOver:
      for (const OverCall& call : node.over_calls) text += (text.empty() ? "" : ", ") + call.call.text;
      text = "Over(" + text + ") keeps ";
      return text + (!node.over.rowtime && !node.over.proctime ? "the rows of each partition"
                     : node.over.preceding                     ? "accumulators and the rows of the frame"
                                                               : "one accumulator a partition");
    case PlanNode::Kind::kRank:
      return "Rank(" + DescribeOrder(node) + ", ranks " + std::to_string(node.rank_from) + " to " +
             (node.rank_to == INT64_MAX ? "the last" : std::to_string(node.rank_to)) +
             (node.rank_output ? "" : ", rank not used") + (node.fires_by ? ", at the end of the window" : "") +
             ") keeps " + (node.inputs[0]->append_only || node.rank_key ? "these rows" : "all rows");
    case PlanNode::Kind::kDedup:
      return std::string("Deduplicate(") + (node.keep_last ? "last" : "first") + " row, " + DescribeOrder(node) +
             ") keeps one row a partition";
    case PlanNode::Kind::kSort: return "Sort(by event time) keeps rows until their time has come";
    case PlanNode::Kind::kLimit: return "Limit(" + std::to_string(node.limit) + ")";
    case PlanNode::Kind::kMatch:
      for (const MatchPattern::Element& element : node.match->elements) {
        text += (text.empty() ? "" : " ") + element.variable;
        if (element.least == 1 && element.most == 1) continue;
        text += "{" + std::to_string(element.least) + "," +
                (element.most == MatchClause::kUnbounded ? "" : std::to_string(element.most)) + "}";
        if (!element.greedy) text += "?";
      }
      return "Match(" + text + (node.match->within > 0 ? " within " + std::to_string(node.match->within) + " ms" : "") +
             ") keeps rows until their time has come and those of open matches";
    case PlanNode::Kind::kSetOp:
      return std::string(node.set_intersect ? "Intersect" : "Except") + (node.set_all ? "All" : "") +
             " keeps how often each row is in either input";
    case PlanNode::Kind::kNormalize:
      return "Normalize(by " + ColumnList(node, node.keys) +
             (node.has_predicate ? ", where " + node.predicate.Text() : "") + ") keeps the last row of each key";
    case PlanNode::Kind::kMaterialize:
      return "Materialize(by " + ColumnList(node, node.keys) + ") keeps all rows of each key";
    case PlanNode::Kind::kToChangelog: return "ToChangelog(" + DescribeCodes(node, node.columns[0].name) + ")";
    case PlanNode::Kind::kFromChangelog:
      return "FromChangelog(" + DescribeCodes(node, ColumnList(*node.inputs[0], node.keys)) + ")";
    case PlanNode::Kind::kExpand: return "Expand(" + std::to_string(node.expansions.size()) + " grouping sets)";
    case PlanNode::Kind::kUnnest:
      return "Unnest(" + node.exprs[0].Text() + (node.unnest_outer ? ", rows without elements stay" : "") +
             (node.has_predicate ? ", where " + node.predicate.Text() : "") + ")";
    case PlanNode::Kind::kTemporalJoin:
      text = ColumnList(*node.inputs[0], node.left_keys) + " = " + ColumnList(*node.inputs[1], node.right_keys);
      return std::string(node.lookup ? "LookupJoin(" : "TemporalJoin(") + JoinName(node.join) + ", " + text +
             (node.has_predicate ? ", where " + node.predicate.Text() : "") +
             (node.lookup ? ") keeps the right side" : ") keeps waiting rows and versions of the right side");
  }
  return text;
}

void Append(std::string& out, const PlanNode& node, size_t depth, bool spills) {
  out += std::string(depth * 3, ' ') + "+- " + Describe(node);
  if (spills && node.stateful()) out += node.may_spill() ? ", on disk beyond --memory" : ", all in memory";
  if (node.unique_key)
    out += node.unique_key->empty() ? " [one row]" : " [key: " + ColumnList(node, *node.unique_key) + "]";
  out += "\n";
  for (const PlanPtr& input : node.inputs) Append(out, *input, depth + 1, spills);
}

std::string Target(const PlanSink& sink) {
  return sink.table == nullptr ? "Select" : "Insert(" + sink.table->name + ")";
}

void AppendNoted(std::string& out, const PlanNode& node, size_t depth,
                 const std::function<std::string(const PlanNode&)>& note) {
  out += std::string(depth * 3, ' ') + "+- " + Describe(node) + ": " + note(node) + "\n";
  for (const PlanPtr& input : node.inputs) AppendNoted(out, *input, depth + 1, note);
}

}  // namespace

std::string DescribeNode(const PlanNode& node) {
  const std::string text = Describe(node);
  const size_t state = text.rfind(" keeps ");
  const PlanNode* scan = &node;
  while (!scan->inputs.empty()) scan = scan->inputs[0].get();
  return text.substr(0, state) + (scan->table != nullptr ? " over '" + scan->table->name + "'" : "");
}

std::string DescribePlan(const PlanSink& sink, const std::function<std::string(const PlanNode&)>& note) {
  std::string out = Target(sink) + "\n";
  AppendNoted(out, *sink.input, 0, note);
  return out;
}

std::string ExplainPlan(const PlanSink& sink, bool spills) {
  std::string out = Target(sink);
  if (sink.has_key)
    out += " [record key: " + (sink.key.empty() ? std::string("none") : ColumnList(*sink.input, sink.key)) + "]";
  out += "\n  columns: ";
  for (size_t i = 0; i < sink.input->columns.size(); ++i)
    out += (i > 0 ? ", " : "") + sink.input->columns[i].name + " " + sink.input->columns[i].type.Text();
  out += "\n";
  Append(out, *sink.input, 0, spills);
  return out;
}

}  // namespace cdc::sql
