#pragma once

#include <cstdint>
#include <string>

#include "common/calendar.h"

namespace cdc::encode {

/// What the connector makes of dates and times.

/// The connector's time adjuster: years 0 to 69 mean 2000 to 2069, 70 to 99 mean 1970 to 1999.
int64_t AdjustYear(int64_t year);

/// "YYYY-MM-DDTHH:MM:SS[.f…]Z" with `fraction_digits` digits.
void AppendIsoUtc(std::string& out, const CivilTime& time, int fraction_digits);

/// Fraction digits that are needed when trailing zeros are left off.
int NeededFractionDigits(unsigned microsecond);

}  // namespace cdc::encode
