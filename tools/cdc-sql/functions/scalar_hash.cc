// Hashes, of which texts and bytes are known again.
#include <openssl/evp.h>

#include <bit>

#include "common/error.h"
#include "tools/cdc-sql/functions/adapt.h"
#include "tools/cdc-sql/functions/function_table.h"
#include "tools/cdc-sql/run/java_hash.h"
#include "tools/cdc-sql/run/temporal.h"

namespace cdc::sql {

namespace {

using View = std::string_view;

/// Java's hashCode of a long.
int64_t HashOfLong(int64_t value) {
  const auto bits = static_cast<uint64_t>(value);
  return static_cast<int32_t>(bits ^ (bits >> 32));
}

/// BigDecimal.hashCode: of the unscaled number, word by word from the top, and the scale.
int64_t HashOfDecimal(Int128 value, int scale) {
  const UInt128 magnitude = value < 0 ? UInt128{0} - static_cast<UInt128>(value) : static_cast<UInt128>(value);
  uint32_t hash = 0;
  for (int word = 3; word >= 0; --word) hash = 31 * hash + static_cast<uint32_t>(magnitude >> (32 * word));
  if (value < 0) hash = 0U - hash;
  return static_cast<int32_t>(31 * hash + static_cast<uint32_t>(scale));
}

/// What Java's hashCode of the value gives.
BoundExpr BindHashCode(FunctionCall& call) {
  const SqlType& from = call.type(0);
  const SqlType type = SqlType::Of(TypeKind::kInt, from.nullable);
  switch (from.kind) {
    case TypeKind::kBoolean:
      return call.Make(type, Total<int64_t, uint8_t>([](uint8_t x) { return x != 0 ? 1231 : 1237; }));
    case TypeKind::kTinyint:
    case TypeKind::kSmallint:
    case TypeKind::kInt:
    case TypeKind::kDate:
    case TypeKind::kTime: return call.Make(type, Total<int64_t, int64_t>([](int64_t x) { return x; }));
    case TypeKind::kBigint: return call.Make(type, Total<int64_t, int64_t>(HashOfLong));
    case TypeKind::kFloat:
      return call.Make(type, Total<int64_t, double>(
                                 [](double x) -> int64_t { return std::bit_cast<int32_t>(static_cast<float>(x)); }));
    case TypeKind::kDouble:
      return call.Make(type, Total<int64_t, double>([](double x) { return HashOfLong(std::bit_cast<int64_t>(x)); }));
    case TypeKind::kDecimal:
      return call.Make(type,
                       Total<int64_t, Int128>([scale = from.scale](Int128 x) { return HashOfDecimal(x, scale); }));
    case TypeKind::kChar:
    case TypeKind::kVarchar:
      return call.Make(type, Partial<int64_t, View>([](View x, int64_t* out) {
                         *out = static_cast<int32_t>(
                             std::abs(int64_t{JavaStringHash(x)}));  // of a text without its sign, as Java has it
                         return true;
                       }));
    case TypeKind::kTimestamp:
      return call.Make(type, Total<int64_t, Int128>([](Int128 nanos) -> int64_t {
                         const auto millis = static_cast<int64_t>(FloorDiv(nanos, Int128{1000000}));
                         const auto rest = static_cast<uint32_t>(nanos - Int128{millis} * 1000000);
                         return static_cast<int32_t>(31 * static_cast<uint32_t>(HashOfLong(millis)) + rest);
                       }));
    default: call.Refuse();
  }
}

void AppendHash(const EVP_MD* kind, View text, std::string* out) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), digest, &size, kind, nullptr) != 1)
    Fail(ExitStatus::kSoftware, "the hash function does not work");
  static constexpr char kDigits[] = "0123456789abcdef";
  for (unsigned int i = 0; i < size; ++i) {
    *out += kDigits[digest[i] >> 4];
    *out += kDigits[digest[i] & 15];
  }
}

BoundExpr BindHash(FunctionCall& call) {
  if (!call.type(0).is_binary()) call.WantString(0);
  const std::string& name = call.ast.text;
  const EVP_MD* kind = name == "MD5"      ? EVP_md5()
                       : name == "SHA1"   ? EVP_sha1()
                       : name == "SHA224" ? EVP_sha224()
                       : name == "SHA256" ? EVP_sha256()
                       : name == "SHA384" ? EVP_sha384()
                                          : EVP_sha512();
  const SqlType type = SqlType::Of(TypeKind::kChar, call.nullable(), 2 * EVP_MD_size(kind));
  return call.Make(type, Text<View>([kind](View text, std::string* out) {
                     AppendHash(kind, text, out);
                     return true;
                   }));
}

BoundExpr BindSha2(FunctionCall& call) {
  if (!call.type(0).is_binary()) call.WantString(0);
  call.WantInteger(1);
  const SqlType type = SqlType::Of(TypeKind::kVarchar, call.nullable(), 128);
  return call.Make(type, Text<View, int64_t>([](View text, int64_t bits, std::string* out) {
                     const EVP_MD* kind = bits == 224   ? EVP_sha224()
                                          : bits == 256 ? EVP_sha256()
                                          : bits == 384 ? EVP_sha384()
                                          : bits == 512 ? EVP_sha512()
                                                        : nullptr;
                     if (kind == nullptr) return false;
                     AppendHash(kind, text, out);
                     return true;
                   }));
}

}  // namespace

std::vector<FunctionEntry> HashFunctions() {
  return {
      {"HASH_CODE", 1, 1, "HASH_CODE(x)", BindHashCode},
      {"MD5", 1, 1, "MD5(text)", BindHash},
      {"SHA1", 1, 1, "SHA1(text)", BindHash},
      {"SHA224", 1, 1, "SHA224(text)", BindHash},
      {"SHA256", 1, 1, "SHA256(text)", BindHash},
      {"SHA384", 1, 1, "SHA384(text)", BindHash},
      {"SHA512", 1, 1, "SHA512(text)", BindHash},
      {"SHA2", 2, 2, "SHA2(text, bits)", BindSha2},
  };
}

}  // namespace cdc::sql
