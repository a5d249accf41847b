#pragma once

#include "common/position.h"

namespace cdc::apply {

/// Whether transactions lie between them for sure. Another file may begin where the one before it ended; a source of
/// GTIDs that the target has nothing of may be one that is not delivered; offsets of Kafka also count its own marks.
bool IsGap(const Position& end, const Position& begin);

}  // namespace cdc::apply
