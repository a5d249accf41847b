#include "tools/cdc-sql/sql/script_parser.h"

#include <cstdlib>

#include "tools/cdc-sql/sql/match_parser.h"

namespace cdc::sql {

/// `options`: those of OPTIONS(…); null where it may not stand. `state_ttl`: those of
/// STATE_TTL(…).
void ScriptParser::ParseHint(std::vector<Option>* options, std::vector<Option>* state_ttl) {
  if (tokens_.Peek().kind != TokenKind::kHint) return;
  tokens_.Take();
  while (tokens_.Peek().kind != TokenKind::kHintEnd) {
    if (tokens_.AtEnd()) tokens_.FailExpected("the end of the hint, */");
    const Token& name = tokens_.Peek();
    if (options != nullptr && name.IsWord("OPTIONS")) {
      tokens_.Take();
      for (Option& option : ParseOptions()) options->push_back(std::move(option));
      tokens_.TakeSymbol(",");
      continue;
    }
    if (name.IsWord("OPTIONS") || !(name.IsWord("STATE_TTL") || name.IsWord("LOOKUP") || name.IsWord("BROADCAST") ||
                                    name.IsWord("SHUFFLE_HASH") || name.IsWord("SHUFFLE_MERGE") ||
                                    name.IsWord("NEST_LOOP") || name.IsWord("MULTI_JOIN")))
      FailAt(name.span, "unknown hint " + name.text, "OPTIONS('key' = 'value') after a table's name is known");
    // Hints about distribution change no result here, and all state is kept.
    const bool ttl = name.IsWord("STATE_TTL") && state_ttl != nullptr;
    tokens_.Take();
    if (ttl) {
      for (Option& option : ParseOptions()) state_ttl->push_back(std::move(option));
    } else if (tokens_.TakeSymbol("(")) {
      while (!tokens_.PeekSymbol(")") && !tokens_.AtEnd()) tokens_.Take();
      tokens_.ExpectSymbol(")");
    }
    tokens_.TakeSymbol(",");
  }
  tokens_.Take();
}

TableRefPtr ScriptParser::ParseFrom() {
  TableRefPtr left = ParseJoins();
  for (int joins = 1; tokens_.TakeSymbol(","); ++joins) {
    if (joins > kMaxJoins) FailJoins();
    auto join = std::make_unique<TableRef>();
    join->kind = TableRef::Kind::kJoin;
    join->join = JoinKind::kCross;
    join->span = left->span;
    join->left = std::move(left);
    join->right = ParseJoins();
    join->span = join->span.To(join->right->span);
    left = std::move(join);
  }
  return left;
}

TableRefPtr ScriptParser::ParseJoins() {
  TableRefPtr left = ParseTableFactor();
  for (int joins = 0;; ++joins) {
    if (joins > kMaxJoins) FailJoins();
    const size_t start = tokens_.position();
    const bool natural = tokens_.TakeWord("NATURAL");
    JoinKind kind = JoinKind::kInner;
    bool is_join = true;
    if (tokens_.TakeWord("LEFT")) {
      kind = JoinKind::kLeft;
    } else if (tokens_.TakeWord("RIGHT")) {
      kind = JoinKind::kRight;
    } else if (tokens_.TakeWord("FULL")) {
      kind = JoinKind::kFull;
    } else if (tokens_.TakeWord("CROSS")) {
      kind = JoinKind::kCross;
    } else {
      is_join = tokens_.TakeWord("INNER") || tokens_.PeekWord("JOIN");
    }
    if (kind == JoinKind::kLeft || kind == JoinKind::kRight || kind == JoinKind::kFull) tokens_.TakeWord("OUTER");
    if (!is_join || !tokens_.PeekWord("JOIN")) {
      if (!natural && kind == JoinKind::kInner && !is_join) {
        tokens_.Return(start);
        return left;
      }
      tokens_.FailExpected("JOIN");
    }
    auto join = std::make_unique<TableRef>();
    join->kind = TableRef::Kind::kJoin;
    join->join = kind;
    join->natural = natural;
    join->span = tokens_.Take().span;
    join->left = std::move(left);
    join->right = ParseTableFactor();
    ParseJoinCondition(*join);
    left = std::move(join);
  }
}

void ScriptParser::ParseJoinCondition(TableRef& join) {
  if (join.join == JoinKind::kCross || join.natural) return;
  if (tokens_.TakeWord("ON")) {
    join.on = exprs_.ParseExpr();
  } else if (tokens_.TakeWord("USING")) {
    join.using_columns = ParseNameList("a column name");
  } else {
    tokens_.FailExpected("ON or USING");
  }
}

TableRefPtr ScriptParser::ParseTableFactor() {
  const TokenStream::Level level(tokens_);
  auto ref = std::make_unique<TableRef>();
  ref->span = tokens_.Peek().span;
  const bool lateral = tokens_.TakeWord("LATERAL");
  if (tokens_.PeekWord("UNNEST") && tokens_.PeekSymbol("(", 1)) {
    ref->kind = TableRef::Kind::kUnnest;
    tokens_.Take();
    tokens_.Take();
    ref->unnest = exprs_.ParseExpr();
    tokens_.ExpectSymbol(")");
    if (tokens_.TakeWord("WITH")) {
      tokens_.ExpectWord("ORDINALITY");
      ref->ordinality = true;
    }
  } else if (tokens_.PeekWord("TABLE") && tokens_.PeekSymbol("(", 1)) {
    tokens_.Take();
    tokens_.Take();
    ref = ParseTableFunction();
    tokens_.ExpectSymbol(")");
  } else if ((tokens_.PeekIsName() || tokens_.Peek().kind == TokenKind::kWord) && tokens_.PeekSymbol("(", 1)) {
    ref = ParseTableFunction();
  } else if (tokens_.TakeSymbol("(")) {
    const bool whole_table = tokens_.PeekWord("TABLE") && !tokens_.PeekSymbol("(", 1);
    if (tokens_.PeekWord("SELECT") || tokens_.PeekWord("WITH") || tokens_.PeekWord("VALUES") || whole_table ||
        tokens_.PeekSymbol("(")) {
      ref->kind = TableRef::Kind::kQuery;
      ref->query = ParseQuery();
      tokens_.ExpectSymbol(")");
    } else {
      ref = ParseFrom();
      tokens_.ExpectSymbol(")");
      return ref;
    }
  } else {
    ref->name = tokens_.ExpectPath("a table's name");
    ParseHint(&ref->options);
    if (tokens_.TakeWord("FOR")) {
      tokens_.ExpectWord("SYSTEM_TIME");
      tokens_.ExpectWord("AS");
      tokens_.ExpectWord("OF");
      ref->as_of = exprs_.ParseExpr();
    }
  }
  ref->lateral = lateral;
  if (tokens_.PeekWord("MATCH_RECOGNIZE")) ref->match = ParseMatchClause(tokens_, exprs_);
  ParseAlias(*ref);
  ParseSample(*ref);
  ref->span = ref->span.To(tokens_.previous());
  return ref;
}

/// NAME(argument, …) in FROM.
TableRefPtr ScriptParser::ParseTableFunction() {
  auto ref = std::make_unique<TableRef>();
  ref->kind = TableRef::Kind::kFunction;
  const Token& name = tokens_.Take();
  ref->span = name.span;
  ref->name.span = name.span;
  ref->name.parts = {name.upper};
  tokens_.ExpectSymbol("(");
  if (!tokens_.PeekSymbol(")")) {
    do {
      ref->arguments.push_back(ParseTableArgument());
    } while (tokens_.TakeSymbol(","));
  }
  tokens_.ExpectSymbol(")");
  ref->span = ref->span.To(tokens_.previous());
  return ref;
}

TableArgument ScriptParser::ParseTableArgument() {
  TableArgument argument;
  argument.span = tokens_.Peek().span;
  if (tokens_.PeekSymbol("=>", 1)) {
    argument.name = tokens_.Peek().upper;
    argument.written_name = tokens_.Take().text;
    tokens_.Take();
  }
  const bool query = tokens_.PeekSymbol("(") && (tokens_.PeekWord("SELECT", 1) || tokens_.PeekWord("WITH", 1));
  if (tokens_.PeekWord("TABLE") || query) {
    if (tokens_.TakeWord("TABLE") && tokens_.PeekSymbol("("))
      tokens_.FailExpected("a table's name", "a query stands without TABLE: TUMBLE((SELECT …), …)");
    argument.table = std::make_unique<TableRef>();
    argument.table->span = tokens_.Peek().span;
    if (tokens_.TakeSymbol("(")) {
      argument.table->kind = TableRef::Kind::kQuery;
      argument.table->query = ParseQuery();
      tokens_.ExpectSymbol(")");
    } else {
      argument.table->name = tokens_.ExpectPath("a table's name");
    }
    if (tokens_.TakeWord("PARTITION")) {
      tokens_.ExpectWord("BY");
      const bool parentheses = tokens_.TakeSymbol("(");
      do {
        argument.partition_by.push_back(tokens_.ExpectPath("a column name"));
      } while (PeekIsPartitionColumn(parentheses) && tokens_.TakeSymbol(","));
      if (parentheses) tokens_.ExpectSymbol(")");
    }
  } else if (tokens_.TakeWord("DESCRIPTOR")) {
    tokens_.ExpectSymbol("(");
    do {
      argument.descriptor.push_back(tokens_.ExpectPath("a column name"));
    } while (tokens_.TakeSymbol(","));
    tokens_.ExpectSymbol(")");
  } else if (tokens_.TakeWord("DEFAULT")) {
    argument.is_default = true;
  } else if (tokens_.PeekWord("MODEL") && tokens_.PeekIsName(1)) {
    FailAt(tokens_.Peek().span, "models are not available",
           "they would be asked by a connector that runs in a Java VM");
  } else {
    argument.expr = exprs_.ParseExpr();
  }
  argument.span = argument.span.To(tokens_.previous());
  return argument;
}

/// After a column of PARTITION BY without parentheses: whether a comma leads to another column, not to an argument.
bool ScriptParser::PeekIsPartitionColumn(bool parentheses) const {
  if (!tokens_.PeekSymbol(",")) return false;
  return parentheses || (tokens_.PeekIsName(1) && !tokens_.PeekWord("DESCRIPTOR", 1) && !tokens_.PeekSymbol("=>", 2));
}

/// TABLESAMPLE BERNOULLI | SYSTEM (percent) [REPEATABLE (seed)].
void ScriptParser::ParseSample(TableRef& ref) {
  if (!tokens_.TakeWord("TABLESAMPLE")) return;
  if (!tokens_.TakeWord("BERNOULLI") && !tokens_.TakeWord("SYSTEM")) tokens_.FailExpected("BERNOULLI or SYSTEM");
  tokens_.ExpectSymbol("(");
  const Token& number = tokens_.Peek();
  if (number.kind != TokenKind::kInteger && number.kind != TokenKind::kDecimal)
    tokens_.FailExpected("a percentage from 0 to 100");
  ref.sample = std::strtod(tokens_.Take().text.c_str(), nullptr);
  if (*ref.sample > 100) FailAt(number.span, "a sample is a percentage from 0 to 100");
  tokens_.ExpectSymbol(")");
  if (!tokens_.TakeWord("REPEATABLE")) return;
  tokens_.ExpectSymbol("(");
  ParseCount("a seed");
  tokens_.ExpectSymbol(")");
}

void ScriptParser::ParseAlias(TableRef& ref) {
  if (tokens_.TakeWord("AS")) {
    ref.alias = tokens_.ExpectName("an alias");
  } else if (tokens_.PeekIsName()) {
    ref.alias = tokens_.Take().text;
  }
  if (!ref.alias.empty() && tokens_.PeekSymbol("(")) ref.column_aliases = ParseNameList("a column name");
}

}  // namespace cdc::sql
