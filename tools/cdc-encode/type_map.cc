#include "tools/cdc-encode/type_map.h"

#include <string_view>

#include "common/decimal.h"
#include "common/java_number.h"
#include "common/json_writer.h"
#include "tools/cdc-encode/default_value.h"

namespace cdc::encode {
namespace {

constexpr std::string_view kConnectPrefix = "org.apache.kafka.connect.data.";

/// Type words → what they are, whatever their spelling.
enum class Family {
  kTiny,
  kSmall,
  kMedium,
  kInt,
  kBig,
  kDecimal,
  kFloat,
  kDouble,
  kReal,
  kBit,
  kBool,
  kYear,
  kDate,
  kTime,
  kDateTime,
  kTimestamp,
  kText,
  kBinary,     ///< of fixed length
  kVarBinary,  ///< VARBINARY and all BLOBs
  kEnum,
  kSet,
  kJson,
  kPoint,
  kGeometry,
  kVector,
  kUnknown,
};

struct Spelling {
  std::string_view word;
  Family family;
};

constexpr Spelling kSpellings[] = {
    {"TINYINT", Family::kTiny},
    {"INT1", Family::kTiny},
    {"SMALLINT", Family::kSmall},
    {"INT2", Family::kSmall},
    {"MEDIUMINT", Family::kMedium},
    {"INT3", Family::kMedium},
    {"MIDDLEINT", Family::kMedium},
    {"INT", Family::kInt},
    {"INTEGER", Family::kInt},
    {"INT4", Family::kInt},
    {"BIGINT", Family::kBig},
    {"INT8", Family::kBig},
    {"DECIMAL", Family::kDecimal},
    {"DEC", Family::kDecimal},
    {"FIXED", Family::kDecimal},
    {"NUMERIC", Family::kDecimal},
    {"FLOAT", Family::kFloat},
    {"FLOAT4", Family::kDouble},  // the connector knows no FLOAT4 apart from FLOAT's JDBC type, a double
    {"DOUBLE", Family::kDouble},
    {"DOUBLE PRECISION", Family::kDouble},
    {"FLOAT8", Family::kDouble},
    {"REAL", Family::kReal},
    {"BIT", Family::kBit},
    {"BOOL", Family::kBool},
    {"BOOLEAN", Family::kBool},
    {"YEAR", Family::kYear},
    {"DATE", Family::kDate},
    {"TIME", Family::kTime},
    {"DATETIME", Family::kDateTime},
    {"TIMESTAMP", Family::kTimestamp},
    {"BINARY", Family::kBinary},
    {"CHAR BYTE", Family::kBinary},
    {"CHARACTER BYTE", Family::kBinary},
    {"VARBINARY", Family::kVarBinary},
    {"VARCHAR BYTE", Family::kVarBinary},
    {"TINYBLOB", Family::kVarBinary},
    {"BLOB", Family::kVarBinary},
    {"MEDIUMBLOB", Family::kVarBinary},
    {"LONGBLOB", Family::kVarBinary},
    {"LONG VARBINARY", Family::kVarBinary},
    {"TINYTEXT BYTE", Family::kVarBinary},
    {"TEXT BYTE", Family::kVarBinary},
    {"MEDIUMTEXT BYTE", Family::kVarBinary},
    {"LONGTEXT BYTE", Family::kVarBinary},
    {"ENUM", Family::kEnum},
    {"SET", Family::kSet},
    {"JSON", Family::kJson},
    {"POINT", Family::kPoint},
    {"GEOMETRY", Family::kGeometry},
    {"LINESTRING", Family::kGeometry},
    {"POLYGON", Family::kGeometry},
    {"MULTIPOINT", Family::kGeometry},
    {"MULTILINESTRING", Family::kGeometry},
    {"MULTIPOLYGON", Family::kGeometry},
    {"GEOMETRYCOLLECTION", Family::kGeometry},
    {"GEOMCOLLECTION", Family::kGeometry},
    {"VECTOR", Family::kVector},
    {"INET4", Family::kText},
    {"INET6", Family::kText},
    {"UUID", Family::kText},
};

Family FamilyOf(const std::string& base) {
  for (const Spelling& spelling : kSpellings)
    if (spelling.word == base) return spelling.family;
  for (const std::string_view part : {"CHAR", "TEXT", "LONG"})
    if (base.find(part) != std::string::npos) return Family::kText;
  return Family::kUnknown;
}

/// Options between the quotes as the `allowed` parameter has them.
std::string AllowedValues(const std::vector<std::string>& typed) {
  std::string allowed;
  for (const std::string& option : typed) {
    if (&option != &typed.front()) allowed += ',';
    if (option.size() < 2) continue;
    const std::string_view inner = std::string_view(option).substr(1, option.size() - 2);
    for (size_t i = 0; i < inner.size(); ++i) {
      if (inner[i] == '\\' && i + 1 < inner.size() && inner[i + 1] == '\'') continue;
      if (inner[i] == ',') allowed += '\\';
      allowed += inner[i];
      if (inner[i] == '\'' && i + 1 < inner.size() && inner[i + 1] == '\'') ++i;
    }
  }
  return allowed;
}

class Mapper {
 public:
  Mapper(const PictureColumn& column, const MysqlType& type, const TypeModes& modes)
      : column_(column), type_(type), modes_(modes) {}

