#include <doctest/doctest.h>

#include <random>

#include "common/ddl/parser.h"
#include "common/error.h"

using namespace cdc::ddl;

namespace {

Statement Parse(std::string_view sql) {
  return ParseStatement(sql, {});
}

CreateTable Create(std::string_view sql) {
  Statement statement = Parse(sql);
  REQUIRE(statement.kind == StatementKind::kCreateTable);
  return statement.create_table;
}

const char* const kLarge =
    "CREATE TABLE IF NOT EXISTS `s`.`t 1` (\n"
    "  `id` bigint unsigned NOT NULL AUTO_INCREMENT COMMENT 'it''s',\n"
    "  name VARCHAR(10) CHARACTER SET latin1 COLLATE latin1_bin DEFAULT 'x',\n"
    "  e ENUM('a','b''c',\"d\") NOT NULL DEFAULT 'a',\n"
    "  d DECIMAL(10, 2) UNSIGNED ZEROFILL DEFAULT -1.50,\n"
    "  ts TIMESTAMP(3) NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),\n"
    "  g INT GENERATED ALWAYS AS (id + (1)) STORED INVISIBLE,\n"
    "  j JSON DEFAULT (JSON_ARRAY()), p POINT NOT NULL SRID 4326,\n"
    "  n NATIONAL CHARACTER VARYING(5), f DOUBLE PRECISION(9,2), lv LONG VARCHAR,\n"
    "  r INT REFERENCES o (id) ON DELETE SET NULL ON UPDATE CASCADE CHECK (r > 0) NOT ENFORCED,\n"
    "  PRIMARY KEY (`id`, name(5) DESC) USING BTREE, UNIQUE KEY u ((lower(name))), KEY (e) COMMENT 'k',\n"
    "  CONSTRAINT fk FOREIGN KEY (r) REFERENCES o (id) ON DELETE NO ACTION,\n"
    "  CONSTRAINT CHECK (id > 0), FULLTEXT INDEX ft (name) WITH PARSER ngram\n"
    ") ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci COMMENT='c'\n"
    "/*!50100 PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10) ENGINE = InnoDB) */";

}  // namespace

TEST_CASE("CREATE TABLE with everything") {
  const CreateTable create = Create(kLarge);
  CHECK(create.if_not_exists);
  CHECK(create.name == TableName{"s", "t 1"});
  REQUIRE(create.columns.size() == 12);
  const auto& columns = create.columns;
  CHECK(columns[0].type.name == "BIGINT");
  CHECK(columns[0].type.is_unsigned);
  CHECK(columns[0].null == false);
  CHECK(columns[0].auto_increment);
  CHECK(columns[0].comment == "it's");
  CHECK(columns[1].type.dimensions == std::vector<std::string>{"10"});
  CHECK(columns[1].type.charset == "latin1");
  CHECK(columns[1].type.collation == "latin1_bin");
  CHECK(columns[1].default_value.literal.typed == "'x'");
  REQUIRE(columns[2].type.options.size() == 3);
  CHECK(columns[2].type.options[1].typed == "'b''c'");
  CHECK(columns[2].type.options[1].value == "b'c");
  CHECK(columns[3].type.zerofill);
  CHECK(columns[3].type.dimensions == std::vector<std::string>{"10", "2"});
  CHECK(columns[3].default_value.literal.sign == "-");
  CHECK(columns[3].default_value.literal.typed == "1.50");
  CHECK(columns[4].null == true);
  CHECK(columns[4].default_value.kind == DefaultValue::Kind::kCurrentTimestamp);
  CHECK(columns[4].on_update_now);
  CHECK(columns[5].generated == "(id + (1))");
  CHECK(columns[5].stored);
  CHECK(columns[5].invisible);
  CHECK(columns[6].default_value.kind == DefaultValue::Kind::kExpression);
  CHECK(columns[7].null == false);
  CHECK(columns[8].type.name == "NATIONAL CHARACTER VARYING");
  CHECK(columns[9].type.name == "DOUBLE PRECISION");
  CHECK(columns[10].type.name == "LONG VARCHAR");
  REQUIRE(create.keys.size() == 6);
  CHECK(create.keys[0].kind == KeyDefinition::Kind::kPrimary);
  CHECK(create.keys[0].parts[1].column == "name");
  CHECK(create.keys[0].parts[1].length == "5");
  CHECK(create.keys[1].parts[0].column.empty());
  CHECK(create.keys[3].kind == KeyDefinition::Kind::kForeign);
  CHECK(create.options.charset == "utf8mb4");
  CHECK(create.options.comment == "c");
}

