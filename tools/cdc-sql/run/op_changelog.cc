#include "tools/cdc-sql/run/op_changelog.h"

#include "common/error.h"
#include "common/json_writer.h"

namespace cdc::sql {

OpToChangelog::OpToChangelog(const PlanNode& plan) : out_(plan.columns) {
  for (const ChangeCode& code : plan.change_codes) codes_[static_cast<size_t>(code.kind)] = code.code;
}

void OpToChangelog::Push(size_t, const Batch& batch) {
  for (size_t row = 0; row < batch.rows; ++row) {
    const std::optional<std::string>& code = codes_[static_cast<size_t>(batch.kinds[row])];
    if (!code) continue;
    out_.column(0).AppendCopy(*code);
    for (size_t i = 0; i < batch.columns.size(); ++i) out_.column(i + 1).AppendFrom(*batch.columns[i], row);
    out_.RowDone(RowKind::kInsert);
  }
  if (out_.rows() > 0) Emit(out_.Take());
}

OpFromChangelog::OpFromChangelog(const PlanNode& plan) : op_(plan.keys[0]), codes_(plan.change_codes) {}

RowKind OpFromChangelog::KindOf(const ColumnVector& codes, size_t row) const {
  if (codes.IsNull(row))
    Fail(ExitStatus::kData, "FROM_CHANGELOG met a row whose kind of change is NULL", "", "each row has to have one");
  const std::string_view found = codes.strings()[row];
  for (const ChangeCode& code : codes_)
    if (code.code == found) return code.kind;
  std::string known;
  for (const ChangeCode& code : codes_) known += (known.empty() ? "'" : ", '") + Shown(code.code, 60) + "'";
  Fail(ExitStatus::kData, "FROM_CHANGELOG met the kind of change '" + Shown(std::string(found), 60) + "'", "",
       known + " are known; op_mapping of FROM_CHANGELOG says what others mean");
}

void OpFromChangelog::Push(size_t, const Batch& batch) {
  Batch out;
  out.rows = batch.rows;
  for (size_t row = 0; row < batch.rows; ++row) out.kinds.push_back(KindOf(*batch.columns[op_], row));
  for (size_t i = 0; i < batch.columns.size(); ++i)
    if (i != op_) out.columns.push_back(batch.columns[i]);
  Emit(out);
}

}  // namespace cdc::sql
