#include <doctest/doctest.h>

#include "common/ddl/parser.h"
#include "tools/cdc-encode/picture.h"

using namespace cdc::encode;

namespace {

std::vector<Picture::TableId> Apply(Picture& picture, std::string_view sql) {
  cdc::ddl::LexerMode mode;
  mode.versioned_comments = false;
  return picture.Apply(cdc::ddl::ParseStatement(sql, mode), "d");
}

TablePicture Table(std::string_view columns) {
  Picture picture;
  Apply(picture, "CREATE TABLE t (" + std::string(columns) + ")");
  return *picture.Find("d", "t");
}

using Key = std::vector<std::string>;

}  // namespace

TEST_CASE("type names, lengths and character sets as the connector keeps them") {
  const TablePicture table = Table(
      "a INT ZEROFILL, b DOUBLE PRECISION(9,2), c DECIMAL, d SET('x','y','z'), e NATIONAL CHAR VARYING(3), f LONG, "
      "g VARCHAR(5) BINARY, h SERIAL, i DECIMAL(5) UNSIGNED, j BIT, k VARCHAR(9) COLLATE latin1_bin, l ENUM('a'), "
      "m VECTOR");
  const auto& c = table.columns;
  CHECK(c[0].type_name == "INT UNSIGNED ZEROFILL");
  CHECK(c[1].type_name == "DOUBLE PRECISION");
  CHECK(c[1].length == 9);
  CHECK(c[1].scale == 2);
  CHECK(c[2].length == 10);
  CHECK(c[2].scale == 0);
  CHECK(c[3].length == 5);
  CHECK(c[4].charset == "utf8");
  CHECK(c[5].charset == "utf8mb4");
  CHECK(c[6].type_name == "VARCHAR BINARY");
  CHECK(c[6].BaseType() == "VARCHAR");
  CHECK(c[7].type_name == "BIGINT UNSIGNED");
  CHECK(!c[7].optional);
  CHECK(c[8].scale == 0);
  CHECK(c[8].IsUnsigned());
  CHECK(c[9].length == 1);
  CHECK(c[10].charset == "latin1");
  CHECK(c[11].length == 1);
  CHECK(c[12].length == 2048);
}

TEST_CASE("defaults are the text between the quotes") {
  const TablePicture table = Table(
      "a VARCHAR(9) DEFAULT 'it''s', b VARCHAR(9) DEFAULT 'a' 'b', c VARCHAR(9) DEFAULT N'x', d INT DEFAULT -5, "
      "e INT DEFAULT 0x41, f BIT(3) DEFAULT b'101', g DATETIME DEFAULT CURRENT_TIMESTAMP, h INT DEFAULT (1), "
      "i INT DEFAULT NULL, j VARCHAR(9) DEFAULT _latin1'x', k INT, l BOOL DEFAULT TRUE");
  const auto& c = table.columns;
  CHECK(c[0].default_expression == "it''s");
  CHECK(c[1].default_expression == "a''b");
  CHECK(c[2].default_expression == "N'x'");
  CHECK(c[3].default_expression == "-5");
  CHECK(!c[4].default_expression);
  CHECK(!c[4].has_default);  // no notice is taken of it
  CHECK(c[5].default_expression == "101");
  CHECK(c[6].default_expression == "1970-01-01 00:00:00");
  CHECK(!c[7].default_expression);
  CHECK(!c[8].default_expression);
  CHECK(c[9].default_expression == "_latin1'x'");
  CHECK(!c[10].has_default);
  CHECK(c[11].default_expression == "TRUE");
}

TEST_CASE("keys") {
  CHECK(Table("a INT, b INT, PRIMARY KEY (b, A)").key == Key{"b", "a"});
  CHECK(Table("a INT UNIQUE, b INT NOT NULL UNIQUE").key == Key{"a"});
  CHECK(Table("a INT NOT NULL, b INT, UNIQUE KEY (a,b), UNIQUE (a)").key == Key{"a"});
  CHECK(Table("a INT NULL, UNIQUE (a)").key.empty());
  CHECK(Table("id SERIAL, a INT, b INT PRIMARY KEY, c INT UNIQUE").key == Key{"b"});
  CHECK(Table("a VARCHAR(9) NOT NULL, UNIQUE ((lower(a))), UNIQUE k (a(5))").key == Key{"a"});
  CHECK(!Table("a INT NULL, b INT, PRIMARY KEY (a)").columns[0].optional);
  CHECK(Table("a INT /*!50000 NOT NULL */").columns[0].optional);
}

