#!/usr/bin/env bash
# MySQL into another MySQL, MariaDB and PostgreSQL: values of all types, every kind of change, tables that change their shape,
# kill -9 at any moment.
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

test_every_change() {
  new_databases
  $MYSQL_CLIENT app -e "
    CREATE TABLE account (id INT PRIMARY KEY, owner VARCHAR(30), balance DECIMAL(12,2) NOT NULL);
    CREATE TABLE note (a INT, b VARCHAR(10), text TEXT, at DATETIME(6), PRIMARY KEY (a, b));
    CREATE TABLE visit (account INT, word VARCHAR(10));
    INSERT INTO account VALUES (1, 'one', 100), (2, 'two', 100), (3, 'three', 100), (4, 'four', 100);
    INSERT INTO visit VALUES (1, 'a'), (1, 'a'), (NULL, 'b')"
  catch_up_all
  $MYSQL_CLIENT app -e "
    INSERT INTO note VALUES (1, 'x', 'Zoë\\'s \"\\\\ tab\t end', '2024-02-29 12:00:00.000001'), (1, 'y', NULL, NULL), (2, 'X', '', '9999-12-31 23:59:59.999999');
    UPDATE account SET balance = balance - 0.01 WHERE id IN (1, 2);
    BEGIN; UPDATE account SET id = 9 WHERE id = 1; UPDATE account SET id = 1 WHERE id = 2; UPDATE account SET owner = 'nine' WHERE id = 9; COMMIT;
    DELETE FROM account WHERE id = 3;
    BEGIN; DELETE FROM account WHERE id = 4; INSERT INTO account VALUES (4, NULL, 4.44); COMMIT;
    BEGIN; INSERT INTO account VALUES (5, 'five', 5); DELETE FROM account WHERE id = 5; COMMIT;
    BEGIN; UPDATE account SET balance = 0; ROLLBACK;
    DELETE FROM visit WHERE account = 1 LIMIT 1; UPDATE visit SET word = 'c' WHERE account IS NULL; INSERT INTO visit VALUES (7, NULL)"
  catch_up_all
  assert_rows 'SELECT id, owner, balance FROM account ORDER BY id'
  assert_rows 'SELECT a, b, text, at FROM note WHERE at IS NULL ORDER BY a, b'
  assert_rows "SELECT account, word FROM visit ORDER BY COALESCE(word, '-'), account"
  local target hex='HEX(text)'
  for target in "${targets[@]}"; do
    [ "$target" != postgresql ] || hex="upper(encode(convert_to(text, 'UTF8'), 'hex'))"
    assert_equal "$target: bytes of a text" "$(on_source "SELECT HEX(text), at FROM note WHERE a = 1 AND b = 'x'")" "$(ask "$target" "SELECT $hex, at FROM note WHERE a = 1 AND b = 'x'")"
  done
  $MYSQL_CLIENT app -e "TRUNCATE note; INSERT INTO note VALUES (8, 'z', 'after', NULL)"
  catch_up_all
  assert_rows 'SELECT a, b, text FROM note'
  # Nothing new: nothing changes.
  catch_up_all
  assert_rows 'SELECT id, owner, balance FROM account ORDER BY id'
}

test_values_of_all_types() {
  new_databases
  $MYSQL_CLIENT app -e "SET time_zone = '+00:00', sql_mode = '';
    CREATE TABLE t (id BIGINT UNSIGNED PRIMARY KEY, i TINYINT, m MEDIUMINT UNSIGNED, d DECIMAL(38,10), f FLOAT, g DOUBLE, bi BIT(10), y YEAR, da DATE,
      t TIME(3), dt DATETIME(6), ts TIMESTAMP(2) NULL, c CHAR(5), v VARCHAR(20) CHARACTER SET latin1, x MEDIUMTEXT, bn BINARY(4), bl BLOB,
      e ENUM('a','b,c'), s SET('p','q'), j JSON, o BOOLEAN);
    CREATE TABLE shapes (id INT PRIMARY KEY, g GEOMETRY, c GEOMETRYCOLLECTION, p POLYGON);
    INSERT INTO shapes VALUES (1, ST_GeomFromText('POINT(1 2)'), ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,2 2))'), NULL);
    INSERT INTO t VALUES (18446744073709551615, -128, 16777215, 1234567890123456789012345678.0123456789, 0.1, 1e-300, b'1010101010', 1901, '1000-01-01',
      '-838:59:58.123', '9999-12-31 23:59:59.999999', '2038-01-19 03:14:07.99', 'ab', 'Grüße', REPEAT('\\n\\t', 3), X'00FF27', X'5C00275C6E', 'b,c', 'p,q',
      '{\"a\": [1, 2.50, \"x\"], \"b\": null}', TRUE),
      (0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)"
  catch_up_all
  local target rows='SELECT id, i, m, d, f, g, HEX(bi), y, da, t, dt, ts, c, v, HEX(x), HEX(bn), HEX(bl), e, s, j, o FROM t ORDER BY id'
  for target in mysql mariadb; do
    assert_equal "$target: shapes" "$(on_source 'SELECT id, HEX(g), HEX(c), p FROM shapes')" "$(ask "$target" 'SELECT id, HEX(g), HEX(c), p FROM shapes')"
    # MariaDB's JSON is text as it came.
    assert_equal "$target: values" "$(on_source "SET time_zone = '+00:00'; $rows")" "$(ask "$target" "SET time_zone = '+00:00'; $rows" | sed 's/{"a":\[1,2\.5,"x"\],"b":null}/{"a": [1, 2.5, "x"], "b": null}/')"
  done
  assert_equal "postgresql: values" "18446744073709551615|-128|16777215|1234567890123456789012345678.0123456789|0.1|1e-300|02aa|1901|1000-01-01|-838:59:58.123|9999-12-31 23:59:59.999999|2038-01-19 03:14:07.99+00|ab|Grüße|0a090a090a09|00ff2700|5c00275c6e|b,c|p,q|{\"a\": [1, 2.5, \"x\"], \"b\": null}|1" \
    "$(ask postgresql "SET TimeZone = 'UTC'; SELECT concat_ws('|', id, i, m, d, f, g, encode(bi, 'hex'), y, da, t, dt, ts, c, v, encode(x::bytea, 'hex'), encode(bn, 'hex'), encode(bl, 'hex'), e, s, j, o) FROM t WHERE id > 0")"
  assert_equal "postgresql: NULL" 20 "$(ask postgresql "SELECT num_nulls(i, m, d, f, g, bi, y, da, t, dt, ts, c, v, x, bn, bl, e, s, j, o) FROM t WHERE id = 0")"
  verify_all
  assert_contains "what is said" "equal app.t: 2 rows, checksum" "$(cat verified)"
}

test_text_in_bulk() {
  new_databases
  $MYSQL_CLIENT app -e "CREATE TABLE t (id INT PRIMARY KEY, text VARCHAR(90)); INSERT INTO t
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) SELECT i, IF(i % 9 = 0, NULL, CONCAT(CHAR(92), 'N', CHAR(9), i, CHAR(10), CHAR(13), CHAR(39), CHAR(92), '.é')) FROM n"
  catch_up_all
  local target hex='HEX(text)' expected
  expected=$(on_source 'SELECT id, HEX(text) FROM t ORDER BY id')
  for target in "${targets[@]}"; do
    [ "$target" != postgresql ] || hex="upper(encode(convert_to(text, 'UTF8'), 'hex'))"
    assert_equal "$target: text" "$expected" "$(ask "$target" "SELECT id, $hex FROM t ORDER BY id")"
  done
}

