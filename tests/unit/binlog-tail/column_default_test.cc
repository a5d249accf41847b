#include "tools/binlog-tail/column_default.h"

#include <doctest/doctest.h>

using namespace cdc;

namespace {

std::string DefaultOf(const std::string& type, std::optional<std::string> text, bool nullable = true) {
  TableSchema table;
  table.charset = "utf8mb4";
  ColumnSchema column;
  column.type_text = type;
  column.type = ParseMysqlType(type);
  column.default_text = std::move(text);
  column.nullable = nullable;
  return tail::DefaultValueJson(table, column).value_or("not known");
}

}  // namespace

TEST_CASE("what a column holds that an INSERT did not name") {
  CHECK(DefaultOf("int", "3") == "3");
  CHECK(DefaultOf("int(5) unsigned zerofill", "00042") == "42");
  CHECK(DefaultOf("bigint", "-9223372036854775808") == "-9223372036854775808");
  CHECK(DefaultOf("tinyint(1)", "TRUE") == "1");
  CHECK(DefaultOf("int", "abc") == "not known");
  CHECK(DefaultOf("decimal(10,2)", "1.5") == "\"1.50\"");
  CHECK(DefaultOf("decimal(10,2)", "-0.00") == "\"0.00\"");
  CHECK(DefaultOf("decimal(10,2)", "1.234") == "not known");
  CHECK(DefaultOf("double", "1.50") == "1.5");
  CHECK(DefaultOf("float", "0.1") == "0.1");
  CHECK(DefaultOf("date", "2024-02-29") == "\"2024-02-29\"");
  CHECK(DefaultOf("datetime(3)", "2024-02-29 10:11:12") == "\"2024-02-29 10:11:12.000\"");
  CHECK(DefaultOf("datetime", "20240229101112") == "not known");
  CHECK(DefaultOf("time", "10:11:12") == "\"10:11:12\"");
  CHECK(DefaultOf("year", "2024") == "2024");
  CHECK(DefaultOf("timestamp", "2024-02-29 10:11:12") == "not known");
  CHECK(DefaultOf("varchar(10)", "it's \"x\" ") == "\"it's \\\"x\\\" \"");
  CHECK(DefaultOf("char(10)", "x ") == "\"x\"");
  CHECK(DefaultOf("varchar(10)", "") == "\"\"");
  CHECK(DefaultOf("enum('a','b')", "b") == "\"b\"");
  CHECK(DefaultOf("enum('a','b')", "B") == "not known");
  CHECK(DefaultOf("set('a','b','c')", "a,c") == "\"a,c\"");
  CHECK(DefaultOf("set('a','b','c')", "c,a") == "not known");
  CHECK(DefaultOf("bit(10)", "b'1000000001'") == "\"AgE=\"");
  CHECK(DefaultOf("blob", "0x00") == "not known");
  CHECK(DefaultOf("int", std::nullopt) == "null");
  CHECK(DefaultOf("int", std::nullopt, false) == "not known");
}

TEST_CASE("a definition out of a table map tells no defaults") {
  TableSchema table;
  table.create = "CREATE TABLE `t` (\n  `a` int DEFAULT NULL\n)";
  CHECK(!tail::DefaultValueJson(table, ColumnSchema()));
  table.charset = "latin1";
  CHECK(tail::DefaultValueJson(table, ColumnSchema()) == "null");
}
