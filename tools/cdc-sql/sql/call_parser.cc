#include "tools/cdc-sql/sql/expr_parser.h"

namespace cdc::sql {

ExprPtr ExprParser::ParseCall() {
  const Token& name = tokens_.Take();
  ExprPtr call = Node(ExprKind::kCall, name.span, name.upper);
  tokens_.ExpectSymbol("(");
  ParseArguments(*call);
  tokens_.ExpectSymbol(")");
  call->span = call->span.To(tokens_.previous());
  ParseCallSuffix(*call);
  return call;
}

/// JSON_VALUE(j, path [RETURNING t] [… ON EMPTY] [… ON ERROR]) and its sisters. Clauses become words: "EMPTY NULL",
/// "ERROR DEFAULT" (its value is the next of the args behind the first two), "RETURNING", "WRAPPER UNCONDITIONAL".
bool ExprParser::ParseJsonArguments(Expr& call) {
  const std::string& name = call.text;
  if (name == "JSON_VALUE" || name == "JSON_QUERY" || name == "JSON_EXISTS") {
    call.args.push_back(ParseExpr());
    tokens_.ExpectSymbol(",");
    call.args.push_back(ParseExpr());
    ParseJsonClauses(call);
    return true;
  }
  const bool object = name == "JSON_OBJECT" || name == "JSON_OBJECTAGG";
  if (!object && name != "JSON_ARRAY" && name != "JSON_ARRAYAGG") return false;
  const auto null_clause = [&] {
    const bool null = tokens_.PeekWord("NULL") && tokens_.PeekWord("ON", 1);
    if (!null && !tokens_.PeekWord("ABSENT")) return false;
    tokens_.Take();
    tokens_.ExpectWord("ON");
    tokens_.ExpectWord("NULL");
    call.words.push_back(null ? "NULL ON NULL" : "ABSENT ON NULL");
    return true;
  };
  while (!tokens_.PeekSymbol(")") && !null_clause()) {
    if (!call.args.empty()) tokens_.ExpectSymbol(",");
    if (object && tokens_.PeekWord("KEY") && !tokens_.PeekSymbol(",", 1)) tokens_.Take();
    call.args.push_back(ParseExpr());
    if (!object) continue;
    if (!tokens_.TakeWord("VALUE")) tokens_.ExpectSymbol(tokens_.PeekSymbol(":") ? ":" : ",");
    call.args.push_back(ParseExpr());
  }
  return true;
}

void ExprParser::ParseJsonClauses(Expr& call) {
  while (!tokens_.PeekSymbol(")")) {
    if (tokens_.TakeWord("RETURNING")) {
      call.type = ParseType();
      call.words.push_back("RETURNING");
      continue;
    }
    if (tokens_.PeekWord("WITH") || tokens_.PeekWord("WITHOUT")) {
      std::string how = tokens_.Take().upper == "WITH" ? "UNCONDITIONAL" : "NONE";
      if (tokens_.TakeWord("CONDITIONAL"))
        how = "CONDITIONAL";
      else
        tokens_.TakeWord("UNCONDITIONAL");
      tokens_.TakeWord("ARRAY");
      tokens_.ExpectWord("WRAPPER");
      call.words.push_back("WRAPPER " + how);
      continue;
    }
    std::string what;
    if (tokens_.TakeWord("DEFAULT")) {
      what = "DEFAULT";
      call.args.push_back(ParseExpr());
    } else if (tokens_.TakeWord("EMPTY")) {
      what = tokens_.PeekWord("OBJECT") ? "OBJECT" : "ARRAY";
      if (!tokens_.TakeWord("OBJECT")) tokens_.TakeWord("ARRAY");
    } else {
      const Token& word = tokens_.Peek();
      if (!(word.IsWord("NULL") || word.IsWord("ERROR") || word.IsWord("TRUE") || word.IsWord("FALSE") ||
            word.IsWord("UNKNOWN")))
        tokens_.FailExpected("\")\", RETURNING, or NULL, ERROR or DEFAULT … ON EMPTY or ON ERROR");
      what = tokens_.Take().upper;
    }
    tokens_.ExpectWord("ON");
    if (!tokens_.PeekWord("EMPTY") && !tokens_.PeekWord("ERROR")) tokens_.FailExpected("EMPTY or ERROR");
    call.words.push_back(tokens_.Take().upper + " " + what);
  }
}

void ExprParser::ParseArguments(Expr& call) {
  if (ParseJsonArguments(call)) return;
  if (tokens_.PeekSymbol(")")) return;
  if (ParseSpecialArguments(call)) return;
  if (tokens_.PeekSymbol("*") && tokens_.PeekSymbol(")", 1)) {
    tokens_.Take();
    call.star = true;
    return;
  }
  if (tokens_.PeekSymbol("*")) {
    tokens_.Take();
    tokens_.FailExpected("\")\"");
  }
  if (tokens_.TakeWord("DISTINCT")) {
    call.distinct = true;
  } else {
    tokens_.TakeWord("ALL");
  }
  do {
    call.args.push_back(ParseExpr());
  } while (tokens_.TakeSymbol(","));
  if (call.text == "ARRAY_AGG")
    for (const char* treatment : {"RESPECT", "IGNORE"})
      if (tokens_.TakeWords(treatment, "NULLS")) call.words.push_back(std::string(treatment) + " NULLS");
}

/// Functions whose arguments are not a plain list. True if all of them were taken.
bool ExprParser::ParseSpecialArguments(Expr& call) {
  const std::string& name = call.text;
  if (name == "EXTRACT") {
    call.args.push_back(Unit());
    tokens_.ExpectWord("FROM");
    call.args.push_back(ParseExpr());
    return true;
  }
  if (name == "TIMESTAMPADD" || name == "TIMESTAMPDIFF") {
    call.args.push_back(Unit());
    for (int i = 0; i < 2; ++i) {
      tokens_.ExpectSymbol(",");
      call.args.push_back(ParseExpr());
    }
    return true;
  }
  if (name == "TRIM") {
    ParseTrimArguments(call);
    return true;
  }
  if (name == "POSITION") {
    call.args.push_back(ParseAdditive());
    tokens_.ExpectWord("IN");
    call.args.push_back(ParseExpr());
    if (tokens_.TakeWord("FROM")) call.args.push_back(ParseExpr());
    return true;
  }
  if (name == "OVERLAY") {
    call.args.push_back(ParseExpr());
    if (!tokens_.TakeWord("PLACING")) tokens_.ExpectSymbol(",");
    call.args.push_back(ParseExpr());
    if (!tokens_.TakeWord("FROM")) tokens_.ExpectSymbol(",");
    call.args.push_back(ParseExpr());
    if (tokens_.TakeWord("FOR") || tokens_.TakeSymbol(",")) call.args.push_back(ParseExpr());
    return true;
  }
  if (name == "SUBSTRING" || name == "FLOOR" || name == "CEIL" || name == "CEILING") {
    call.args.push_back(ParseExpr());
    if (name != "SUBSTRING") {
      if (tokens_.TakeWord("TO")) call.args.push_back(Unit());
      return true;
    }
    if (tokens_.TakeWord("FROM") || tokens_.TakeSymbol(",")) call.args.push_back(ParseExpr());
    if (tokens_.TakeWord("FOR") || tokens_.TakeSymbol(",")) call.args.push_back(ParseExpr());
    return true;
  }
  return false;
}

/// TRIM([BOTH | LEADING | TRAILING] [characters] FROM text), or TRIM(text): args text[, characters], unit the side.
void ExprParser::ParseTrimArguments(Expr& call) {
  call.unit = "BOTH";
  for (const char* side : {"BOTH", "LEADING", "TRAILING"})
    if (tokens_.TakeWord(side)) call.unit = side;
  ExprPtr characters;
  if (!tokens_.PeekWord("FROM")) {
    ExprPtr first = ParseExpr();
    if (!tokens_.PeekWord("FROM")) {
      call.args.push_back(std::move(first));
      return;
    }
    characters = std::move(first);
  }
  tokens_.ExpectWord("FROM");
  call.args.push_back(ParseExpr());
  if (characters) call.args.push_back(std::move(characters));
}

void ExprParser::ParseCallSuffix(Expr& call) {
  if (tokens_.PeekWord("FILTER") && tokens_.PeekSymbol("(", 1)) {
    tokens_.Take();
    tokens_.Take();
    tokens_.ExpectWord("WHERE");
    call.filter = ParseExpr();
    tokens_.ExpectSymbol(")");
    call.span = call.span.To(tokens_.previous());
  }
  if (tokens_.TakeWords("WITHIN", "GROUP")) {
    tokens_.ExpectSymbol("(");
    tokens_.ExpectWord("ORDER");
    tokens_.ExpectWord("BY");
    call.order_by = ParseOrderItems();
    tokens_.ExpectSymbol(")");
  }
  if (tokens_.TakeWord("OVER")) {
    call.over = ParseOverSpec();
    call.span = call.span.To(tokens_.previous());
  }
}

std::vector<OrderItem> ExprParser::ParseOrderItems() {
  std::vector<OrderItem> items;
  do {
    OrderItem item;
    item.expr = ParseExpr();
    if (tokens_.TakeWord("DESC")) {
      item.descending = true;
    } else {
      tokens_.TakeWord("ASC");
    }
    if (tokens_.TakeWord("NULLS")) {
      item.nulls_first = tokens_.PeekWord("FIRST");
      if (!tokens_.TakeWord("FIRST") && !tokens_.TakeWord("LAST")) tokens_.FailExpected("FIRST or LAST");
    }
    items.push_back(std::move(item));
  } while (tokens_.TakeSymbol(","));
  return items;
}

std::shared_ptr<OverSpec> ExprParser::ParseOverSpec() {
  auto spec = std::make_shared<OverSpec>();
  spec->span = tokens_.Peek().span;
  if (!tokens_.PeekSymbol("(")) {
    spec->base = tokens_.ExpectName("the name of a window, or (");
    return spec;
  }
  tokens_.Take();
  if (tokens_.PeekIsName() && !tokens_.PeekWord("PARTITION") && !tokens_.PeekWord("ROWS") && !tokens_.PeekWord("RANGE"))
    spec->base = tokens_.Take().text;
  if (tokens_.TakeWord("PARTITION")) {
    tokens_.ExpectWord("BY");
    do {
      spec->partition_by.push_back(ParseExpr());
    } while (tokens_.TakeSymbol(","));
  }
  if (tokens_.TakeWord("ORDER")) {
    tokens_.ExpectWord("BY");
    spec->order_by = ParseOrderItems();
  }
  if (tokens_.PeekWord("ROWS") || tokens_.PeekWord("RANGE")) ParseFrame(*spec);
  tokens_.ExpectSymbol(")");
  spec->span = spec->span.To(tokens_.previous());
  return spec;
}

/// ROWS | RANGE [BETWEEN] {UNBOUNDED | n} PRECEDING [AND CURRENT ROW].
void ExprParser::ParseFrame(OverSpec& spec) {
  const Span begin = tokens_.Peek().span;
  spec.has_frame = true;
  spec.rows = tokens_.Take().upper == "ROWS";
  const bool between = tokens_.TakeWord("BETWEEN");
  if (tokens_.TakeWord("UNBOUNDED")) {
    tokens_.ExpectWord("PRECEDING");
  } else if (tokens_.TakeWord("CURRENT")) {
    tokens_.ExpectWord("ROW");
    spec.from_current = true;
  } else {
    spec.preceding = ParseAdditive();
    tokens_.ExpectWord("PRECEDING");
  }
  if (between) {
    tokens_.ExpectWord("AND");
    if (tokens_.TakeWord("CURRENT")) {
      tokens_.ExpectWord("ROW");
    } else {
      spec.to_current = false;
      if (!tokens_.TakeWord("UNBOUNDED")) ParseAdditive();
      if (!tokens_.TakeWord("FOLLOWING")) tokens_.ExpectWord("PRECEDING");
    }
  }
  spec.frame_span = begin.To(tokens_.previous());
}

}  // namespace cdc::sql
