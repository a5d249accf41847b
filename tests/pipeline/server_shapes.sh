#!/usr/bin/env bash
# MySQL into other servers and SQLite: what --verify makes of records, and tables that a target has in another form.
set -euo pipefail
# shellcheck source=tests/pipeline/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/pipeline/lib.lines.sh
. "$(dirname "$0")/lib.lines.sh"
# shellcheck source=tests/pipeline/lib.targets.sh
. "$(dirname "$0")/lib.targets.sh"
# shellcheck source=tests/pipeline/lib.servers.sh
. "$(dirname "$0")/lib.servers.sh"
need_tools binlog-tail cdc-encode cdc-apply
with_servers mysql mariadb postgresql --mysql-option binlog_row_metadata=FULL
export MYSQL_PWD=$MYSQL_PASSWORD

bring() { # lines|records TARGET
  if [ "$1" = lines ]; then
    (source_stage "$2" --until now) | (apply_stage "$2")
  else
    catch_up "$2"
  fi
}

# Records hold some values in a form that the target does not tell, and names as statements write them.
test_verify_of_records() {
  new_databases
  new_target sqlite
  $MYSQL_CLIENT app -e "CREATE TABLE \`b\`\`t\` (\`i\`\`d\` INT PRIMARY KEY, v VARBINARY(9), t VARCHAR(9), d DOUBLE);
    INSERT INTO \`b\`\`t\` VALUES (1, X'00FF', 'a', -1.7976931348623157e308), (2, NULL, 'b', 1e-300), (3, X'FBFFFE', 'c', 0)"
  local target mode table
  for mode in bytes base64 base64-url-safe hex; do
    encode_stage() { exec cdc-encode --quiet --topic-prefix m --no-schemas --set "binary.handling.mode=$mode"; }
    for target in sqlite mariadb postgresql; do
      new_target "$target"
      catch_up "$target"
      verify "$(target_url "$target")" >verified || fail "$target, $mode: $(cat verified)"
      assert_contains "$target, $mode" 'equal app.b`t: 3 rows' "$(cat verified)"
      assert_equal "$target, $mode: columns left out" '' "$(grep '^skip' verified || true)"
      [ "$mode" != bytes ] || continue
      # shellcheck disable=SC2016
      [ "$target" = mariadb ] && table='`b``t`' || table='"b`t"'
      # A value is another one, in the same form.
      ask "$target" "UPDATE $table SET v = '$([ "$mode" = hex ] && echo 00fe || echo AP4=)' WHERE t = 'a'"
      expect_status 1 verify "$(target_url "$target")" >verified
      assert_contains "$target, $mode: a difference" 'column "v" is "00FF" at the source, "00FE" at the target' "$(cat verified)"
    done
  done
  ask sqlite "UPDATE \"b\`t\" SET d = 1 WHERE \"i\`\`d\" = 2"
  expect_status 1 verify sqlite:copy.db >verified
  assert_contains "a difference" '(2) has other values: column "d" is "1e-300" at the source, "1" at the target' "$(cat verified)"
}

# Change lines bring bytes as they are, also into a text, where they may look like a form of bytes.
test_verify_of_bytes_in_a_text() {
  new_databases
  $MYSQL_CLIENT app -e "CREATE TABLE t (id INT PRIMARY KEY, v VARBINARY(9), w VARBINARY(9)); INSERT INTO t VALUES (1, 'a text', '00ff'), (2, 'abcd', 'abcd'), (3, NULL, '')"
  ask mariadb 'CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(9), w VARCHAR(9))'
  (source_stage mariadb --until now) | (apply_stage mariadb)
  verify "$(target_url mariadb)" >verified || fail "$(cat verified)"
  assert_contains "equal" 'equal app.t: 3 rows' "$(cat verified)"
}