test_partial_images() {
  new_databases
  $MYSQL_CLIENT app -e "CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(9), c BLOB); INSERT INTO t VALUES (1, 1, 'b', 'c'), (2, 2, 'b', 'c'), (3, 3, NULL, NULL)"
  catch_up_all
  $MYSQL_CLIENT app -e "SET binlog_row_image = MINIMAL; UPDATE t SET a = 9 WHERE id = 1; UPDATE t SET b = 'x' WHERE id = 1; DELETE FROM t WHERE id = 3"
  catch_up_all
  assert_rows 'SELECT id, a, b FROM t WHERE c IS NOT NULL ORDER BY id'
  assert_rows 'SELECT COUNT(*) FROM t'
  # A key that changes: a record does not tell what the row was, a change line lets the row move.
  $MYSQL_CLIENT app -e "SET binlog_row_image = MINIMAL; UPDATE t SET id = 7, a = 7 WHERE id = 2"
  local target
  for target in "${targets[@]}"; do
    expect_status 65 catch_up "$target"
    assert_contains "$target" 'does not hold its column "b"' "$ERRORS"
    (source_stage "$target" --until now) | (apply_stage "$target")
  done
  assert_rows 'SELECT id, a, b FROM t WHERE c IS NOT NULL ORDER BY id'
}

test_a_row_that_follows_a_deleted_one() {
  new_databases
  row() { echo '{"topic":"a.b.'"$1"'","key":{"id":'"$2"'},"payload":{"before":'"$3"',"after":'"$4"',"op":"'"$5"'"}}'; }
  local target table old='{"id":2,"v":1,"w":5}'
  for target in "${targets[@]}"; do
    ask "$target" 'CREATE TABLE own (id BIGINT PRIMARY KEY, v BIGINT UNIQUE, w BIGINT)'
    for table in i own; do
      row "$table" 2 null "$old" c | cdc-apply --quiet "$(target_url "$target")"
      # What it does not carry is not that row's, also where it changes once more.
      { row "$table" 2 "$old" null d; row "$table" 2 null '{"id":2,"v":3}' c; row "$table" 2 null '{"id":2,"v":4}' u; } | cdc-apply --quiet "$(target_url "$target")"
      # Also where it was committed before, and where a row is what it is to be.
      row "$table" 3 null '{"id":3,"v":7}' c | cdc-apply --quiet "$(target_url "$target")"
      row "$table" 3 null '{"id":3,"v":7}' u | cdc-apply --quiet "$(target_url "$target")"
      assert_equal "$target: $table, a new row" '3 7 none' "$(ask "$target" "SELECT id, v, COALESCE(CAST(w AS CHAR(9)), 'none') FROM $table WHERE id = '3'" | tr '\t' ' ' | sed 's/ *$//')"
      ask "$target" "DELETE FROM $table WHERE id = '3'"
      assert_equal "$target: $table" '2 4 none' "$(ask "$target" "SELECT id, v, COALESCE(CAST(w AS CHAR(9)), 'none') FROM $table" | tr '\t' ' ' | sed 's/ *$//')"
    done
  done
}

test_shapes_change() {
  new_databases
  $MYSQL_CLIENT app -e "CREATE TABLE t (id INT PRIMARY KEY, a INT); INSERT INTO t VALUES (1, 1), (2, 2)"
  catch_up_all
  $MYSQL_CLIENT app -e "ALTER TABLE t ADD b VARCHAR(20) FIRST; INSERT INTO t VALUES ('new', 3, 3); ALTER TABLE t MODIFY a VARCHAR(10); UPDATE t SET a = 'one' WHERE id = 1"
  catch_up_all
  assert_rows 'SELECT id, a, b FROM t ORDER BY id'
  $MYSQL_CLIENT app -e "ALTER TABLE t DROP PRIMARY KEY, ADD PRIMARY KEY (id, a); INSERT INTO t VALUES ('more', 1, 'two')"
  catch_up_all
  assert_rows 'SELECT id, a, b FROM t ORDER BY id, a'
  $MYSQL_CLIENT app -e "DROP TABLE t; CREATE TABLE t (name VARCHAR(20) PRIMARY KEY, id INT); INSERT INTO t VALUES ('x', 1)"
  catch_up_all
  assert_rows 'SELECT name, id FROM t'
}

# Rows that were there become what the source's ALTER TABLE has made of them, or a warning names the column.
test_types_that_change() {
  local target stage errors
  for stage in cat encode_stage; do
    new_databases
    new_target sqlite
    $MYSQL_CLIENT app -e "CREATE TABLE t (id INT PRIMARY KEY, b_t BLOB, dt_v DATETIME(3), ti_v TIME(3), c_b CHAR(5) CHARACTER SET utf8mb4, bi_bi BIT(4), bi_ti BIT(1),
        bi_i BIT(12), bi_na BIT(12), bi_bo BIT(9), da_dt DATE, dt_dt DATETIME, de_v DECIMAL(5,2), vb_b VARBINARY(5), v_c VARCHAR(5), i_v INT, ti_ti TIME, x_j TEXT, e_e ENUM('a', 'b'),
        f_d FLOAT, f_s FLOAT, d_i DECIMAL(5,2), d_b DECIMAL(18,6), d_d DECIMAL(9,4), d_w DECIMAL(18,5));
      CREATE TABLE u (id INT PRIMARY KEY, j_t JSON);
      CREATE TABLE f (id INT PRIMARY KEY, d_d DECIMAL(30,10), d_u DECIMAL(25,3), d_t DECIMAL(40,20), i_f INT, bg_f BIGINT UNSIGNED, de_f DECIMAL(30,20), do_f DOUBLE, b_b BIT(1));
      INSERT INTO f VALUES (1, 99999999999999999999.9999500000, 9223372036854775805.500, -0.00000000004999999999, 16777217, 18446744073709551615, 0.12345678901234567890, 1e-45, b'1'),
        (2, -12345678901234567890.0000499999, 9223372036854775806.499, -99999999999999999999.99999999995, 123456789, 9007199791611905, -16777217.5, -123456789.125, b'0'), (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
      INSERT INTO t VALUES (1, 'ab', '2024-01-01 10:00:00.120', '-10:00:00.5', 'ab', b'1010', b'1', b'101000000001', b'10000011', b'1', '2024-01-01', '2024-01-01 01:02:03', 1.5, 'x', 'a ', 7, '-1:00:00', '{}', 'b',
        0.1, 1e-45, 2.5, 999999999999.500000, 0.0949, 1234567890123.00500);
      INSERT INTO t (id, f_d, f_s, d_i, d_b, d_d, d_w) VALUES (4, -3.4e38, 1.17549e-38, -2.5, -0.499999, -99999.9500, -0.00499);
      INSERT INTO t (id) VALUES (2); INSERT INTO u VALUES (1, '{\"a\": [1, 2]}')"
    for target in sqlite mariadb postgresql; do (source_stage "$target" --until now) | ($stage) | (apply_stage "$target"); done
    $MYSQL_CLIENT app -e "ALTER TABLE t MODIFY b_t TEXT CHARACTER SET utf8mb4, MODIFY dt_v VARCHAR(30), MODIFY ti_v VARCHAR(30), MODIFY c_b BINARY(5), MODIFY bi_bi BIT(20), MODIFY bi_ti TINYINT(1),
        MODIFY bi_i INT, MODIFY bi_na BIT(8), MODIFY bi_bo BIT(1), MODIFY da_dt DATETIME(3), MODIFY dt_dt DATETIME(6), MODIFY de_v VARCHAR(10), MODIFY vb_b BINARY(3), MODIFY v_c CHAR(5), MODIFY i_v VARCHAR(10), MODIFY ti_ti TIME(6), MODIFY x_j JSON,
        MODIFY e_e ENUM('b', 'a', 'c'), MODIFY f_d DOUBLE, MODIFY f_s DOUBLE, MODIFY d_i INT, MODIFY d_b BIGINT, MODIFY d_d DECIMAL(9,1), MODIFY d_w DECIMAL(18,2);
      ALTER TABLE f MODIFY d_d DECIMAL(30,4), MODIFY d_u BIGINT UNSIGNED, MODIFY d_t DECIMAL(40,10), MODIFY i_f FLOAT, MODIFY bg_f FLOAT, MODIFY de_f FLOAT, MODIFY do_f FLOAT, MODIFY b_b BIT(9);
      INSERT INTO f (id, i_f) VALUES (4, 0.1); ALTER TABLE u MODIFY j_t TEXT; INSERT INTO t (id) VALUES (3); INSERT INTO u (id) VALUES (3)"
    for target in sqlite mariadb postgresql; do
      errors=$( (source_stage "$target" --until now) | ($stage) | cdc-apply --quiet "$(target_url "$target")" 2>&1) || fail "$target: $errors"
      assert_contains "$target: a warning" 'has altered column "j_t" of table "u" from json to text' "$errors"
      if [ "$stage" = cat ]; then assert_equal "$target: no other" 0 "$(grep -c 'column .* of table "t"' <<<"$errors")"; fi
      verify "$(target_url "$target")" >verified || true
      assert_contains "$target, $stage: values" "equal app.t: 4 rows" "$(cat verified)"
      [ "$target" = mariadb ] || assert_contains "$target, $stage: numbers" "equal app.f: 4 rows" "$(cat verified)"
    done
    assert_equal "as MySQL writes them" '2024-01-01 10:00:00.120|-10:00:00.500|2024-01-01 00:00:00.000|2024-01-01 01:02:03.000000|1.50' \
      "$(ask sqlite 'SELECT dt_v, ti_v, da_dt, dt_dt, de_v FROM t WHERE id = 1' | tr '\t' '|')"
  done
}

