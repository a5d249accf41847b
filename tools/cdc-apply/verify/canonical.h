#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/mysql_type.h"

namespace cdc::apply {

/// How the values of a column are written by two servers, and so how they are made comparable.
enum class CanonicalForm {
  kText,     ///< as it is
  kDecimal,  ///< a number of decimal digits: without zeros at either end (ZEROFILL, scale)
  kFloat,    ///< of 24 bits, whatever holds it
  kReal,
  kTime,  ///< date, time or both; without zeros at the end of the fraction, and without the zone UTC
  kJson,  ///< members by name, no blanks
  kHex,   ///< bytes, written in hexadecimal on both sides
  kBit,   ///< the same, without zeros at the beginning: BIT(1) may be a BOOLEAN
  kNone,  ///< not compared: targets hold it in forms of their own (GEOMETRY)
};

CanonicalForm CanonicalFormOf(const MysqlType& type);

/// Adds the value so that equal ones are equal bytes, and different rows are different.
void AppendCanonical(std::string& out, CanonicalForm form, std::optional<std::string_view> text);

/// A hash of 64 bits, of which sums are compared: the order of rows is of no consequence.
uint64_t RowHash(std::string_view bytes);

}  // namespace cdc::apply
