#pragma once

#include <string>

#include "tools/cdc-apply/value.h"

namespace cdc::apply {

/// The value in PostgreSQL's own text form, as its input function for `type` reads it. Not for NULL.
void AppendPostgresqlText(std::string& out, const Value& value, const std::string& type);

/// The value as a field of COPY's text format. `scratch` is overwritten.
void AppendCopyField(std::string& out, const Value& value, const std::string& type, std::string* scratch);

}  // namespace cdc::apply
