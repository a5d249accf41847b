#pragma once

#include <string>
#include <string_view>

#include "common/control_line.h"

namespace cdc::encode {

/// Appends `,"offset":{"key":"…","value":"…"}` for a mark: key and value of the record in which Kafka Connect would
/// store the mark's position.
void AppendOffsetMember(std::string& out, const ControlLine& mark, std::string_view connector_name,
                        std::string_view topic_prefix);

/// The position of a schema history record: `ddl` is the statement's line; `in_group`: rows follow in its transaction,
/// which is named `with_transaction`.
void AppendHistoryPosition(std::string& out, const ControlLine& ddl, bool in_group, bool with_transaction);

}  // namespace cdc::encode
