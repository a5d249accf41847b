// Functions of chance.
#include <cstdio>
#include <memory>
#include <random>

#include "tools/cdc-sql/functions/adapt.h"
#include "tools/cdc-sql/functions/function_table.h"

namespace cdc::sql {

namespace {

using Generator = std::mt19937_64;

/// The numbers that Java's Random gives for a seed: Flink's RAND(seed) is defined by them.
class JavaRandom {
 public:
  explicit JavaRandom(int64_t seed) : state_((static_cast<uint64_t>(seed) ^ kFactor) & kMask) {}

  double NextDouble() {
    const int64_t high = int64_t{Next(26)} << 27;
    return static_cast<double>(high + Next(27)) * 0x1p-53;
  }

  /// From 0 to bound - 1, which is above zero.
  int32_t NextInt(int32_t bound) {
    if ((bound & (bound - 1)) == 0) return static_cast<int32_t>(int64_t{bound} * Next(31) >> 31);
    for (;;) {  // numbers of the last, incomplete round would favour the small ones
      const int32_t bits = Next(31);
      const int32_t number = bits % bound;
      if (int64_t{bits} - number + bound - 1 <= INT32_MAX) return number;
    }
  }

 private:
  static constexpr uint64_t kFactor = 0x5DEECE66D, kMask = (uint64_t{1} << 48) - 1;
  int32_t Next(int bits) {
    state_ = (state_ * kFactor + 0xB) & kMask;
    return static_cast<int32_t>(state_ >> (48 - bits));
  }
  uint64_t state_;
};

/// Argument i as the seed: a literal, so that the numbers are the same at each run.
std::shared_ptr<JavaRandom> SeedOf(FunctionCall& call, size_t i) {
  const BoundExpr& seed = call.args[i];
  if (seed.kind != BoundExpr::Kind::kLiteral || !seed.type.is_integer() || seed.literal.is_null)
    FailAt(seed.span, "the seed of " + call.ast.text + " is a whole number, as a literal");
  return std::make_shared<JavaRandom>(seed.literal.integer);
}

std::shared_ptr<Generator> FreshGenerator() {
  return std::make_shared<Generator>(std::random_device{}());
}

/// A seed that nobody knows.
std::shared_ptr<JavaRandom> FreshRandom() {
  return std::make_shared<JavaRandom>(static_cast<int64_t>((*FreshGenerator())()));
}

BoundExpr BindRand(FunctionCall& call) {
  const std::shared_ptr<JavaRandom> random = call.args.empty() ? FreshRandom() : SeedOf(call, 0);
  call.args.clear();
  BoundExpr expr = call.Make(SqlType::Of(TypeKind::kDouble, false), [random](const EvalCall& eval, ColumnVector& out) {
    for (size_t row = 0; row < eval.rows; ++row) out.Append(random->NextDouble());
  });
  expr.deterministic = false;
  return expr;
}

/// RAND_INTEGER([seed,] bound): from 0 to bound - 1.
BoundExpr BindRandInteger(FunctionCall& call) {
  const std::shared_ptr<JavaRandom> random = call.args.size() == 1 ? FreshRandom() : SeedOf(call, 0);
  if (call.args.size() == 2) call.args.erase(call.args.begin());
  call.WantInteger(0);
  BoundExpr expr = call.Make(SqlType::Of(TypeKind::kInt, call.nullable()),
                             Partial<int64_t, int64_t>([random, span = call.span()](int64_t bound, int64_t* out) {
                               if (bound <= 0 || bound > INT32_MAX)
                                 FailAt(span, "the bound of RAND_INTEGER is an INT above zero", "", ExitStatus::kData);
                               *out = random->NextInt(static_cast<int32_t>(bound));
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