# A table of the user's own: the server computes columns itself, and its key has to tell apart what the source's does.
test_tables_with_traits_of_their_own() {
  local target
  lines() { # COLLATION VALUE
    echo "$hello"
    echo '{"@cdc":"table","db":"d","table":"r","at":"map","columns":[{"name":"k","type":"varchar(9)","null":false,"charset":"utf8mb4","collation":"'"$1"'"},
      {"name":"n","type":"int","null":true},{"name":"g","type":"int","null":true}],"key":["k"],"create":"x"}' | tr -d '\n'
    echo
    transaction 1 "r c {\"k\":\"$2\",\"n\":4,\"g\":5}" 'r c {"k":"z","n":1,"g":2}' 'r d {"k":"z"}'
    echo "$end"
  }
  new_databases
  ask mariadb 'CREATE TABLE r (k VARCHAR(9) COLLATE utf8mb4_nopad_bin PRIMARY KEY, n INT, g INT AS (n + 1) STORED)'
  ask mysql 'CREATE TABLE r (k VARCHAR(9) COLLATE utf8mb4_0900_bin PRIMARY KEY, n INT, g INT AS (n + 1))'
  ask postgresql 'CREATE TABLE r (k TEXT PRIMARY KEY, n INT, g INT GENERATED ALWAYS AS (n + 1) STORED, i INT GENERATED ALWAYS AS IDENTITY)'
  for target in "${targets[@]}"; do
    lines utf8mb4_0900_ai_ci a | cdc-apply "$(target_url "$target")" 2>errors || fail "$target: $(cat errors)"
    assert_contains "$target" 'computes column "g" itself' "$(cat errors)"
    assert_equal "$target: what the server computes" $'a\t4\t5' "$(ask "$target" 'SELECT k, n, g FROM r')"
  done
  # A key that the server would number.
  new_target postgresql
  ask postgresql 'CREATE TABLE n (id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v TEXT)'
  { echo "$hello"; table n id id:int 'v:varchar(9)'; transaction 1 'n c {"id":7,"v":"x"}' 'n u {"id":7,"v":"x"}>{"id":7,"v":"y"}'; echo "$end"; } | apply_stage postgresql
  assert_equal "a number of the source's" $'7\ty' "$(ask postgresql 'SELECT * FROM n')"
  # One beside the key, which an update may not set.
  ask postgresql 'CREATE TABLE o (id INT PRIMARY KEY, v TEXT, n INT GENERATED ALWAYS AS IDENTITY)'
  numbered() { echo "$hello"; table o id id:int 'v:varchar(9)' n:int; transaction "$@"; echo "$end"; }
  numbered 2 'o c {"id":7,"v":"x","n":70}' 'o c {"id":8,"v":"x","n":80}' | apply_stage postgresql
  numbered 3 'o u {"id":7,"v":"x","n":70}>{"id":7,"v":"y","n":71}' 'o u {"id":8}>{"id":8,"v":"z"}' | apply_stage postgresql
  assert_equal "numbers beside the key" $'7\ty\t71\n8\tz\t80' "$(ask postgresql 'SELECT * FROM o ORDER BY id')"
  # Keys.
  new_databases
  ask mariadb 'CREATE TABLE r (k VARCHAR(9) COLLATE utf8mb4_general_ci PRIMARY KEY, n INT, g INT)'
  ask mysql 'CREATE TABLE r (k VARCHAR(9) COLLATE utf8mb4_0900_ai_ci PRIMARY KEY, n INT, g INT)'
  ask postgresql "CREATE COLLATION IF NOT EXISTS loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false); CREATE TABLE r (k TEXT COLLATE loose PRIMARY KEY, n INT, g INT)" >/dev/null
  for target in "${targets[@]}"; do
    lines utf8mb4_bin a >input
    expect_status 78 cdc-apply --quiet "$(target_url "$target")" <input
    assert_contains "$target" 'rows that the source tells apart would be one' "$ERRORS"
    lines '' a >input
    expect_status 0 cdc-apply --quiet "$(target_url "$target")" <input
    assert_contains "$target" 'rows that the source tells apart may become one' "$ERRORS"
  done
}

# The tables of positions are there: no right to make tables is needed. A server that takes no changes is one to wait for.
test_users_without_rights_and_servers_without_changes() {
  new_databases
  { echo "$hello"; table n id id:int 'v:varchar(9)'; transaction 1 'n c {"id":1,"v":"x"}'; echo "$end"; } >first
  { echo "$hello"; table n id id:int 'v:varchar(9)'; transaction 2 'n c {"id":2,"v":"y"}'; echo "$end"; } >second
  local target
  for target in mariadb postgresql; do apply_stage "$target" <first; done
  $MARIADB_CLIENT -e "CREATE OR REPLACE USER writer IDENTIFIED BY 'w'; GRANT SELECT, INSERT, UPDATE, DELETE ON copy.* TO writer; CREATE OR REPLACE USER reader IDENTIFIED BY 'r'; GRANT SELECT ON copy.* TO reader"
  cdc-apply --quiet "mysql://writer:w@127.0.0.1:$MARIADB_PORT/copy" <second
  expect_status 77 cdc-apply --quiet --slot another "mysql://reader:r@127.0.0.1:$MARIADB_PORT/copy" <second
  assert_contains "what to grant" "GRANT CREATE, ALTER" "$ERRORS"
  $POSTGRESQL_CLIENT -q -c 'DROP ROLE IF EXISTS writer' -c "CREATE ROLE writer LOGIN" -c 'GRANT USAGE ON SCHEMA public TO writer' -c 'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO writer' 2>/dev/null
  cdc-apply --quiet "${POSTGRESQL_URL/cdc@/writer@}" <second
  for target in mariadb postgresql; do assert_equal "$target" $'1\tx\n2\ty' "$(ask "$target" 'SELECT * FROM n ORDER BY id')"; done
  $MARIADB_CLIENT -e 'SET GLOBAL read_only = 1'
  expect_status 69 cdc-apply --quiet "mysql://writer:w@127.0.0.1:$MARIADB_PORT/copy" <second
  $MARIADB_CLIENT -e 'SET GLOBAL read_only = 0'
  assert_contains mariadb 'takes no changes' "$ERRORS"
  expect_status 69 cdc-apply --quiet "$POSTGRESQL_URL?options=-cdefault_transaction_read_only%3Don" <second
  assert_contains postgresql 'takes no changes' "$ERRORS"
  $MARIADB_CLIENT -e "ALTER USER writer WITH MAX_USER_CONNECTIONS 1"
  expect_status 75 cdc-apply --quiet "mysql://writer:w@127.0.0.1:$MARIADB_PORT/copy" <second
  $POSTGRESQL_CLIENT -q -c 'DROP OWNED BY writer' -c 'DROP ROLE writer'
}

