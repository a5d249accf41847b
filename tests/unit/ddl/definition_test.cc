#include "common/ddl/definition.h"

#include <doctest/doctest.h>

#include "common/ddl/parser.h"

using namespace cdc::ddl;

namespace {

CreateTable Table(const std::string& sql) {
  CreateTable table = ParseStatement(sql, LexerMode()).create_table;
  Normalize(&table);
  return table;
}

void Alter(CreateTable* table, const std::string& actions) {
  ApplyActions(ParseStatement("ALTER TABLE t " + actions, LexerMode()).actions, table);
}

/// "id int, a varchar(5)"
std::string Columns(const CreateTable& table) {
  std::string text;
  for (const auto& column : SchemaOf(table, {"utf8mb4", "utf8mb4_0900_ai_ci"}).columns)
    text += (text.empty() ? "" : ", ") + column.name + " " + column.type_text;
  return text;
}

std::string After(const std::string& create, const std::string& actions) {
  CreateTable table = Table(create);
  Alter(&table, actions);
  return Columns(table);
}

std::string Key(const CreateTable& table) {
  const cdc::TableSchema schema = SchemaOf(table, {});
  std::string text;
  for (const auto& names : {schema.key, schema.unique}) {
    for (const std::string& name : names) text += name + " ";
    text += "/";
  }
  return text;
}

std::string Type(const std::string& typed, const std::string& charset = "utf8mb4") {
  return SchemaOf(Table("CREATE TABLE t (a " + typed + ") CHARSET " + charset), {}).columns.at(0).type_text;
}

}  // namespace

TEST_CASE("types as information_schema shows them") {
  CHECK(Type("INTEGER(11) UNSIGNED") == "int unsigned");
  CHECK(Type("BOOL") == "tinyint(1)");
  CHECK(Type("TINYINT(1)") == "tinyint(1)");
  CHECK(Type("INT ZEROFILL") == "int(10) unsigned zerofill");
  CHECK(Type("DEC") == "decimal(10,0)");
  CHECK(Type("NUMERIC(7) UNSIGNED") == "decimal(7,0) unsigned");
  CHECK(Type("FLOAT(25)") == "double");
  CHECK(Type("FLOAT(7,3)") == "float(7,3)");
  CHECK(Type("DOUBLE PRECISION") == "double");
  CHECK(Type("BIT") == "bit(1)");
  CHECK(Type("TIMESTAMP(0)") == "timestamp");
  CHECK(Type("DATETIME(6)") == "datetime(6)");
  CHECK(Type("NATIONAL CHARACTER VARYING(10)") == "varchar(10)");
  CHECK(Type("CHAR") == "char(1)");
  CHECK(Type("CHAR(3) CHARACTER SET binary") == "binary(3)");
  CHECK(Type("TEXT(300)", "utf8mb4") == "text");
  CHECK(Type("TEXT(60)", "utf8mb4") == "tinytext");
  CHECK(Type("TEXT(20000)", "utf8mb4") == "mediumtext");
  CHECK(Type("BLOB(70000)") == "mediumblob");
  CHECK(Type("LONG VARCHAR") == "mediumtext");
  CHECK(Type("ENUM('a ', 'it''s')") == "enum('a','it''s')");
  CHECK(Type("SERIAL") == "bigint unsigned");
}

TEST_CASE("columns of an ALTER are those before it, places those behind it") {
  const std::string create = "CREATE TABLE t (id INT PRIMARY KEY, a INT, b CHAR(2))";
  CHECK(After(create, "ADD c INT") == "id int, a int, b char(2), c int");
  CHECK(After(create, "ADD c INT FIRST, ADD (d INT, e INT)") == "c int, id int, a int, b char(2), d int, e int");
  CHECK(After(create, "ADD c INT AFTER a, ADD d INT AFTER c") == "id int, a int, c int, d int, b char(2)");
  CHECK(After(create, "CHANGE a b BIGINT, CHANGE b a INT") == "id int, b bigint, a int");
  CHECK(After(create, "RENAME COLUMN a TO b, RENAME COLUMN b TO a") == "id int, b int, a char(2)");
  CHECK(After(create, "MODIFY b CHAR(3) FIRST, DROP a") == "b char(3), id int");
  CHECK(After(create, "CHANGE b c DATE AFTER id, ADD d INT AFTER c") == "id int, c date, d int, a int");
  CHECK(After(create, "MODIFY a BIGINT AFTER b, MODIFY b CHAR(3) FIRST") == "b char(3), id int, a bigint");
  CHECK(After(create, "ADD c INT AFTER b, MODIFY b CHAR(3) FIRST") == "b char(3), id int, a int, c int");
  CHECK(After(create, "DROP A, ADD a BLOB") == "id int, b char(2), a blob");
  CHECK(After(create, "MODIFY A BIGINT") == "id int, A bigint, b char(2)");
  CHECK(After(create, "ADD COLUMN IF NOT EXISTS a INT, DROP COLUMN IF EXISTS zz") == "id int, a int, b char(2)");
}

