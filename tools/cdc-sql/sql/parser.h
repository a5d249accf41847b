#pragma once

#include <vector>

#include "tools/cdc-sql/sql/ast.h"

namespace cdc::sql {

/// Parses a script: statements with `;` between them. Errors: 78 with line, column and caret.
std::vector<Statement> ParseScript(const SourceText& source);

}  // namespace cdc::sql