# The connector writes a zero TIMESTAMP as the beginning of 1970; what is of no TIMESTAMP of MySQL's may be of any year.
test_instants_of_records() {
  new_databases
  $MYSQL_CLIENT app -e "SET sql_mode = '', time_zone = '+00:00'; CREATE TABLE z (id INT PRIMARY KEY, at TIMESTAMP(3) NOT NULL); INSERT INTO z VALUES (1, '0000-00-00'), (2, '2024-01-01 00:00:00.5')"
  catch_up_all
  local target
  for target in mysql mariadb; do
    assert_equal "$target: zero" $'0000-00-00 00:00:00.000\n2024-01-01 00:00:00.500' "$(ask "$target" "SET time_zone = '+00:00'; SELECT at FROM z ORDER BY id")"
    echo '{"topic":"o","key":{"schema":{"type":"struct","fields":[{"field":"id","type":"int32"}]},"payload":{"id":1}},"payload":{"schema":{"type":"struct","fields":[{"field":"id","type":"int32"},{"field":"at","type":"string","name":"io.debezium.time.ZonedTimestamp"}]},"payload":{"id":1,"at":"1900-01-01T00:00:00.25Z"}}}' |
      apply_stage "$target"
    assert_equal "$target: any year" '1900-01-01 00:00:00.250000' "$(ask "$target" 'SELECT at FROM o')"
  done
}

test_what_verify_tells() {
  new_databases
  # The log is read from its beginning, for the table that is dropped in it: tables of other tests are not to be in it.
  $MYSQL_CLIENT -e 'RESET BINARY LOGS AND GTIDS' 2>/dev/null || $MYSQL_CLIENT -e 'RESET MASTER'
  new_target sqlite
  $MYSQL_CLIENT app -e "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(9), n DECIMAL(5,2), j JSON); INSERT INTO t VALUES (1, 'a', 1.5, '1e19'), (2, NULL, 2, '1e16');
    CREATE TABLE gone (id INT PRIMARY KEY); INSERT INTO gone VALUES (1); CREATE TABLE nothing (id INT PRIMARY KEY); DROP TABLE gone"
  local target
  for target in sqlite mariadb postgresql; do
    (source_stage "$target" --snapshot never --until now) | (apply_stage "$target")
    verify "$(target_url "$target")" >verified || fail "$target: $(cat verified)"
    assert_contains "$target" 'skip app.gone: the source has dropped it, and the target still holds its rows' "$(cat verified)"
    assert_contains "$target" 'skip app.nothing: the slot has not delivered it, and it is empty at the source' "$(cat verified)"
    ask "$target" "UPDATE t SET v = 'b', n = 1.25 WHERE id = 1; UPDATE t SET v = 'c' WHERE id = 2"
    expect_status 1 verify "$(target_url "$target")"
    verify "$(target_url "$target")" >verified || true
    assert_contains "$target" '(1) has other values: column "v" is "a" at the source, "b" at the target' "$(cat verified)"
    assert_contains "$target" '(2) has other values: column "v" is NULL at the source, "c" at the target' "$(cat verified)"
  done
  { echo "$hello"; table pg_class id id:int; transaction 1 'pg_class c {"id":1}'; echo "$end"; } >input
  expect_status 78 cdc-apply --quiet --slot other "$(target_url postgresql)" <input
  assert_contains "a name of the server's" "has the name of one of PostgreSQL's own" "$ERRORS"
}

# What was ignored is made up for by a run that may.
test_ddl_modes() {
  new_databases
  $MYSQL_CLIENT app -e "CREATE TABLE t (id INT PRIMARY KEY, a INT, n SMALLINT); INSERT INTO t VALUES (1, 1, 1)"
  catch_up_all
  catch_up sqlite
  $MYSQL_CLIENT app -e "ALTER TABLE t MODIFY a VARCHAR(20), MODIFY n BIGINT, ADD b INT, ADD c INT; INSERT INTO t VALUES (2, '2', 2, 2, 2)"
  local target
  catch_up_with() { (source_stage "$1" --until now) | (encode_stage) | cdc-apply "${@:2}" "$(target_url "$1")"; }
  for target in mysql mariadb postgresql sqlite; do
    expect_status 78 catch_up_with "$target" --ddl stop
    assert_contains "$target" 'has no columns "b", "c"' "$ERRORS"
    expect_status 0 catch_up_with "$target" --ddl ignore
    assert_contains "$target" 'another key or other types' "$ERRORS"
    assert_equal "$target: warnings" 3 "$(grep -cE 'warning: (table|the source has)' <<<"$ERRORS")"
  done
  # As many as go into a table of their own first.
  $MYSQL_CLIENT app -e "INSERT INTO t WITH RECURSIVE s (i) AS (SELECT 1001 UNION ALL SELECT i + 1 FROM s WHERE i < 1300) SELECT i, i, 2, 2, 2 FROM s"
  for target in "${targets[@]}"; do expect_status 0 catch_up_with "$target" --ddl ignore; done
  $MYSQL_CLIENT app -e 'UPDATE t SET n = 3 WHERE id > 1000'
  for target in "${targets[@]}"; do expect_status 0 catch_up_with "$target" --ddl ignore; done
  $MYSQL_CLIENT app -e "INSERT INTO t VALUES (3, 'three', 3000000000, 3, 3)"
  # Still narrow: a value that does not fit is refused.
  for target in mysql mariadb postgresql; do expect_status 65 catch_up_with "$target" --ddl ignore; done
  catch_up_all
  catch_up sqlite
  assert_rows 'SELECT id, a, n FROM t ORDER BY id'
  assert_rows 'SELECT b, c FROM t WHERE id = 3'
  assert_equal sqlite "$(on_source 'SELECT id, a, n FROM t ORDER BY id' | tr '\t' '|')" "$(ask sqlite 'SELECT id, a, n FROM t ORDER BY id' | tr '\t' '|')"
}

test_records_that_tell_more_columns_within_a_transaction() {
  local target n id columns extra
  {
    echo "$hello"
    for n in 1 2; do
      echo '{"@cdc":"begin","n":'"$n"',"pos":{"file":"b.000001","pos":'"$n"'00}}'
      id=$((n * 10))
      for extra in '"a":"x"' '"a":"y","b'"$n"'":"z"' '"c'"$n"'":"5"'; do
        echo '{"topic":"t","key":{"id":'"$id"'},"payload":{"before":null,"after":{"id":'"$id"','"$extra"'},"op":"c","ts_ms":1,"source":{"db":"d","table":"t"}}}'
        id=$((id + 1))
      done
      echo '{"@cdc":"mark","n":'"$n"',"rows":3,"ts_us":1,"pos":{"file":"b.000001","pos":'"$n"'00}}'
    done
    echo "$end"
  } >stream
  columns="a, b1, c1, b2, c2"
  for target in "${targets[@]}"; do
    new_target "$target"
    cdc-apply --quiet "$(target_url "$target")" <stream
    assert_equal "$target" "10 x NULL NULL NULL NULL,11 y z NULL NULL NULL,12 NULL NULL 5 NULL NULL,20 x NULL NULL NULL NULL,21 y NULL NULL z NULL,22 NULL NULL NULL NULL 5" \
      "$(ask "$target" "SELECT id, $columns FROM t ORDER BY id" | tr '\t\n' ' ,' | sed 's/,$//')"
  done
}

test_a_transaction_larger_than_memory_is_whole() {
  new_databases
  $MYSQL_CLIENT app -e "CREATE TABLE big (id INT PRIMARY KEY, text VARCHAR(2000)); CREATE TABLE small (id INT PRIMARY KEY)"
  catch_up_all
  $MYSQL_CLIENT app -e "SET cte_max_recursion_depth = 100000; BEGIN; INSERT INTO small VALUES (1);
    INSERT INTO big WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) SELECT i, REPEAT('x', 1000) FROM n;
    DELETE FROM big WHERE id % 3 = 0; UPDATE big SET text = 'y' WHERE id % 3 = 1; COMMIT"
  catch_up_all
  assert_rows "SELECT COUNT(*), SUM(LENGTH(text)), SUM(id) FROM big"
  # The upstream dies within such a transaction: nothing of it stays.
  $MYSQL_CLIENT app -e "BEGIN; UPDATE big SET text = REPEAT('z', 1500); INSERT INTO small VALUES (2); COMMIT"
  local target
  for target in "${targets[@]}"; do
    (source_stage "$target" --until now) | (encode_stage) | sed '15000q' | (apply_stage "$target") || true
    assert_equal "$target: rows of half a transaction" 0 "$(ask "$target" "SELECT COUNT(*) FROM big WHERE text LIKE 'z%'")"
  done
  catch_up_all
  assert_rows "SELECT COUNT(*), SUM(LENGTH(text)), SUM(id) FROM big"
}