# In utf8mb4 a key takes up to four times the bytes that it has at the source, and so does a row.
test_texts_of_small_character_sets() {
  new_databases
  $MYSQL_CLIENT app -e "SET sql_mode = ''; CREATE TABLE k (a VARCHAR(1000) CHARACTER SET latin1, b VARCHAR(500) CHARACTER SET utf8mb3 COLLATE utf8mb3_bin, c VARBINARY(9), v INT, PRIMARY KEY (a, b, c));
    CREATE TABLE r (id INT PRIMARY KEY, v1 VARCHAR(4000), v2 VARCHAR(4000), v3 VARCHAR(4000), v4 VARCHAR(4000), v5 VARBINARY(9000), v6 VARCHAR(1000)) CHARACTER SET latin1;
    INSERT INTO k VALUES (CONCAT(REPEAT('é', 999), '€'), REPEAT('ж', 500), 'x', 1), (UNHEX('818D8F909D'), '', '', 2), ('a', 'b', 'c', 3);
    INSERT INTO r VALUES (1, REPEAT('é', 4000), REPEAT('x', 4000), '', NULL, REPEAT('y', 9000), 'z')"
  local target
  for target in mysql mariadb; do (source_stage "$target" --until now) | (apply_stage "$target"); done
  $MYSQL_CLIENT app -e "UPDATE k SET v = 4 WHERE a = 'a'; DELETE FROM k WHERE a LIKE 'é%'; UPDATE r SET v6 = 'w', v4 = REPEAT('é', 4000); ALTER TABLE r ADD v7 VARCHAR(2000); UPDATE r SET v7 = 'v'"
  for target in mysql mariadb; do
    (source_stage "$target" --until now) | (apply_stage "$target")
    assert_equal "$target: types" $'varchar(4000)\nvarchar(4000)\nvarchar(4000)\nvarchar(4000)\nlongblob\nlongtext\nlongtext' \
      "$(ask "$target" "SELECT column_type FROM information_schema.columns WHERE table_schema = 'copy' AND table_name = 'r' AND column_name LIKE 'v%' ORDER BY column_name")"
  done
  local hex='SELECT HEX(CONVERT(a USING utf8mb4)), HEX(CONVERT(b USING utf8mb4)), HEX(c), v FROM k ORDER BY v'
  for target in mysql mariadb; do assert_equal "$target: keys" "$(on_source "$hex")" "$(ask "$target" "$hex")"; done
  verify "$(target_url mariadb)" >verified || fail "$(cat verified)"
  # A key that becomes shorter is made in utf8mb4.
  $MYSQL_CLIENT app -e "DELETE FROM k WHERE LENGTH(a) > 5; ALTER TABLE k MODIFY a VARCHAR(10) CHARACTER SET latin1; INSERT INTO k VALUES ('é', 'x', 'y', 5)"
  for target in mysql mariadb; do
    (source_stage "$target" --until now) | (apply_stage "$target")
    assert_equal "$target: a shorter key" "$(on_source "$hex")" "$(ask "$target" "$hex")"
    assert_contains "$target" utf8mb4 "$(ask "$target" "SELECT character_set_name FROM information_schema.columns WHERE table_schema = 'copy' AND table_name = 'k' AND column_name = 'a'")"
  done
  $MYSQL_CLIENT app -e 'ALTER TABLE k MODIFY a VARCHAR(1000) CHARACTER SET latin1'
  # Records do not tell the character set; texts of no known length share what a key may have.
  for target in mysql mariadb; do
    new_target "$target"
    expect_status 78 catch_up "$target"
    assert_contains "$target" 'CREATE TABLE of your own' "$ERRORS"
    echo '{"topic":"t","key":{"a":"x","b":"y","c":"z","d":"w"},"payload":{"a":"x","b":"y","c":"z","d":"w","n":1}}' | apply_stage "$target"
    assert_equal "$target: a key of four texts" $'x\ty\tz\tw\t1' "$(ask "$target" 'SELECT * FROM t')"
  done
}

