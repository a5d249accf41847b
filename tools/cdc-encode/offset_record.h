#pragma once

#include <string>
#include <string_view>

#include "common/control_line.h"

namespace cdc::encode {

/// Appends `,"offset":{"key":"…","value":"…"}` for a mark: key and value of the record in which Kafka Connect would
/// store the mark's position.
void AppendOffsetMember(std::string& out, const ControlLine& mark, std::string_view connector_name,
                        std::string_view topic_prefix);

}  // namespace cdc::encode