  MappedColumn Run() {
    mapped_.schema.field = column_.name;
    mapped_.schema.optional = column_.optional;
    mapped_.adjust_years = modes_.adjust_years;
    mapped_.json_is_text = type_.kind != MysqlKind::kJson;
    mapped_.length = column_.length.value_or(-1);
    const int jdbc = JdbcType(column_);
    mapped_.is_character = jdbc == 1 || jdbc == 12 || jdbc == -15 || jdbc == -9;
    Map();
    if (mapped_.form == ValueForm::kNone) return mapped_;
    mapped_.schema.default_json = DefaultJson(column_, mapped_);
    mapped_.null_text = !mapped_.schema.default_json.empty() ? mapped_.schema.default_json
                        : column_.optional                   ? "null"
                                                             : mapped_.fallback;
    return mapped_;
  }

 private:
  void Set(ValueForm form, std::string_view type, std::string_view fallback, std::string_view name = {}) {
    mapped_.form = form;
    mapped_.schema.type = type;
    mapped_.schema.name = name;
    if (!name.empty()) mapped_.schema.version = 1;
    mapped_.fallback = fallback;
  }

  void Map() {
    switch (FamilyOf(column_.BaseType())) {
      case Family::kTiny: return Set(ValueForm::kInteger, "int16", "0");
      case Family::kSmall: return Set(ValueForm::kInteger, column_.IsUnsigned() ? "int32" : "int16", "0");
      case Family::kMedium: return Set(ValueForm::kInteger, "int32", "0");
      case Family::kInt: return Set(ValueForm::kInteger, column_.IsUnsigned() ? "int64" : "int32", "0");
      case Family::kBig: return MapBig();
      case Family::kDecimal: return MapDecimal();
      case Family::kFloat: return MapFloat();
      case Family::kDouble:
      case Family::kReal: return MapDouble();
      case Family::kBit: return MapBit();
      case Family::kBool: return Set(ValueForm::kBoolean, "boolean", "false");
      case Family::kYear: return Set(ValueForm::kYear, "int32", "0", "io.debezium.time.Year");
      case Family::kDate:
        return Set(ValueForm::kDate, "int32", "0",
                   modes_.time == TimeMode::kConnect ? "org.apache.kafka.connect.data.Date" : "io.debezium.time.Date");
      case Family::kTime: return MapTime();
      case Family::kDateTime: return MapDateTime();
      case Family::kTimestamp:
        mapped_.fraction = static_cast<int>(column_.length.value_or(0));
        return Set(ValueForm::kZonedTimestamp, "string", "\"1970-01-01T00:00:00Z\"", "io.debezium.time.ZonedTimestamp");
      case Family::kText: return MapText();
      case Family::kBinary:
        // BINARY without a length has none in the connector's picture, so nothing fills up what the log has cut.
        mapped_.byte_length = static_cast<size_t>(column_.length.value_or(0));
        mapped_.strip_zeros = !column_.length;
        return MapBinary();
      case Family::kVarBinary: return MapBinary();
      case Family::kEnum:
      case Family::kSet: return MapEnum();
      case Family::kJson: return Set(ValueForm::kJson, "string", "\"{}\"", "io.debezium.data.Json");
      case Family::kPoint:
      case Family::kGeometry: return MapGeometry();
      case Family::kVector:
        Set(ValueForm::kVector, "array", "[]", "io.debezium.data.FloatVector");
        mapped_.schema.contents = R"("items":{"type":"float","optional":false})";
        return;
      case Family::kUnknown: return;
    }
  }

