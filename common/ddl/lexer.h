#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/ddl/token.h"

namespace cdc::ddl {

/// Cuts a statement into tokens; comments and blanks fall away. Never fails: what cannot be read is one kBroken token,
/// at which the parser stops. The last token is kEnd. `sql` is UTF-8; bytes above 0x7F belong to names.
std::vector<Token> Tokenize(std::string_view sql, const LexerMode& mode);

/// The name that a kWord or kQuotedName token stands for: without quotes, doubled quotes once.
std::string NameOf(const Token& token);

/// The characters that a kString or kNational token stands for: escapes resolved as the server does.
std::string StringValueOf(const Token& token, const LexerMode& mode);

/// `name` between backticks, inner ones doubled.
void AppendQuotedName(std::string& out, std::string_view name);

/// ASCII case only, as keywords need.
bool EqualsIgnoreCase(std::string_view a, std::string_view b);
std::string ToUpper(std::string_view text);
std::string ToLower(std::string_view text);

}  // namespace cdc::ddl