TEST_CASE("statements change the picture of all tables") {
  Picture picture;
  Apply(picture, "CREATE DATABASE e CHARACTER SET latin1");
  Apply(picture, "CREATE TABLE e.a (x VARCHAR(5), `q``q` INT)");
  REQUIRE(picture.Find("e", "a") != nullptr);
  CHECK(picture.Find("e", "a")->columns[0].charset == "latin1");
  CHECK(picture.Find("e", "a")->columns[1].name == "q``q");
  CHECK(Apply(picture, "CREATE TABLE b LIKE e.a").size() == 1);
  CHECK(picture.Find("d", "b")->columns.size() == 2);
  CHECK(Apply(picture, "CREATE TABLE IF NOT EXISTS b (z INT)").empty());
  CHECK(picture.Find("d", "b")->columns.size() == 2);
  Apply(picture, "RENAME TABLE b TO c, e.a TO b, c TO e.a");
  CHECK(picture.Find("e", "a")->db == "e");
  CHECK(picture.Find("d", "b") != nullptr);
  CHECK(Apply(picture, "CREATE TEMPORARY TABLE tmp (a INT)").empty());
  CHECK(picture.Find("d", "tmp") == nullptr);
  CHECK(Apply(picture, "TRUNCATE b").empty());
  CHECK(Apply(picture, "DROP TABLE IF EXISTS b, nothing").size() == 1);
  CHECK(Apply(picture, "DROP DATABASE e").size() == 1);
  CHECK(picture.Find("e", "a") == nullptr);
}

TEST_CASE("a picture from the server's definition") {
  cdc::TableSchema schema;
  schema.db = "d";
  schema.table = "t";
  schema.charset = "utf8mb4";
  cdc::ColumnSchema id;
  id.name = "id";
  id.type_text = "bigint unsigned";
  id.nullable = false;
  cdc::ColumnSchema option;
  option.name = "o";
  option.type_text = "enum('a','it''s')";
  option.default_text = "a";
  schema.columns = {id, option};
  schema.key = {"id"};
  Picture picture;
  picture.CreateFromSchema(schema);
  const TablePicture* table = picture.Find("d", "t");
  REQUIRE(table != nullptr);
  CHECK(table->columns[0].type_name == "BIGINT UNSIGNED");
  CHECK(!table->columns[0].optional);
  CHECK(table->columns[1].enum_values == Key{"'a'", "'it''s'"});
  CHECK(table->columns[1].default_expression == "a");
  CHECK(table->key == Key{"id"});
}

TEST_CASE("ALTER TABLE as the connector follows it") {
  Picture picture;
  const auto names = [&](const std::string& table) {
    std::string joined;
    for (const PictureColumn& column : picture.Find("d", table)->columns) joined += column.name + " ";
    return joined;
  };
  Apply(picture, "CREATE TABLE t (id INT PRIMARY KEY, a INT NOT NULL DEFAULT 5, b VARCHAR(9) NOT NULL)");
  Apply(picture, "ALTER TABLE t ADD c INT FIRST, ADD (d INT NOT NULL, e INT), ADD f INT AFTER id");
  CHECK(names("t") == "c id f a b d e ");
  CHECK(picture.Find("d", "t")->columns[6].optional);
  Apply(picture, "ALTER TABLE t RENAME COLUMN a TO b, RENAME COLUMN b TO a, DROP c");
  CHECK(names("t") == "id f b a d e ");
  CHECK(picture.Find("d", "t")->columns[2].type_name == "INT");
  Apply(picture,
        "ALTER TABLE t MODIFY ID BIGINT AFTER f, CHANGE a aa TEXT, ALTER b SET DEFAULT NULL, ALTER b SET DEFAULT 7");
  const TablePicture& table = *picture.Find("d", "t");
  CHECK(names("t") == "f ID b aa d e ");
  CHECK(table.key == Key{"id"});
  CHECK(table.columns[1].type_name == "BIGINT");
  CHECK(table.columns[1].optional);
  CHECK(table.columns[2].default_expression == "7");
  CHECK(table.columns[3].optional);
  Apply(picture, "ALTER TABLE t DROP PRIMARY KEY, ADD UNIQUE (f), ADD UNIQUE (d), RENAME TO u");
  CHECK(picture.Find("d", "t") == nullptr);
  CHECK(picture.Find("d", "u")->key == Key{"d"});
  Apply(picture, "ALTER TABLE u CHANGE d dd INT");
  CHECK(picture.Find("d", "u")->key == Key{"dd"});
  CHECK(!picture.Find("d", "u")->Find("dd")->optional);
  Apply(picture, "ALTER TABLE u DROP COLUMN dd, ADD k INT KEY FIRST");
  CHECK(picture.Find("d", "u")->key == Key{"k"});
  CHECK(Apply(picture, "ALTER TABLE missing ADD a INT").empty());
  Apply(picture, "CREATE TABLE v (a INT NOT NULL)");
  Apply(picture, "CREATE UNIQUE INDEX i ON v (A)");
  CHECK(picture.Find("d", "v")->key == Key{"a"});
}
