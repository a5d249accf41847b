#include "tools/cdc-sql/plan/logical_plan.h"

namespace cdc::sql {

PlanInputs::PlanInputs(const PlanInputs& other) : std::vector<PlanPtr>() {
  reserve(other.size());
  for (const PlanPtr& input : other) push_back(std::make_unique<PlanNode>(*input));
}

}  // namespace cdc::sql