TEST_CASE("names: quotes, doubled quotes, keywords, digits first") {
  const CreateTable create =
      Create("CREATE TABLE `q``t` (`quo``ted` INT, `select` INT, 1st INT, \xC3\xBC INT, date DATE, `key` INT KEY)");
  CHECK(create.name.table == "q`t");
  CHECK(create.columns[0].name == "quo`ted");
  CHECK(create.columns[0].raw_name == "quo``ted");
  CHECK(create.columns[2].name == "1st");
  CHECK(create.columns[3].name == "\xC3\xBC");
  CHECK(create.columns[4].name == "date");
  CHECK(create.columns[5].primary_key);
}

TEST_CASE("spellings of types and defaults") {
  const auto column = [](const std::string& text) { return Create("CREATE TABLE t (c " + text + ")").columns[0]; };
  CHECK(column("CHAR(5) BYTE").type.name == "CHAR BYTE");
  CHECK(column("VARCHAR(5) ASCII").type.charset == "latin1");
  CHECK(column("INT(8) UNSIGNED ZEROFILL").type.dimensions == std::vector<std::string>{"8"});
  CHECK(column("INTEGER UNSIGNED").type.name == "INTEGER");
  CHECK(column("VARCHAR(9) DEFAULT 'a' 'b'").default_value.literal.typed == "'a''b'");
  CHECK(column("VARCHAR(9) DEFAULT 'a' 'b'").default_value.literal.value == "ab");
  CHECK(column("VARCHAR(9) DEFAULT _latin1'x'").default_value.literal.introducer == "_latin1");
  CHECK(column("VARCHAR(9) DEFAULT N'x'").default_value.literal.typed == "N'x'");
  CHECK(column("INT DEFAULT 0x41").default_value.literal.kind == Literal::Kind::kHex);
  CHECK(column("INT DEFAULT TRUE").default_value.literal.kind == Literal::Kind::kBoolean);
  CHECK(column("INT DEFAULT NULL").default_value.kind == DefaultValue::Kind::kNull);
  CHECK(column("DATETIME DEFAULT LOCALTIME()").default_value.kind == DefaultValue::Kind::kLocalTime);
  CHECK(column("INT DEFAULT (1 + (2))").default_value.typed == "(1 + (2))");
  CHECK(column("BIGINT UNSIGNED SERIAL DEFAULT VALUE").serial_default);
  CHECK(column("POINT NOT NULL SRID 0").null == false);
  CHECK(column("VECTOR(3)").type.name == "VECTOR");
}

TEST_CASE("CREATE TABLE LIKE, SELECT, partitions") {
  CHECK(*Create("CREATE TABLE a LIKE b.c").like == TableName{"b", "c"});
  CHECK(*Create("CREATE TABLE a (LIKE c)").like == TableName{"", "c"});
  CHECK(Create("CREATE TABLE a AS SELECT 1 AS b").as_select);
  const CreateTable picked = Create("CREATE TABLE p (PRIMARY KEY (id)) AS SELECT id FROM t");
  CHECK(picked.as_select);
  CHECK(picked.keys.size() == 1);
  CHECK(Create("CREATE TEMPORARY TABLE t (a INT)").temporary);
  CHECK(Create("CREATE TABLE t (a INT) PARTITION BY RANGE (a) (PARTITION p VALUES LESS THAN (1))").columns.size() == 1);
}