TEST_CASE("keys follow their columns") {
  CreateTable table = Table("CREATE TABLE t (id INT PRIMARY KEY, a INT NOT NULL UNIQUE, b INT NOT NULL)");
  CHECK(Key(table) == "id //");
  Alter(&table, "CHANGE id no BIGINT");
  CHECK(Key(table) == "no //");
  Alter(&table, "DROP PRIMARY KEY, ADD UNIQUE (b)");
  CHECK(Key(table) == "/a /");
  ApplyDropIndex("a", &table);
  CHECK(Key(table) == "/b /");
  Alter(&table, "ADD PRIMARY KEY (a, b), DROP INDEX b");
  CHECK(Key(table) == "a b //");
  Alter(&table, "DROP COLUMN a");
  CHECK(Key(table) == "b //");
  CHECK(Key(Table("CREATE TABLE t (a INT UNIQUE, b INT NOT NULL, UNIQUE (b(3)), UNIQUE z (b))")) == "/b /");
}

TEST_CASE("character sets") {
  CreateTable table = Table("CREATE TABLE t (a TEXT, b VARCHAR(3) CHARACTER SET ascii) CHARSET latin1");
  Alter(&table, "DEFAULT CHARSET utf8mb4, ADD c TEXT");
  cdc::TableSchema schema = SchemaOf(table, {});
  CHECK(schema.columns[0].charset == "latin1");
  CHECK(schema.columns[1].charset == "ascii");
  CHECK(schema.columns[2].charset == "utf8mb4");
  Alter(&table, "CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
  schema = SchemaOf(table, {});
  CHECK(schema.columns[0].type_text == "mediumtext");
  CHECK(schema.columns[1].collation == "utf8mb4_bin");
  CHECK(schema.columns[2].type_text == "text");
}

TEST_CASE("a size that was typed counts with the character set of then") {
  CreateTable table = Table("CREATE TABLE t (a TEXT(20000), b BLOB(300)) CHARSET utf8mb4");
  CHECK(Columns(table) == "a mediumtext, b blob");
  Alter(&table, "CONVERT TO CHARACTER SET latin1, ADD c TEXT(20000)");
  CHECK(Columns(table) == "a mediumtext, b blob, c text");
  table = Table("CREATE TABLE t (a LONG VARCHAR, b NCHAR(3), c CHAR(3) CHARACTER SET binary) CHARSET latin1");
  Alter(&table, "CONVERT TO CHARACTER SET utf8mb4");
  CHECK(Columns(table) == "a longtext, b char(3), c binary(3)");
  CHECK(SchemaOf(table, {}).columns[1].charset == "utf8mb4");
}

TEST_CASE("the statement that is made says the same") {
  const std::string create =
      "CREATE TABLE `a``b` (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, `x y` VARCHAR(7) DEFAULT 'it''s\\\\' "
      "COMMENT 'say \\'so\\'', t TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3), "
      "g INT GENERATED ALWAYS AS (id + 1) STORED, e ENUM('a','b') DEFAULT NULL, f DECIMAL(5,2) DEFAULT -1.50, "
      "KEY (`x y`(3), id), UNIQUE u (t)) CHARSET latin1 COMMENT='c'";
  const CreateTable table = Table(create);
  const std::string text = CreateTableText(table);
  const CreateTable again = Table(text);
  CHECK(CreateTableText(again) == text);
  const cdc::TableSchema first = SchemaOf(table, {}), second = SchemaOf(again, {});
  std::string a, b;
  cdc::AppendTableLine(a, first, "start");
  cdc::AppendTableLine(b, second, "start");
  CHECK(a == b);
  CHECK(first.columns[1].default_text == "it's\\");
  CHECK(first.columns[5].default_text == "-1.50");
}
