#pragma once

#include <string>

#include "common/mysql_type.h"
#include "tools/cdc-encode/column_rules.h"
#include "tools/cdc-encode/connect_schema.h"
#include "tools/cdc-encode/picture.h"

namespace cdc::encode {

/// The properties that decide how types are written, under the connector's own names.
enum class DecimalMode { kPrecise, kDouble, kString };        ///< decimal.handling.mode
enum class BigintMode { kLong, kPrecise };                    ///< bigint.unsigned.handling.mode
enum class BinaryMode { kBytes, kBase64, kBase64Url, kHex };  ///< binary.handling.mode
enum class TimeMode { kAdaptiveMicroseconds, kConnect };      ///< time.precision.mode

struct TypeModes {
  DecimalMode decimal = DecimalMode::kPrecise;
  BigintMode bigint = BigintMode::kLong;
  BinaryMode binary = BinaryMode::kBytes;
  TimeMode time = TimeMode::kAdaptiveMicroseconds;
  bool adjust_years = true;  ///< enable.time.adjuster
};

/// What is written for a column's value. One entry a way of writing; AppendValue has one case for each.
enum class ValueForm {
  kNone,  ///< a type without a converter: the column is left out
  kInteger,
  kUnsignedLong,  ///< BIGINT UNSIGNED as int64: the upper half turns negative
  kBoolean,
  kPositive,        ///< an integer as boolean: more than zero (TinyIntOneToBooleanConverter)
  kPositiveNumber,  ///< the same as 1 or 0 (JdbcSinkDataTypesConverter)
  kFloat,
  kDouble,
  kWidenedFloat,  ///< FLOAT as float64
  kDecimal,
  kDecimalDouble,
  kDecimalString,
  kUnsignedDecimal,  ///< BIGINT UNSIGNED as Decimal
  kString,
  kLatin1String,  ///< bytes shown as a string, each byte a character
  kJson,
  kBytes,
  kBytesBase64Url,
  kBytesHex,
  kBits,
  kDate,
  kTimeMicros,
  kTimeMillis,  ///< time.precision.mode=connect
  kTimestampMillis,
  kTimestampMicros,
  kZonedTimestamp,
  kYear,
  kPoint,
  kGeometry,
  kVector,
};

/// A column of records: how its schema reads and how its values are written.
struct MappedColumn {
  FieldSchema schema;
  ValueForm form = ValueForm::kNone;
  int scale = 0;           ///< of decimals
  int fraction = 0;        ///< digits of ZonedTimestamp
  size_t byte_length = 0;  ///< of Bits; of BINARY: bytes to fill up to
  bool left_out = false;   ///< of the row: column.include.list and its like
  bool adjust_years = true;
  bool json_is_text = false;  ///< JSON of MariaDB: the change line has its text as a string
  bool strip_zeros = false;   ///< no fill bytes at the end: CHAR … CHARACTER SET binary, BINARY without a length
  bool numeric = false;       ///< decimal.format=NUMERIC: decimals as JSON numbers
  std::string fallback;       ///< JSON text for a NULL where none is allowed
  std::string null_text;      ///< what a NULL is written as: the default if there is one, else null or the fallback
  const ColumnRule* rule = nullptr;  ///< changes the value on its way; null: none
  bool is_character = false;         ///< masks and hashes touch it
  int64_t length = -1;               ///< of the column as its statement says it; -1: none
};

/// The one table of types: picture and modes → schema and form. `type` is the server's own type of the column, which
/// says how the change line spells its values (and which of FLOAT and DOUBLE a REAL is).
MappedColumn MapColumn(const PictureColumn& column, const MysqlType& type, const TypeModes& modes);

/// The converter's options: decimal.format=NUMERIC, replace.null.with.default=false.
void ApplyConverter(MappedColumn* mapped, bool numeric, bool replace_nulls);

/// java.sql.Types of a column, as the connector's parser of statements gives it.
int JdbcType(const PictureColumn& column);

/// False if values of the server's type cannot be written in the form that the picture asks for: the picture is out of
/// date.
bool FormFits(ValueForm form, const MysqlType& type);

}  // namespace cdc::encode