test_keys_and_rows_that_are_hard_to_compare() {
  new_databases
  $MYSQL_CLIENT app -e "CREATE TABLE f (c FLOAT PRIMARY KEY, v INT); INSERT INTO f VALUES (1.1, 1), (2.5, 1), (3.4e38, 1);
    CREATE TABLE n (v INT, j JSON, f FLOAT); INSERT INTO n VALUES (1, '{\"a\": 1.0, \"b\": [1, \"x y\"]}', 0.3333333), (1, '\"s\"', 123456.789), (1, 'null', 1e-40)"
  catch_up_all
  $MYSQL_CLIENT app -e "DELETE FROM f WHERE v = 1 AND c < 2; UPDATE f SET c = 9.9 WHERE c > 3; UPDATE n SET v = 2; DELETE FROM n WHERE f > 1000; INSERT INTO n VALUES (3, '\"t\"', 7.7)"
  catch_up_all
  assert_rows 'SELECT c, v FROM f ORDER BY c'
  assert_rows 'SELECT v, COUNT(*) FROM n GROUP BY v ORDER BY v'
  # Bits are compared as numbers.
  $MYSQL_CLIENT app -e "CREATE TABLE b (k BIT(12) PRIMARY KEY, v INT); INSERT INTO b VALUES (1, 1), (2, 2), (4095, 3);
    CREATE TABLE l (a BIT(1), b BIT(64), v INT); INSERT INTO l VALUES (1, 18446744073709551615, 1), (0, 1, 2), (1, 0, 3)"
  catch_up_all
  $MYSQL_CLIENT app -e "UPDATE b SET v = 9 WHERE v = 1; DELETE FROM b WHERE v = 2; UPDATE b SET k = 0 WHERE v = 3; UPDATE l SET v = 7 WHERE v = 1; DELETE FROM l WHERE v = 2; UPDATE l SET b = 5 WHERE v = 3"
  catch_up_all
  assert_rows 'SELECT v FROM b ORDER BY k'
  assert_rows 'SELECT v FROM l ORDER BY b'
  # Straight from binlog-tail: its own form of JSON.
  new_databases
  $MYSQL_CLIENT app -e "CREATE TABLE n (v INT, j JSON, f FLOAT); INSERT INTO n VALUES (1, '{\"a\": 1.0, \"b\": [1, \"x y\"]}', 0.3333333), (1, '\"s\"', 123456.789)"
  local target
  for target in "${targets[@]}"; do (source_stage "$target" --until now) | (apply_stage "$target"); done
  $MYSQL_CLIENT app -e "UPDATE n SET v = 2; INSERT INTO n VALUES (3, '\"t\"', 7.7), (4, CAST(DATE '2024-01-01' AS JSON), 1), (5, '{\"@a\": 1.5}', NULL)"
  for target in "${targets[@]}"; do (source_stage "$target" --until now) | (apply_stage "$target"); done
  assert_rows 'SELECT v, COUNT(*) FROM n GROUP BY v ORDER BY v'
  for target in "${targets[@]}"; do
    assert_equal "$target: documents" '"t",{"@a":1.5}' "$(ask "$target" 'SELECT j FROM n WHERE v IN (3, 5) ORDER BY v' | tr -d ' ' | paste -sd,)"
  done
}

# Rows are sent many at a time, so the ones that are refused have to be looked for.
test_refused_rows_are_found_in_their_batch() {
  new_databases
  local target i rows=()
  for i in $(seq 200); do rows+=("n c {\"id\":$i,\"v\":\"$((i % 90 == 0 ? 1000 : i % 9))\"}"); done
  {
    echo "$hello"
    table n id id:int 'v:varchar(10)'
    table k '' a:int
    transaction 1 'n c {"id":1000,"v":"1"}' 'k c {"a":1}'
    transaction 2 "${rows[@]}" 'n u {"id":1000,"v":"1"}>{"id":1001,"v":"2"}' 'k c {"a":2}' 'k d {"a":9}'
    transaction 3 'n d {"id":1}' 'n c {"id":2000,"v":"2000"}'
    echo "$end"
  } >input
  for target in "${targets[@]}"; do
    ask "$target" "CREATE TABLE n (id INT PRIMARY KEY, v VARCHAR(9) CHECK (v NOT LIKE '%000'))"
    expect_status 65 cdc-apply --quiet --slot stop "$(target_url "$target")" <input
    assert_contains "$target: what is refused is told" ': a row of table "k", which has no key' "$ERRORS"
    assert_contains "$target: where it is" "it is one of the rows from stdin line " "$ERRORS"
    ask "$target" "DELETE FROM n; DELETE FROM k; DELETE FROM cdc_table"
    cdc-apply --quiet --dead-letters "dead.$target" "$(target_url "$target")" <input
    assert_equal "$target: letters" '{"a":9} {"id":180,"v":"1000"} {"id":2000,"v":"2000"} {"id":90,"v":"1000"}' "$(jq -c 'select(.op) | .after // .before' "dead.$target" | sort | paste -sd' ')"
    assert_equal "$target: where" $'200\n200\n200\n300' "$(jq 'select(."@cdc" == "dead") | .pos.pos' "dead.$target")"
    assert_equal "$target: rows" $'198\t20830' "$(ask "$target" 'SELECT COUNT(*), SUM(id) FROM n')"
    assert_equal "$target: rows without a key" $'1\n2' "$(ask "$target" 'SELECT a FROM k ORDER BY a')"
    assert_equal "$target: the position" 300 "$(cdc-apply --print-position --slot demo "$(target_url "$target")" | jq .pos)"
    sed 's/"v":"[12]000"/"v":"1"/; /"a":9/d' "dead.$target" | cdc-apply --quiet "$(target_url "$target")" 2>/dev/null
    assert_equal "$target: after the repair" $'3' "$(ask "$target" "SELECT COUNT(*) FROM n WHERE id IN (90, 180, 2000) AND v = '1'")"
  done
}

# Commits are made while the next rows are read.
test_nothing_is_committed_after_a_commit_that_failed() {
  new_databases
  local target i
  {
    echo "$hello"
    table n id id:int 'v:varchar(10)'
    for i in $(seq 3000); do transaction "$i" "n c {\"id\":$i,\"v\":\"$((i == 1500 ? 1000 : i % 9))\"}"; done
    echo "$end"
  } >input
  for target in "${targets[@]}"; do
    ask "$target" "CREATE TABLE n (id INT PRIMARY KEY, v VARCHAR(9) CHECK (v NOT LIKE '%000'))"
    expect_status 65 cdc-apply --quiet --commit-interval 0 "$(target_url "$target")" <input
    # Those before the commit that failed, and the position of the last of them.
    i=$(($(cdc-apply --print-position --slot demo "$(target_url "$target")" | jq .pos) / 100))
    ((i > 0 && i < 1500)) || fail "$target: position $i"
    assert_equal "$target: rows" "$i"$'\t'"$i" "$(ask "$target" 'SELECT COUNT(*), MAX(id) FROM n')"
  done
}

