#include "tools/cdc-sql/run/expr_eval.h"

#include <algorithm>

namespace cdc::sql {

namespace {

ColumnPtr Repeated(const BoundExpr& expr, size_t rows) {
  if (!expr.repeated || expr.repeated->size() < rows) {
    auto column = std::make_shared<ColumnVector>(expr.type.physical());
    const size_t count = std::max<size_t>(rows, rows <= 1 ? 1 : 1024);
    column->Reserve(count);
    column->AppendDatum(expr.literal);
    if (column->physical() == Physical::kString && !column->IsNull(0)) {
      const std::string_view text = column->strings()[0];
      for (size_t i = 1; i < count; ++i) column->Append(text);
    } else {
      for (size_t i = 1; i < count; ++i) column->AppendDatum(expr.literal);
    }
    expr.repeated = column;
  }
  return expr.repeated;
}

/// `expr` for the rows at `indices` only: value i belongs to row indices[i].
ColumnPtr EvaluateAt(const BoundExpr& expr, const Batch& batch, const std::vector<uint32_t>& indices) {
  if (indices.size() == batch.rows) return Evaluate(expr, batch);
  if (expr.kind == BoundExpr::Kind::kLiteral) return Repeated(expr, indices.size());
  std::vector<uint8_t> wanted(batch.columns.size(), 0);
  ForEachColumn(expr, [&wanted](size_t column) { wanted[column] = 1; });
  Batch part;
  part.rows = indices.size();
  part.watermark = batch.watermark;
  for (size_t i = 0; i < batch.columns.size(); ++i)
    part.columns.push_back(wanted[i] != 0 ? GatherColumn(*batch.columns[i], indices) : nullptr);
  return Evaluate(expr, part);
}

/// Puts the values of `part` at rows `indices` of `out`.
class Scatter {
 public:
  Scatter(const SqlType& type, size_t rows) : out_(std::make_shared<ColumnVector>(type.physical())) {
    out_->Resize(rows);
    std::fill(out_->mutable_nulls().begin(), out_->mutable_nulls().end(), uint8_t{1});
  }

  void Put(const ColumnVector& part, const std::vector<uint32_t>& indices) {
    for (size_t i = 0; i < indices.size(); ++i) {
      if (part.IsNull(i)) continue;
      const uint32_t row = indices[i];
      out_->mutable_nulls()[row] = 0;
      switch (out_->physical()) {
        case Physical::kBool: out_->MutableValues<uint8_t>()[row] = part.bools()[i]; break;
        case Physical::kInt64: out_->MutableValues<int64_t>()[row] = part.ints()[i]; break;
        case Physical::kDouble: out_->MutableValues<double>()[row] = part.doubles()[i]; break;
        case Physical::kInt128: out_->MutableValues<Int128>()[row] = part.wides()[i]; break;
        case Physical::kString:
          out_->MutableValues<std::string_view>()[row] = out_->arena().Copy(part.strings()[i]);
          break;
      }
    }
  }

  ColumnPtr Take() { return out_; }

 private:
  std::shared_ptr<ColumnVector> out_;
};

std::vector<uint32_t> AllRows(size_t rows) {
  std::vector<uint32_t> indices(rows);
  for (size_t i = 0; i < rows; ++i) indices[i] = static_cast<uint32_t>(i);
  return indices;
}

/// AND and OR with three values: a row is decided once an operand has the deciding value.
ColumnPtr EvaluateLogic(const BoundExpr& expr, const Batch& batch, bool deciding) {
  auto out = std::make_shared<ColumnVector>(Physical::kBool);
  out->Resize(batch.rows);
  std::vector<uint8_t>& values = out->MutableValues<uint8_t>();
  std::vector<uint8_t>& nulls = out->mutable_nulls();
  std::fill(values.begin(), values.end(), static_cast<uint8_t>(deciding ? 0 : 1));
  std::vector<uint32_t> open = AllRows(batch.rows);
  for (const BoundExpr& arg : expr.args) {
    if (open.empty()) break;
    const ColumnPtr part = EvaluateAt(arg, batch, open);
    size_t left = 0;
    for (size_t i = 0; i < open.size(); ++i) {
      const uint32_t row = open[i];
      if (part->IsNull(i)) {
        nulls[row] = 1;
      } else if ((part->bools()[i] != 0) == deciding) {
        nulls[row] = 0;
        values[row] = deciding ? 1 : 0;
        continue;
      }
      open[left++] = row;
    }
    open.resize(left);
  }
  return out;
}

ColumnPtr EvaluateCase(const BoundExpr& expr, const Batch& batch) {
  Scatter out(expr.type, batch.rows);
  std::vector<uint32_t> open = AllRows(batch.rows);
  for (size_t i = 0; i + 1 < expr.args.size() && !open.empty(); i += 2) {
    const ColumnPtr condition = EvaluateAt(expr.args[i], batch, open);
    std::vector<uint32_t> taken, left;
    for (size_t k = 0; k < open.size(); ++k)
      (!condition->IsNull(k) && condition->bools()[k] != 0 ? taken : left).push_back(open[k]);
    if (!taken.empty()) out.Put(*EvaluateAt(expr.args[i + 1], batch, taken), taken);
    open = std::move(left);
  }
  if (!open.empty()) out.Put(*EvaluateAt(expr.args.back(), batch, open), open);
  return out.Take();
}

ColumnPtr EvaluateCoalesce(const BoundExpr& expr, const Batch& batch) {
  Scatter out(expr.type, batch.rows);
  std::vector<uint32_t> open = AllRows(batch.rows);
  for (const BoundExpr& arg : expr.args) {
    if (open.empty()) break;
    const ColumnPtr part = EvaluateAt(arg, batch, open);
    out.Put(*part, open);
    std::vector<uint32_t> left;
    for (size_t i = 0; i < open.size(); ++i)
      if (part->IsNull(i)) left.push_back(open[i]);
    open = std::move(left);
  }
  return out.Take();
}

}  // namespace

ColumnPtr Evaluate(const BoundExpr& expr, const Batch& batch) {
  switch (expr.kind) {
    case BoundExpr::Kind::kColumn: return batch.columns[expr.column];
    case BoundExpr::Kind::kLiteral: return Repeated(expr, batch.rows);
    case BoundExpr::Kind::kAnd: return EvaluateLogic(expr, batch, false);
    case BoundExpr::Kind::kOr: return EvaluateLogic(expr, batch, true);
    case BoundExpr::Kind::kCase: return EvaluateCase(expr, batch);
    case BoundExpr::Kind::kCoalesce: return EvaluateCoalesce(expr, batch);
    case BoundExpr::Kind::kCall: break;
  }
  std::vector<ColumnPtr> args;
  args.reserve(expr.args.size());
  for (const BoundExpr& arg : expr.args) args.push_back(Evaluate(arg, batch));
  auto out = std::make_shared<ColumnVector>(expr.type.physical());
  expr.impl({expr, args, batch.rows, batch.watermark}, *out);
  return out;
}

Datum EvaluateConstant(const BoundExpr& expr) {
  Batch batch;
  batch.rows = 1;
  return Evaluate(expr, batch)->DatumAt(0);
}

void SelectTrue(const ColumnVector& condition, size_t rows, std::vector<uint32_t>* indices) {
  indices->clear();
  for (size_t i = 0; i < rows; ++i)
    if (condition.nulls()[i] == 0 && condition.bools()[i] != 0) indices->push_back(static_cast<uint32_t>(i));
}

}  // namespace cdc::sql
