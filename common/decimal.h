#pragma once

#include <string>
#include <string_view>

namespace cdc {

/// Exact decimals between their text ("-12.50") and what Kafka Connect's Decimal stores: the unscaled value as a
/// big-endian two's complement number in as few bytes as it needs (java.math.BigInteger.toByteArray).

/// Appends the bytes of `text` taken with `scale` fraction digits (fewer digits are filled with zeros). False if `text`
/// is no plain decimal or has more fraction digits than `scale` that are not zero.
bool AppendUnscaledBytes(std::string& out, std::string_view text, int scale);

/// Appends "-12.50" for bytes and scale; a scale of 0 has no point. Empty bytes are 0.
void AppendDecimalText(std::string& out, std::string_view bytes, int scale);

}  // namespace cdc
