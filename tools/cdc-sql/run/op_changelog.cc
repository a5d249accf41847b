#include "tools/cdc-sql/run/op_changelog.h"

#include "common/error.h"
#include "common/json_writer.h"

namespace cdc::sql {

namespace {

constexpr const char* kWords[] = {"INSERT", "UPDATE_BEFORE", "UPDATE_AFTER", "DELETE"};
constexpr RowKind kKinds[] = {RowKind::kInsert, RowKind::kUpdateBefore, RowKind::kUpdateAfter, RowKind::kDelete};

}  // namespace

void OpToChangelog::Push(size_t, const Batch& batch) {
  for (size_t row = 0; row < batch.rows; ++row) {
    for (size_t i = 0; i < 4; ++i)
      if (batch.kinds[row] == kKinds[i]) out_.column(0).AppendCopy(kWords[i]);
    for (size_t i = 0; i < batch.columns.size(); ++i) out_.column(i + 1).AppendFrom(*batch.columns[i], row);
    out_.RowDone(RowKind::kInsert);
  }
  if (out_.rows() > 0) Emit(out_.Take());
}

void OpFromChangelog::Push(size_t, const Batch& batch) {
  const ColumnVector& words = *batch.columns[op_];
  Batch out;
  out.rows = batch.rows;
  for (size_t row = 0; row < batch.rows; ++row) {
    size_t kind = 0;
    while (kind < 4 && (words.IsNull(row) || words.strings()[row] != kWords[kind])) ++kind;
    if (kind == 4)
      Fail(ExitStatus::kData,
           "FROM_CHANGELOG met the kind of change '" +
               (words.IsNull(row) ? "NULL" : Shown(std::string(words.strings()[row]), 60)) + "'",
           "", "INSERT, UPDATE_BEFORE, UPDATE_AFTER and DELETE are there");
    out.kinds.push_back(kKinds[kind]);
  }
  for (size_t i = 0; i < batch.columns.size(); ++i)
    if (i != op_) out.columns.push_back(batch.columns[i]);
  Emit(out);
}

}  // namespace cdc::sql
