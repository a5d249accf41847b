#pragma once

#include <string_view>

#include "tools/binlog-tail/text_buffer.h"

namespace cdc::tail {

/// Changes of a JSON document, as PARTIAL_UPDATE_ROWS holds them: each an operation (0 replace, 1 insert, 2 remove), a
/// path, and for the first two a document.

/// Appends the document that `before` (binary JSON) becomes by `diffs`, in the form of AppendJsonDocument.
/// Errors: Failure(kData) where a path does not lead into the document.
void AppendPatchedJson(TextBuffer& out, std::string_view before, std::string_view diffs);

/// Appends the changes themselves, for a row image that lacks the document before:
/// {"@changes":[{"replace":"$.a","value":1},{"insert":"$.b[0]","value":2},{"remove":"$.c"}]}
void AppendJsonChanges(TextBuffer& out, std::string_view diffs);

}  // namespace cdc::tail
