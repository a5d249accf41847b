#include <algorithm>

#include "tools/cdc-sql/functions/adapt.h"
#include "tools/cdc-sql/functions/function_table.h"

namespace cdc::sql {

namespace {

BoundExpr BindCoalesceCall(FunctionCall& call) {
  return BindCoalesce(std::move(call.args), call.span(), call.session);
}

/// Unlike CASE and COALESCE these take no NULL without a type.
void RefuseNull(FunctionCall& call) {
  for (size_t i = 0; i < call.args.size(); ++i)
    if (call.type(i).kind == TypeKind::kNull) call.Refuse("NULL has no type here: CAST(NULL AS …) gives it one");
}

/// Unlike CASE, IF takes no intervals and no collections, and of two times or timestamps the first tells the type.
/// Where the condition may be NULL, so may the value.
BoundExpr BindIf(FunctionCall& call) {
  if (call.type(0).kind != TypeKind::kBoolean) call.Refuse("the first argument is a condition");
  RefuseNull(call);
  const SqlType then = call.type(1), otherwise = call.type(2);
  for (const SqlType& type : {then, otherwise})
    if (type.is_interval() || type.is_nested()) call.Refuse("CASE WHEN condition THEN a ELSE b END takes these types");
  const bool times = then.kind == TypeKind::kTime && otherwise.kind == TypeKind::kTime;
  if (times || (then.is_timestamp() && otherwise.is_timestamp()))
    for (const size_t i : {size_t{1}, size_t{2}}) call.Want(i, then.Plain());
  const bool unknown = call.type(0).nullable;
  BoundExpr result = BindCase(std::move(call.args), call.span(), call.session);
  result.type.nullable = result.type.nullable || unknown;
  return result;
}

BoundExpr BindNullIf(FunctionCall& call) {
  BoundExpr value = call.args[0];
  if (value.type.kind == TypeKind::kNull) call.Refuse("NULL has no type here");
  std::vector<BoundExpr> args;
  args.push_back(BindNullIfEqual(call.args[0], call.args[1], call.span(), call.session));
  args.push_back(NullExpr(value.type, call.span()));
  args.push_back(std::move(value));
  return BindCase(std::move(args), call.span(), call.session);
}

/// GREATEST and LEAST as a fold: NULL if any is.
template <typename T, bool greatest>
ScalarImpl Extreme() {
  return [](const EvalCall& call, ColumnVector& out) {
    MergeNulls(call, out);
    std::vector<T>& values = out.MutableValues<T>();
    for (size_t i = 0; i < call.rows; ++i) {
      if (out.IsNull(i)) continue;
      T best = call.args[0]->Values<T>()[i];
      for (size_t k = 1; k < call.args.size(); ++k) {
        const T& candidate = call.args[k]->Values<T>()[i];
        if (greatest ? best < candidate : candidate < best) best = candidate;
      }
      if constexpr (std::is_same_v<T, std::string_view>) {
        values[i] = out.arena().Copy(best);
      } else {
        values[i] = best;
      }
    }
  };
}

template <bool greatest>
BoundExpr BindExtreme(FunctionCall& call) {
  RefuseNull(call);
  const SqlType common = call.WantCommon();
  if (common.is_nested() || common.is_binary()) call.Refuse("their values have no order");
  switch (common.physical()) {
    case Physical::kBool: return call.Make(common, Extreme<uint8_t, greatest>());
    case Physical::kInt64: return call.Make(common, Extreme<int64_t, greatest>());
    case Physical::kDouble: return call.Make(common, Extreme<double, greatest>());
    case Physical::kInt128: return call.Make(common, Extreme<Int128, greatest>());
    case Physical::kString: break;
  }
  return call.Make(common, Extreme<std::string_view, greatest>());
}

BoundExpr BindTypeOf(FunctionCall& call) {
  Datum text;
  text.is_null = false;
  const SqlType type = call.type(0);
  text.text = type.Text();
  const bool full =
      call.args.size() == 2 && call.args[1].kind == BoundExpr::Kind::kLiteral && call.args[1].literal.boolean != 0;
  if (full && type.kind == TypeKind::kVarchar && type.precision == kMaxLength)
    text.text = std::string("VARCHAR(2147483647)") + (type.nullable ? "" : " NOT NULL");
  return LiteralExpr(std::move(text), SqlType::String(), call.span());
}

}  // namespace

std::vector<FunctionEntry> ConditionalFunctions() {
  return {
      {"COALESCE", 1, -1, "COALESCE(a, b, …)", BindCoalesceCall},
      {"IFNULL", 2, 2, "IFNULL(a, b)", BindCoalesceCall},
      {"IF", 3, 3, "IF(condition, a, b)", BindIf},
      {"NULLIF", 2, 2, "NULLIF(a, b)", BindNullIf},
      {"GREATEST", 1, -1, "GREATEST(a, b, …)", BindExtreme<true>},
      {"LEAST", 1, -1, "LEAST(a, b, …)", BindExtreme<false>},
      {"TYPEOF", 1, 2, "TYPEOF(x [, in full])", BindTypeOf},
  };
}

}  // namespace cdc::sql
