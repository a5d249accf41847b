#pragma once

#include "common/byte_output.h"
#include "tools/cdc-sql/options.h"

namespace cdc::sql {

/// Reads statements from the terminal, and runs each when its ; has come: what it defines stays for those that follow.
/// An error is printed, and the next statement asked for; an interrupt ends the query that runs. Returns at the end of
/// the input, or at QUIT.
int RunPrompt(const Options& options, ByteOutput& output);

/// The text holds a whole statement: its last character that is neither in quotes nor in a comment nor blank is a ;,
/// and of a statement set the END has come.
bool EndsStatement(const std::string& text);

}  // namespace cdc::sql