# What a target's table has beyond the source's, and moved beside the row, stays as it is, and gives room where it must.
test_rows_that_are_nearly_full() {
  new_databases
  local target columns='' i
  for i in 1 2 3 4 5 6; do columns+=", v$i VARCHAR(4000)"; done
  $MYSQL_CLIENT app -e "CREATE TABLE r (id INT PRIMARY KEY$columns) CHARACTER SET latin1;
    CREATE TABLE k (id INT PRIMARY KEY, name VARCHAR(3000)) CHARACTER SET latin1;
    INSERT INTO r VALUES (1, REPEAT('é', 4000), 'two', 'three', 'four', REPEAT('é', 4000), 'six'); INSERT INTO k VALUES (1, 'a'), (2, 'b')"
  types() { ask "$1" "SELECT GROUP_CONCAT(column_type ORDER BY column_name SEPARATOR ' ') FROM information_schema.columns WHERE table_schema = 'copy' AND table_name = 'r' AND column_name LIKE 'v%'"; }
  equal() { # WHAT COLUMNS
    for target in mysql mariadb; do
      (source_stage "$target" --until now) | (apply_stage "$target") || fail "$target: $1"
      assert_equal "$target: $1" "$(on_source "SELECT id, SHA2(CONVERT(CONCAT_WS('|', $2) USING utf8mb4), 256) FROM r")" "$(ask "$target" "SELECT id, SHA2(CONVERT(CONCAT_WS('|', $2) USING utf8mb4), 256) FROM r")"
    done
  }
  for target in mysql mariadb; do (source_stage "$target" --until now) | (apply_stage "$target"); done
  for target in mysql mariadb; do
    assert_equal "$target: types" 'varchar(4000) varchar(4000) varchar(4000) varchar(4000) longtext longtext' "$(types "$target")"
  done
  $MYSQL_CLIENT app -e "ALTER TABLE r DROP COLUMN v1; UPDATE r SET v6 = 'dropped'"
  equal 'a dropped column' 'v2, v3, v4, v5, v6'
  $MYSQL_CLIENT app -e "ALTER TABLE r MODIFY v5 VARCHAR(4000) FIRST, MODIFY v2 VARCHAR(4000) AFTER v6; UPDATE r SET v6 = 'moved'"
  equal 'other places' 'v2, v3, v4, v5, v6'
  for target in mysql mariadb; do
    assert_equal "$target: types" 'varchar(4000) varchar(4000) varchar(4000) varchar(4000) longtext longtext' "$(types "$target")"
  done
  $MYSQL_CLIENT app -e "ALTER TABLE r ADD f1 CHAR(250), ADD f2 CHAR(250); UPDATE r SET f1 = 'x', f2 = 'y'"
  equal 'columns of a fixed size' 'v2, v3, v4, v5, v6, f1, f2'
  for target in mysql mariadb; do
    assert_equal "$target: the column that the source has no more gave room" 'longtext varchar(4000) varchar(4000) varchar(4000) longtext longtext' "$(types "$target")"
  done
  $MYSQL_CLIENT app -e "$(for i in $(seq 3 8); do echo "ALTER TABLE r ADD f$i CHAR(250);"; done) UPDATE r SET f8 = 'z'"
  equal 'more of them' 'v2, v3, v4, v5, v6, f1, f8'
  # More than a row has room for in utf8mb4.
  $MYSQL_CLIENT app -e "CREATE TABLE wide (id INT PRIMARY KEY$(for i in $(seq 80); do echo ", c$i CHAR(250)"; done)) CHARACTER SET utf8mb3; INSERT INTO wide (id, c1, c80) VALUES (1, 'é', 'ü')"
  $MYSQL_CLIENT app -e "DELETE FROM k WHERE id = 2; ALTER TABLE k DROP PRIMARY KEY, ADD PRIMARY KEY (name), DROP COLUMN id; INSERT INTO k VALUES ('c')"
  equal 'a row of CHAR' 'v2'
  for target in mysql mariadb; do
    assert_equal "$target: a row of CHAR" $'é\tü' "$(ask "$target" 'SELECT c1, c80 FROM wide')"
    assert_equal "$target: a longer key" $'a\nc' "$(ask "$target" 'SELECT name FROM k ORDER BY name')"
  done
  # What is beside the row stays there when others give room.
  beside() { ask "$1" "SELECT GROUP_CONCAT(column_name ORDER BY ordinal_position) FROM information_schema.columns WHERE table_schema = 'copy' AND table_name = 'wide' AND column_type = 'longtext'"; }
  local before
  before=$(beside mysql)
  $MYSQL_CLIENT app -e "ALTER TABLE wide MODIFY c1 CHAR(1), MODIFY c2 CHAR(1), MODIFY c3 CHAR(1); UPDATE wide SET c80 = 'ö'"
  equal 'columns that give room' 'v2'
  for target in mysql mariadb; do
    assert_equal "$target: values of CHAR" $'é\tö' "$(ask "$target" 'SELECT c1, c80 FROM wide')"
    assert_equal "$target: columns beside the row" "$before" "$(beside "$target")"
  done
}

