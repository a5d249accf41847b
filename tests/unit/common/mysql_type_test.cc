#include "common/mysql_type.h"

#include <doctest/doctest.h>

#include "common/control_line.h"
#include "common/table_schema.h"
#include "failure.h"

using namespace cdc;

TEST_CASE("column types are parsed from information_schema's text") {
  CHECK(ParseMysqlType("bigint unsigned").is_unsigned);
  CHECK(ParseMysqlType("int(10) unsigned zerofill").is_zerofill);
  const MysqlType decimal = ParseMysqlType("decimal(12,2)");
  CHECK(decimal.kind == MysqlKind::kDecimal);
  CHECK(decimal.length == 12);
  CHECK(decimal.scale == 2);
  CHECK(ParseMysqlType("datetime(6)").fraction == 6);
  CHECK(ParseMysqlType("timestamp").fraction == 0);
  CHECK(ParseMysqlType("bit(1)").length == 1);
  CHECK(ParseMysqlType("multipolygon").kind == MysqlKind::kGeometry);
  CHECK(ParseMysqlType("enum('a','it''s','x,y)','')").values == std::vector<std::string>{"a", "it's", "x,y)", ""});
  CHECK(ParseMysqlType("uuid").kind == MysqlKind::kOther);
  for (const char* bad : {"enum('a", "decimal(x)", "time(9)", "enum('a'"})
    CHECK(ErrorOf([&] { ParseMysqlType(bad); }).status == ExitStatus::kData);
}

TEST_CASE("a table line comes back as it was written") {
  TableSchema table;
  table.db = "d\"b";
  table.table = "t";
  ColumnSchema id;
  id.name = "id";
  id.type_text = "int unsigned";
  id.nullable = false;
  id.extra = "auto_increment";
  ColumnSchema note;
  note.name = "no te";
  note.type_text = "varchar(10)";
  note.charset = "latin1";
  note.collation = "latin1_swedish_ci";
  note.default_text = "";
  note.invisible = true;
  table.columns = {id, note};
  table.key = {"id"};
  table.create = "CREATE TABLE `t` (\n `id` int unsigned)";
  std::string line;
  AppendTableLine(line, table, "start");
  ControlLine control;
  line.pop_back();
  control.Parse(line, "x");
  const TableSchema back = ParseTableLine(control, "x");
  std::string again;
  AppendTableLine(again, back, "start");
  again.pop_back();
  CHECK(again == line);
  CHECK(back.columns[0].type.is_unsigned);
  CHECK(back.columns[1].default_text == "");
}