# Servers round without a word what a column of the user's own does not hold.
test_values_that_a_column_would_round() {
  new_databases
  local target value row times='DATETIME' bad=() good=()
  for value in '"n":"1.25"' '"n":"-0.001"' '"at":"2024-01-01 00:00:00.5"' '"i":"0.5"' '"r":2.5'; do bad+=("$value"); done
  for value in '"n":"1.20"' '"n":"7"' '"at":"2024-01-01 00:00:00.000"' '"i":null' '"r":4'; do good+=("$value"); done
  lines() { # ID VALUE...
    local id=$1
    shift
    echo "$hello"
    table r id id:int n:'decimal(9,3)' at:'datetime(3)' i:'decimal(9,1)' r:double
    for row in "$@"; do
      id=$((id + 1))
      transaction "$id" "r c $(jq -nc "{id: $id, n: null, at: null, i: null, r: null} + {$row}")"
    done
    echo "$end"
  }
  for target in "${targets[@]}"; do
    [ "$target" != postgresql ] || times='TIMESTAMP(0)'
    ask "$target" "CREATE TABLE r (id INT PRIMARY KEY, n DECIMAL(9,1), at $times, i INT, r DECIMAL(9,0))"
    lines 0 "${good[@]}" | apply_stage "$target"
    assert_equal "$target: what fits" 5 "$(ask "$target" 'SELECT COUNT(*) FROM r')"
    for value in "${bad[@]}"; do
      lines 10 "$value" >input
      expect_status 65 cdc-apply --quiet "$(target_url "$target")" <input
      assert_contains "$target: $value" 'in the target, which would round a value' "$ERRORS"
    done
    lines 10 "${bad[@]}" | cdc-apply --quiet --dead-letters "dead.$target" "$(target_url "$target")" 2>/dev/null
    assert_equal "$target: nothing was rounded" 5 "$(ask "$target" 'SELECT COUNT(*) FROM r')"
    lines 20 '"n":"1.25"' | cdc-apply --quiet --allow-rounding "$(target_url "$target")"
    assert_equal "$target: when it is asked for" 1.3 "$(ask "$target" 'SELECT n FROM r WHERE id = 21')"
  done
}

# takes_first_of_two TARGET COLUMN GOOD VALUE WHY: into a table of the user's own with that column; the second is refused.
takes_first_of_two() {
  new_target "$1"
  ask "$1" "CREATE TABLE r (id INT PRIMARY KEY, $2)"
  lines 1 "$3" | cdc-apply --quiet "$(target_url "$1")" || fail "$1: $2: what fits"
  lines 2 "$4" >input
  expect_status 65 cdc-apply --quiet "$(target_url "$1")" <input
  assert_contains "$1: $2: ${4:0:80}" "$5" "$ERRORS"
}

# Nor do they say a word of other values that a column does not hold whole.
test_values_that_a_column_would_cut() {
  new_databases
  local target case column value good
  local cases=('v VARCHAR(3)|"v":"abc  "|"v":"éèê"' 'v CHAR(4)|"v":"abc "|"v":"abc"'
    'v DATE|"v":"2024-01-01 00:00:01"|"v":"2024-01-01 00:00:00"'
    'at DATE|"at":"2024-01-01 00:00:00.999999"|"at":"2024-01-01 00:00:00.000000"'
    'at TIME(6)|"at":"2024-01-01 10:11:12.000000"|"at":null' 'da TIME|"da":"2024-01-01"|"da":null'
    'ti DATE|"ti":"10:11:12.000000"|"ti":null' 'ti TIMESTAMP_6|"ti":"10:11:12.000000"|"ti":null'
    'n DOUBLE PRECISION|"n":18446744073709551615|"n":18446744073709549568' 'i REAL_4|"i":16777217|"i":16777216'
    'd DOUBLE PRECISION|"d":"1234567890123456.7890"|"d":"1234567890.1234"' 'r REAL_4|"r":0.123456789|"r":0.1'
    'd REAL_4|"d":"123456.7891"|"d":"1.2345"' 'v NUMERIC(9,2)|"v":"1.5e-3"|"v":"15e-1"' 'd MONEY|"d":"1.2345"|"d":"1.2300"')
  lines() { # ID VALUE
    echo "$hello"
    table r id id:int v:'varchar(20)' at:'datetime(6)' da:date ti:'time(6)' n:'bigint unsigned' i:int d:'decimal(20,4)' r:double
    local column row="\"id\":$1"
    for column in v at da ti n i d r; do
      case $2 in "\"$column\":"*) row+=",$2" ;; *) row+=",\"$column\":null" ;; esac
    done
    transaction "$1" "r c {$row}"
    echo "$end"
  }
  for target in "${targets[@]}"; do
    for case in "${cases[@]}"; do
      IFS='|' read -r column value good <<<"$case"
      if [ "$target" = postgresql ]; then
        column=${column/TIMESTAMP_6/TIMESTAMP(6)} column=${column/REAL_4/REAL}
      else
        column=${column/TIMESTAMP_6/DATETIME(6)} column=${column/REAL_4/FLOAT}
        [ "$column" != 'd MONEY' ] || continue
      fi
      takes_first_of_two "$target" "$column" "$good" "$value" " in the target, which would "
      assert_equal "$target: $column: rows" 1 "$(ask "$target" 'SELECT COUNT(*) FROM r')"
    done
  done
  # Blanks at the end of a text are cut by the bytes that it takes in the column's character set.
  local long set
  long=$(printf '%040000d' 0)
  for target in mysql mariadb; do
    for case in "TEXT|utf8mb4|$(printf '%065534d ' 0)|$(printf '%065534d  ' 0)" "TINYTEXT|latin1|${long:0:254}é|${long:0:254}é " \
      "TINYTEXT|utf8mb4|${long:0:252}é |${long:0:253}é " "TEXT|utf16|${long:0:32766} |$long "; do
      IFS='|' read -r column set good value <<<"$case"
      takes_first_of_two "$target" "v $column CHARACTER SET $set" "\"v\":\"$good\"" "\"v\":\"$value\"" " in the target, which would cut "
      assert_equal "$target: $column of $set" "$good" "$(ask "$target" 'SELECT v FROM r')"
    done
  done
  for target in "${targets[@]}"; do
    new_target "$target"
    ask "$target" "CREATE TABLE r (id INT PRIMARY KEY, v VARCHAR(3))"
    lines 1 '"v":"abc  "' | cdc-apply --quiet --allow-rounding "$(target_url "$target")"
    assert_equal "$target: when it is asked for" abc "$(ask "$target" 'SELECT v FROM r')"
  done
}

# Without a schema, numbers go into columns of text, in the digits that they came in.
test_numbers_without_a_schema() {
  new_databases
  local target
  echo '{"topic":"a.r","key":{"id":1},"payload":{"id":1,"n":1.2345678901234567890123e0,"m":0.1e-400,"l":'"$(printf '1.%090d' 7)"'}}' >input
  for target in "${targets[@]}"; do
    cdc-apply --quiet "$(target_url "$target")" <input 2>/dev/null
    assert_equal "$target" $'1.2345678901234567890123e0\t0.1e-400\t'"$(printf '1.%090d' 7)" "$(ask "$target" 'SELECT n, m, l FROM r')"
  done
}

# A row that the source inserted is taken for new, but need not be: a stream without marks may come twice.
test_inserted_rows_that_are_there_already() {
  new_databases
  local target i
  { table r id id:int v:int; for i in $(seq 600); do echo '{"op":"c","db":"d","table":"r","after":{"id":'"$i"',"v":'"$i"'},"ts_us":1,"file":"b","pos":1,"row":0,"server_id":1}'; done; } >input
  sed 's/"v":[0-9]*/"v":7/; s/"id":600,/"id":601,/' input >again
  for target in "${targets[@]}"; do
    cdc-apply --quiet --commit-interval 9 "$(target_url "$target")" <input 2>/dev/null
    cdc-apply --quiet --commit-interval 9 "$(target_url "$target")" <again 2>/dev/null
    assert_equal "$target" $'601\t4800' "$(ask "$target" 'SELECT COUNT(*), SUM(v) FROM r')"
  done
}