# What leaves the key goes beside the row and so gives room for what is added.
test_a_column_takes_the_room_of_one_that_leaves_the_key() {
  new_databases
  local target columns='' i
  for i in $(seq 15); do columns+=", v$i VARCHAR(1000)"; done
  $MYSQL_CLIENT app -e "CREATE TABLE r (id INT NOT NULL$columns, name VARCHAR(700) PRIMARY KEY) CHARACTER SET latin1; INSERT INTO r (id, v15, name) VALUES (1, 'x', 'a')"
  for target in mysql mariadb; do (source_stage "$target" --until now) | (apply_stage "$target"); done
  $MYSQL_CLIENT app -e "ALTER TABLE r DROP PRIMARY KEY, ADD PRIMARY KEY (id)$(for i in 1 2 3; do echo ", ADD w$i CHAR(250)"; done); INSERT INTO r (id, name, w3) VALUES (2, 'b', 'w')"
  for target in mysql mariadb; do
    (source_stage "$target" --until now) | (apply_stage "$target") || fail "$target: status $?"
    assert_equal "$target: rows" $'1\ta\tNULL\n2\tb\tw' "$(ask "$target" 'SELECT id, name, w3 FROM r ORDER BY id')"
  done
}

# Rows that are there when a column comes get its default, as at the source: what it was then, whatever it became since.
test_columns_that_are_added() {
  new_databases
  local target way
  for way in lines records; do
    $MYSQL_CLIENT app -e "DROP TABLE IF EXISTS t, u, k; CREATE TABLE t (id INT PRIMARY KEY, v INT); CREATE TABLE u (v INT); CREATE TABLE k (id INT PRIMARY KEY);
      INSERT INTO t VALUES (1, 1), (2, 2); INSERT INTO u VALUES (1), (2); INSERT INTO k VALUES (7)"
    for target in sqlite mariadb postgresql; do
      new_target "$target"
      bring "$way" "$target"
    done
    $MYSQL_CLIENT app -e "ALTER TABLE t ADD a INT NOT NULL DEFAULT 5, ADD b VARCHAR(9) DEFAULT 'it''s', ADD c DECIMAL(7,2) DEFAULT 1.5, ADD d DATETIME(3) DEFAULT '2020-01-02 03:04:05';
      ALTER TABLE t ALTER a DROP DEFAULT, ALTER b SET DEFAULT 'other';
      ALTER TABLE t ADD e ENUM('x', 'y') NOT NULL, ADD f DOUBLE DEFAULT -0.25, ADD g DATE DEFAULT '2024-02-29', ADD h TIME DEFAULT '11:12:13', ADD i BIGINT UNSIGNED DEFAULT 18446744073709551615, ADD j TEXT;
      INSERT INTO t VALUES (3, 3, 3, 'c', 3, '2021-01-01', 'y', 3, '2021-01-01', '01:00:00', 3, 'j');
      ALTER TABLE u ADD w INT DEFAULT '9', ADD x DECIMAL(8,3) NOT NULL DEFAULT '-7.5', ADD y DOUBLE DEFAULT '0', ADD z SET('x', 'y', 'z') DEFAULT 'z,x', ADD at DATETIME(3) DEFAULT '2020-01-02', ADD ti DATETIME(4) DEFAULT '2020-01-02 03:04:05.25', ADD ul BIGINT UNSIGNED DEFAULT '18446744073709551615'; UPDATE u SET v = 3 WHERE v = 1;
      ALTER TABLE k ADD part VARCHAR(5) NOT NULL DEFAULT 'p', DROP PRIMARY KEY, ADD PRIMARY KEY (id, part); INSERT INTO k VALUES (7, 'q')"
    for target in sqlite mariadb postgresql; do
      bring "$way" "$target" 2>told || fail "$way, $target: $(cat told)"
      verify "$(target_url "$target")" >verified || fail "$way, $target: $(cat verified)"
      assert_contains "$way, $target" 'equal app.t: 3 rows' "$(cat verified)"
      assert_contains "$way, $target" 'equal app.u: 2 rows' "$(cat verified)"
      assert_contains "$way, $target" 'equal app.k: 2 rows' "$(cat verified)"
      assert_equal "$way, $target: defaults stay in no table" '9	NULL	NULL' "$(ask "$target" "INSERT INTO t (id) VALUES (9); SELECT id, b, c FROM t WHERE id = 9")"
    done
  done
}

