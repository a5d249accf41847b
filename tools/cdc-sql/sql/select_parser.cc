#include <algorithm>
#include <functional>
#include <set>

#include "tools/cdc-sql/sql/duration.h"
#include "tools/cdc-sql/sql/script_parser.h"

namespace cdc::sql {

namespace {

/// The text of an expression without parentheses around the whole.
std::string_view Bare(std::string_view text) {
  while (text.size() > 1 && text.front() == '(' && text.back() == ')') {
    int depth = 0;
    for (size_t i = 0; i + 1 < text.size(); ++i) {
      depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
      if (depth == 0) return text;  // (a) + (b)
    }
    text = text.substr(1, text.size() - 2);
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  }
  return text;
}

/// The same key of GROUP BY, written twice.
bool SameKey(const Expr& a, const Expr& b) {
  if (a.kind == ExprKind::kColumn && b.kind == ExprKind::kColumn) return a.name.parts == b.name.parts;
  return Bare(a.span.text()) == Bare(b.span.text());
}

bool HasTable(const TableRef& from, const std::string& name) {
  if (from.kind == TableRef::Kind::kJoin)
    return HasTable(*from.left, name) || (from.right && HasTable(*from.right, name));
  return from.alias == name || (!from.name.parts.empty() && from.name.last() == name);
}

/// STATE_TTL('table' = '1 d'): a table of the query, and a duration.
void CheckStateTtl(const Option& ttl, const TableRef* from) {
  if (!ParseDurationMillis(ttl.value)) FailAt(ttl.span, "'" + ttl.value + "' is no duration", kDurationHint);
  if (from == nullptr || !HasTable(*from, ttl.key))
    FailAt(ttl.span, "the hint names '" + ttl.key + "', and FROM has no table or alias of that name");
}

}  // namespace

QueryPtr ScriptParser::ParseQuery() {
  const TokenStream::Level level(tokens_);
  std::vector<Query::Cte> ctes;
  const Span begin = tokens_.Peek().span;
  auto holder = std::make_shared<Query>();
  if (tokens_.PeekWord("WITH")) ParseWith(*holder, ctes);
  std::shared_ptr<Query> query = ParseSetOperations();
  query->ctes = std::move(ctes);
  ParseOrderAndLimit(*query);
  query->span = begin.To(tokens_.previous());
  return query;
}

void ScriptParser::ParseWith(Query&, std::vector<Query::Cte>& ctes) {
  tokens_.Take();
  tokens_.TakeWord("RECURSIVE");  // a query that reads itself finds no table of its name
  do {
    Query::Cte cte;
    cte.span = tokens_.Peek().span;
    cte.name = tokens_.ExpectName("the name of a query");
    if (tokens_.PeekSymbol("(")) cte.columns = ParseNameList("a column name");
    tokens_.ExpectWord("AS");
    tokens_.ExpectSymbol("(");
    cte.query = ParseQuery();
    tokens_.ExpectSymbol(")");
    ctes.push_back(std::move(cte));
  } while (tokens_.TakeSymbol(","));
}

std::shared_ptr<Query> ScriptParser::ParseSetOperations() {
  std::shared_ptr<Query> left = ParseIntersections();
  int chain = 0;
  while (tokens_.PeekWord("UNION") || tokens_.PeekWord("EXCEPT") || tokens_.PeekWord("MINUS")) {
    if (tokens_.PeekWord("MINUS")) FailAt(tokens_.Peek().span, "MINUS is not available", "EXCEPT does the same");
    if (++chain > kMaxSetOperations) FailAt(tokens_.Peek().span, "too many queries in a row");
    auto node = std::make_shared<Query>();
    node->span = tokens_.Peek().span;
    node->kind = tokens_.Take().upper == "UNION" ? Query::Kind::kUnion : Query::Kind::kExcept;
    node->all = tokens_.TakeWord("ALL");
    if (!node->all) tokens_.TakeWord("DISTINCT");
    node->left = std::move(left);
    node->right = ParseIntersections();
    left = std::move(node);
  }
  return left;
}

std::shared_ptr<Query> ScriptParser::ParseIntersections() {
  std::shared_ptr<Query> left = ParseQueryPrimary();
  for (int chain = 0; tokens_.PeekWord("INTERSECT"); ++chain) {
    if (chain > kMaxSetOperations) FailAt(tokens_.Peek().span, "too many queries in a row");
    auto node = std::make_shared<Query>();
    node->span = tokens_.Take().span;
    node->kind = Query::Kind::kIntersect;
    node->all = tokens_.TakeWord("ALL");
    if (!node->all) tokens_.TakeWord("DISTINCT");
    node->left = std::move(left);
    node->right = ParseQueryPrimary();
    left = std::move(node);
  }
  return left;
}

std::shared_ptr<Query> ScriptParser::ParseQueryPrimary() {
  auto query = std::make_shared<Query>();
  query->span = tokens_.Peek().span;
  if (tokens_.TakeSymbol("(")) {
    auto inner = std::const_pointer_cast<Query>(ParseQuery());
    tokens_.ExpectSymbol(")");
    return inner;
  }
  if (tokens_.PeekWord("VALUES")) {
    ParseValues(*query);
  } else if (tokens_.PeekWord("SELECT")) {
    ParseSelect(*query);
  } else if (tokens_.PeekWord("TABLE")) {  // TABLE t: SELECT * FROM t
    query->select.span = tokens_.Take().span;
    query->select.from = std::make_unique<TableRef>();
    query->select.from->span = tokens_.Peek().span;
    query->select.from->name = tokens_.ExpectPath("a table's name");
    SelectItem all;
    all.expr = std::make_unique<Expr>();
    all.expr->kind = ExprKind::kStar;
    all.expr->span = query->select.span;
    query->select.items.push_back(std::move(all));
  } else {
    tokens_.FailExpected("SELECT or VALUES");
  }
  query->span = query->span.To(tokens_.previous());
  return query;
}

long long ScriptParser::ParseCount(const char* what) {
  const Token& token = tokens_.Peek();
  const bool number = token.kind == TokenKind::kInteger || token.kind == TokenKind::kDecimal;
  const std::string digits = token.text.substr(0, token.text.find('.'));  // of 1.5 rows one is taken
  if (!number || digits.empty() || digits.size() > 18) tokens_.FailExpected(what);
  tokens_.Take();
  return std::stoll(digits);
}

void ScriptParser::ParseOrderAndLimit(Query& query) {
  if (tokens_.TakeWord("ORDER")) {
    tokens_.ExpectWord("BY");
    query.order_by = exprs_.ParseOrderItems();
  }
  const Span begin = tokens_.Peek().span;
  if (tokens_.TakeWord("LIMIT") && !tokens_.TakeWord("ALL")) query.limit = ParseCount("a number of rows");
  if (tokens_.TakeWord("OFFSET")) {
    query.offset = ParseCount("a number of rows");
    if (!tokens_.TakeWord("ROWS")) tokens_.TakeWord("ROW");
  }
  if (tokens_.TakeWord("FETCH")) {
    if (!tokens_.TakeWord("FIRST")) tokens_.ExpectWord("NEXT");
    query.limit = ParseCount("a number of rows");
    if (!tokens_.TakeWord("ROWS")) tokens_.ExpectWord("ROW");
    tokens_.ExpectWord("ONLY");
  }
  query.limit_span = begin.To(tokens_.previous());
}

void ScriptParser::ParseValues(Query& query) {
  tokens_.Take();
  query.kind = Query::Kind::kValues;
  do {
    std::vector<ExprPtr> row;
    ExprPtr value = exprs_.ParseExpr();
    if (value->kind == ExprKind::kRow) {
      row = std::move(value->args);
    } else {
      row.push_back(std::move(value));
    }
    query.rows.push_back(std::move(row));
  } while (tokens_.TakeSymbol(","));
}

void ScriptParser::ParseSelect(Query& query) {
  query.kind = Query::Kind::kSelect;
  SelectBody& select = query.select;
  select.span = tokens_.Take().span;
  std::vector<Option> state_ttl;
  ParseHint(nullptr, &state_ttl);
  select.state_ttl = !state_ttl.empty();
  if (tokens_.TakeWord("DISTINCT")) {
    select.distinct = true;
  } else {
    tokens_.TakeWord("ALL");
  }
  do {
    select.items.push_back(ParseSelectItem());
  } while (tokens_.TakeSymbol(","));
  if (tokens_.TakeWord("FROM")) select.from = ParseFrom();
  for (const Option& ttl : state_ttl) CheckStateTtl(ttl, select.from.get());
  if (!select.from && tokens_.PeekWord("WHERE")) tokens_.FailExpected("FROM before WHERE");
  if (tokens_.TakeWord("WHERE")) select.where = exprs_.ParseExpr();
  if (tokens_.TakeWord("GROUP")) {
    tokens_.ExpectWord("BY");
    select.grouped = true;
    ParseGroupBy(select);
  }
  if (tokens_.TakeWord("HAVING")) select.having = exprs_.ParseExpr();
  if (tokens_.TakeWord("WINDOW")) ParseWindows(select);
  if (tokens_.TakeWord("QUALIFY")) select.qualify = exprs_.ParseExpr();
}

void ScriptParser::ParseWindows(SelectBody& select) {
  do {
    const std::string name = tokens_.ExpectName("the name of a window");
    tokens_.ExpectWord("AS");
    select.windows.emplace_back(name, exprs_.ParseOverSpec());
  } while (tokens_.TakeSymbol(","));
}

void ScriptParser::ParseGroupBy(SelectBody& select) {
  // Each element is a list of key sets; the sets of the whole are all combinations of one from each.
  std::vector<std::vector<size_t>> sets = {{}};
  bool several = false;
  do {
    const std::vector<std::vector<size_t>> element = ParseGroupElement(select);
    several = several || element.size() != 1;
    std::vector<std::vector<size_t>> product;
    for (const std::vector<size_t>& set : sets)
      for (const std::vector<size_t>& keys : element) {
        product.push_back(set);
        product.back().insert(product.back().end(), keys.begin(), keys.end());
      }
    if (product.size() > 4096) FailAt(tokens_.previous(), "more than 4096 grouping sets");
    sets = std::move(product);
  } while (tokens_.TakeSymbol(","));
  if (several) select.grouping_sets = std::move(sets);
}

std::vector<std::vector<size_t>> ScriptParser::ParseGroupElement(SelectBody& select) {
  const TokenStream::Level level(tokens_);
  const bool cube = tokens_.PeekWord("CUBE") && tokens_.PeekSymbol("(", 1);
  const bool rollup = tokens_.PeekWord("ROLLUP") && tokens_.PeekSymbol("(", 1);
  if (tokens_.TakeWords("GROUPING", "SETS")) {
    std::vector<std::vector<size_t>> sets;
    tokens_.ExpectSymbol("(");
    do {
      for (std::vector<size_t>& set : ParseGroupElement(select)) sets.push_back(std::move(set));
    } while (tokens_.TakeSymbol(","));
    tokens_.ExpectSymbol(")");
    return sets;
  }
  if (!cube && !rollup) return {ParseGroupKeys(select)};
  const Span begin = tokens_.Take().span;
  tokens_.ExpectSymbol("(");
  std::vector<std::vector<size_t>> parts;
  do {
    parts.push_back(ParseGroupKeys(select));
  } while (tokens_.TakeSymbol(","));
  tokens_.ExpectSymbol(")");
  if (parts.size() > 12) FailAt(begin.To(tokens_.previous()), "more than 12 columns in CUBE or ROLLUP");
  std::vector<std::vector<size_t>> sets;
  std::set<std::set<size_t>> known;
  const auto add = [&](const std::function<bool(size_t)>& in) {
    std::vector<size_t> keys;
    for (size_t i = 0; i < parts.size(); ++i)
      if (in(i)) keys.insert(keys.end(), parts[i].begin(), parts[i].end());
    // ROLLUP (k, k) has (k) once; sets that are written out are there as often as they are written.
    if (known.emplace(keys.begin(), keys.end()).second) sets.push_back(std::move(keys));
  };
  if (rollup) {
    for (size_t count = parts.size() + 1; count-- > 0;) add([count](size_t i) { return i < count; });
  } else {
    for (size_t mask = size_t{1} << parts.size(); mask-- > 0;)
      add([mask, &parts](size_t i) { return (mask >> (parts.size() - 1 - i) & 1) != 0; });
  }
  return sets;
}

/// One expression, (a, b) or (): their places in group_by, where the same text is there once.
std::vector<size_t> ScriptParser::ParseGroupKeys(SelectBody& select) {
  if (tokens_.PeekSymbol("(") && tokens_.PeekSymbol(")", 1)) {
    tokens_.Take();
    tokens_.Take();
    return {};
  }
  std::vector<ExprPtr> keys;
  ExprPtr key = exprs_.ParseExpr();
  if (key->kind == ExprKind::kRow) {
    keys = std::move(key->args);
  } else {
    keys.push_back(std::move(key));
  }
  std::vector<size_t> places;
  for (ExprPtr& one : keys) {
    const auto same = std::find_if(select.group_by.begin(), select.group_by.end(),
                                   [&](const ExprPtr& known) { return SameKey(*known, *one); });
    places.push_back(static_cast<size_t>(same - select.group_by.begin()));
    if (same == select.group_by.end()) select.group_by.push_back(std::move(one));
  }
  return places;
}

SelectItem ScriptParser::ParseSelectItem() {
  SelectItem item;
  item.expr = exprs_.ParseExpr();
  if (tokens_.TakeWord("AS")) {
    item.alias = tokens_.ExpectName("an alias");
  } else if (tokens_.PeekIsName()) {
    item.alias = tokens_.Take().text;
  }
  return item;
}

}  // namespace cdc::sql
