#include <doctest/doctest.h>

#include "tests/unit/cdc-encode/column.h"

namespace {

std::string Default(const std::string& definition, const std::string& server_type) {
  return Mapped(definition, server_type).schema.default_json;
}

}  // namespace

TEST_CASE("numbers") {
  CHECK(Default("INT DEFAULT 5.7", "int") == "6");
  CHECK(Default("INT DEFAULT -5.5", "int") == "-5");
  CHECK(Default("INT DEFAULT ' 7 '", "int") == "7");
  CHECK(Default("INT DEFAULT 0x41", "int") == "");
  CHECK(Default("INT DEFAULT b'11'", "int") == "11");
  CHECK(Default("INT DEFAULT '1e2'", "int") == "100");
  CHECK(Default("BIGINT DEFAULT 9007199254740993", "bigint") == "9007199254740992");
  CHECK(Default("BIGINT UNSIGNED DEFAULT 18446744073709551615", "bigint unsigned") == "9223372036854775807");
  CHECK(Default("TINYINT DEFAULT TRUE", "tinyint") == "1");
  CHECK(Default("BOOL NOT NULL DEFAULT FALSE", "tinyint(1)") == "false");
  CHECK(Default("DECIMAL(5,2) DEFAULT '1.235'", "decimal(5,2)") == "\"fA==\"");
  CHECK(Default("DECIMAL(5,1) DEFAULT TRUE", "decimal(5,1)") == "\"Cg==\"");
  CHECK(Default("DECIMAL(5,2) DEFAULT 1e2", "decimal(5,2)") == "\"JxA=\"");
  CHECK(Default("FLOAT DEFAULT -0.0", "float") == "-0.0");
  CHECK(Default("DOUBLE DEFAULT 1E-7", "double") == "1.0E-7");
  CHECK(Default("FLOAT(7,3) DEFAULT 1.1", "float(7,3)") == "1.1");
  CHECK(Default("YEAR DEFAULT '99'", "year") == "1999");
  CHECK(Default("YEAR DEFAULT 0", "year") == "2000");
}

TEST_CASE("bits") {
  CHECK(Default("BIT(3) DEFAULT 5", "bit(3)") == "");
  CHECK(Default("BIT(3) DEFAULT b'101'", "bit(3)") == "\"BQ==\"");
  CHECK(Default("BIT(12) DEFAULT b'101010101011'", "bit(12)") == "\"qwo=\"");
  CHECK(Default("BIT(20) DEFAULT b'1'", "bit(20)") == "\"AQAA\"");
  CHECK(Default("BIT DEFAULT b'1'", "bit(1)") == "true");
  CHECK(Default("BIT(1) DEFAULT TRUE", "bit(1)") == "true");
}

TEST_CASE("text and bytes as typed") {
  CHECK(Default("VARCHAR(9) DEFAULT 'it''s'", "varchar(9)") == "\"it''s\"");
  CHECK(Default(R"(VARCHAR(9) DEFAULT 'tab\there')", "varchar(9)") == R"("tab\\there")");
  CHECK(Default("VARCHAR(9) DEFAULT 5", "varchar(9)") == "\"5\"");
  CHECK(Default("VARCHAR(9) DEFAULT ' x '", "varchar(9)") == "\" x \"");
  CHECK(Default("VARCHAR(9) DEFAULT '\xF0\x9F\x98\x80'", "varchar(9)") == R"("\uD83D\uDE00")");
  CHECK(Default("VARCHAR(9) DEFAULT x'41'", "varchar(9)") == "");
  CHECK(Default("BINARY(4) DEFAULT 'ab'", "binary(4)") == "\"YWI=\"");
  CHECK(Default(R"(BINARY(4) DEFAULT 'ab\0\0')", "binary(4)") == "\"YWJcMFww\"");
  CHECK(Default("ENUM('a','b') DEFAULT 'b'", "enum('a','b')") == "\"b\"");
  CHECK(Default("JSON DEFAULT ('{}')", "json") == "");
}

TEST_CASE("dates and times") {
  CHECK(Default("DATE NOT NULL DEFAULT '2020-02-29'", "date") == "18321");
  CHECK(Default("DATE DEFAULT '0000-00-00'", "date") == "");
  CHECK(Default("DATE NOT NULL DEFAULT '2020-00-01'", "date") == "0");
  CHECK(Default("DATE DEFAULT '2020-2-9'", "date") == "");
  CHECK(Default("DATE NOT NULL DEFAULT '2020-2-9'", "date") == "0");
  CHECK(Default("DATE DEFAULT 20200229", "date") == "");
  CHECK(Default("DATE DEFAULT '0012-01-01'", "date") == "15340");
  CHECK(Default("DATETIME DEFAULT CURRENT_TIMESTAMP", "datetime") == "0");
  CHECK(Default("DATETIME DEFAULT LOCALTIME", "datetime") == "");
  CHECK(Default("DATETIME(3) DEFAULT '2020-01-01 10:11:12.5'", "datetime(3)") == "1577873472500");
  CHECK(Default("DATETIME(6) DEFAULT '2020-01-01 10:11:12.123456'", "datetime(6)") == "1577873472123456");
  CHECK(Default("DATETIME DEFAULT '2020-01-01'", "datetime") == "1577836800000");
  CHECK(Default("DATETIME NOT NULL DEFAULT '2020-1-1 1:2:3'", "datetime") == "0");
  CHECK(Default("TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP", "timestamp") == "");
  CHECK(Default("TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)", "timestamp(3)") == "\"1970-01-01T00:00:00Z\"");
  CHECK(Default("TIMESTAMP NOT NULL DEFAULT LOCALTIMESTAMP", "timestamp") == "");
  CHECK(Default("TIMESTAMP(3) NOT NULL DEFAULT '2020-01-01 00:00:00'", "timestamp(3)") ==
        "\"2020-01-01T00:00:00.000Z\"");
  CHECK(Default("TIMESTAMP NOT NULL DEFAULT '2020-01-01 10:11:12.900'", "timestamp") == "\"2020-01-01T10:11:12.9Z\"");
  CHECK(Default("TIMESTAMP(6) NOT NULL DEFAULT '0000-00-00 00:00:00.000000'", "timestamp(6)") ==
        "\"1970-01-01T00:00:00Z\"");
  CHECK(Default("TIME DEFAULT '10:11'", "time") == "36660000000");
  CHECK(Default("TIME DEFAULT '-838:59:59'", "time") == "-3020399000000");
  CHECK(Default("TIME NOT NULL DEFAULT 0", "time") == "");
  CHECK(Default("TIME DEFAULT '10'", "time") == "");
}