# What the source computed is not known: NULL, and said so; and so is a column by another name.
test_columns_whose_values_are_not_known() {
  new_databases
  local target
  $MYSQL_CLIENT app -e "CREATE TABLE t (id INT PRIMARY KEY, v INT); INSERT INTO t VALUES (1, 1); CREATE TABLE s (id INT PRIMARY KEY, v INT); INSERT INTO s VALUES (1, 1)"
  for target in sqlite mysql mariadb postgresql; do
    new_target "$target"
    bring lines "$target"
  done
  $MYSQL_CLIENT app -e "ALTER TABLE t ADD made DATETIME DEFAULT CURRENT_TIMESTAMP, ADD seen INT DEFAULT 4; ALTER TABLE t RENAME COLUMN v TO w, ADD late INT DEFAULT 5; INSERT INTO t VALUES (2, 2, NULL, NULL, NULL);
    ALTER TABLE s RENAME COLUMN v TO w, ADD v INT; INSERT INTO s VALUES (2, 2, 3)"
  for target in sqlite mysql mariadb postgresql; do
    bring lines "$target" 2>told || fail "$target: $(cat told)"
    assert_equal "$target" $'1\tNULL\t4\tNULL\t5\n2\tNULL\tNULL\t2\tNULL' "$(ask "$target" 'SELECT id, made, seen, w, late FROM t ORDER BY id')"
    for column in made w; do
      assert_contains "$target" "column \"$column\" of table \"t\" is new, and NULL in the rows that are there" "$(cat told)"
    done
    assert_contains "$target: another one has its name" 'column "w" of table "s" is new, and NULL' "$(cat told)"
    assert_equal "$target: what is filled is not told" '' "$(grep -e '"seen"' -e '"late"' told || true)"
  done
}

# From Kafka no statements come, and what the records tell may be a default of later.
test_columns_of_records_without_statements() {
  new_databases
  new_target sqlite
  bring_records() { (source_stage sqlite --until now) | (encode_stage) | grep -v '^{"@cdc":"ddl"' | (apply_stage sqlite); }
  $MYSQL_CLIENT app -e "CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1)"
  bring_records
  $MYSQL_CLIENT app -e "ALTER TABLE t ADD a INT NOT NULL DEFAULT 5, ADD b VARCHAR(9) DEFAULT 'x', ADD c INT NOT NULL, ADD d DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, ADD e INT; INSERT INTO t (id, c) VALUES (2, 2)"
  bring_records 2>told
  assert_equal "rows" $'1\tNULL\tNULL\tNULL\tNULL' "$(ask sqlite 'SELECT id, a, b, c, d FROM t WHERE id = 1')"
  assert_equal "columns that are told" $'"a"\n"b"\n"c"\n"d"' "$(grep -o 'column "[a-e]"' told | cut -d' ' -f2)"
  $MYSQL_CLIENT app -e "ALTER TABLE t RENAME COLUMN a TO z, RENAME COLUMN e TO f; INSERT INTO t (id, c) VALUES (3, 3)"
  bring_records 2>told
  assert_equal "renamed" $'1\tNULL\tNULL\n3\tNULL\t5' "$(ask sqlite 'SELECT id, a, z FROM t WHERE id <> 2')"
  assert_contains "renamed" 'column "z" of table "t" is new, and NULL in the rows that are there' "$(cat told)"
  assert_contains "renamed, without a default" 'column "f" of table "t" is new' "$(cat told)"
}