test_verify_shows_what_differs() {
  new_databases
  $MYSQL_CLIENT app -e "CREATE TABLE t (id INT, part VARCHAR(9), v DECIMAL(9,2), f FLOAT, z INT(5) ZEROFILL, bi BIT(10), j JSON, at DATETIME(3), ti TIME(3), b VARBINARY(9), dz DECIMAL(9,3) ZEROFILL, y YEAR, gd DOUBLE(20,10), b1 BIT(1), PRIMARY KEY (id, part));
    CREATE TABLE r (x DOUBLE PRIMARY KEY, f FLOAT); INSERT INTO r VALUES (-0e0, -0e0), (1.5, -1.5);
    CREATE TABLE k (a INT, s TEXT); INSERT INTO k VALUES (1, 'x'), (1, 'x'), (NULL, 'y');
    CREATE TABLE m (k DECIMAL(9,3) PRIMARY KEY, v INT); INSERT INTO m VALUES (0.5, 1), (1.25, 1), (2.125, 1);
    INSERT INTO t WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
      SELECT i, IF(i % 2, 'odd', 'even'), i / 4, i / 3, i, i % 9, JSON_OBJECT('b', i, 'aa', i / 8, 'c', 1e16), '2024-01-01 00:00:00.120', '-00:00:01.500', IF(i % 5 = 0, NULL, CHAR(i % 256)), i / 8, IF(i % 2, 0, 1901), -0.0001, i % 2 FROM n"
  catch_up_all
  catch_up sqlite
  verify_all
  verify sqlite:copy.db >verified || fail "sqlite: $(cat verified)"
  assert_contains "a table with a key" "equal app.t: 500 rows" "$(cat verified)"
  assert_contains "one without" "equal app.k: 3 rows" "$(cat verified)"
  # SQLite holds more digits than the source's column has.
  ask sqlite "UPDATE t SET v = v + 0.0001 WHERE id = 9"
  expect_status 1 verify sqlite:copy.db >verified
  assert_contains "a digit beyond the scale" "(9, odd) has other values" "$(cat verified)"
  ask sqlite "UPDATE t SET v = 2.25 WHERE id = 9"
  local target spoil="DELETE FROM t WHERE id = 7; UPDATE t SET v = v + 0.01 WHERE id IN (8, 300); INSERT INTO t (id, part) VALUES (1000, 'new'); DELETE FROM k WHERE s = 'y'; UPDATE m SET v = 9 WHERE k < 2"
  for target in mariadb postgresql sqlite; do
    ask "$target" "$spoil"
    expect_status 1 verify "$(target_url "$target")" >verified
    assert_equal "$target" $'differs app.k: 3 rows at the source, 2 at the target\n  (NULL, y) is missing at the target\ndiffers app.m: 3 rows at the source, 3 at the target\n  (0.500) has other values: column "v" is "1" at the source, "9" at the target\n  (1.250) has other values: column "v" is "1" at the source, "9" at the target\nequal app.r: 2 rows, checksum CHECKSUM\ndiffers app.t: 500 rows at the source, 500 at the target\n  (1000, new) is not at the source\n  (300, even) has other values: column "v" is "75.00" at the source, "75.01" at the target\n  (7, odd) is missing at the target\n  (8, even) has other values: column "v" is "2.00" at the source, "2.01" at the target' "$(tail -n +2 verified | sed 's/checksum .*/checksum CHECKSUM/')"
  done
  # Of a table one thing is said.
  ask sqlite 'ALTER TABLE r DROP COLUMN f'
  expect_status 1 verify sqlite:copy.db >verified
  assert_equal "a column that is gone" 'differs app.r: the target lacks "f"; otherwise equal, 2 rows, checksum CHECKSUM' \
    "$(grep -F app.r verified | sed 's/checksum .*/checksum CHECKSUM/')"
  expect_status 64 cdc-apply --slot app --verify mysql://x@y file:out
  expect_status 66 cdc-apply --slot other --verify "mysql://$MYSQL_USER@$MYSQL_HOST:$MYSQL_PORT" sqlite:copy.db
}

# From MariaDB, since a copy's own commits in the source's server would move the position on.
test_verify_of_a_mysql_target() {
  new_databases
  $MARIADB_CLIENT -e "DROP DATABASE IF EXISTS app; CREATE DATABASE app"
  $MARIADB_CLIENT app -e "CREATE TABLE t (id INT PRIMARY KEY, v DECIMAL(9,2), f FLOAT, at DATETIME(3), b VARBINARY(9), s TEXT);
    INSERT INTO t VALUES (1, 1.5, 0.1, '2024-01-01 00:00:00.120', X'00FF', 'é'), (2, NULL, NULL, NULL, NULL, NULL), (3, -7, 1e-40, '9999-12-31 23:59:59.999', '', '')"
  local source="mysql://$MARIADB_USER@$MARIADB_HOST:$MARIADB_PORT"
  MYSQL_PWD=$MARIADB_PASSWORD binlog-tail --quiet --host "$MARIADB_HOST" --port "$MARIADB_PORT" --user "$MARIADB_USER" --tables 'app\..*' --slot app --snapshot initial --until now |
    (encode_stage) | (apply_stage mysql)
  MYSQL_PWD=$MARIADB_PASSWORD cdc-apply --quiet --slot app --verify "$source" "$(target_url mysql)" >verified || fail "$(cat verified)"
  assert_contains "equal" "equal app.t: 3 rows" "$(cat verified)"
  ask mysql "UPDATE t SET v = 1.51 WHERE id = 1; DELETE FROM t WHERE id = 3"
  MYSQL_PWD=$MARIADB_PASSWORD expect_status 1 cdc-apply --quiet --slot app --verify "$source" "$(target_url mysql)" >verified
  assert_equal "differences" $'differs app.t: 3 rows at the source, 2 at the target\n  (1) has other values: column "v" is "1.50" at the source, "1.51" at the target\n  (3) is missing at the target' "$(tail -n +2 verified)"
}

test_a_key_that_rows_do_not_fit() {
  new_databases
  $MYSQL_CLIENT app -e "CREATE TABLE nk (v INT); INSERT INTO nk VALUES (1), (2)"
  catch_up_all
  $MYSQL_CLIENT app -e "ALTER TABLE nk ADD id INT AUTO_INCREMENT PRIMARY KEY FIRST; INSERT INTO nk (v) VALUES (3)"
  local target
  for target in "${targets[@]}"; do
    expect_status 78 catch_up "$target"
    assert_contains "$target" 'a new snapshot fills it anew' "$ERRORS"
    # Which helps.
    binlog-tail --quiet --host "$MYSQL_HOST" --port "$MYSQL_PORT" --user "$MYSQL_USER" --tables 'app\..*' --slot app --snapshot initial --until now |
      (encode_stage) | (apply_stage "$target")
  done
  assert_rows 'SELECT id, v FROM nk ORDER BY id'
}

test_a_row_larger_than_a_packet() {
  new_databases
  $MARIADB_CLIENT -e 'SET GLOBAL max_allowed_packet = 1048576'
  $MYSQL_CLIENT app -e "CREATE TABLE b (id INT PRIMARY KEY, data LONGBLOB); INSERT INTO b VALUES (1, REPEAT('x', 400000)), (2, REPEAT('y', 400000)), (3, REPEAT('z', 300000))"
  catch_up mariadb
  assert_equal "rows near the limit" $'1\t400000\n2\t400000\n3\t300000' "$(ask mariadb 'SELECT id, LENGTH(data) FROM b ORDER BY id')"
  $MYSQL_CLIENT app -e "INSERT INTO b VALUES (4, REPEAT('x', 900000))"
  expect_status 65 catch_up mariadb
  assert_contains "a row beyond it" max_allowed_packet "$ERRORS"
  $MARIADB_CLIENT -e 'SET GLOBAL max_allowed_packet = 67108864'
  catch_up mariadb
  assert_equal "after it was raised" 900000 "$(ask mariadb 'SELECT LENGTH(data) FROM b WHERE id = 4')"
}

test_modes() {
  new_databases
  $MYSQL_CLIENT app -e "CREATE TABLE t (id INT PRIMARY KEY, a INT); INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)"
  local target
  run_with() { for target in "${targets[@]}"; do (source_stage "$target" --slot "$1" --until now) | (encode_stage) | cdc-apply --quiet --table-name "${1}_{table}" "${@:2}" "$(target_url "$target")"; done; }
  run_with history --mode append
  run_with soft --deletes soft
  $MYSQL_CLIENT app -e "UPDATE t SET a = 10 WHERE id = 1; UPDATE t SET id = 5 WHERE id = 2; DELETE FROM t WHERE id = 3"
  run_with history --mode append
  run_with soft --deletes soft
  for target in "${targets[@]}"; do
    assert_equal "$target: history" "1 1 r,1 10 u,2 2 d,2 2 r,3 3 d,3 3 r,5 2 c" "$(ask "$target" 'SELECT id, a, __op FROM history_t ORDER BY id, a, __op' | tr '\t\n' ' ,' | sed 's/,$//')"
    assert_equal "$target: soft" "1 10,5 2" "$(ask "$target" 'SELECT id, a FROM soft_t WHERE NOT __deleted ORDER BY id' | tr '\t\n' ' ,' | sed 's/,$//')"
    assert_equal "$target: deleted" "2 2,3 3" "$(ask "$target" 'SELECT id, a FROM soft_t WHERE __deleted ORDER BY id' | tr '\t\n' ' ,' | sed 's/,$//')"
  done
  # The tables remember it, but those of an earlier version.
  { echo "$hello"; echo "$end"; } >input
  for target in "${targets[@]}"; do
    expect_status 78 cdc-apply --quiet --slot soft "$(target_url "$target")" <input
    assert_contains "$target" 'table "soft_t" of slot "soft" was filled with --mode upsert --deletes soft, and now --mode upsert is asked for' "$ERRORS"
    ask "$target" 'ALTER TABLE cdc_table DROP COLUMN rows_option'
  done
  $MYSQL_CLIENT app -e 'TRUNCATE t'
  run_with soft --deletes soft
  for target in "${targets[@]}"; do assert_equal "$target: truncated" 0 "$(ask "$target" 'SELECT COUNT(*) FROM soft_t WHERE NOT __deleted')"; done
}