  void SetDecimal(ValueForm form, int scale, int64_t precision) {
    Set(form, "bytes", "\"AA==\"", std::string(kConnectPrefix) + "Decimal");
    mapped_.scale = scale;
    mapped_.schema.parameters = {{"scale", std::to_string(scale)},
                                 {"connect.decimal.precision", std::to_string(precision)}};
  }

  void MapBig() {
    if (!column_.IsUnsigned()) return Set(ValueForm::kInteger, "int64", "0");
    if (modes_.bigint == BigintMode::kLong) return Set(ValueForm::kUnsignedLong, "int64", "0");
    SetDecimal(ValueForm::kUnsignedDecimal, 0, 20);
  }

  void MapDecimal() {
    const int scale = column_.scale.value_or(0);
    mapped_.scale = scale;
    switch (modes_.decimal) {
      case DecimalMode::kPrecise: return SetDecimal(ValueForm::kDecimal, scale, column_.length.value_or(10));
      case DecimalMode::kDouble: return Set(ValueForm::kDecimalDouble, "double", "0.0");
      case DecimalMode::kString: {
        std::string zero = "\"0";
        if (scale > 0) zero += "." + std::string(static_cast<size_t>(scale), '0');
        return Set(ValueForm::kDecimalString, "string", zero + "\"");
      }
    }
  }

  void MapFloat() {
    // FLOAT(M,D) and FLOAT(25) and more are doubles to the connector; of these only the latter is one to the server.
    if (!column_.scale && column_.length.value_or(0) <= 24) return Set(ValueForm::kFloat, "float", "0.0");
    Set(type_.kind == MysqlKind::kFloat ? ValueForm::kWidenedFloat : ValueForm::kDouble, "double", "0.0");
  }

  void MapDouble() {
    if (type_.kind == MysqlKind::kFloat) {
      // REAL under sql_mode REAL_AS_FLOAT is a FLOAT; FLOAT4 is one as well, which the connector calls a double.
      if (column_.BaseType() == "REAL") return Set(ValueForm::kFloat, "float", "0.0");
      return Set(ValueForm::kWidenedFloat, "double", "0.0");
    }
    Set(ValueForm::kDouble, "double", "0.0");
  }

  void MapBit() {
    const int64_t bits = column_.length.value_or(1);
    if (bits <= 1) return Set(ValueForm::kBoolean, "boolean", "false");
    Set(ValueForm::kBits, "bytes", "\"\"", "io.debezium.data.Bits");
    mapped_.byte_length = static_cast<size_t>((bits + 7) / 8);
    mapped_.schema.parameters = {{"length", std::to_string(bits)}};
  }