# A column that the target has, or that others filled, keeps what is in it; what a table had under another name is not
# known; nor is a literal that MySQL would convert.
test_values_that_are_there_stay() {
  new_databases
  local target
  $MYSQL_CLIENT app -e "CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1); CREATE TABLE o (id INT PRIMARY KEY); INSERT INTO o VALUES (1);
    CREATE TABLE g (id INT PRIMARY KEY); INSERT INTO g VALUES (1); CREATE TABLE m (id INT PRIMARY KEY); INSERT INTO m VALUES (1)"
  for target in sqlite mysql mariadb postgresql; do
    new_target "$target"
    bring lines "$target"
  done
  $MYSQL_CLIENT app -e "ALTER TABLE t ADD c INT DEFAULT 5; UPDATE t SET c = 42; INSERT INTO t VALUES (2, 43); ALTER TABLE t MODIFY c INT DEFAULT 1; INSERT INTO t VALUES (3, 44);
    RENAME TABLE t TO n, o TO t; INSERT INTO t VALUES (7); RENAME TABLE t TO o, n TO t; INSERT INTO t VALUES (4, 45);
    CREATE TABLE _g LIKE g; ALTER TABLE _g ADD c INT NOT NULL DEFAULT 5; INSERT INTO _g SELECT id, 42 FROM g; RENAME TABLE g TO _d, _g TO g; INSERT INTO g VALUES (2, 9);
    ALTER TABLE m ADD a VARCHAR(9) DEFAULT 1e3, ADD b YEAR DEFAULT 24, ADD c SET('a','b') DEFAULT 'b,a', ADD d FLOAT DEFAULT 1.23456789, ADD e VARCHAR(3) DEFAULT 'abc   ', ADD f DATETIME DEFAULT '2020-1-1', ADD g INT DEFAULT 4, ADD h DECIMAL(7,2) DEFAULT 1.55;
    ALTER TABLE m MODIFY g DOUBLE, MODIFY h DECIMAL(7,1); INSERT INTO m (id) VALUES (2)"
  for target in sqlite mysql mariadb postgresql; do
    bring lines "$target" 2>told || fail "$target: $(cat told)"
    assert_equal "$target: t" $'1\t42\n2\t43\n3\t44\n4\t45' "$(ask "$target" 'SELECT id, c FROM t WHERE id < 7 ORDER BY id')"
    assert_equal "$target: g" $'1\tNULL\n2\t9' "$(ask "$target" 'SELECT id, c FROM g ORDER BY id')"
    assert_equal "$target: m" $'1\tNULL\tNULL\ta,b\tNULL\tNULL\tNULL\tNULL\tNULL' "$(ask "$target" 'SELECT id, a, b, c, d, e, f, g, h FROM m WHERE id = 1')"
    assert_equal "$target: columns that are told" 7 "$(grep -c 'of table "m" is new' told)"
    assert_contains "$target" 'column "c" of table "g" is new' "$(cat told)"
  done
  # What came while the column was left out is not the default.
  $MYSQL_CLIENT app -e "ALTER TABLE o ADD w INT DEFAULT 5; INSERT INTO o VALUES (8, 42)"
  for target in sqlite postgresql; do
    (source_stage "$target" --until now) | cdc-apply --quiet --ddl ignore "$(target_url "$target")" 2>told || fail "$target: $(cat told)"
    ask "$target" 'ALTER TABLE o ADD COLUMN w INTEGER' >made
  done
  $MYSQL_CLIENT app -e "INSERT INTO o VALUES (9, 43)"
  for target in sqlite postgresql; do
    bring lines "$target"
    assert_equal "$target: o" $'8\tNULL\n9\t43' "$(ask "$target" 'SELECT id, w FROM o WHERE id > 7 ORDER BY id')"
  done
}

# What is known of a table is written anew as a whole, or stays.
test_a_table_stays_known() {
  new_databases
  local target
  $MYSQL_CLIENT app -e "CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1)"
  for target in mysql mariadb; do
    new_target "$target"
    bring lines "$target"
    ask "$target" "CREATE TRIGGER refuse BEFORE INSERT ON cdc_table FOR EACH ROW SIGNAL SQLSTATE '45000'"
  done
  $MYSQL_CLIENT app -e "ALTER TABLE t ADD c INT DEFAULT 5; INSERT INTO t VALUES (2, 6)"
  for target in mysql mariadb; do
    ! bring lines "$target" 2>told || fail "$target: the trigger refused nothing"
    assert_equal "$target: the table is known" $'t\t1' "$(ask "$target" 'SELECT name, created FROM cdc_table')"
    ask "$target" 'DROP TRIGGER refuse'
    bring lines "$target"
    assert_equal "$target: rows" $'1\t5\n2\t6' "$(ask "$target" 'SELECT id, c FROM t ORDER BY id')"
  done
}

