#include <doctest/doctest.h>

#include "tests/unit/cdc-encode/column.h"
#include "tools/cdc-encode/topic_name.h"
#include "tools/cdc-encode/value_writer.h"

using namespace cdc::encode;

namespace {

std::string Value(const std::string& definition, const std::string& type, std::string_view raw, bool snapshot = false,
                  const TypeModes& modes = {}) {
  std::string out;
  return AppendValue(out, Mapped(definition, type, modes), raw, snapshot) ? out : "refused";
}

std::string Schema(const std::string& definition, const std::string& type, const TypeModes& modes = {}) {
  std::string out;
  Mapped(definition, type, modes).schema.AppendJson(out, true);
  return out;
}

}  // namespace

TEST_CASE("schemas") {
  CHECK(Schema("INT NOT NULL DEFAULT 1", "int") == R"({"type":"int32","optional":false,"default":1,"field":"c"})");
  CHECK(Schema("DECIMAL(10,2)", "decimal(10,2)") ==
        R"({"type":"bytes","optional":true,"name":"org.apache.kafka.connect.data.Decimal","version":1,)"
        R"("parameters":{"scale":"2","connect.decimal.precision":"10"},"field":"c"})");
  CHECK(Schema("ENUM('a,b','it''s')", "enum('a,b','it''s')") ==
        R"({"type":"string","optional":true,"name":"io.debezium.data.Enum","version":1,)"
        R"("parameters":{"allowed":"a\\,b,it's"},"field":"c"})");
  CHECK(Mapped("INTEGER UNSIGNED", "int unsigned").schema.type == "int64");
  CHECK(Mapped("MEDIUMINT ZEROFILL", "mediumint(8) unsigned zerofill").schema.type == "int32");
  CHECK(Mapped("REAL", "double").schema.type == "double");
  CHECK(Mapped("REAL", "float").schema.type == "float");
  CHECK(Mapped("FLOAT(24)", "float").schema.type == "float");
  CHECK(Mapped("FLOAT(25)", "double").schema.type == "double");
  CHECK(Mapped("FLOAT(7,3)", "float(7,3)").form == ValueForm::kWidenedFloat);
  CHECK(Mapped("DATETIME(3)", "datetime(3)").schema.name == "io.debezium.time.Timestamp");
  CHECK(Mapped("DATETIME(4)", "datetime(4)").schema.name == "io.debezium.time.MicroTimestamp");
  CHECK(!Mapped("POINT NOT NULL", "point").schema.optional);
  CHECK(Mapped("POLYGON NOT NULL", "polygon").schema.optional);
  TypeModes modes;
  modes.decimal = DecimalMode::kString;
  modes.time = TimeMode::kConnect;
  modes.bigint = BigintMode::kPrecise;
  modes.binary = BinaryMode::kHex;
  CHECK(Mapped("DECIMAL(5,2)", "decimal(5,2)", modes).schema.type == "string");
  CHECK(Mapped("TIME", "time", modes).schema.name == "org.apache.kafka.connect.data.Time");
  CHECK(Mapped("BIGINT UNSIGNED", "bigint unsigned", modes).schema.type == "bytes");
  CHECK(Mapped("BLOB", "blob", modes).schema.type == "string");
}

TEST_CASE("a picture that is out of date does not fit") {
  CHECK(FormFits(Mapped("INT", "int").form, cdc::ParseMysqlType("int")));
  CHECK(!FormFits(ValueForm::kInteger, cdc::ParseMysqlType("varchar(5)")));
  CHECK(!FormFits(ValueForm::kString, cdc::ParseMysqlType("blob")));
  CHECK(!FormFits(ValueForm::kInteger, cdc::ParseMysqlType("bigint unsigned")));
}

TEST_CASE("numbers") {
  CHECK(Value("BIGINT UNSIGNED", "bigint unsigned", "18446744073709551615") == "-1");
  CHECK(Value("BIGINT UNSIGNED", "bigint unsigned", "9223372036854775807") == "9223372036854775807");
  CHECK(Value("BOOL", "tinyint(1)", "2") == "true");
  CHECK(Value("BOOL", "tinyint(1)", "0") == "false");
  CHECK(Value("BIT(1)", "bit(1)", "\"AQ==\"") == "true");
  CHECK(Value("BIT(9)", "bit(9)", "\"AQA=\"") == "\"AAE=\"");
  CHECK(Value("INT", "int", "\"x\"") == "refused");
  CHECK(Value("INT", "int", "007") == "refused");
  CHECK(Value("DECIMAL(5,2)", "decimal(5,2)", "\"-0.01\"") == "\"/w==\"");
  CHECK(Value("YEAR", "year", "0") == "0");
  TypeModes modes;
  modes.decimal = DecimalMode::kString;
  modes.bigint = BigintMode::kPrecise;
  CHECK(Value("DECIMAL(5,2)", "decimal(5,2)", "\"-0.01\"", false, modes) == "\"-0.01\"");
  CHECK(Value("BIGINT UNSIGNED", "bigint unsigned", "18446744073709551615", false, modes) == "\"AP//////////\"");
}

TEST_CASE("nulls") {
  CHECK(Value("INT", "int", "null") == "null");
  CHECK(Value("INT DEFAULT 3", "int", "null") == "3");
  CHECK(Value("INT NOT NULL", "int", "null") == "0");
  CHECK(Value("DATE NOT NULL", "date", "\"0000-00-00\"") == "0");
  CHECK(Value("DATE", "date", "\"2024-00-10\"") == "null");
  CHECK(Value("DATE DEFAULT '2020-01-01'", "date", "\"0000-00-00\"") == "18262");
}

TEST_CASE("dates and times in the stream and in snapshots") {
  CHECK(Value("DATETIME", "datetime", "\"0000-05-06 07:08:09\"") == "null");
  CHECK(Value("DATETIME(6)", "datetime(6)", "\"0000-05-06 07:08:09.123456\"", true) == "989132889123456");
  CHECK(Value("DATETIME", "datetime", "\"1582-10-05 00:00:00\"") == "-12220156800000");
  CHECK(Value("DATETIME", "datetime", "\"1582-10-05 00:00:00\"", true) == "-12219292800000");
  CHECK(Value("DATE", "date", "\"0012-03-04\"") == "15403");
  CHECK(Value("DATETIME(3)", "datetime(3)", "\"1969-12-31 23:59:59.999\"") == "-1");
  CHECK(Value("TIMESTAMP(3) NULL", "timestamp(3)", "\"2024-01-01 00:00:00.500\"") == "\"2024-01-01T00:00:00.500Z\"");
  CHECK(Value("TIMESTAMP(3) NULL", "timestamp(3)", "\"2024-01-01 00:00:00.500\"", true) ==
        "\"2024-01-01T00:00:00.5Z\"");
  CHECK(Value("TIMESTAMP(3) NULL", "timestamp(3)", "\"0000-00-00 00:00:00.000\"") == "\"1970-01-01T00:00:00.000Z\"");
  CHECK(Value("TIMESTAMP(3) NULL", "timestamp(3)", "\"0000-00-00 00:00:00.000\"", true) == "null");
  CHECK(Value("TIME(6)", "time(6)", "\"-00:00:59.999999\"") == "-59999999");
}

TEST_CASE("text and bytes") {
  CHECK(Value("VARCHAR(9)", "varchar(9)", "\"a\xF0\x9F\x98\x80\xC3\xA9\"") == "\"a\\uD83D\\uDE00\xC3\xA9\"");
  CHECK(Value("VARCHAR(9)", "varchar(9)", R"({"@base64":"/0E="})") ==
        "\"\xEF\xBF\xBD"
        "A\"");
  CHECK(Value("VARCHAR(9) CHARACTER SET binary", "varbinary(9)", "\"w6k=\"") == "\"\xC3\x83\xC2\xA9\"");
  CHECK(Value("CHAR(4) CHARACTER SET binary", "binary(4)", "\"wwAAAA==\"") == "\"\xC3\x83\"");
  CHECK(Value("BINARY(8)", "binary(8)", "\"/w==\"") == "\"/wAAAAAAAAA=\"");
  CHECK(Value("BINARY(3)", "binary(3)", "\"YWJj\"") == "\"YWJj\"");
  TypeModes modes;
  modes.binary = BinaryMode::kHex;
  CHECK(Value("BLOB", "blob", "\"/wA=\"", false, modes) == "\"ff00\"");
  modes.binary = BinaryMode::kBase64Url;
  CHECK(Value("BLOB", "blob", "\"+/8=\"", false, modes) == "\"-_8=\"");
}

TEST_CASE("JSON columns") {
  CHECK(
      Value("JSON", "json", R"({"a":[1,1.50,1.5e0,1e-7],"b":null})") ==
      R"("{\"a\":[1,1.50,1.5,0.0000000999999999999999954748111825886258685613938723690807819366455078125],\"b\":null}")");
  CHECK(Value("JSON", "json", "1e23") == "\"99999999999999991611392\"");
  CHECK(Value("JSON", "json", R"("q\"\\\n")") == R"("\"q\\\"\\\\\\n\"")");
  CHECK(Value("JSON", "json", R"({"t":{"@time":"-12:34:56.789000"},"@@x":{"@date":"2024-02-29"}})") ==
        R"("{\"t\":\"-12:34:56.789\",\"@x\":\"2024-02-29\"}")");
  CHECK(Value("JSON", "json", R"({"@opaque":[15,"/w=="]})") == R"("\"/w==\"")");
  CHECK(Value("JSON", "json", R"("{\"a\": 1}")", true) == R"("{\"a\": 1}")");
  CHECK(Value("JSON NOT NULL", "json", "null") == "\"{}\"");
}

TEST_CASE("geometry and vectors") {
  CHECK(Value("POINT", "point", "\"AAAAAAEBAAAAAAAAAAAA8D8AAAAAAAAAQA==\"") ==
        R"({"x":1.0,"y":2.0,"wkb":"AQEAAAAAAAAAAADwPwAAAAAAAABA","srid":null})");
  CHECK(Value("GEOMETRY", "geometry", "\"5hAAAAEBAAAAAAAAAAAA8D8AAAAAAAAAQA==\"") ==
        R"({"wkb":"AQEAAAAAAAAAAADwPwAAAAAAAABA","srid":4326})");
  CHECK(Value("VECTOR(2)", "vector(2)", "\"AADAPwAAAMA=\"") == "[1.5,-2.0]");
  CHECK(Value("POINT", "point", "\"AAAA\"") == "refused");
}

TEST_CASE("topic names") {
  CHECK(TopicName({}, "mysql", "db", "t") == "mysql.db.t");
  CHECK(TopicName({}, "mysql", "h names", "dots.and'\"x") == "mysql.h_names.dots.and__x");
  TopicNaming underscore;
  underscore.delimiter = "_";
  CHECK(TopicName(underscore, "p", "d", "\xC3\xBC\xF0\x9F\x98\x80") == "p_d____");
  CHECK(TopicName({}, "p", "", "t") == "p.t");
  CHECK(TopicName({}, "p", "d", std::string(300, 'x')).size() == 249);
}
