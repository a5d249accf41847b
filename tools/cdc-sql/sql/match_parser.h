#pragma once

#include "tools/cdc-sql/sql/expr_parser.h"

namespace cdc::sql {

/// MATCH_RECOGNIZE (…), from its first word to its last parenthesis. Errors: 78 at the place, also for the clauses of
/// the standard that Flink does not have (ALL ROWS PER MATCH, alternatives, groups, PERMUTE, exclusions, SUBSET).
std::shared_ptr<MatchClause> ParseMatchClause(TokenStream& tokens, ExprParser& exprs);

}  // namespace cdc::sql
