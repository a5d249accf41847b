#pragma once

#include <memory>

#include "tools/cdc-apply/sink.h"
#include "tools/cdc-apply/target_url.h"

namespace cdc::apply {

/// A database of StarRocks, loaded by Stream Load. Errors: 64, 69, 77, 78.
std::unique_ptr<Sink> OpenStarrocksSink(const TargetUrl& url);

}  // namespace cdc::apply