test_tables_of_the_users_own() {
  new_databases
  $MYSQL_CLIENT app -e "CREATE TABLE t (id INT PRIMARY KEY, code VARCHAR(5)); INSERT INTO t VALUES (1, 'a'), (2, 'b')"
  local target
  for target in "${targets[@]}"; do ask "$target" 'CREATE TABLE t (id BIGINT PRIMARY KEY, code VARCHAR(5) NOT NULL UNIQUE, extra INT DEFAULT 7)'; done
  catch_up_all
  # A swap, which no single statement may stumble over.
  $MYSQL_CLIENT app -e "BEGIN; UPDATE t SET code = 'x' WHERE id = 1; UPDATE t SET code = 'a' WHERE id = 2; UPDATE t SET code = 'b' WHERE id = 1; COMMIT"
  catch_up_all
  assert_rows 'SELECT id, code FROM t ORDER BY id'
  new_databases
  $MYSQL_CLIENT app -e "CREATE TABLE t (id INT PRIMARY KEY, code VARCHAR(5)); INSERT INTO t VALUES (1, 'a')"
  for target in "${targets[@]}"; do
    ask "$target" 'CREATE TABLE t (id BIGINT, code VARCHAR(5))'
    expect_status 78 catch_up "$target"
    assert_contains "$target" "cannot be upserted by (id)" "$ERRORS"
  done
}

test_refusals() {
  new_databases
  local end='{"@cdc":"end","status":0}'
  expect_status 77 cdc-apply "mysql://$MYSQL_USER:wrong@$MYSQL_HOST:$MYSQL_PORT/copy" <<<"$end"
  assert_contains "wrong password" "in the URL, MYSQL_PWD" "$ERRORS"
  expect_status 69 cdc-apply "mysql://x@127.0.0.1:1/copy" <<<"$end"
  expect_status 69 cdc-apply "postgresql://x@127.0.0.1:1/copy" <<<"$end"
  expect_status 66 cdc-apply "mysql://root:@localhost/nosuch?socket=$MYSQL_SOCKET" <<<"$end"
  expect_status 66 cdc-apply "${POSTGRESQL_URL%/cdc}/nosuch" <<<"$end"
  expect_status 64 cdc-apply "mysql://x@127.0.0.1/" <<<"$end"
  expect_status 64 cdc-apply "postgresql:" <<<"$end"
  expect_status 64 cdc-apply "postgresql://x@127.0.0.1/y?colour=red" <<<"$end"
  expect_status 64 cdc-apply "mysql://x@127.0.0.1/copy?colour=red" <<<"$end"
  expect_status 64 cdc-apply "oracle://x/y" <<<"$end"
  $MYSQL_CLIENT app -e "CREATE TABLE t (id INT PRIMARY KEY, text TEXT); INSERT INTO t VALUES (1, CONCAT('a', CHAR(0)))"
  expect_status 65 catch_up postgresql
  assert_contains "NUL" 'a value of column "text" holds a NUL character, which PostgreSQL cannot store' "$ERRORS"
  [[ $ERRORS =~ stdin\ line\ [0-9]+:\ a\ value ]] || fail "no line of the input: $ERRORS"
  expect_status 77 cdc-apply "postgresql://nosuch@${POSTGRESQL_URL#*@}" <<<"$end"
  assert_contains "a user that there is not" "CREATE ROLE" "$ERRORS"
  local name column
  name=$(printf 'n%063d' 0)
  for column in ctid "$name"; do
    echo '{"topic":"a.b","key":{"id":1},"payload":{"id":1,"'"$column"'":1}}' >input
    expect_status 78 cdc-apply "$(target_url postgresql)" <input
    assert_contains "column $column" "before cdc-apply" "$ERRORS"
  done
  echo '{"topic":"a.'"$name"'","key":{"id":1},"payload":{"id":1}}' >input
  expect_status 78 cdc-apply "$(target_url postgresql)" <input
  assert_contains "a long name" "a shorter one: --table-name" "$ERRORS"
}

# Transfers keep the sum; each also adds a row to `transfer`, so that a lost or doubled one shows.
write_transfers() {
  local i
  for ((i = 1; i <= $1; i++)); do
    echo "BEGIN; UPDATE account SET balance = balance - $((i % 7)) WHERE id = $((i % 4 + 1));
      UPDATE account SET balance = balance + $((i % 7)) WHERE id = $(((i + 1) % 4 + 1));
      INSERT INTO transfer VALUES ($i, NOW(6)); INSERT INTO visit VALUES ($((i % 5))); COMMIT;"
  done
}
start_pipe() {
  rm -f one two
  mkfifo one two
  (source_stage "$1") >one 2>>errors & SOURCE=$!
  (encode_stage) <one >two 2>>errors & ENCODE=$!
  (apply_stage "$1") <two 2>>errors & APPLY=$!
}
kill_at_random() { # TARGET KILLS
  local target=$1 i sum victim writer
  new_databases
  $MYSQL_CLIENT app -e "CREATE TABLE account (id INT PRIMARY KEY, balance DECIMAL(12,2)); CREATE TABLE transfer (id INT PRIMARY KEY, at DATETIME(6));
    CREATE TABLE visit (account INT); INSERT INTO account VALUES (1, 100), (2, 100), (3, 100), (4, 100)"
  write_transfers 100000 | $MYSQL_CLIENT app &
  writer=$!
  for ((i = 0; i < $2; i++)); do
    start_pipe "$target"
    victim=$((RANDOM % 3))
    # A moment between the start and 0.4 s; it is the moment that is drawn, not a wait for something.
    sleep "0.$(printf %03d $((RANDOM % 400)))"
    case $victim in 0) victim=$SOURCE ;; 1) victim=$ENCODE ;; 2) victim=$APPLY ;; esac
    kill -KILL "$victim" 2>/dev/null || true
    kill -TERM "$SOURCE" 2>/dev/null || true
    wait "$SOURCE" "$ENCODE" "$APPLY" 2>/dev/null || true
    sum=$(ask "$target" 'SELECT SUM(balance) FROM account' 2>/dev/null) || sum=
    [ -z "$sum" ] || [ "$sum" = NULL ] || assert_equal "$target: the sum of all accounts after kill $i" 400.00 "$sum"
  done
  kill "$writer" 2>/dev/null || true
  wait "$writer" 2>/dev/null || true
  catch_up "$target"
  targets=("$target")
  assert_rows 'SELECT id, balance FROM account ORDER BY id'
  assert_rows 'SELECT COUNT(*), SUM(id) FROM transfer'
  assert_rows 'SELECT account, COUNT(*) FROM visit GROUP BY account ORDER BY account'
  (($(on_source 'SELECT COUNT(*) FROM transfer') > 100)) || fail "only $(on_source 'SELECT COUNT(*) FROM transfer') transfers were made"
}

test_random_kills() {
  local seed=${SEED:-$RANDOM} kills=${KILLS:-12} target
  echo "  seed $seed, $kills kills a target"
  RANDOM=$seed
  : >errors
  for target in "${targets[@]}"; do (kill_at_random "$target" "$kills"); done
}

run_tests
