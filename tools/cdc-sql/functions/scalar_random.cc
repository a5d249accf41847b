// Functions of chance.
#include <cstdio>
#include <memory>
#include <random>

#include "tools/cdc-sql/functions/adapt.h"
#include "tools/cdc-sql/functions/function_table.h"

namespace cdc::sql {

namespace {

using Generator = std::mt19937_64;

/// Argument i as the seed: a literal, so that the numbers are the same at each run.
std::shared_ptr<Generator> SeedOf(FunctionCall& call, size_t i) {
  const BoundExpr& seed = call.args[i];
  if (seed.kind != BoundExpr::Kind::kLiteral || !seed.type.is_integer() || seed.literal.is_null)
    FailAt(seed.span, "the seed of " + call.ast.text + " is a whole number, as a literal");
  return std::make_shared<Generator>(static_cast<uint64_t>(seed.literal.integer));
}

std::shared_ptr<Generator> FreshGenerator() {
  return std::make_shared<Generator>(std::random_device{}());
}

BoundExpr BindRand(FunctionCall& call) {
  const std::shared_ptr<Generator> generator = call.args.empty() ? FreshGenerator() : SeedOf(call, 0);
  call.args.clear();
  BoundExpr expr =
      call.Make(SqlType::Of(TypeKind::kDouble, false), [generator](const EvalCall& eval, ColumnVector& out) {
        std::uniform_real_distribution<double> numbers(0, 1);
        for (size_t row = 0; row < eval.rows; ++row) out.Append(numbers(*generator));
      });
  expr.deterministic = false;
  return expr;
}

/// RAND_INTEGER([seed,] bound): from 0 to bound - 1.
BoundExpr BindRandInteger(FunctionCall& call) {
  const std::shared_ptr<Generator> generator = call.args.size() == 1 ? FreshGenerator() : SeedOf(call, 0);
  if (call.args.size() == 2) call.args.erase(call.args.begin());
  call.WantInteger(0);
  BoundExpr expr =
      call.Make(SqlType::Of(TypeKind::kInt, call.nullable()),
                Partial<int64_t, int64_t>([generator, span = call.span()](int64_t bound, int64_t* out) {
                  if (bound <= 0)
                    FailAt(span, "the bound of RAND_INTEGER is a number above zero", "", ExitStatus::kData);
                  *out = std::uniform_int_distribution<int64_t>(0, bound - 1)(*generator);
                  return true;
                }));
  expr.deterministic = false;
  return expr;
}

/// A random UUID of RFC 9562, version 4.
BoundExpr BindUuid(FunctionCall& call) {
  const std::shared_ptr<Generator> generator = FreshGenerator();
  BoundExpr expr =
      call.Make(SqlType::Of(TypeKind::kChar, false, 36), [generator](const EvalCall& eval, ColumnVector& out) {
        for (size_t row = 0; row < eval.rows; ++row) {
          const uint64_t high = ((*generator)() & ~uint64_t{0xF000}) | 0x4000;
          const uint64_t low = ((*generator)() & ~(uint64_t{3} << 62)) | (uint64_t{2} << 62);
          char text[40];
          std::snprintf(text, sizeof text, "%08x-%04x-%04x-%04x-%012llx", static_cast<unsigned>(high >> 32),
                        static_cast<unsigned>(high >> 16 & 0xFFFF), static_cast<unsigned>(high & 0xFFFF),
                        static_cast<unsigned>(low >> 48), static_cast<unsigned long long>(low & 0xFFFFFFFFFFFF));
          out.AppendCopy(text);
        }
      });
  expr.deterministic = false;
  return expr;
}

}  // namespace

std::vector<FunctionEntry> RandomFunctions() {
  return {
      {"RAND", 0, 1, "RAND([seed])", BindRand},
      {"RAND_INTEGER", 1, 2, "RAND_INTEGER([seed,] bound)", BindRandInteger},
      {"UUID", 0, 0, "UUID()", BindUuid},
  };
}

}  // namespace cdc::sql
