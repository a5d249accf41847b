#include "tools/cdc-apply/position_gap.h"

namespace cdc::apply {

bool IsGap(const Position& end, const Position& begin) {
  if (begin.is_kafka() || end.is_kafka()) return false;
  if (!begin.gtids || !end.gtids) return !begin.file.empty() && begin.file == end.file && begin.pos > end.pos;
  if (begin.gtids->is_mariadb()) return !end.gtids->empty();
  const GtidSet between = begin.gtids->Minus(*end.gtids);
  for (const auto& [source, missing] : between.sources())
    if (!missing.empty() && end.gtids->sources().count(source) != 0) return true;
  return false;
}

}  // namespace cdc::apply