# A column that is dropped and added anew holds at the source what the new one begins with, whatever the old one held, and
# whenever its next row comes; so does one whose name another column had.
test_columns_that_are_made_anew() {
  new_databases
  local target way
  for way in lines records; do
    $MYSQL_CLIENT app -e "DROP TABLE IF EXISTS t, u, b, r; CREATE TABLE t (id INT PRIMARY KEY, same INT, other INT, nulled INT, late INT, made DATETIME);
      INSERT INTO t VALUES (1, 1, 1, 1, 1, '2001-01-01'), (2, 2, 2, 2, 2, '2002-02-02');
      CREATE TABLE u (c VARCHAR(9), d INT); INSERT INTO u VALUES ('old', 1), ('older', 2); CREATE TABLE b (id INT PRIMARY KEY, c INT); INSERT INTO b VALUES (1, 1);
      CREATE TABLE r (id INT PRIMARY KEY, a INT, b VARCHAR(9)); INSERT INTO r VALUES (1, 10, 'b')"
    for target in sqlite mysql mariadb postgresql; do
      new_target "$target"
      bring "$way" "$target"
    done
    # In one statement and in two, with rows between them; the definition may be the one that it was.
    $MYSQL_CLIENT app -e "ALTER TABLE t DROP same, ADD same INT DEFAULT 7; ALTER TABLE t ADD other VARCHAR(9) NOT NULL DEFAULT 'new', DROP other;
      ALTER TABLE t DROP nulled; INSERT INTO t (id, same, other, late) VALUES (3, 3, 'c', 3); ALTER TABLE t ADD nulled INT; UPDATE t SET nulled = 30 WHERE id = 3;
      ALTER TABLE t DROP late, DROP made; ALTER TABLE t ADD late INT DEFAULT 8, ADD made DATETIME DEFAULT CURRENT_TIMESTAMP;
      ALTER TABLE u DROP c, ADD c INT NOT NULL DEFAULT 4; UPDATE u SET c = 5 WHERE d = 2;
      ALTER TABLE b RENAME COLUMN c TO was, ADD c BIGINT DEFAULT 6; ALTER TABLE r RENAME COLUMN a TO b, RENAME COLUMN b TO a"
    # Of some the statement comes in one run and the next row in another one.
    for target in sqlite mysql mariadb postgresql; do bring "$way" "$target" 2>told-"$target" || fail "$way, $target: $(cat told-"$target")"; done
    $MYSQL_CLIENT app -e "INSERT INTO t (id, same, other, nulled, late, made) VALUES (4, 4, 'd', 4, 4, '2004-04-04'); INSERT INTO b VALUES (2, 2, 2); INSERT INTO r VALUES (2, '20', 2)"
    for target in sqlite mysql mariadb postgresql; do
      bring "$way" "$target" 2>>told-"$target" || fail "$way, $target: $(cat told-"$target")"
      assert_equal "$way, $target: t" $'1\t7\tnew\tNULL\t8\n2\t7\tnew\tNULL\t8\n3\t3\tc\t30\t8\n4\t4\td\t4\t4' \
        "$(ask "$target" 'SELECT id, same, other, nulled, late FROM t ORDER BY id')"
      assert_equal "$way, $target: u" $'1\t4\n2\t5' "$(ask "$target" 'SELECT d, c FROM u ORDER BY d')"
      assert_equal "$way, $target: b" $'1\t6\n2\t2' "$(ask "$target" 'SELECT id, c FROM b ORDER BY id')"
      assert_equal "$way, $target: names that change places" $'1\tNULL\tNULL\n2\t2\t20' "$(ask "$target" 'SELECT id, a, b FROM r ORDER BY id')"
      assert_equal "$way, $target: columns that are told" $'"a"\n"b"\n"made"\n"was"' "$(grep -o 'column "[a-z]*" of table "[a-z]*" is new' told-"$target" | cut -d' ' -f2 | sort)"
    done
  done
}