  void MapTime() {
    if (modes_.time == TimeMode::kConnect)
      return Set(ValueForm::kTimeMillis, "int32", "0", "org.apache.kafka.connect.data.Time");
    Set(ValueForm::kTimeMicros, "int64", "0", "io.debezium.time.MicroTime");
  }

  void MapDateTime() {
    if (modes_.time == TimeMode::kConnect)
      return Set(ValueForm::kTimestampMillis, "int64", "0", "org.apache.kafka.connect.data.Timestamp");
    if (column_.length.value_or(0) <= 3)
      return Set(ValueForm::kTimestampMillis, "int64", "0", "io.debezium.time.Timestamp");
    Set(ValueForm::kTimestampMicros, "int64", "0", "io.debezium.time.MicroTimestamp");
  }

  void MapText() {
    // A character column of character set binary is a binary column to the server, a string to the connector.
    const bool bytes = type_.is_binary();
    Set(bytes ? ValueForm::kLatin1String : ValueForm::kString, "string", "\"\"");
    mapped_.strip_zeros = bytes && type_.kind == MysqlKind::kBinary;
  }

  void MapBinary() {
    switch (modes_.binary) {
      case BinaryMode::kBytes: return Set(ValueForm::kBytes, "bytes", "\"\"");
      case BinaryMode::kBase64: return Set(ValueForm::kBytes, "string", "\"\"");
      case BinaryMode::kBase64Url: return Set(ValueForm::kBytesBase64Url, "string", "\"\"");
      case BinaryMode::kHex: return Set(ValueForm::kBytesHex, "string", "\"\"");
    }
  }

  void MapEnum() {
    const bool set = column_.BaseType() == "SET";
    Set(ValueForm::kString, "string", "\"\"", set ? "io.debezium.data.EnumSet" : "io.debezium.data.Enum");
    mapped_.schema.parameters = {{"allowed", AllowedValues(column_.enum_values)}};
  }

  void MapGeometry() {
    const bool point = column_.BaseType() == "POINT";
    Set(point ? ValueForm::kPoint : ValueForm::kGeometry, "struct", R"({"wkb":"AQcAAAAAAAAA","srid":null})",
        point ? "io.debezium.data.geometry.Point" : "io.debezium.data.geometry.Geometry");
    mapped_.schema.doc = point ? "Geometry (POINT)" : "Geometry";
    // Of the two only the shape that is no point may always be null.
    if (!point) mapped_.schema.optional = true;
    mapped_.schema.contents =
        point
            ? R"("fields":[{"type":"double","optional":false,"field":"x"},{"type":"double","optional":false,"field":"y"},)"
              R"({"type":"bytes","optional":true,"field":"wkb"},{"type":"int32","optional":true,"field":"srid"}])"
            : R"("fields":[{"type":"bytes","optional":false,"field":"wkb"},)"
              R"({"type":"int32","optional":true,"field":"srid"}])";
  }

