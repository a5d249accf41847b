#pragma once

#include <string>

#include "common/ddl/parser.h"

namespace cdc::ddl {

/// Pieces that several parsers of this folder meet.

/// A character set or collation: a name or a string.
std::string TakeCharset(TokenCursor& cursor);

/// "=" where an option may have one; ":=" as well.
void SkipEquals(TokenCursor& cursor);

/// After REFERENCES: the table, its columns, MATCH, ON DELETE, ON UPDATE. Whether the key deletes or changes rows
/// itself.
bool TakeReferences(TokenCursor& cursor);

/// After CHECK: the expression, and whether it is enforced.
void SkipCheck(TokenCursor& cursor);

}  // namespace cdc::ddl