TEST_CASE("the other statements") {
  Statement drop = Parse("DROP TABLE IF EXISTS a, `b`.c /* generated by server */");
  CHECK(drop.kind == StatementKind::kDropTable);
  CHECK(drop.if_exists);
  CHECK(drop.tables == std::vector<TableName>{{"", "a"}, {"b", "c"}});
  Statement rename = Parse("RENAME TABLE a TO b, c.d TO e");
  CHECK(rename.kind == StatementKind::kRenameTable);
  REQUIRE(rename.renames.size() == 2);
  CHECK(rename.renames[1].from == TableName{"c", "d"});
  CHECK(Parse("TRUNCATE t").tables[0].table == "t");
  CHECK(Parse("TRUNCATE TABLE `x`.t").tables[0].database == "x");
  Statement database = Parse("CREATE DATABASE IF NOT EXISTS d CHARACTER SET utf8mb4 COLLATE = utf8mb4_bin");
  CHECK(database.kind == StatementKind::kCreateDatabase);
  CHECK(database.database.name == "d");
  CHECK(database.database.charset == "utf8mb4");
  CHECK(database.database.collation == "utf8mb4_bin");
  CHECK(Parse("ALTER DATABASE CHARACTER SET latin1").database.name.empty());
  CHECK(Parse("DROP SCHEMA d").kind == StatementKind::kDropDatabase);
  CHECK(Parse("USE `d e`").database.name == "d e");
  CHECK(Parse("CREATE UNIQUE INDEX i USING BTREE ON a.t (c)").tables[0] == TableName{"a", "t"});
  CHECK(Parse("DROP INDEX i ON t").kind == StatementKind::kDropIndex);
  CHECK(Parse("ALTER TABLE a.t ADD c INT").tables[0] == TableName{"a", "t"});
  CHECK(Parse("CREATE ALGORITHM=UNDEFINED DEFINER=`r`@`%` SQL SECURITY DEFINER VIEW v AS SELECT 1").kind ==
        StatementKind::kCreateView);
  CHECK(Parse("CREATE DEFINER=`r`@`%` TRIGGER x BEFORE INSERT ON t FOR EACH ROW SET @a = 1").kind ==
        StatementKind::kOther);
  CHECK(Parse("GRANT ALL ON *.* TO x").kind == StatementKind::kOther);
  CHECK(Parse("BEGIN").kind == StatementKind::kTransaction);
  CHECK(Parse("/* c */ CREATE TABLE t (a INT)").kind == StatementKind::kCreateTable);
  CHECK(Parse("").kind == StatementKind::kOther);
}

TEST_CASE("a refusal says where and what was expected") {
  try {
    Parse("CREATE TABLE t (a INT,, b INT)");
    FAIL("parsed");
  } catch (const cdc::Failure& failure) {
    CHECK(std::string(failure.what()) == "statement not understood at byte 23: expected a column name, found ,");
  }
  CHECK_THROWS_AS(Parse("CREATE TABLE t (a INT"), cdc::Failure);
  CHECK_THROWS_AS(Parse("CREATE TABLE t (a ENUM('x"), cdc::Failure);
  CHECK_THROWS_AS(Parse("CREATE TABLE t (a INT))"), cdc::Failure);
}

TEST_CASE("every cut and many damaged copies end in a statement or a refusal") {
  const std::string large = kLarge;
  for (size_t length = 0; length < large.size(); ++length) {
    try {
      Parse(large.substr(0, length));
    } catch (const cdc::Failure&) {
    }
  }
  std::mt19937 random(7);
  const std::string pieces = "'\"`(),;*/!-#\\ \n0x.@b";
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = large;
    for (int i = 0; i < 3; ++i) damaged[random() % damaged.size()] = pieces[random() % pieces.size()];
    try {
      Parse(damaged);
    } catch (const cdc::Failure&) {
    }
  }
}