  const PictureColumn& column_;
  const MysqlType& type_;
  const TypeModes& modes_;
  MappedColumn mapped_;
};

}  // namespace

MappedColumn MapColumn(const PictureColumn& column, const MysqlType& type, const TypeModes& modes) {
  return Mapper(column, type, modes).Run();
}

void ApplyConverter(MappedColumn* mapped, bool numeric, bool replace_nulls) {
  const bool decimal = mapped->form == ValueForm::kDecimal || mapped->form == ValueForm::kUnsignedDecimal;
  if (numeric && decimal) {
    mapped->numeric = true;
    const auto as_number = [&](std::string* json) {
      std::string bytes, plain, number;
      if (json->size() < 2 || !DecodeBase64(std::string_view(*json).substr(1, json->size() - 2), &bytes)) return;
      AppendDecimalText(plain, bytes, mapped->scale);
      AppendJavaBigDecimal(number, plain);
      *json = number;
    };
    if (mapped->null_text != "null") as_number(&mapped->null_text);
    as_number(&mapped->schema.default_json);
  }
  if (!replace_nulls && mapped->schema.optional) mapped->null_text = "null";
}

int JdbcType(const PictureColumn& column) {
  const std::string base = column.BaseType();
  const auto has = [&](std::string_view part) { return base.find(part) != std::string::npos; };
  switch (FamilyOf(base)) {
    case Family::kTiny:
    case Family::kSmall: return 5;
    case Family::kMedium:
    case Family::kInt:
    case Family::kYear: return 4;
    case Family::kBig: return -5;
    case Family::kDecimal: return base == "NUMERIC" ? 2 : 3;
    case Family::kFloat: return 6;
    case Family::kDouble: return base == "FLOAT4" ? 6 : 8;
    case Family::kReal: return 7;
    case Family::kBit: return -7;
    case Family::kBool: return 16;
    case Family::kDate: return 91;
    case Family::kTime: return 92;
    case Family::kDateTime: return 93;
    case Family::kTimestamp: return 2014;
    case Family::kText: {
      const bool varies = has("VAR") || has("TEXT") || has("LONG");
      if (has("NATIONAL") || base.rfind("N", 0) == 0) return varies ? -9 : -15;
      return varies ? 12 : 1;
    }
    case Family::kBinary: return -2;
    case Family::kVarBinary: return base == "VARBINARY" ? -3 : 2004;
    case Family::kEnum:
    case Family::kSet: return 1;
    case Family::kJson:
    case Family::kPoint:
    case Family::kGeometry:
    case Family::kVector:
    case Family::kUnknown: break;
  }
  return 1111;
}

bool FormFits(ValueForm form, const MysqlType& type) {
  const MysqlKind kind = type.kind;
  switch (form) {
    case ValueForm::kNone: return true;
    case ValueForm::kInteger: return type.is_integer() && !(kind == MysqlKind::kBigInt && type.is_unsigned);
    case ValueForm::kUnsignedLong:
    case ValueForm::kUnsignedDecimal: return type.is_integer();
    case ValueForm::kPositive:
    case ValueForm::kPositiveNumber: return type.is_integer();
    case ValueForm::kBoolean: return kind == MysqlKind::kTinyInt || (kind == MysqlKind::kBit && type.length <= 1);
    case ValueForm::kFloat:
    case ValueForm::kWidenedFloat: return kind == MysqlKind::kFloat;
    case ValueForm::kDouble: return kind == MysqlKind::kDouble;
    case ValueForm::kDecimal:
    case ValueForm::kDecimalDouble:
    case ValueForm::kDecimalString: return kind == MysqlKind::kDecimal;
    case ValueForm::kString:
      return type.is_text() || kind == MysqlKind::kEnum || kind == MysqlKind::kSet || kind == MysqlKind::kOther;
    case ValueForm::kLatin1String:
    case ValueForm::kBytes:
    case ValueForm::kBytesBase64Url:
    case ValueForm::kBytesHex: return type.is_binary();
    // MariaDB's JSON is LONGTEXT.
    case ValueForm::kJson: return kind == MysqlKind::kJson || kind == MysqlKind::kLongText;
    case ValueForm::kBits: return kind == MysqlKind::kBit;
    case ValueForm::kDate: return kind == MysqlKind::kDate;
    case ValueForm::kTimeMicros:
    case ValueForm::kTimeMillis: return kind == MysqlKind::kTime;
    case ValueForm::kTimestampMillis:
    case ValueForm::kTimestampMicros: return kind == MysqlKind::kDateTime;
    case ValueForm::kZonedTimestamp: return kind == MysqlKind::kTimestamp;
    case ValueForm::kYear: return kind == MysqlKind::kYear;
    case ValueForm::kPoint:
    case ValueForm::kGeometry: return kind == MysqlKind::kGeometry;
    case ValueForm::kVector: return kind == MysqlKind::kVector;
  }
  return false;
}

}  // namespace cdc::encode