# What a statement said is remembered until the table's next row, whichever run brings it, and however the one before ended.
test_columns_that_are_made_anew_through_kills() {
  new_databases
  local target round statements='' seed=${SEED:-$RANDOM}
  echo "seed $seed"
  RANDOM=$seed
  $MYSQL_CLIENT app -e "CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, c INT DEFAULT 1, d INT); CREATE TABLE u (v INT, c INT);
    INSERT INTO t (d) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) SELECT i FROM n; INSERT INTO u SELECT d % 7, d FROM t"
  for target in sqlite mariadb postgresql; do
    new_target "$target"
    bring lines "$target"
  done
  for round in 1 2 3 4 5 6; do
    statements+="ALTER TABLE t DROP c, ADD c INT DEFAULT $round; UPDATE t SET d = d + 1 WHERE id % 7 = $round; UPDATE t SET c = -1 WHERE id % 11 = $round;
      ALTER TABLE u DROP c; ALTER TABLE u ADD c VARCHAR(9) NOT NULL DEFAULT 'u$round'; UPDATE u SET v = v + 1 WHERE v = $round;
      ALTER TABLE t DROP c; INSERT INTO t (d) VALUES ($round); ALTER TABLE t ADD c VARCHAR(9) DEFAULT 't$round'; DELETE FROM t WHERE id = 20 * $round; UPDATE t SET c = d WHERE id % 13 = $round;
      ALTER TABLE u DROP c, ADD c INT DEFAULT $round; DELETE FROM u WHERE v = 0 LIMIT 3;"
  done
  $MYSQL_CLIENT app -e "$statements"
  for target in sqlite mariadb postgresql; do
    for round in 1 2 3 4 5 6; do
      { (source_stage "$target" --until now) | timeout -s KILL "0.$((RANDOM % 800 + 100))" cdc-apply --quiet "$(target_url "$target")"; } 2>/dev/null || true
    done
    bring lines "$target" 2>told || fail "$target: $(cat told)"
    verify "$(target_url "$target")" >verified || fail "$target: $(cat verified)"
    assert_contains "$target" 'equal app.t: ' "$(cat verified)"
    assert_contains "$target" 'equal app.u: ' "$(cat verified)"
  done
}

# Not where it would have to be guessed: a part of the key, a table of the user's own, and a column that may have been there.
test_columns_that_may_not_be_made_anew() {
  new_databases
  local target
  $MYSQL_CLIENT app -e "CREATE TABLE k (id INT, part INT, PRIMARY KEY (id, part)); INSERT INTO k VALUES (1, 1); CREATE TABLE own (id INT PRIMARY KEY, c INT); INSERT INTO own VALUES (1, 1)"
  for target in sqlite mysql mariadb postgresql; do
    new_target "$target"
    ask "$target" 'CREATE TABLE own (id BIGINT PRIMARY KEY, c BIGINT)'
    bring lines "$target"
  done
  $MYSQL_CLIENT app -e "ALTER TABLE own DROP c, ADD c INT DEFAULT 5; INSERT INTO own VALUES (2, 2)"
  for target in sqlite mysql mariadb postgresql; do
    bring lines "$target" 2>told || fail "$target: $(cat told)"
    assert_equal "$target: a table of the user's own" $'1\t1\n2\t2' "$(ask "$target" 'SELECT id, c FROM own ORDER BY id')"
    assert_contains "$target: its rows are told of" 'column "c" of table "own" is another one at the source than it was' "$(cat told)"
  done
  $MYSQL_CLIENT app -e "ALTER TABLE k DROP PRIMARY KEY, DROP part, ADD part INT NOT NULL DEFAULT 9, ADD PRIMARY KEY (id, part); INSERT INTO k VALUES (2, 2)"
  for target in sqlite mysql mariadb postgresql; do
    (source_stage "$target" --until now) >in
    expect_status 78 cdc-apply --quiet "$(target_url "$target")" <in
    assert_contains "$target: a part of the key" 'the source has dropped column "part" of table "k", which is part of its key' "$ERRORS"
    assert_equal "$target: rows of the key" $'1\t1' "$(ask "$target" 'SELECT id, part FROM k')"
  done
  # MariaDB's IF NOT EXISTS, by hand: only what is not there is added.
  new_target sqlite
  {
    echo "$hello"
    table m id id:int c:int d:int
    transaction 1 'm c {"id":1,"c":1,"d":1}'
    statement 2 'ALTER TABLE m ADD IF NOT EXISTS c INT DEFAULT 5, DROP d, ADD COLUMN IF NOT EXISTS d INT DEFAULT 6'
    transaction 3 'm c {"id":2,"c":2,"d":2}'
    echo "$end"
  } | cdc-apply --quiet sqlite:copy.db
  assert_equal "IF NOT EXISTS" $'1\t1\t6\n2\t2\t2' "$(ask sqlite 'SELECT id, c, d FROM m ORDER BY id')"
}

run_tests