TEST_CASE("ALTER TABLE") {
  using Kind = AlterAction::Kind;
  const auto actions =
      Parse(
          "ALTER TABLE t ADD COLUMN a INT NOT NULL FIRST, ADD b INT AFTER `c d`, ADD (e INT, KEY (e), "
          "f VARCHAR(5) DEFAULT 'x,y'), ADD UNIQUE u (a, b(3)), ADD CONSTRAINT PRIMARY KEY (a), DROP g, "
          "DROP COLUMN IF EXISTS h, DROP PRIMARY KEY, DROP INDEX i, DROP FOREIGN KEY fk, DROP CHECK ck, "
          "MODIFY j BIGINT FIRST, CHANGE COLUMN k l INT, RENAME COLUMN m TO n, RENAME INDEX o TO p, "
          "RENAME TO q.r, ALTER s SET DEFAULT (1 + 1), ALTER COLUMN t DROP DEFAULT, "
          "CONVERT TO CHARACTER SET latin1 COLLATE latin1_bin, COMMENT = 'x', ENGINE=InnoDB, "
          "ALGORITHM=INPLACE, LOCK NONE, FORCE, AUTO_INCREMENT = 7, ORDER BY a, t.b DESC")
          .actions;
  std::vector<Kind> kinds;
  for (const AlterAction& action : actions) kinds.push_back(action.kind);
  // Options after CONVERT TO belong to it.
  const std::vector<Kind> expected = {
      Kind::kAddColumn,      Kind::kAddColumn,   Kind::kAddColumn,   Kind::kAddKey,       Kind::kAddColumn,
      Kind::kAddKey,         Kind::kAddKey,      Kind::kDropColumn,  Kind::kDropColumn,   Kind::kDropPrimaryKey,
      Kind::kDropIndex,      Kind::kOther,       Kind::kOther,       Kind::kModifyColumn, Kind::kChangeColumn,
      Kind::kRenameColumn,   Kind::kRenameIndex, Kind::kRenameTable, Kind::kSetDefault,   Kind::kDropDefault,
      Kind::kConvertCharset, Kind::kOther,       Kind::kOther,       Kind::kOptions,      Kind::kOther};
  CHECK(kinds == expected);
  CHECK(actions[0].position.kind == ColumnPosition::Kind::kFirst);
  CHECK(actions[1].position.after == "c d");
  CHECK(actions[4].column.default_value.literal.value == "x,y");
  CHECK(actions[5].key.parts.size() == 2);
  CHECK(actions[14].name == "k");
  CHECK(actions[14].column.name == "l");
  CHECK(actions[17].new_table == TableName{"q", "r"});
  CHECK(actions[18].column.default_value.typed == "(1 + 1)");
  CHECK(actions[20].options.charset == "latin1");
  CHECK(actions[20].options.comment == "x");
  CHECK(Parse("ALTER TABLE t ADD PARTITION (PARTITION p VALUES LESS THAN (10), PARTITION q VALUES IN (1,2))")
            .actions[0]
            .kind == Kind::kOther);
  CHECK(Parse("ALTER TABLE t DROP PARTITION p, q").actions.size() == 1);
  CHECK(Parse("ALTER TABLE t ADD c INT PARTITION BY HASH(c) PARTITIONS 4").actions.size() == 2);
  // A comma behind ORDER BY parts its columns.
  CHECK(Parse("ALTER TABLE t ADD c INT, ORDER BY a ASC, `force`, comment DESC PARTITION BY HASH(c)").actions.size() ==
        3);
  CHECK_THROWS_AS(Parse("ALTER TABLE t ORDER BY a, AUTO_INCREMENT = 7"), cdc::Failure);
  CHECK(Parse("ALTER IGNORE TABLE t ADD INDEX (a)").actions[0].kind == Kind::kAddKey);
  CHECK_THROWS_AS(Parse("ALTER TABLE t FROB c"), cdc::Failure);
  CHECK_THROWS_AS(Parse("ALTER TABLE t ADD"), cdc::Failure);
  CHECK(Parse("CREATE UNIQUE INDEX i ON t (a, b)").index.parts.size() == 2);
  CHECK(Parse("CREATE UNIQUE INDEX i ON t (a, b)").index.kind == KeyDefinition::Kind::kUnique);
}

TEST_CASE("every cut of ALTER TABLE ends in a statement or a refusal") {
  const std::string sql =
      "ALTER TABLE `a`.`b` ADD COLUMN (c ENUM('x''y') DEFAULT 'x', KEY (c)), CHANGE d e DECIMAL(5,2) DEFAULT -1 AFTER "
      "f, "
      "RENAME TO g, CONVERT TO CHARACTER SET latin1, DROP INDEX h, PARTITION BY RANGE (i) (PARTITION p VALUES LESS "
      "THAN "
      "(1))";
  for (size_t length = 0; length <= sql.size(); ++length) {
    try {
      Parse(sql.substr(0, length));
    } catch (const cdc::Failure&) {
    }
  }
}
