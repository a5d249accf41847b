#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tools/cdc-sql/sql/ast.h"
#include "tools/cdc-sql/sql/expr_parser.h"
#include "tools/cdc-sql/sql/token_stream.h"

namespace cdc::sql {

/// Statements of a script, by recursive descent: what begins a statement decides (parser.cc), tables and views are in
/// table_parser.cc, ALTER in alter_parser.cc, queries in select_parser.cc, what stands behind FROM in from_parser.cc,
/// expressions in ExprParser.
class ScriptParser : public QueryParser {
 public:
  explicit ScriptParser(const SourceText& source) : tokens_(Lex(source)), exprs_(tokens_, *this) {}

  std::vector<Statement> Run() {
    std::vector<Statement> statements;
    while (!tokens_.AtEnd()) {
      if (tokens_.TakeSymbol(";")) continue;
      if (PeekIsCommand("QUIT") || PeekIsCommand("EXIT")) break;
      if (PeekIsCommand("CLEAR") || PeekIsCommand("HELP")) {
        tokens_.Take();
        continue;
      }
      statements.push_back(ParseStatement());
      if (!tokens_.AtEnd() && !tokens_.PeekSymbol(";")) FailAfterStatement();
    }
    return statements;
  }

  QueryPtr ParseQuery() override;

 private:
  /// Tables of one FROM clause, as a chain of commas or JOINs.
  static constexpr int kMaxJoins = 250;
  /// Queries in a row with UNION, EXCEPT or INTERSECT between them.
  static constexpr int kMaxSetOperations = 5000;
  [[noreturn]] void FailJoins() const {
    FailAt(tokens_.Peek().span, "more than " + std::to_string(kMaxJoins) + " tables in one FROM",
           "a view can join a part of them");
  }
  [[noreturn]] void FailAfterStatement() {
    for (const char* word : {"PIVOT", "UNPIVOT"})
      if (tokens_.PeekWord(word))
        FailAt(tokens_.Peek().span, std::string(word) + " is not available", "cdc-sql(7) lists the clauses that are");
    tokens_.FailExpected("\";\" or the end of the statement");
  }

  /// A command of the SQL client's, which stands by itself.
  bool PeekIsCommand(const char* word) const {
    return tokens_.PeekWord(word) && (tokens_.PeekSymbol(";", 1) || tokens_.Peek(1).kind == TokenKind::kEnd);
  }
  Statement ParseStatement();
  void ParseCreate(Statement& statement);
  void ParseCreateTable(Statement& statement, bool temporary);
  void ParseTableElement(CreateTable& table);
  void ParseColumn(CreateTable& table);
  void ParsePrimaryKey(CreateTable& table, const Span& begin, std::vector<std::string> columns, std::string name);
  std::string ParseConstraintName();
  void ParseWatermark(CreateTable& table);
  void ParseCreateView(Statement& statement);
  void ParseDrop(Statement& statement);
  void ParseDropOther(Statement& statement);
  void FailOtherDescribe();
  PartitionSpec ParsePartition();
  void ParseSet(Statement& statement);
  std::string TakeBareText(const char* what, const char* symbol);
  Statement ParseUseModules();
  void FailOtherStatement(const Token& first);
  void ParseAlter(Statement& statement);
  void ParseAlterView(Statement& statement);
  void ParseAlteredElements(AlterTable& alter);
  void ParseAlterDrop(AlterTable& alter);
  void ParseResetKeys(AlterTable& alter);
  bool PeekIsPartition(const char* behind_if) const;
  bool ParseAddedPartitions(AlterTable& alter);
  void ParseAlterCatalog(Statement& statement);
  void ParseAlterDatabase(Statement& statement);
  void ParseLikeOptions(CreateTable& table);
  Distribution ParseDistribution();
  void ParseShow(Statement& statement);
  void ParseStatementSet(Statement& statement);
  void ParseInserts(Statement& statement);
  Insert ParseInsert();
  bool ParseIfNotExists();
  std::vector<Option> ParseOptions();
  std::vector<std::string> ParseNameList(const char* what);

  std::shared_ptr<Query> ParseSetOperations();
  std::shared_ptr<Query> ParseIntersections();
  std::shared_ptr<Query> ParseQueryPrimary();
  void ParseWith(Query& query, std::vector<Query::Cte>& ctes);
  void ParseOrderAndLimit(Query& query);
  void ParseSelect(Query& query);
  void ParseValues(Query& query);
  SelectItem ParseSelectItem();
  TableRefPtr ParseFrom();
  TableRefPtr ParseJoins();
  TableRefPtr ParseTableFactor();
  void ParseJoinCondition(TableRef& join);
  void ParseAlias(TableRef& ref);
  void ParseSample(TableRef& ref);
  void ParseHint(std::vector<Option>* options, std::vector<Option>* state_ttl = nullptr);
  long long ParseCount(const char* what);
  void ParseGroupBy(SelectBody& select);
  std::vector<std::vector<size_t>> ParseGroupElement(SelectBody& select);
  std::vector<size_t> ParseGroupKeys(SelectBody& select);
  void ParseWindows(SelectBody& select);
  TableRefPtr ParseTableFunction();
  TableArgument ParseTableArgument();
  bool PeekIsPartitionColumn(bool parentheses) const;

  TokenStream tokens_;
  ExprParser exprs_;
};

}  // namespace cdc::sql
