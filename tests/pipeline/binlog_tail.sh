#!/usr/bin/env bash
# binlog-tail against real servers: MySQL, and MariaDB beside it.
# shellcheck disable=SC2317,SC2016 # the tests are called by name; a dollar in a password is meant
set -euo pipefail
# shellcheck source=tests/pipeline/lib.sh
. "$CDC_SOURCE/tests/pipeline/lib.sh"
need_tools binlog-tail
with_servers mysql mariadb

# As the user that may do all that capture needs. In the background only the arrays: a function there is a shell more.
printf '%s\n' "$MYSQL_PASSWORD" >"$TEST_FOLDER/mysql.password"
printf '%s\n' "$MARIADB_PASSWORD" >"$TEST_FOLDER/mariadb.password"
TAIL=(binlog-tail --host "$MYSQL_HOST" --port "$MYSQL_PORT" --user "$MYSQL_USER" --password-file "$TEST_FOLDER/mysql.password" --quiet)
TAIL_MARIADB=(binlog-tail --host "$MARIADB_HOST" --port "$MARIADB_PORT" --user "$MARIADB_USER" --password-file "$TEST_FOLDER/mariadb.password" --quiet)
tail_mysql() { "${TAIL[@]}" "$@"; }
tail_quiet() { tail_mysql "$@" >/dev/null; }
mysql_sql() { $MYSQL_CLIENT -N -e "$1" "${@:2}"; }
rows_of() { grep -c '^{"op"' "$1" || true; }
marks() { grep '^{"@cdc":"mark"' "$1" | jq -c '[.pos.file, .pos.pos, .pos.gtids]'; }
log_end() { mysql_sql 'SHOW BINARY LOG STATUS' 2>/dev/null || mysql_sql 'SHOW MASTER STATUS'; }
end_of_log() { log_end | awk -F '\t' '{print $1 ":" $2}'; }

# writer CLIENT DATABASE: changes rows for ever, some transactions of many rows.
writer() {
  python3 -u -c '
import random, time
rand = random.Random(1)
print("USE %s;" % "'"$2"'")
number = 1000
while True:
    number += 1
    key = rand.randrange(1, 400)
    print("BEGIN; REPLACE INTO acc VALUES (%d, %d, \"x%d\"); UPDATE acc SET v = v + 1 WHERE id BETWEEN %d AND %d; "
          "DELETE FROM acc WHERE id = %d; COMMIT; INSERT IGNORE INTO acc VALUES (%d, 0, \"new\");"
          % (key, number, number, key, key + 20, (key + 200) % 400, number % 400))
    time.sleep(0.001)
' 2>/dev/null | $1 >/dev/null 2>&1 || true
}

# snapshot_under_writes CLIENT DATABASE TAIL...
snapshot_under_writes() {
  local client=$1 database=$2
  shift 2
  $client -e "CREATE DATABASE $database; CREATE TABLE $database.acc (id INT PRIMARY KEY, v INT, s VARCHAR(20))"
  python3 -c 'print("INSERT INTO acc VALUES " + ",".join("(%d,0,\"old\")" % i for i in range(400)) + ";")' | $client "$database"
  writer "$client" "$database" &
  local writer=$!
  local run
  for run in 1 2 3; do
    "$@" --snapshot initial --tables "$database.acc" >"out$run" &
    local reader=$!
    enough() { [ "$(grep -c '^{"@cdc":"mark"' "out$run")" -ge 100 ]; }
    await 60 "changes after the snapshot" enough
    if [ "$run" = 3 ]; then
      pkill -P "$writer" python3 || true
      wait "$writer"
    fi
    # What is written after this row is seen by all that come after it.
    $client -e "REPLACE INTO $database.acc VALUES (5000, $run, 'last')"
    last() { grep -q "\"after\":{\"id\":5000,\"v\":$run,\"s\":\"last\"}" "out$run"; }
    await 60 "the last row" last
    kill -TERM "$reader"
    wait "$reader"
    assert_equal "reason of the end" '"signal"' "$(tail -n 1 "out$run" | jq .reason)"
  done
  $client -N -e "SELECT id, v, s FROM $database.acc" >rows
  python3 "$CDC_SOURCE/tests/pipeline/replay.py" out3 acc <rows >replayed || fail "the copy differs: $(cat replayed)"
  assert_contains "kinds of rows" "r:" "$(cat replayed)"
  # What the snapshot holds began before all that comes after it.
  assert_equal "changes that are older than the snapshot's position" 0 "$(jq -n '
    first(inputs | select(.snapshot == true and .n == 1) | .ts_us) as $at | [inputs | select(.op and .ts_us < ($at // 1e18))] | length' out3)"
  # The earlier runs were ended under writes: their rows fit together all the same.
  python3 "$CDC_SOURCE/tests/pipeline/replay.py" out1 acc </dev/null >replayed || true
  if grep -E 'is there already|not what is there' replayed; then fail "the snapshot does not fit its position"; fi
}

test_snapshot_then_stream_under_writes() { snapshot_under_writes "$MYSQL_CLIENT" snap "${TAIL[@]}"; }

test_snapshot_then_stream_under_writes_mariadb() { snapshot_under_writes "$MARIADB_CLIENT" snap "${TAIL_MARIADB[@]}"; }

test_start_positions_agree() {
  mysql_sql 'CREATE DATABASE starts; CREATE TABLE starts.t (id INT PRIMARY KEY, s VARCHAR(10))'
  local first begin
  begin=$(end_of_log)
  for i in 1 2 3 4 5; do mysql_sql "INSERT INTO starts.t VALUES ($i, 'r$i')"; done
  mysql_sql 'FLUSH BINARY LOGS'
  for i in 6 7 8; do mysql_sql "INSERT INTO starts.t VALUES ($i, 'r$i')"; done
  tail_mysql --tables starts.t --from "$begin" --until now >all
  assert_equal "rows" 8 "$(rows_of all)"
  first=$(grep '^{"@cdc":"mark"' all | sed -n 2p | jq -c .pos)
  marks all | sed 1,2d >expected
  for start in "$first" "$(jq -r '"\(.file):\(.pos)"' <<<"$first")" "$(jq -r .gtids <<<"$first")"; do
    tail_mysql --tables starts.t --from "$start" --until now >some
    marks some >found
    assert_same_file "marks from $start" expected found
    assert_equal "begins" position "$(head -n 1 some | jq -r .begins)"
  done
  tail_mysql --tables starts.t --from "$begin" --until "$(jq -r '"\(.file):\(.pos)"' <<<"$first")" >part
  assert_equal "rows until a position" 2 "$(rows_of part)"
  tail_mysql --tables starts.t --from "$begin" --until "$(jq -r .gtids <<<"$first")" >part
  assert_equal "rows until a GTID set" 2 "$(rows_of part)"
}

test_a_row_is_the_same_from_snapshot_and_log() {
  mysql_sql "CREATE DATABASE vals; CREATE TABLE vals.t (id BIGINT UNSIGNED PRIMARY KEY, ti TINYINT, z INT(8) UNSIGNED ZEROFILL,
    f FLOAT, fd FLOAT(7,3), d DOUBLE, dd DOUBLE(16,4), dc DECIMAL(20,5), dz DECIMAL(8,2) ZEROFILL, b BIT(10), y YEAR, da DATE, t6 TIME(6), dt DATETIME(3),
    ts TIMESTAMP(6) NULL, c CHAR(5), bi BINARY(5), v VARCHAR(20) CHARACTER SET latin1, g VARCHAR(20) CHARACTER SET gbk,
    u VARCHAR(20) CHARACTER SET utf16, tx TEXT, bl BLOB, e ENUM('ä','b') CHARACTER SET latin1, s SET('x','y','z'), p POINT) CHARACTER SET utf8mb4"
  local begin
  begin=$(end_of_log)
  mysql_sql "SET NAMES utf8mb4; SET sql_mode=''; SET time_zone='+05:00';
    INSERT INTO vals.t VALUES (18446744073709551615,-5,42,0.1,123.4567,1e-300,3.14159,-1234567890.12345,7.5,b'1000000001',2024,'2024-02-29','-838:59:59.5','2024-02-29 10:11:12.345','2024-02-29 10:11:12.345678','ab ','ab','naïve €','中文','😀x','tëxt \"q\" \\\\\\\\',x'00ff','ä','x,z',POINT(1,2)),
    (2,0,0,16777216,0,-0.0,0,0,0,b'0',0,'0000-00-00','00:00:00','0000-00-00','0000-00-00','','','','','','','','','',NULL)" --default-character-set=utf8mb4
  tail_mysql --tables vals.t --from "$begin" --until now | grep '^{"op"' | jq -S .after >logged
  tail_mysql --tables vals.t --snapshot initial_only | grep '^{"op"' | jq -c .after | sort -t: -k2 -r | jq -S . >stored
  jq -S -s 'sort_by(.id)' logged >logged.sorted
  jq -S -s 'sort_by(.id)' stored >stored.sorted
  assert_equal "rows" 2 "$(jq length logged.sorted)"
  assert_same_file "values" logged.sorted stored.sorted
}

# Large rows go out in pieces, which must not show: characters of several bytes, escapes and padding lie at their seams.
test_large_values() {
  mysql_sql "CREATE DATABASE large; CREATE TABLE large.t (id INT PRIMARY KEY, t LONGTEXT, l LONGTEXT CHARACTER SET latin1, b LONGBLOB, j JSON, n INT) CHARACTER SET utf8mb4"
  local begin form
  begin=$(end_of_log)
  mysql_sql "SET NAMES utf8mb4; INSERT INTO large.t VALUES (1, REPEAT('aé\"日\n😀\\\\', 250000), REPEAT('é\n', 1500000), REPEAT(x'00ff10ab', 1100000), JSON_ARRAY(REPEAT('ü', 900000)), 7),
    (2, NULL, REPEAT('x', 5000000), x'01', '[]', NULL), (3, REPEAT('y', 4400000), '', REPEAT(x'ff', 4200001), NULL, 1); UPDATE large.t SET n = n + 1 WHERE id <> 2"
  for form in base64 hex; do
    tail_mysql --tables large.t --from "$begin" --until now --binary "$form" >lines
    assert_equal "kinds" c,c,c,u,u "$(grep '^{"op"' lines | jq -r .op | paste -sd,)"
    grep '^{"op":"c"' lines | jq -c 'del(.after.j) | .after' >logged
    grep '^{"op":"u"' lines | jq -c 'del(.before.j) | .before' >before
    grep '^{"op":"u"' lines | jq -c 'del(.after.j) | .after' >after
    tail_mysql --tables large.t --snapshot initial_only --binary "$form" | grep '^{"op"' | jq -c 'del(.after.j) | .after' >stored
    cmp <(grep -v '^{"id":2,' logged) before || fail "$form: the rows before are not those that were inserted"
    cmp <(grep -v '^{"id":2,' stored) after || fail "$form: the rows after are not those that the table holds"
    cmp <(grep '^{"id":2,' stored) <(grep '^{"id":2,' logged) || fail "$form: row 2"
  done
}

# Each form of bytes says the same to all that read the lines.
test_forms_of_bytes() {
  need_tools cdc-encode cdc-apply
  mysql_sql "CREATE DATABASE forms; CREATE TABLE forms.t (id INT PRIMARY KEY, b BIT(10) DEFAULT b'11', one BIT(1), f BINARY(4), v VARBINARY(9), l BLOB, p POINT, k TEXT) CHARACTER SET utf8mb4"
  local begin form mode
  begin=$(end_of_log)
  mysql_sql "INSERT INTO forms.t VALUES (1, b'1000000001', b'1', x'ab00', x'', x'00ff10', POINT(1, 2), 'ü'), (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    SET SESSION binlog_row_image = MINIMAL; INSERT INTO forms.t (id) VALUES (3)"
  for form in base64 hex; do
    tail_mysql --tables forms.t --from "$begin" --until now --binary "$form" >"$form.log"
    tail_mysql --tables forms.t --snapshot initial_only --binary "$form" >"$form.snapshot"
    for mode in log snapshot; do
      cdc-encode --quiet --topic-prefix p --no-schemas <"$form.$mode" | grep '"topic":"p.forms.t"' | jq -c '.payload.after' >"$form.$mode.records"
      cdc-apply --quiet "sqlite:$form.$mode.db" <"$form.$mode"
      sqlite3 "$form.$mode.db" 'SELECT id, hex(b), hex(one), hex(f), hex(v), hex(l), hex(p) FROM t ORDER BY id' >"$form.$mode.rows"
    done
  done
  assert_equal "digits" '{"@hex":"00ff10"}' "$(grep '^{"op"' hex.log | head -n 1 | jq -c .after.l)"
  assert_equal "a default that was not logged" '{"@hex":"0003"}' "$(grep '^{"op"' hex.log | tail -n 1 | jq -c .after.b)"
  for mode in log snapshot; do
    assert_equal "rows, $mode" 3 "$(wc -l <"hex.$mode.rows")"
    assert_same_file "records, $mode" "base64.$mode.records" "hex.$mode.records"
    assert_same_file "rows, $mode" "base64.$mode.rows" "hex.$mode.rows"
    assert_contains "a row, $mode" '1|0201|01|AB000000||00FF10|' "$(cat "hex.$mode.rows")"
  done
  for form in base64 hex; do
    assert_equal "a condition sees the bytes, $form" 1 "$(tail_mysql --tables forms.t --from "$begin" --until now --binary "$form" --where "l = X'00ff10' AND b = 513 AND f LIKE X'ab25'" | ids)"
  done
  assert_contains "for people" 'l=0x00ff10' "$(tail_mysql --tables forms.t --from "$begin" --until now --binary hex --view short)"
}

# A server lets codes into a table that its character set has room for, but no character.
test_text_that_is_not_valid() {
  mysql_sql "CREATE DATABASE invalid; CREATE TABLE invalid.t (id INT PRIMARY KEY, s VARCHAR(9)) CHARACTER SET sjis"
  local begin
  begin=$(end_of_log)
  mysql_sql "INSERT INTO invalid.t VALUES (1, _binary x'82a0fcfc')"
  local where
  for where in "--from $begin --until now" '--snapshot initial_only'; do
    # shellcheck disable=SC2086 # two words and more
    said() { tail_mysql --tables invalid.t $where "$@" | grep '^{"op"' | jq -ac .after.s; }
    assert_equal "its bytes, $where" '{"@base64":"gqD8/A=="}' "$(said)"
    assert_equal "replaced, $where" '"\u3042\ufffd\ufffd"' "$(said --invalid-utf8 replace)"
    # shellcheck disable=SC2086
    expect_status 65 tail_quiet --tables invalid.t $where --invalid-utf8 stop
    assert_contains "the place, $where" 'invalid' "$ERRORS"
    assert_contains "why, $where" 'text that is not valid in sjis' "$ERRORS"
    assert_contains "what to do, $where" '--invalid-utf8 replace' "$ERRORS"
  done
}

test_connections_with_and_without_tls() {
  mysql_sql "CREATE USER sha@'%' IDENTIFIED WITH caching_sha2_password BY 'a b\$c'; GRANT SELECT, RELOAD, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO sha@'%'" ||
    skip "this server has no caching_sha2_password"
  echo 'a b$c' >password
  local mode
  for mode in disabled required preferred; do
    # The server forgets who logged in, so that each login is a full one.
    mysql_sql 'FLUSH PRIVILEGES'
    binlog-tail --host "$MYSQL_HOST" --port "$MYSQL_PORT" --user sha --password-file password --tls "$mode" --from now --until now -v >out 2>said
    assert_equal "reason, TLS $mode" until "$(tail -n 1 out | jq -r .reason)"
    if [ "$mode" = disabled ]; then assert_contains "TLS $mode" "not encrypted" "$(cat said)"; else assert_contains "TLS $mode" ", encrypted" "$(cat said)"; fi
  done
  printf '[client]\nuser=sha\npassword="a b$c"\n' >my.cnf
  binlog-tail --host "$MYSQL_HOST" --port "$MYSQL_PORT" --defaults-file my.cnf --from now --until now --quiet >out
  cat >connector.json <<JSON
{"name":"shop","config":{"database.hostname":"db","database.port":"1","database.user":"sha","database.password":"\${SECRET}","table.include.list":"mysql.*","snapshot.mode":"no_data"}}
JSON
  SECRET='a b$c' binlog-tail --connector connector.json --set "database.hostname=$MYSQL_HOST" --set "database.port=$MYSQL_PORT" --until now --quiet >out
  assert_equal "slot" shop "$(head -n 1 out | jq -r .slot)"
  # Of the two client libraries one cannot look at the authority alone, and says so rather than look at nothing.
  if ldd "$(command -v binlog-tail)" | grep -q libmariadb; then
    expect_status 78 tail_quiet --tls verify-ca --tls-ca "$MYSQL_DATA/ca.pem" --until now
    assert_contains "verify-ca" "never looks at the authority without the host's name" "$ERRORS"
  else
    tail_quiet --tls verify-ca --tls-ca "$MYSQL_DATA/ca.pem" --until now
  fi
  # Where nobody looks at the certificate the system's authorities are not read: here they would never come to an end.
  mkfifo authorities
  SSL_CERT_FILE=$PWD/authorities timeout 10 "${TAIL[@]}" --tls required --until now >/dev/null || fail "the authorities were read"
  expect_status 78 "${TAIL[@]}" --tls verify-identity --until now >/dev/null
}

test_refusals() {
  mysql_sql "CREATE DATABASE refuse; CREATE TABLE refuse.t (id INT PRIMARY KEY); CREATE USER poor@'%' IDENTIFIED BY 'x'; GRANT SELECT ON refuse.* TO poor@'%'"
  MYSQL_PWD=wrong expect_status 77 binlog-tail --host "$MYSQL_HOST" --port "$MYSQL_PORT" --user "$MYSQL_USER"
  assert_contains "wrong password" "Access denied" "$ERRORS"
  MYSQL_PWD=x expect_status 77 binlog-tail --host "$MYSQL_HOST" --port "$MYSQL_PORT" --user poor
  assert_contains "missing grant" "GRANT SELECT, RELOAD, REPLICATION SLAVE" "$ERRORS"
  mysql_sql "GRANT REPLICATION CLIENT ON *.* TO poor@'%'"
  MYSQL_PWD=x expect_status 77 timeout 20 binlog-tail --host "$MYSQL_HOST" --port "$MYSQL_PORT" --user poor --from now
  assert_contains "missing REPLICATION SLAVE" "REPLICATION SLAVE" "$ERRORS"
  mysql_sql "GRANT REPLICATION SLAVE ON *.* TO poor@'%'"
  MYSQL_PWD=x expect_status 77 binlog-tail --host "$MYSQL_HOST" --port "$MYSQL_PORT" --user poor --snapshot initial
  assert_contains "no lock" "RELOAD" "$ERRORS"
  MYSQL_PWD=x expect_status 69 binlog-tail --host 127.0.0.1 --port 1 --user x
  assert_contains "unreachable" "127.0.0.1:1" "$ERRORS"
  expect_status 66 tail_quiet --tables refuse.missing
  assert_contains "unknown table" 'no table "refuse.missing"' "$ERRORS"
  expect_status 66 tail_quiet --from binlog.000099:4
  assert_contains "unknown file" "binlog.000099" "$ERRORS"
  expect_status 66 tail_quiet --from "$(end_of_log | sed 's/$/9/')"
  assert_contains "beyond the end" "beyond the end" "$ERRORS"
  expect_status 66 tail_quiet --from "$(end_of_log | awk -F: '{print $1 ":" $2 - 3}')" --until end
  assert_contains "inside a transaction" "is inside the transaction from" "$ERRORS"
  mysql_sql 'SET GLOBAL binlog_format=STATEMENT'
  expect_status 78 tail_quiet
  mysql_sql 'SET GLOBAL binlog_format=ROW'
  assert_contains "binlog_format" "binlog_format=STATEMENT, need ROW" "$ERRORS"
  : >plain
  expect_status 73 tail_quiet --state plain/folder --from now --until now
  expect_status 66 tail_quiet --defaults-file missing.cnf --from now --until now
  expect_status 64 binlog-tail
  expect_status 64 binlog-tail --host a file
}

# An empty snapshot would tell the sink to throw away what it has.
test_a_snapshot_of_nothing() {
  mysql_sql "CREATE DATABASE something; CREATE TABLE something.one (id INT PRIMARY KEY); CREATE USER blind@'%' IDENTIFIED BY 'x';
    GRANT RELOAD, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO blind@'%'"
  printf '%s\n' name=n "database.hostname=$MYSQL_HOST" "database.port=$MYSQL_PORT" "database.user=$MYSQL_USER" \
    'database.password=${P}' topic.prefix=p snapshot.mode=initial database.include.list=somethimg >typo.properties
  P=$MYSQL_PASSWORD expect_status 66 binlog-tail --connector typo.properties --until now >out
  assert_contains "the filter" 'property "database.include.list" "somethimg"' "$ERRORS"
  assert_contains "databases" 'databases with tables: something' "$ERRORS"
  assert_equal "reason" error "$(tail -n 1 out | jq -r .reason)"
  expect_status 66 tail_quiet --tables 'something\.onang.*' --snapshot initial --until now
  assert_contains "tables" 'something.one' "$ERRORS"
  # Some that match are enough, and the log alone needs none.
  tail_mysql --tables 'something\.one,something\.onang.*' --snapshot initial --until now >out
  tail_mysql --tables 'something\.onang.*' --from now --until now >out
  MYSQL_PWD=x expect_status 77 binlog-tail --host "$MYSQL_HOST" --port "$MYSQL_PORT" --user blind --tables 'something\..*' --snapshot initial --until now
  assert_contains "the GRANT" "GRANT SELECT ON *.* TO 'blind'@'%'" "$ERRORS"
  MYSQL_PWD=x expect_status 77 binlog-tail --host "$MYSQL_HOST" --port "$MYSQL_PORT" --user blind --tables something.one --snapshot initial --until now
  mysql_sql "GRANT SELECT ON something.* TO blind@'%'"
  MYSQL_PWD=x binlog-tail --quiet --host "$MYSQL_HOST" --port "$MYSQL_PORT" --user blind --tables something.one --snapshot initial --until now >out
}

test_statements_as_text() {
  mysql_sql 'CREATE DATABASE texts; CREATE TABLE texts.t (id INT PRIMARY KEY); CREATE DATABASE textother; CREATE TABLE textother.c (id INT);
    CREATE TABLE textother.d (id INT); CREATE TRIGGER textother.tr AFTER INSERT ON textother.d FOR EACH ROW INSERT INTO texts.t VALUES (NEW.id)'
  mysql_sql "GRANT TRIGGER ON textother.* TO '$MYSQL_USER'@'%'"
  local begin next
  begin=$(end_of_log)
  mysql_sql "SET binlog_format=STATEMENT; INSERT INTO textother.c VALUES (1); INSERT INTO textother.c VALUES (2); REPLACE INTO textother.c SELECT id FROM texts.t;
    WITH x AS (SELECT id FROM texts.t) DELETE FROM textother.c WHERE id IN (SELECT id FROM x); WITH RECURSIVE x (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x WHERE n < 3) UPDATE textother.c, x SET id = n"
  echo 3 >"$TEST_FOLDER/rows.txt"
  $MYSQL_CLIENT --local-infile=1 -e "SET GLOBAL local_infile=1; SET binlog_format=STATEMENT; LOAD DATA LOCAL INFILE '$TEST_FOLDER/rows.txt' INTO TABLE textother.c"
  mysql_sql 'INSERT INTO texts.t VALUES (1)'
  "${TAIL[@]:0:${#TAIL[@]}-1}" --tables 'texts\..*' --from "$begin" --until now >out 2>said || fail "$(cat said)"
  assert_equal "rows" 1 "$(ids <out)"
  assert_equal "one warning" 1 "$(grep -c 'logged as text and passed over, of table "textother.c"' said)"
  mysql_sql "SET binlog_format=STATEMENT; INSERT INTO texts.t VALUES (2); SET binlog_format=ROW; INSERT INTO texts.t VALUES (3)"
  expect_status 65 tail_quiet --tables 'texts\..*' --from "$begin" --until now
  next=$(sed -n "s/.*--from '\(.*\)'/\1/p" <<<"$ERRORS")
  assert_equal "behind the statement" 3 "$(tail_mysql --tables 'texts\..*' --from "$next" --until now | ids)"
  begin=$(end_of_log)
  mysql_sql 'SET binlog_format=STATEMENT; INSERT INTO textother.d VALUES (4)'
  expect_status 65 tail_quiet --tables 'texts\..*' --from "$begin" --until now
  assert_contains "triggers" 'triggers' "$ERRORS"
}

test_create_if_not_exists_is_followed() {
  mysql_sql 'CREATE DATABASE maybe; CREATE TABLE maybe.old (id INT PRIMARY KEY, a INT, b INT); CREATE TABLE maybe.back (id INT PRIMARY KEY, s TEXT); FLUSH BINARY LOGS'
  local begin file
  begin=$(end_of_log)
  file=$MYSQL_DATA/${begin%%:*}
  # In a database that the log made; dropped before; where nothing is known of the table, or it is there in another shape.
  mysql_sql 'CREATE DATABASE fresh; CREATE TABLE IF NOT EXISTS fresh.a (id INT PRIMARY KEY, v INT); INSERT INTO fresh.a VALUES (1,2);
    CREATE TABLE IF NOT EXISTS fresh.a (id INT PRIMARY KEY, other DATE); ALTER TABLE fresh.a ADD w INT; INSERT INTO fresh.a VALUES (2,3,4);
    DROP TABLE maybe.back; CREATE TABLE IF NOT EXISTS maybe.back (id INT PRIMARY KEY, x INT); INSERT INTO maybe.back VALUES (3,4); ALTER TABLE maybe.back ADD y INT;
    CREATE TABLE IF NOT EXISTS maybe.new (id INT PRIMARY KEY, z INT); INSERT INTO maybe.new VALUES (4,5); ALTER TABLE maybe.new ADD y INT; INSERT INTO maybe.new VALUES (5,6,7)'
  cat >expected <<'ROWS'
{"id":1,"v":2}
{"id":2,"v":3,"w":4}
{"id":3,"x":4}
{"id":4,"z":5}
{"id":5,"z":6,"y":7}
ROWS
  tail_mysql --tables 'fresh\..*,maybe\..*' --from "$begin" --until now | grep '^{"op"' | jq -c .after >found
  assert_same_file "rows" expected found
  binlog-tail --quiet --tables 'fresh\..*,maybe\..*' "$file" | grep '^{"op"' | jq -c .after >found
  assert_same_file "rows of the file" expected found
  mysql_sql 'CREATE TABLE IF NOT EXISTS maybe.old (id INT PRIMARY KEY, c INT, d INT); INSERT INTO maybe.old VALUES (6,7,8)'
  tail_mysql --tables maybe.old --from "$begin" --until now | grep '^{"op"' | jq -c .after >found
  assert_equal "what the server has" '{"id":6,"a":7,"b":8}' "$(cat found)"
}

test_minimal_images_of_inserts() {
  mysql_sql "CREATE DATABASE mini; CREATE TABLE mini.t (a INT DEFAULT 7, id INT PRIMARY KEY, x INT NOT NULL DEFAULT 3, d DECIMAL(6,2) DEFAULT 1.5, s CHAR(5) DEFAULT 'ab ',
    e ENUM('p','q') NOT NULL DEFAULT 'q', b BIT(3) DEFAULT b'101', dt DATETIME(2) DEFAULT '2024-02-29 00:00:00', n VARCHAR(5), t DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6), z INT NOT NULL)"
  local begin
  begin=$(end_of_log)
  mysql_sql "SET binlog_row_image=MINIMAL, sql_mode=''; INSERT INTO mini.t (id, z) VALUES (1, 9); INSERT INTO mini.t (id, x, s) VALUES (2, 5, NULL);
    ALTER TABLE mini.t ADD w VARCHAR(9) NOT NULL DEFAULT 'new', ALTER x SET DEFAULT 4; INSERT INTO mini.t (id, z) VALUES (3, 9)"
  "${TAIL[@]:0:${#TAIL[@]}-1}" --tables mini.t --from "$begin" --until now 2>said | grep '^{"op"' | jq -c '.after | .t |= (. != null)' >found
  cat >expected <<'ROWS'
{"a":7,"id":1,"x":3,"d":"1.50","s":"ab","e":"q","b":"BQ==","dt":"2024-02-29 00:00:00.00","n":null,"t":true,"z":9}
{"a":7,"id":2,"x":5,"d":"1.50","s":null,"e":"q","b":"BQ==","dt":"2024-02-29 00:00:00.00","n":null,"t":true}
{"a":7,"id":3,"x":4,"d":"1.50","s":"ab","e":"q","b":"BQ==","dt":"2024-02-29 00:00:00.00","n":null,"t":true,"z":9,"w":"new"}
ROWS
  assert_same_file "rows" expected found
  assert_equal "one warning" 1 "$(grep -c 'without column "z"' said)"
}

test_select_revoked() {
  mysql_sql "CREATE DATABASE revoked; CREATE TABLE revoked.t (id INT PRIMARY KEY); CREATE USER once@'%' IDENTIFIED BY 'x';
    GRANT RELOAD, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO once@'%'; GRANT SELECT ON revoked.* TO once@'%'; FLUSH BINARY LOGS"
  local begin
  begin=$(end_of_log)
  mysql_sql "INSERT INTO revoked.t VALUES (1); REVOKE SELECT ON revoked.* FROM once@'%'"
  MYSQL_PWD=x expect_status 77 binlog-tail --host "$MYSQL_HOST" --port "$MYSQL_PORT" --user once --tables 'revoked\..*' --from "$begin" --until now
  assert_contains "the GRANT" "GRANT SELECT ON \`revoked\`.\`t\` TO 'once'@'%'" "$ERRORS"
}

test_purged_logs_are_told() {
  mysql_sql 'CREATE DATABASE purging; CREATE TABLE purging.t (id INT PRIMARY KEY); INSERT INTO purging.t VALUES (1)'
  local before set
  before=$(end_of_log)
  set=$(tail_mysql --from now --until now | tail -n 1 | jq -r .pos.gtids)
  mysql_sql 'INSERT INTO purging.t VALUES (2); FLUSH BINARY LOGS'
  mysql_sql "PURGE BINARY LOGS TO '$(end_of_log | cut -d: -f1)'"
  expect_status 66 tail_quiet --from "$set" --until now
  assert_contains "the missing range" "has purged transactions that come after the position: ${set%%:*}:" "$ERRORS"
  assert_contains "a new snapshot" '--snapshot initial' "$ERRORS"
  assert_contains "or a gap" '--from beginning' "$ERRORS"
  expect_status 66 tail_quiet --from "$before" --until now
  assert_contains "the missing file" "does not have log file" "$ERRORS"
}

# A file that is gone from the midst of the server's log.
test_a_lost_log_file() {
  env -u SANDBOX_DIR "$CDC_SOURCE/scripts/sandbox" --quiet mysql -- env TESTS=inner_lost_log_file "$(readlink -f "$0")" >inner || { cat inner; exit 1; }
}
inner_lost_log_file() {
  local begin lost missing
  mysql_sql 'CREATE DATABASE gap; CREATE TABLE gap.t (id INT PRIMARY KEY)'
  begin=$(end_of_log)
  mysql_sql 'INSERT INTO gap.t VALUES (1); FLUSH BINARY LOGS'
  lost=$(end_of_log)
  mysql_sql 'INSERT INTO gap.t VALUES (2); INSERT INTO gap.t VALUES (3); FLUSH BINARY LOGS; INSERT INTO gap.t VALUES (4)'
  assert_equal "the whole log" 1,2,3,4 "$(tail_mysql --tables gap.t --from "$begin" --until now | ids)"
  missing=$(tail_mysql --tables gap.t --from "$begin" --until now | grep '^{"op"' | jq -r '.gtid' | sed -n '2s/:/:/p; 3s/.*:/-/p' | tr -d '\n')
  sed -i "/${lost%:*}/d" "$MYSQL_DATA"/*.index
  rm "$MYSQL_DATA/${lost%:*}"
  "$CDC_SOURCE/scripts/sandbox" restart mysql
  expect_status 66 tail_mysql --tables gap.t --from "$begin" --until now >out
  assert_equal "what comes before the gap" 1 "$(ids <out)"
  assert_contains "the missing range" "transactions are missing: $missing stood in the log before" "$ERRORS"
  assert_contains "what to do" 'take a new snapshot' "$ERRORS"
  assert_equal "on with the gap" 4 "$(tail_mysql --tables gap.t --from "$(sed -n "s/.*--from '\(.*\)'/\1/p" <<<"$ERRORS")" --until now | ids)"
}

# A server that was made of a copy, or given transactions in other ways than its log: they are done, and in no file.
test_transactions_that_no_file_tells_of() {
  env -u SANDBOX_DIR "$CDC_SOURCE/scripts/sandbox" --quiet mysql -- env TESTS=inner_no_file_tells_of "$(readlink -f "$0")" >inner || { cat inner; exit 1; }
}
inner_no_file_tells_of() {
  local other=00000000-0000-0000-0000-00000000000 whole
  mysql_sql "CREATE DATABASE copied; CREATE TABLE copied.t (id INT PRIMARY KEY); INSERT INTO copied.t VALUES (1); FLUSH BINARY LOGS;
    SET GLOBAL gtid_purged = '+${other}1:1-100'; INSERT INTO copied.t VALUES (2); FLUSH BINARY LOGS"
  mysql_sql "SET gtid_next = '${other}2:5'; BEGIN; COMMIT; SET gtid_next = AUTOMATIC; FLUSH BINARY LOGS; INSERT INTO copied.t VALUES (3)"
  from_beginning() { timeout 20 "${TAIL[@]}" --tables copied.t --from beginning --until now; }
  from_beginning >out || fail "status $?"
  assert_equal "rows" 1,2,3 "$(ids <out)"
  whole=$(mysql_sql 'SELECT @@gtid_executed' | sed 's/\\n//g')
  assert_equal "the position is whole" "$whole" "$(tail -n 1 out | jq -r .pos.gtids)"
  mysql_sql 'INSERT INTO copied.t VALUES (4)'
  assert_equal "and can be begun at" 4 "$(tail_mysql --tables copied.t --from "$(tail -n 1 out | jq -c .pos)" --until now | ids)"
  # Heads that leave them out are no gap; neither are restarts, in order or not.
  "$CDC_SOURCE/scripts/sandbox" --quiet restart mysql
  mysql_sql 'INSERT INTO copied.t VALUES (5)'
  "$CDC_SOURCE/scripts/sandbox" --quiet restart mysql KILL
  mysql_sql 'INSERT INTO copied.t VALUES (6)'
  assert_equal "rows after restarts" 1,2,3,4,5,6 "$(from_beginning | ids)"
  mysql_sql 'FLUSH BINARY LOGS'
  find "$MYSQL_DATA" -name 'binlog.[0-9]*' | sort | xargs binlog-tail --quiet --tables copied.t >out || fail "status $?"
  assert_equal "rows of the files" 1,2,3,4,5,6 "$(ids <out)"
}

test_no_binary_log() {
  # shellcheck disable=SC2016 # for the inner shell
  env -u SANDBOX_DIR "$CDC_SOURCE/scripts/sandbox" --quiet --mysql-option skip-log-bin --mysql-option gtid_mode=OFF --mysql-option enforce_gtid_consistency=OFF mysql -- \
    bash -c 'export MYSQL_PWD=$MYSQL_PASSWORD; tail="binlog-tail --host $MYSQL_HOST --port $MYSQL_PORT --user $MYSQL_USER --quiet"; $tail --check; $tail' >out 2>said && fail "it went on"
  assert_contains "log_bin" "writes no binary log" "$(cat said)"
  assert_contains "log_bin, checked" "fail  log_bin: the server writes no binary log" "$(cat out)"
}

test_a_second_reader_takes_over() {
  "${TAIL[@]}" --slot one --server-id 77 --from now --heartbeat-ms 200 >first 2>said &
  local reader=$! status=0 second
  has_heartbeat() { grep -q heartbeat "$1"; }
  await 60 "a heartbeat" has_heartbeat first
  "${TAIL[@]}" --slot one --server-id 77 --from now --heartbeat-ms 200 >second &
  second=$!
  wait "$reader" || status=$?
  assert_equal "status of the first reader: $(cat said)" 75 "$status"
  assert_equal "end line" 75 "$(tail -n 1 first | jq .exit)"
  await 60 "a heartbeat" has_heartbeat second
  kill "$second"
  wait "$second"
}

# What is read over many connections is what is read over one.
test_lost_connections() {
  mysql_sql 'CREATE DATABASE lost; CREATE TABLE lost.t (id INT PRIMARY KEY AUTO_INCREMENT, s TEXT); CREATE TABLE lost.u (id INT PRIMARY KEY)'
  local begin reader
  begin=$(end_of_log)
  kill_dumps() { mysql_sql "SELECT CONCAT('KILL ', id, ';') FROM performance_schema.processlist WHERE command LIKE 'Binlog Dump%'" | $MYSQL_CLIENT -f 2>/dev/null || true; }
  # Slow to read, so that the connections end inside transactions.
  ("${TAIL[@]}" --tables 'lost.*' --from "$begin" --heartbeat-ms 200 2>said & echo $! >pid; wait $!) |
    python3 -c 'import sys, time
for number, line in enumerate(sys.stdin):
    sys.stdout.write(line)
    sys.stdout.flush()
    if number % 100 == 0: time.sleep(0.002)' >out &
  local i
  for i in 1 2 3 4 5 6; do
    mysql_sql "INSERT INTO lost.t (s) WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 900) SELECT REPEAT('x', 2000) FROM n; INSERT INTO lost.u (id) VALUES ($i)"
    [ "$i" != 4 ] || mysql_sql 'FLUSH BINARY LOGS; ALTER TABLE lost.u ADD c INT; SET binlog_transaction_compression = ON; INSERT INTO lost.t (s) SELECT s FROM lost.t LIMIT 800'
    kill_dumps
  done
  all_there() { grep -q '"table":"u".*"id":6' out; }
  await 60 "the last row" all_there || cat said
  kill_dumps
  mysql_sql 'INSERT INTO lost.u (id) VALUES (7)'
  last_there() { grep -q '"table":"u".*"id":7' out; }
  await 60 "the row after the last kill" last_there || cat said
  kill "$(cat pid)"
  wait
  tail_mysql --tables 'lost.*' --from "$begin" --until now >whole
  for f in out whole; do grep -v -e '"@cdc":"heartbeat"' -e '"@cdc":"end"' -e '"@cdc":"hello"' -e '"@cdc":"table"' "$f" >"$f.lines"; done
  assert_same_file "lines" whole.lines out.lines
  assert_contains "reconnects" "connecting again" "$(cat said)"
  # Without leave to try again the loss is the end.
  "${TAIL[@]}" --from now --retry-seconds 0 --heartbeat-ms 200 >once 2>said &
  reader=$!
  has_heartbeat() { grep -q heartbeat once; }
  await 60 "a heartbeat" has_heartbeat
  kill_dumps
  local status=0
  wait "$reader" || status=$?
  assert_equal "status" 69 "$status"
}

# start_proxy [REGEX COMMAND]: between the reader and the server (tests/pipeline/proxy.py); sets PROXY and PROXY_PORT.
start_proxy() {
  rm -f port
  python3 "$CDC_SOURCE/tests/pipeline/proxy.py" port "$@" &
  PROXY=$!
  have_port() { [ -s port ]; }
  await 60 "the proxy" have_port
  PROXY_PORT=$(cat port)
}

test_a_network_that_goes_silent() {
  mysql_sql 'CREATE DATABASE silent; CREATE TABLE silent.t (id INT PRIMARY KEY)'
  local reader
  start_proxy
  "${TAIL[@]}" --port "$PROXY_PORT" --tables 'silent.*' --from now --heartbeat-ms 200 --server-id 4711 >out 2>said &
  reader=$!
  has_heartbeat() { grep -q heartbeat out; }
  await 60 "a heartbeat" has_heartbeat
  : >silent
  mysql_sql 'INSERT INTO silent.t VALUES (1)'
  noticed() { grep -q 'connecting again' said; }
  await 60 "that it is silent" noticed
  mysql_sql 'INSERT INTO silent.t VALUES (2)'
  rm silent
  both() { [ "$(ids <out)" = 1,2 ]; }
  await 60 "both rows" both || { cat said; cat out; }
  kill "$reader" "$PROXY"
  wait "$reader"
}

# In the midst of the stream the server is asked what a statement reaches; that connection is lost, and made again.
test_a_connection_lost_while_the_server_is_asked() {
  mysql_sql 'CREATE DATABASE asked; CREATE TABLE asked.t (id INT PRIMARY KEY); CREATE TABLE asked.other (id INT PRIMARY KEY)'
  start_proxy 'information_schema[.]VIEWS' 'touch cut'
  "${TAIL[@]}" --tls disabled --port "$PROXY_PORT" --tables asked.t --from now >out 2>said &
  local reader=$!
  started() { [ -s out ]; }
  await 60 "the start" started
  mysql_sql "SET SESSION binlog_format = 'STATEMENT'; INSERT INTO asked.other VALUES (1)"
  mysql_sql 'INSERT INTO asked.t VALUES (7)'
  there() { [ "$(ids <out)" = 7 ] || ! kill -0 "$reader"; }
  await 60 "the row behind it" there
  kill "$reader" "$PROXY" || fail "$(cat said)"
  wait "$reader"
  assert_equal "rows" 7 "$(ids <out)"
  assert_contains "what was said" "asking again" "$(cat said)"
}

# Statements that come while definitions are read, or between that and the stream, are told once, and rows after them
# have the right names, though nothing in the log says which.
test_statements_while_definitions_are_read() {
  mysql_sql 'CREATE DATABASE during'
  # at REGEX STATEMENTS SNAPSHOT-MODE CAPTURED: the statements come before the bytes that match.
  at() {
    mysql_sql 'DROP DATABASE during; CREATE DATABASE during; CREATE TABLE during.first (id INT PRIMARY KEY, x INT, y INT); CREATE TABLE during.second (id INT PRIMARY KEY)'
    start_proxy "$1" "$MYSQL_CLIENT -e '$2'"
    printf '%s\n' name=during "database.hostname=$MYSQL_HOST" "database.port=$PROXY_PORT" "database.user=$MYSQL_USER" \
      "database.password=$MYSQL_PASSWORD" "table.include.list=$4" "snapshot.mode=$3" database.ssl.mode=disabled topic.prefix=p >c.properties
    binlog-tail --connector c.properties --quiet >out 2>said &
    local reader=$!
    is_open() { grep -q '"@cdc":"mark"' out; }
    await 60 "the start" is_open
    mysql_sql 'INSERT INTO during.first VALUES (1, 2, 3); INSERT INTO during.second VALUES (1)'
    end_there() { grep -q '"op":"c".*"table":"second"' out; }
    await 60 "the last row" end_there
    kill "$reader" "$PROXY"
    wait "$reader"
  }
  told() { grep '"@cdc":"ddl"' out | jq -r .query | grep -c "$1" || true; }
  local swap='ALTER TABLE during.first RENAME COLUMN x TO y, RENAME COLUMN y TO x' mode
  for mode in no_data initial; do
    # Its definition has been read, that of the next table has not.
    at 'SHOW CREATE TABLE .during...second' "$swap" "$mode" 'during.*'
    assert_equal "names, $mode" '{"id":1,"y":2,"x":3}' "$(grep '"op":"c".*"table":"first"' out | jq -c .after)"
    assert_equal "the table is told once, $mode" 1 "$(told 'CREATE TABLE `first`')"
    assert_equal "and not its change, which was before, $mode" 0 "$(told "RENAME COLUMN x")"
    # A table that is not captured.
    at 'SHOW CREATE TABLE .during...second' 'ALTER TABLE during.first ADD z INT FIRST, DROP y; ALTER DATABASE during CHARSET latin1' "$mode" during.second
    assert_equal "another table, $mode" '1 0' "$(told 'CREATE TABLE `first`') $(told 'ADD z')"
    assert_equal "the database, $mode" 1 "$(told 'CREATE DATABASE `during` CHARSET latin1')"
  done
  # All was read: the stream tells of it.
  at '^.\0\0\0[\x12\x1e]' "CREATE TABLE during.third (id INT PRIMARY KEY); $swap" no_data 'during.*'
  assert_equal "names after the start" '{"id":1,"y":2,"x":3}' "$(grep '"op":"c".*"table":"first"' out | jq -c .after)"
  assert_equal "statements after the start" '1 1' "$(told "CREATE TABLE .*third") $(told "RENAME COLUMN x")"
  at 'SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_ROWS' 'CREATE TABLE during.third (id INT PRIMARY KEY)' initial during.second
  assert_equal "a table made after the snapshot" 1 "$(told "CREATE TABLE .*third")"
}

test_failover_by_gtid() {
  mysql_sql 'FLUSH BINARY LOGS; CREATE DATABASE fail; CREATE TABLE fail.t (id INT PRIMARY KEY)'
  export FIRST_END FIRST_POSITION FIRST_CLIENT=$MYSQL_CLIENT FIRST_BINLOG
  mysql_sql 'INSERT INTO fail.t VALUES (1)'
  FIRST_POSITION=$(tail_mysql --tables fail.t --from now --until now | tail -n 1 | jq -c .pos)
  mysql_sql 'INSERT INTO fail.t VALUES (2)'
  FIRST_END=$(tail_mysql --from now --until now | tail -n 1 | jq -r .pos.gtids)
  FIRST_BINLOG=$MYSQL_DATA
  env -u SANDBOX_DIR "$CDC_SOURCE/scripts/sandbox" --quiet mysql -- env TESTS=inner_failover "$(readlink -f "$0")" >inner || { cat inner; exit 1; }
}
inner_failover() {
  # A replica of the first server: all of its transactions, under their own numbers.
  mysql_sql 'RESET BINARY LOGS AND GTIDS'
  find "$FIRST_BINLOG" -name 'binlog.[0-9]*' | sort | xargs "$MYSQL_BINLOG" | $MYSQL_CLIENT -f >/dev/null 2>&1 || true
  local have
  have=$(mysql_sql 'SELECT @@gtid_executed' | tr -d '\n' | sed 's/\\n//g')
  if [ "$(mysql_sql "SELECT GTID_SUBSET('$FIRST_END', '$have')")" != 1 ]; then
    mysql_sql "RESET BINARY LOGS AND GTIDS; SET GLOBAL gtid_purged = '$(jq -r .gtids <<<"$FIRST_POSITION")'; CREATE DATABASE IF NOT EXISTS other"
    skip "this server cannot take over the log of the other one: $have"
  fi
  mysql_sql 'INSERT INTO fail.t VALUES (3)'
  assert_equal "rows over the change of servers" 2,3 "$(tail_mysql --tables fail.t --from "$FIRST_POSITION" --until now | ids)"
  # One that lags behind, or is another, is refused; what it does not have is listed.
  mysql_sql 'RESET BINARY LOGS AND GTIDS'
  expect_status 66 tail_quiet --tables fail.t --from "$FIRST_POSITION" --until now
  assert_contains "errant transactions" "does not have all transactions of the position: $(jq -r .gtids <<<"$FIRST_POSITION" | cut -c1-36)" "$ERRORS"
}

test_ddl_in_the_stream() {
  mysql_sql 'CREATE DATABASE ddl; CREATE TABLE ddl.t (id INT PRIMARY KEY, a INT); INSERT INTO ddl.t VALUES (1, 1)'
  "${TAIL[@]}" --tables 'ddl.*' --from now >out 2>said &
  local reader=$!
  started() { [ -s out ]; }
  await 60 "the start" started
  mysql_sql 'INSERT INTO ddl.t VALUES (2, 2); ALTER TABLE ddl.t ADD b VARCHAR(5); INSERT INTO ddl.t VALUES (3, 3, "x")'
  after_alter() { grep -q '"id":3' out; }
  await 60 "the row after ALTER" after_alter
  # Nothing of the rest needs the server: the tables may be gone when their rows are read.
  kill -STOP "$reader"
  mysql_sql 'TRUNCATE TABLE ddl.t; RENAME TABLE ddl.t TO ddl.u; CREATE TABLE ddl.n (k INT, e ENUM("a","b"));
    INSERT INTO ddl.n VALUES (9, "b"); DROP TABLE ddl.n; ALTER TABLE ddl.u RENAME TO ddl.w; INSERT INTO ddl.w VALUES (4, 4, "y"); DROP TABLE ddl.w'
  kill -CONT "$reader"
  done_so_far() { grep -q '"id":4' out; }
  await 60 "the last row" done_so_far || cat said
  kill "$reader"
  wait "$reader"
  assert_equal "rows" '["c",{"id":2,"a":2}] ["c",{"id":3,"a":3,"b":"x"}] ["t",null] ["c",{"k":9,"e":"b"}] ["c",{"id":4,"a":4,"b":"y"}]' "$(grep '^{"op"' out | jq -c '[.op, .after]' | xargs -d '\n')"
  assert_equal "statements" 7 "$(grep -c '"@cdc":"ddl"' out)"
  assert_equal "definitions" "start t,change t,change n,change w" "$(jq -r 'select(."@cdc" == "table") | .at + " " + .table' out | paste -sd,)"
}

test_names_of_the_past_are_not_guessed() {
  mysql_sql 'SET GLOBAL binlog_row_metadata=MINIMAL'
  mysql_sql 'CREATE DATABASE past; CREATE TABLE past.t (id INT PRIMARY KEY, a INT, b INT); INSERT INTO past.t VALUES (1, 1, 2)'
  local begin
  # The file in which the log begins has no CREATE TABLE.
  mysql_sql 'FLUSH BINARY LOGS'
  begin=$(end_of_log)
  mysql_sql 'INSERT INTO past.t VALUES (2, 3, 4); ALTER TABLE past.t RENAME COLUMN a TO b, RENAME COLUMN b TO a; INSERT INTO past.t VALUES (3, 5, 6)'
  expect_status 66 tail_quiet --tables past.t --from "$begin" --until now
  assert_contains "message" "the columns that table \"past.t\" had at this position are not known" "$ERRORS"
  begin=$(end_of_log)
  mysql_sql 'FLUSH BINARY LOGS; INSERT INTO past.t VALUES (33, 5, 6); ALTER TABLE past.t ADD c INT; ALTER TABLE past.t DROP c, ADD d INT'
  expect_status 66 tail_quiet --tables past.t --from "$begin" --until now
  assert_contains "another shape" "the columns that table \"past.t\" had at this position are not known" "$ERRORS"
  mysql_sql 'ALTER TABLE past.t DROP d; DELETE FROM past.t WHERE id = 33; SET GLOBAL binlog_row_metadata=FULL'
  begin=$(end_of_log)
  mysql_sql 'INSERT INTO past.t VALUES (4, 7, 8); ALTER TABLE past.t RENAME COLUMN a TO z; INSERT INTO past.t VALUES (5, 9, 10)'
  tail_mysql --tables past.t --from "$begin" --until now >out
  mysql_sql 'SET GLOBAL binlog_row_metadata=MINIMAL'
  assert_equal "rows" '{"id":4,"b":7,"a":8} {"id":5,"b":9,"z":10}' "$(grep '^{"op"' out | jq -c .after | xargs -d '\n')"
}

# SHOW CREATE TABLE has "?" for a character of four bytes.
test_members_that_the_server_hides() {
  local begin
  mysql_sql "SET NAMES utf8mb4; CREATE DATABASE hidden; CREATE TABLE hidden.t (id INT PRIMARY KEY, e ENUM('a', '😀') CHARACTER SET utf8mb4, l ENUM('?') CHARACTER SET latin1)"
  begin=$(end_of_log)
  mysql_sql 'INSERT INTO hidden.t VALUES (1, 2, 1)'
  tail_mysql --tables hidden.t --from "$begin" --until now >out 2>said
  assert_contains "the warning" 'would then lack: hidden.t.e (binlog_row_metadata=FULL tells them)' "$(cat said)"
  mysql_sql 'SET GLOBAL binlog_row_metadata=FULL'
  begin=$(end_of_log)
  mysql_sql 'INSERT INTO hidden.t VALUES (2, 2, 1)'
  tail_mysql --tables hidden.t --from "$begin" --until now >out 2>said
  mysql_sql 'SET GLOBAL binlog_row_metadata=MINIMAL'
  assert_equal "a row with names in the log" '{"id":2,"e":"😀","l":"?"}' "$(grep '^{"op"' out | jq -c .after)"
  assert_equal "what is said then" '' "$(cat said)"
}

# What the server knows when the rows are read is of no use: the tables have other names, other shapes, or are gone.
follow_statements() { # METADATA
  mysql_sql "SET GLOBAL binlog_row_metadata=$1"
  mysql_sql 'CREATE DATABASE follow; USE follow; CREATE TABLE a (id INT PRIMARY KEY, x INT, y INT); CREATE TABLE b LIKE a; CREATE TABLE c LIKE a;
    CREATE TABLE g LIKE a; CREATE TABLE p LIKE a; INSERT INTO g VALUES (1, 2, 3)'
  "${TAIL[@]}" --tables 'follow\.[abcgpn]' --from now >out 2>said &
  local reader=$!
  started() { [ -s out ]; }
  await 60 "the start" started
  kill -STOP "$reader"
  mysql_sql "USE follow;
    ALTER TABLE a ADD z VARCHAR(9) CHARACTER SET latin1 AFTER id, CHANGE x y INT, CHANGE y x BIGINT; INSERT INTO a VALUES (1, 'é', 2, 3); RENAME TABLE a TO gone_a;
    ALTER TABLE b DROP x, ADD e ENUM('p', 'q') FIRST; INSERT INTO b VALUES ('q', 1, 2); DROP TABLE b;
    DROP TABLE c; CREATE TABLE c (k VARCHAR(5) PRIMARY KEY, d DECIMAL(5,2)); INSERT INTO c VALUES ('k', 1.5); DROP TABLE c;
    CREATE TABLE c (other INT UNSIGNED); INSERT INTO c VALUES (4000000000);
    CREATE TABLE _g_gho LIKE g; ALTER TABLE _g_gho ADD COLUMN w INT NOT NULL DEFAULT 7 AFTER id; INSERT INTO _g_gho (id, x, y) SELECT id, x, y FROM g;
    INSERT INTO g VALUES (2, 3, 4); RENAME TABLE g TO _g_del, _g_gho TO g; INSERT INTO g VALUES (3, 8, 9, 10); DROP TABLE _g_del;
    CREATE TABLE _p_new LIKE p; ALTER TABLE _p_new MODIFY y TINYINT UNSIGNED FIRST, RENAME COLUMN x TO xx, DROP PRIMARY KEY, ADD PRIMARY KEY (y);
    RENAME TABLE p TO _p_old, _p_new TO p; INSERT INTO p VALUES (200, 1, 2); DROP TABLE IF EXISTS _p_old; RENAME TABLE p TO swap, g TO p, swap TO g;
    INSERT INTO p VALUES (4, 1, 1, 1); INSERT INTO g VALUES (201, 5, 6);
    CREATE TABLE n SELECT id, w FROM p WHERE id = 4; ALTER TABLE n ADD UNIQUE (id); TRUNCATE TABLE n; INSERT INTO n VALUES (5, 5); DROP DATABASE follow"
  kill -CONT "$reader"
  dropped() { grep -q 'DROP DATABASE' out; }
  await 60 "the last statement" dropped || cat said
  kill "$reader"
  wait "$reader"
  mysql_sql 'SET GLOBAL binlog_row_metadata=MINIMAL'
  grep '^{"op"' out | jq -c '[.table, .after]' >rows
  cat >expected <<'ROWS'
["a",{"id":1,"z":"é","y":2,"x":3}]
["b",{"e":"q","id":1,"y":2}]
["c",{"k":"k","d":"1.50"}]
["c",{"other":4000000000}]
["g",{"id":2,"x":3,"y":4}]
["g",{"id":3,"w":8,"x":9,"y":10}]
["p",{"y":200,"id":1,"xx":2}]
["p",{"id":4,"w":1,"x":1,"y":1}]
["g",{"y":201,"id":5,"xx":6}]
["n",{"id":4,"w":1}]
["n",null]
["n",{"id":5,"w":5}]
ROWS
  assert_same_file "rows with $1" expected rows
  assert_equal "key of p" '["y"]' "$(jq -c 'select(."@cdc" == "table" and .table == "p" and .at == "change") | .key' out | head -n 1)"
}
# MariaDB lets a server that is made already have this setting.
test_names_in_lower_case_on_mariadb() {
  env -u SANDBOX_DIR SANDBOX_MYSQL=mariadb "$CDC_SOURCE/scripts/sandbox" --quiet --mysql-option lower_case_table_names=1 --mysql-option binlog_row_metadata=NO_LOG mysql -- \
    env TESTS=inner_lower_case "$(readlink -f "$0")" >inner 2>&1 || { cat inner; exit 1; }
}
inner_lower_case() {
  mysql_sql 'CREATE DATABASE Lower; USE LOWER; CREATE TABLE T (Id INT PRIMARY KEY, A INT); INSERT INTO t VALUES (1, 2); ALTER TABLE lOWER.T CHANGE A b INT;
    INSERT INTO T VALUES (3, 4); TRUNCATE TABLE T; RENAME TABLE T TO U; INSERT INTO U VALUES (5, 6); DROP TABLE U'
  tail_mysql --tables 'lower.*' --from beginning --until now >out
  assert_equal "rows" '["t",{"Id":1,"A":2}] ["t",{"Id":3,"b":4}] ["t",null] ["u",{"Id":5,"b":6}]' "$(grep '^{"op"' out | jq -c '[.table, .after]' | xargs -d '\n')"
}

# follow_random_statements CLIENT TAIL...: the log has the names (full metadata), so each definition that was followed is
# compared with what the server made of the statements.
follow_random_statements() {
  local client=$1 seed begin word speaking=()
  shift
  for word in "$@"; do [ "$word" = --quiet ] || speaking+=("$word"); done
  $client -e 'SET GLOBAL binlog_row_metadata=FULL'
  for seed in $(seq 1 "${CDC_DDL_SEEDS:-3}"); do
    begin=$("$@" --from now --until now | tail -n 1 | jq -c .pos)
    python3 "$CDC_SOURCE/tests/pipeline/random_ddl.py" "$seed" 50 | $client --default-character-set=utf8mb4 -f >/dev/null 2>&1 || true
    "${speaking[@]}" --verbose --tables 'f[12][.].*' --from "$begin" --until now >out 2>said || fail "$(cat said)"
    (($(rows_of out) >= 50)) || fail "seed $seed: $(rows_of out) rows"
    assert_contains "what it says" 'connected to' "$(cat said)"
    ! grep 'does not fit' said || fail "seed $seed"
  done
  $client -e 'SET GLOBAL binlog_row_metadata=DEFAULT'
}
test_random_statements() { follow_random_statements "$MYSQL_CLIENT" "${TAIL[@]}"; }
test_random_statements_mariadb() { follow_random_statements "$MARIADB_CLIENT" "${TAIL_MARIADB[@]}"; }

test_a_restart_after_the_table_is_gone() {
  mysql_sql 'FLUSH BINARY LOGS; DROP DATABASE IF EXISTS gone; CREATE DATABASE gone; CREATE TABLE gone.t (id INT PRIMARY KEY, a INT); CREATE TABLE gone.u (id INT PRIMARY KEY, a INT)'
  local begin metadata
  for metadata in MINIMAL FULL; do
    mysql_sql "SET GLOBAL binlog_row_metadata=$metadata"
    begin=$(tail_mysql --from now --until now | tail -n 1 | jq -c .pos)
    mysql_sql 'CREATE TABLE IF NOT EXISTS gone.t (id INT PRIMARY KEY, a INT); ALTER TABLE gone.t ADD b INT FIRST; INSERT INTO gone.t VALUES (1, 2, 3); RENAME TABLE gone.t TO gone.v;
      INSERT INTO gone.u VALUES (8, 9); DROP TABLE gone.v; TRUNCATE TABLE gone.u'
    if [ "$metadata" = FULL ]; then
      tail_mysql --tables gone.t,gone.u --from "$begin" --until now >out
      assert_equal "rows" '{"b":1,"id":2,"a":3} {"id":8,"a":9} null' "$(grep '^{"op"' out | jq -c .after | xargs -d '\n')"
    fi
    tail_mysql --tables gone.t,gone.u --from "$(jq -r '.file + ":4"' <<<"$begin")" --until now >out
    grep '^{"op"' out | jq -c .after | tail -n 3 | xargs -d '\n' >rows
    assert_equal "rows" '{"b":1,"id":2,"a":3} {"id":8,"a":9} null' "$(cat rows)"
  done
  mysql_sql 'SET GLOBAL binlog_row_metadata=MINIMAL'
}
test_statements_are_followed_minimal() { follow_statements MINIMAL; }
test_statements_are_followed_full() { follow_statements FULL; }

ids() { grep '^{"op"' | jq -c .after.id | paste -sd, || true; }

test_ranges_by_time_and_count() {
  mysql_sql 'CREATE DATABASE times; CREATE TABLE times.t (id INT PRIMARY KEY)'
  local i
  for i in 1 2 3 4 5 6; do
    mysql_sql "INSERT INTO times.t VALUES ($i), (10 + $i)"
    case $i in 2 | 3 | 5) mysql_sql 'FLUSH BINARY LOGS; DO SLEEP(1.1)' ;; esac
  done
  tail_mysql --tables times.t --from beginning --until now >all
  assert_equal "all" 1,11,2,12,3,13,4,14,5,15,6,16 "$(ids <all)"
  local first third fifth before
  first=$(jq -r 'select(.after.id == 1) | .ts_us' all)
  third=$(jq -r 'select(.after.id == 3) | .ts_us' all) fifth=$(jq -r 'select(.after.id == 4) | .ts_us' all)
  assert_equal "from a time" 4,14,5,15,6,16 "$(tail_mysql --tables times.t --from "@$((third / 1000 + 1))" --until now | ids)"
  assert_equal "until a time" 1,11,2,12,3,13 "$(tail_mysql --tables times.t --from beginning --until "@$((third / 1000 + 1))" | ids)"
  before=$(jq -nr "$fifth / 1000000 | floor | todate")
  assert_equal "between times, in UTC" 3,13 "$(tail_mysql --tables times.t --from "@$((third / 1000))" --until "@$before" | ids)"
  assert_equal "before all" 1,11,2,12 "$(tail_mysql --tables times.t --from "@$((first / 1000 - 1))" --count 3 | ids)"
  assert_equal "count within a transaction" 1,11 "$(tail_mysql --tables times.t --from beginning --count 1 | ids)"
  # A time to come ends the wait without anything happening.
  local start=$SECONDS
  tail_mysql --tables times.t --from now --until "@$(($(date +%s%3N) + 1200))" | tail -n 1 >end
  assert_equal "reason" until "$(jq -r .reason end)"
  ((SECONDS - start <= 8)) || fail "waited $((SECONDS - start)) s"
  # One to come begins behind all that is there: nobody has to wait for another transaction to know it.
  local from
  for from in "@$(($(date +%s%3N) + 60))" @2099-01-01T00:00:00Z; do
    timeout 20 "${TAIL[@]}" --tables times.t --from "$from" --until now >none
    assert_equal "lines from $from" '"hello" "end"' "$(jq '."@cdc"' none | paste -sd' ')"
  done
  timeout 20 "${TAIL[@]}" --tables times.t --from @2099-01-01T00:00:00Z --until "@$(($(date +%s%3N) + 200))" >none
  assert_equal "end of times to come" until "$(tail -n 1 none | jq -r .reason)"
  mysql_sql 'SET GLOBAL binlog_row_metadata=FULL; INSERT INTO times.t VALUES (7); SET GLOBAL binlog_row_metadata=MINIMAL; FLUSH BINARY LOGS'
  mapfile -t logs < <(find "$MYSQL_DATA" -name 'binlog.[0-9]*' | sort)
  assert_equal "files, by time" 4,14,5,15,6,16,7 "$(binlog-tail --quiet --tables times.t --from "@$((third / 1000 + 1))" "${logs[@]}" | ids)"
  binlog-tail --quiet --from @2099-01-01T00:00:00Z "${logs[@]}" >none
  assert_equal "files, from a time to come" until "$(tail -n 1 none | jq -r .reason)"
  mkdir folder
  # The order of files is theirs.
  for i in 'binlog.000004 binlog.000003' 'binlog.000003 binlog.000003'; do
    read -ra logs <<<"$i"
    expect_status 64 binlog-tail --quiet "${logs[@]/#/$MYSQL_DATA/}"
    assert_contains "files $i" 'stands behind' "$ERRORS"
  done
  # Of a time whose log is gone nothing is said but that.
  mysql_sql "PURGE BINARY LOGS TO '$(end_of_log | cut -d: -f1)'"
  expect_status 66 tail_quiet --tables times.t --from "@$((third / 1000))" --until now
  assert_contains "a purged time" 'does not have the log of' "$ERRORS"
  echo 'no log' >folder/bad
  expect_status 65 binlog-tail --quiet ./folder/bad
  assert_contains "the file as it was given" '"./folder/bad" is no binary log' "$ERRORS"
  expect_status 64 tail_quiet --tables 's.e('
  assert_contains "bad expression" 's.e(' "$ERRORS"
  expect_status 64 tail_quiet --from @yesterday
  assert_contains "bad time" '@yesterday' "$ERRORS"
}

# As many columns as a server allows, of a row from the snapshot and one from the log.
test_4096_columns() {
  need_tools cdc-encode
  mysql_sql 'CREATE DATABASE wide'
  python3 -c 'n = 4096
print("CREATE TABLE t (c0 SMALLINT PRIMARY KEY, " + ", ".join("c%d %s" % (i, ("TINYINT", "VARCHAR(3)", "BIT(3)", "DATE")[i % 4]) for i in range(1, n)) + ") ENGINE=MyISAM CHARSET latin1;")
for key in (1, 2):
    values = [str(key)] + [("%d" % (i % 100), "\"%03d\"" % (i % 1000), "%d" % (i % 8), "\"2024-01-%02d\"" % (i % 28 + 1))[i % 4] for i in range(1, n)]
    print("INSERT INTO t VALUES (" + ", ".join(values) + ");")
    if key == 1: print("SELECT 1;")' >statements
  sed '/^SELECT/q' statements | $MYSQL_CLIENT wide >/dev/null
  "${TAIL[@]}" --tables wide.t --snapshot initial >out 2>said &
  local reader=$!
  streams() { grep -q '"@cdc":"snapshot","state":"done"' out; }
  await 60 "the snapshot" streams
  sed '1,/^SELECT/d' statements | $MYSQL_CLIENT wide
  second() { grep -q '"op":"c"' out; }
  await 60 "the row of the log" second
  kill "$reader"
  wait "$reader"
  grep '^{"op"' out | jq -c '.after | del(.c0)' | sort -u >rows
  assert_equal "the same columns from the snapshot and the log" 1 "$(wc -l <rows)"
  assert_equal "columns" 4095 "$(jq length rows)"
  cdc-encode --quiet --topic-prefix p --no-schemas <out | grep '^{"@len"' | jq -c '.payload.after | del(.c0)' | sort -u >records
  assert_equal "columns of both records" '1 4095' "$(wc -l <records) $(jq length records)"
}

test_snapshot_modes() {
  need_tools cdc-apply
  mysql_sql 'FLUSH BINARY LOGS; CREATE DATABASE modes; CREATE TABLE modes.t (id INT PRIMARY KEY); CREATE TABLE modes.u (id INT PRIMARY KEY, s VARCHAR(9)); INSERT INTO modes.t VALUES (1)'
  # run MODE...: what the rows of a run are, and where it begins; the sink keeps the position.
  run() {
    tail_mysql --slot m --tables 'modes.*' --resume-from sqlite:out.db --until now --snapshot "$@" >lines || return $?
    cdc-apply --quiet --slot m sqlite:out.db <lines
    printf '%s %s\n' "$(head -n 1 lines | jq -r .begins)" "$(grep '^{"op"' lines | jq -r '.op + (.after.id | tostring)' | paste -sd,)"
  }
  expect_status 66 run recovery
  assert_contains "recovery without a position" 'none is known' "$ERRORS"
  local mode
  for mode in no_data schema_only schema_only_recovery; do
    assert_equal "$mode" 'position ' "$(run "$mode")"
    assert_equal "tables, $mode" t,u "$(grep '^{"@cdc":"table"' lines | jq -r .table | paste -sd,)"
  done
  assert_equal "initial" 'snapshot r1' "$(run initial)"
  mysql_sql 'INSERT INTO modes.t VALUES (2)'
  assert_equal "initial again" 'position c2' "$(run initial)"
  assert_equal "initial_only again" 'position ' "$(run initial_only)"
  mysql_sql 'INSERT INTO modes.t VALUES (3)'
  assert_equal "always" 'snapshot r1,r2,r3' "$(run always)"
  mysql_sql 'INSERT INTO modes.t VALUES (4); ALTER TABLE modes.t ADD n INT; INSERT INTO modes.t VALUES (5, 5)'
  assert_equal "when_needed, as the log is there" 'position c4,c5' "$(run when_needed)"
  mysql_sql "INSERT INTO modes.t VALUES (6, 6); FLUSH BINARY LOGS; DO SLEEP(0); PURGE BINARY LOGS BEFORE NOW() + INTERVAL 1 DAY"
  expect_status 66 run initial
  assert_equal "when_needed, as the log is gone" 'snapshot r1,r2,r3,r4,r5,r6' "$(run when_needed 2>said)"
  assert_contains "when_needed says why" 'a new snapshot is taken' "$(cat said)"
  # Definitions as they are now, though the log knows them no better.
  rm -rf "$XDG_STATE_HOME/cdcutils"
  mysql_sql 'FLUSH BINARY LOGS; INSERT INTO modes.t VALUES (7, 7); ALTER TABLE modes.t ADD UNIQUE (n)'
  expect_status 66 run initial
  assert_equal "recovery" 'position c7' "$(run recovery 2>/dev/null)"
  rm -f out.db
  mysql_sql "FLUSH BINARY LOGS; PURGE BINARY LOGS TO '$(end_of_log | cut -d: -f1)'; INSERT INTO modes.t VALUES (8, 8)"
  mysql_sql "PURGE BINARY LOGS TO '$(end_of_log | cut -d: -f1)'"
  assert_equal "never" 'beginning c8' "$(run never)"
}

test_a_snapshot_without_a_lock() {
  mysql_sql "CREATE DATABASE peace; CREATE TABLE peace.a (id INT PRIMARY KEY); CREATE TABLE peace.b LIKE peace.a; CREATE TABLE peace.c LIKE peace.a;
    INSERT INTO peace.a VALUES (1),(2),(3); INSERT INTO peace.b VALUES (4); INSERT INTO peace.c VALUES (5),(6); ANALYZE TABLE peace.a, peace.b, peace.c;
    CREATE USER calm@'%' IDENTIFIED BY 'x'; GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO calm@'%'" >/dev/null
  peaceful() {
    printf '%s\n' name=peace topic.prefix=p connector.class=io.debezium.connector.mysql.MySqlConnector "database.hostname=$MYSQL_HOST" "database.port=$MYSQL_PORT" \
      database.user=calm database.password=x 'table.include.list=peace.*' snapshot.mode=initial_only "$@" >c.properties
    binlog-tail --quiet --connector c.properties >lines
  }
  # The user may lock nothing.
  expect_status 77 peaceful
  peaceful snapshot.locking.mode=none
  assert_equal "rows" 1,2,3,4,5,6 "$(ids <lines)"
  peaceful snapshot.locking.mode=none snapshot.tables.order.by.row.count=ascending
  assert_equal "fewest rows first" 4,5,6,1,2,3 "$(ids <lines)"
  peaceful snapshot.locking.mode=none snapshot.tables.order.by.row.count=descending
  assert_equal "most rows first" 1,2,3,5,6,4 "$(ids <lines)"
  assert_equal "markers" first,true,last_in_data_collection "$(grep '^{"op"' lines | jq -r .snapshot | head -n 3 | paste -sd,)"
  expect_status 78 peaceful snapshot.locking.mode=custom
  expect_status 78 peaceful snapshot.mode=custom
  # While commits go on there is a moment without one, and nothing is lost or told twice.
  printf '%s\n' '{"name":"peace","config":{"snapshot.locking.mode":"none"}}' >none.json
  snapshot_under_writes "$MYSQL_CLIENT" calm "${TAIL[@]}" --connector none.json
}

test_snapshot_statements() {
  mysql_sql "DROP DATABASE IF EXISTS some; CREATE DATABASE some; CREATE TABLE some.t (id INT PRIMARY KEY, s VARCHAR(9)); INSERT INTO some.t VALUES (1, 'a'), (2, 'b'), (3, 'c');
    CREATE TABLE some.u (id INT PRIMARY KEY); INSERT INTO some.u VALUES (9); CREATE TABLE some.w LIKE some.u; INSERT INTO some.w VALUES (10)"
  connector() { printf '%s\n' name=some connector.class=io.debezium.connector.mysql.MySqlConnector "database.hostname=$MYSQL_HOST" "database.port=$MYSQL_PORT" \
    "database.user=$MYSQL_USER" "database.password=$MYSQL_PASSWORD" 'table.include.list=some.*' topic.prefix=p "$@" >c.properties; }
  connector snapshot.mode=initial_only snapshot.select.statement.overrides=some.t 'snapshot.select.statement.overrides.some.t=SELECT * FROM some.t WHERE id <> 2' \
    'snapshot.include.collection.list=some[.](t|u)'
  assert_equal "rows" '1 "first",3 "last_in_data_collection",9 "last"' "$(binlog-tail --quiet --connector c.properties | grep '^{"op"' | jq -r '"\(.after.id) \(.snapshot | tojson)"' | paste -sd,)"
  connector snapshot.select.statement.overrides=some.t 'snapshot.select.statement.overrides.some.t=SELECT id FROM some.t'
  expect_status 78 binlog-tail --quiet --connector c.properties
  assert_contains "a column is missing" 'snapshot statement of table some.t' "$ERRORS"
  connector snapshot.select.statement.overrides=some.t
  expect_status 78 binlog-tail --quiet --connector c.properties
  connector snapshot.mode=configuration_based
  expect_status 78 binlog-tail --quiet --connector c.properties
  connector snapshot.mode=configuration_based snapshot.mode.configuration.based.snapshot.data=true snapshot.include.collection.list=some.u
  assert_equal "based on configuration" '9' "$(binlog-tail --quiet --connector c.properties | ids)"
  assert_equal "the command line's mode" '' "$(binlog-tail --quiet --connector c.properties --snapshot no_data --until now | ids)"
}

test_a_status_line_is_given_when_asked_for() {
  "${TAIL[@]}" --from now >lines 2>said &
  local reader=$!
  answered() {
    [ -s lines ] && kill -USR1 "$reader"
    grep -qE '^binlog-tail: [0-9]+ rows of [0-9]+ transactions written, at \{' said
  }
  await 60 "the answer of a quiet one" answered
  kill "$reader"
  wait "$reader"
}

test_check() {
  mysql_sql "CREATE DATABASE chk; CREATE TABLE chk.t (id INT PRIMARY KEY); CREATE USER looker@'%' IDENTIFIED BY 'x'; GRANT SELECT ON chk.* TO looker@'%'"
  tail_mysql --check --tables chk.t >out || fail "$(cat out)"
  for what in connection version tls log_bin binlog_format binlog_row_image binlog_row_metadata gtid_mode grants tables 'server id' 'time zone' start expiry; do
    grep -qE "^(pass|warn)  $what: " out || fail "$what: $(cat out)"
  done
  assert_contains "metadata" 'fix: SET PERSIST binlog_row_metadata = FULL' "$(cat out)"
  MYSQL_PWD=x expect_status 77 binlog-tail --host "$MYSQL_HOST" --port "$MYSQL_PORT" --user looker --check --snapshot initial >out
  assert_contains "the GRANT" "fix: GRANT REPLICATION SLAVE, REPLICATION CLIENT, RELOAD ON *.* TO 'looker'@'%'" "$(cat out)"
  MYSQL_PWD=wrong expect_status 77 binlog-tail --host "$MYSQL_HOST" --port "$MYSQL_PORT" --user looker --check >out
  expect_status 69 binlog-tail --host 127.0.0.1 --port 1 --user looker --check >out
  assert_contains "nobody there" 'fail  connection: ' "$(cat out)"
  expect_status 78 tail_mysql --check --server-id 1 >out
  assert_contains "server id" "fail  server id: 1 is the server's own" "$(cat out)"
  expect_status 66 tail_mysql --check --from binlog.000099:4 >out
  assert_contains "start" 'fail  start: ' "$(cat out)"
  expect_status 66 tail_mysql --check --tables chk.none >out
  mysql_sql 'SET GLOBAL binlog_format=STATEMENT'
  expect_status 78 tail_mysql --check --tables chk.t >out
  mysql_sql 'SET GLOBAL binlog_format=ROW'
  assert_contains "format" 'fix: SET PERSIST binlog_format = ROW' "$(cat out)"
  # What is no obstacle, but worth knowing.
  mysql_sql 'SET GLOBAL binlog_row_image=MINIMAL; SET GLOBAL binlog_expire_logs_seconds=7200; SET GLOBAL gtid_mode=ON_PERMISSIVE'
  tail_mysql --check --tables chk.t --tls disabled >out || fail "$(cat out)"
  mysql_sql 'SET GLOBAL gtid_mode=ON; SET GLOBAL binlog_row_image=FULL; SET GLOBAL binlog_expire_logs_seconds=DEFAULT'
  assert_contains "TLS" 'warn  tls: the connection is not encrypted' "$(cat out)"
  assert_contains "image" 'warn  binlog_row_image: MINIMAL' "$(cat out)"
  assert_contains "GTIDs" 'warn  gtid_mode: ON_PERMISSIVE' "$(cat out)"
  assert_contains "expiry" 'warn  expiry: log files are kept for 2 h' "$(cat out)"
  # A clock that is wrong, as the server shows it to this user.
  mysql_sql "SET GLOBAL init_connect = 'SET timestamp = 1000000000'"
  tail_mysql --check --tables chk.t >out || fail "$(cat out)"
  mysql_sql "SET GLOBAL init_connect = ''"
  grep -qE '^warn  time zone: .*; its clock is -[0-9]+ s from ours' out || fail "$(cat out)"
  # An id that another reader has.
  "${TAIL[@]}" --tables chk.t --from now --server-id 4712 >lines &
  local reader=$!
  started() { [ -s lines ]; }
  await 60 "the other reader" started
  tail_mysql --check --tables chk.t --server-id 4712 >out || fail "$(cat out)"
  assert_contains "the id is taken" 'warn  server id: another binlog-tail reads with 4712; with the same slot it would be ended' "$(cat out)"
  kill "$reader"
  wait "$reader"
  # One that is through with what it was to read leaves no connection behind, which would look like another reader.
  tail_mysql --tables chk.t --from now --until now --server-id 4713 --heartbeat-ms 600000 >/dev/null
  is_free() { tail_mysql --check --tables chk.t --server-id 4713 | grep -q '^pass  server id: 4713'; }
  await 60 "the id is free again" is_free
}

# To look at what a running capture sees, with its connector file, is not to take over from it.
test_a_look_beside_a_capture() {
  mysql_sql 'CREATE DATABASE beside; CREATE TABLE beside.t (id INT PRIMARY KEY); INSERT INTO beside.t VALUES (1)'
  printf '%s\n' name=n "database.hostname=$MYSQL_HOST" "database.port=$MYSQL_PORT" "database.user=$MYSQL_USER" 'database.password=${MYSQL_PASSWORD}' \
    topic.prefix=p database.server.id=4791 'table.include.list=beside\.t' >c.properties
  export MYSQL_PASSWORD
  binlog-tail --quiet --connector c.properties --resume-from sqlite:target.db >captured 2>said &
  local capture=$!
  has_row() { grep -q "\"after\":{\"id\":$1}" captured; }
  await 60 "the snapshot" has_row 1
  binlog-tail --quiet --connector c.properties --until now >looked
  assert_contains "what the look sees" '"after":{"id":1}' "$(cat looked)"
  mysql_sql 'INSERT INTO beside.t VALUES (2)'
  await 60 "the next row of the capture: $(cat said)" has_row 2
  kill "$capture"
  wait "$capture" || fail "the capture ended with $?: $(cat said)"
}

# Replicas that the server knows of, and their ids.
test_accounts_that_the_server_does_not_let_in() {
  local user status
  mysql_sql "CREATE USER aged@'%' IDENTIFIED BY 'x' PASSWORD EXPIRE; CREATE USER locked@'%' IDENTIFIED BY 'x' ACCOUNT LOCK;
    CREATE USER limited@'%' IDENTIFIED BY 'x' WITH MAX_QUERIES_PER_HOUR 3; CREATE USER elsewhere@'10.1.2.3' IDENTIFIED BY 'x'"
  for user in aged locked limited; do
    status=77
    [ "$user" != limited ] || status=75  # until the hour is over
    expect_status "$status" tail_quiet --user "$user" --password-file <(echo x) --until now
    assert_contains "$user" "hint: " "$ERRORS"
    assert_contains "$user" "ALTER USER" "$ERRORS"
  done
  mysql_sql "DROP USER aged@'%', locked@'%', limited@'%', elsewhere@'10.1.2.3'"
}

test_check_beside_a_replica() {
  mysql_sql "CREATE USER IF NOT EXISTS repl@'%' IDENTIFIED BY 'x'; GRANT REPLICATION SLAVE ON *.* TO repl@'%'"
  export FIRST_HOST=$MYSQL_HOST FIRST_PORT=$MYSQL_PORT FIRST_USER=$MYSQL_USER FIRST_PASSWORD=$MYSQL_PASSWORD FIRST_CLIENT=$MYSQL_CLIENT FIRST_GTIDS
  FIRST_GTIDS=$(mysql_sql 'SELECT @@gtid_executed' | tr -d '\n' | sed 's/\\n//g')
  env -u SANDBOX_DIR "$CDC_SOURCE/scripts/sandbox" --quiet --mysql-option server_id=77 mysql -- env TESTS=inner_replica "$(readlink -f "$0")" >inner || { cat inner; exit 1; }
}
inner_replica() {
  mysql_sql "RESET BINARY LOGS AND GTIDS; SET GLOBAL gtid_purged = '$FIRST_GTIDS';
    CHANGE REPLICATION SOURCE TO SOURCE_HOST = '$FIRST_HOST', SOURCE_PORT = $FIRST_PORT, SOURCE_USER = 'repl', SOURCE_PASSWORD = 'x', SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1; START REPLICA"
  registered() { $FIRST_CLIENT -N -e 'SHOW REPLICAS' | grep -q '^77'; }
  await 60 "the replica" registered || mysql_sql 'SHOW REPLICA STATUS\G'
  local check=(binlog-tail --host "$FIRST_HOST" --port "$FIRST_PORT" --user "$FIRST_USER" --password-file "$TEST_FOLDER/first.password" --check)
  printf '%s\n' "$FIRST_PASSWORD" >"$TEST_FOLDER/first.password"
  expect_status 78 "${check[@]}" --server-id 77 >out
  assert_contains "the id is taken" 'fail  server id: a replica has 77 already' "$(cat out)"
  "${check[@]}" --server-id 78 >out || fail "$(cat out)"
  assert_contains "another one" 'pass  server id: 78, no other replica has it' "$(cat out)"
  mysql_sql 'STOP REPLICA'
}

# A statement that runs for long holds the lock up; while it is waited for others can write, and they are told of.
test_a_snapshot_behind_a_long_statement() {
  mysql_sql 'CREATE DATABASE busy; CREATE TABLE busy.t (id INT PRIMARY KEY); INSERT INTO busy.t VALUES (1); CREATE TABLE busy.u LIKE busy.t'
  printf '%s\n' name=n "database.hostname=$MYSQL_HOST" "database.port=$MYSQL_PORT" "database.user=$MYSQL_USER" \
    'database.password=${MYSQL_PASSWORD}' topic.prefix=p snapshot.mode=initial_only 'table.include.list=busy\.u' snapshot.lock.timeout.ms=3000 >busy.properties
  export MYSQL_PASSWORD
  mysql_sql "GRANT PROCESS ON *.* TO '$MYSQL_USER'@'%'"
  mysql_sql 'SELECT SLEEP(60), id FROM busy.t' >/dev/null 2>&1 &
  sleeps() { [ "$(mysql_sql "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP(60)%' AND time > 0")" = 1 ]; }
  await 60 "the long statement" sleeps
  local begin=$SECONDS number
  binlog-tail --quiet --connector busy.properties >out 2>said &
  local reader=$!
  waits() { grep -q 'waits for its read lock' said; }
  await 60 "the first attempt" waits
  timeout 4 "$MYSQL_CLIENT" -e 'INSERT INTO busy.u VALUES (2)' || fail "an INSERT waited for the snapshot"
  local status=0
  wait "$reader" || status=$?
  assert_equal "status" 75 "$status"
  ((SECONDS - begin <= 12)) || fail "it took $((SECONDS - begin)) s"
  assert_contains "the blocker" 'SELECT SLEEP(60)' "$(grep detail said)"
  number=$(sed -n 's/.*detail: connection \([0-9]*\) .*/\1/p' said)
  mysql_sql "KILL $number"
  binlog-tail --quiet --connector busy.properties >out
  assert_equal "then there is one" 2 "$(ids <out)"
}

test_check_on_mariadb() {
  "${TAIL_MARIADB[@]}" --from now --heartbeat-ms 200 --server-id 4712 >stream &
  local reader=$!
  reads() { [ -s stream ]; }
  await 60 "the reader" reads
  "${TAIL_MARIADB[@]}" --check --server-id 4712 >out && fail "$(cat out)"
  assert_contains "an id in use" 'fail  server id: another binlog-tail reads with 4712' "$(cat out)"
  kill "$reader"
  wait "$reader"
  expect_status 78 "${TAIL_MARIADB[@]}" --from now --until now --server-id 1 >out
  "${TAIL_MARIADB[@]}" --check >out || fail "$(cat out)"
  assert_contains "the id" 'server id: ' "$(cat out)"
  ! grep -q '^fail' out || fail "$(cat out)"
}

test_columns_and_conditions() {
  mysql_sql "CREATE DATABASE cols; CREATE TABLE cols.t (id INT PRIMARY KEY, a INT, secret TEXT, j JSON); CREATE TABLE cols.n (a INT, b INT); INSERT INTO cols.t VALUES (1, 1, 'x', '{}'), (2, 2, 'y', '[1]'); INSERT INTO cols.n VALUES (1, 2)"
  local begin
  begin=$(end_of_log)
  mysql_sql "SET binlog_row_value_options = PARTIAL_JSON; UPDATE cols.t SET a = a + 10, j = JSON_ARRAY_APPEND(j, '\$', 2); DELETE FROM cols.t WHERE id = 1; INSERT INTO cols.n VALUES (3, 4)"
  values() { grep '^{"op"' | jq -c '[.before, .after]' | paste -sd' '; }
  assert_equal "without a column" '[{"id":1,"a":1,"j":{}},{"id":1,"a":11,"j":[{},2]}] [{"id":2,"a":2,"j":[1]},{"id":2,"a":12,"j":[1,2]}] [{"id":1,"a":11,"j":[{},2]},null] [null,{"a":3,"b":4}]' \
    "$(tail_mysql --tables 'cols.*' --from "$begin" --until now --exclude-columns 'cols.t.(secret|id)' | values)"
  assert_equal "only some columns" '[{"id":1,"a":1},{"id":1,"a":11}] [{"id":2,"a":2},{"id":2,"a":12}] [{"id":1,"a":11},null] [null,{}]' \
    "$(tail_mysql --tables 'cols.*' --from "$begin" --until now --columns 'cols[.]t[.]a' | values)"
  assert_equal "snapshot" '[null,{}] [null,{"id":2,"a":12}]' "$(tail_mysql --tables 'cols.*' --snapshot initial_only --columns cols.t.a | grep -v '{"a":1}' | values | sed 's/\[null,{}\] \[null,{}\]/[null,{}]/')"
  assert_equal "condition" '[{"id":2,"a":2,"j":[1]},{"id":2,"a":12,"j":[1,2]}] [{"id":1,"a":11,"j":[{},2]},null]' \
    "$(tail_mysql --tables cols.t --from "$begin" --until now --exclude-columns 'cols.t.secret' --where 'id = 2 OR a = 11 AND id IS NOT NULL AND NOT a < 5 AND id <> 1 OR a BETWEEN 11 AND 11.5' | grep -v '"id":1,"a":1,' | values)"
  tail_mysql --tables cols.t --from "$begin" --until now --where 'a = 12' >out
  assert_equal "rows that are counted" 1 "$(grep '"@cdc":"mark"' out | jq -s 'map(.rows) | add')"
  assert_equal "snapshot of a condition" 2 "$(tail_mysql --tables cols.t --snapshot initial_only --where 'a >= 12' | ids)"
  expect_status 64 tail_quiet --tables 'cols.*' --from "$begin" --until now --where 'id = 1'
  assert_contains "a table without the column" 'table "cols.n" does not have' "$ERRORS"
  # The condition is of the whole row, and known by the table that is there.
  assert_equal "a column that is left out" '{"id":2}' "$(tail_mysql --tables cols.t --from "$begin" --until now --columns cols.t.id --where 'a = 12' | grep '^{"op":"u' | jq -c .after)"
  assert_equal "the same of a snapshot" 2 "$(tail_mysql --tables cols.t --snapshot initial_only --columns cols.t.id --where 'a >= 12' | ids)"
  expect_status 64 tail_quiet --tables cols.t --from now --where 'secrt IS NULL'
  assert_contains "the nearest name" 'the nearest name is "secret"' "$ERRORS"
  expect_status 64 tail_quiet --where 'id =='
  expect_status 64 tail_quiet --where ' '
  assert_contains "no condition" '--where needs a condition' "$ERRORS"
  # A misspelt name would leave out nothing, in silence.
  for option in --columns --exclude-columns; do
    expect_status 64 tail_quiet --tables cols.t --from now --until now "$option" cols.t.secrt
    assert_contains "an unknown column" "$option names column \"secrt\", which table \"cols.t\" does not have" "$ERRORS"
    assert_contains "the nearest column" 'the nearest name is "secret"' "$ERRORS"
    expect_status 64 tail_quiet --tables cols.t --snapshot initial_only "$option" cols.t.secrt
    expect_status 64 tail_quiet --tables cols.t --from now --until now "$option" secret
    assert_contains "no name of a column" '"secret" is not the name of a column' "$ERRORS"
  done
  begin=$(end_of_log)
  mysql_sql 'ALTER TABLE cols.n ADD c INT; INSERT INTO cols.n VALUES (7, 8, 9)'
  tail_mysql --tables cols.n --from "$begin" --until now --columns cols.n.c >out 2>said
  assert_equal "a column that comes later" '{"c":9}' "$(grep '^{"op"' out | jq -c .after)"
}

# Conditions are of values, not of their text.
test_conditions_by_type() {
  mysql_sql "CREATE DATABASE conds; CREATE TABLE conds.t (id INT PRIMARY KEY, d DECIMAL(20,4), dt DATETIME(3), ts TIMESTAMP(6) NULL, tm TIME(2), b BINARY(4), bit BIT(12), y YEAR)"
  local begin where form from
  begin=$(end_of_log)
  mysql_sql "SET time_zone = '+00:00'; INSERT INTO conds.t VALUES (1, 12.5, '2024-01-01', '2024-01-01 10:00:00.5', '-01:00:00', X'ab00', 2049, 2024), (2, 9, '2024-01-01 00:00:00.001', '2024-01-01 10:00:00', '100:00:00', X'ac', 1, 1999)"
  for from in "--from $begin --until now" '--snapshot initial_only'; do
    for form in base64 hex; do
      for where in "d = '12.5'" "d > '9'" "dt = '2024-01-01 00:00:00'" "dt <= '2024-01-01'" "ts = '2024-01-01 10:00:00.500'" "tm < '00:00:00'" \
        "b = X'ab000000'" 'bit = 2049' "bit > b'1'" "y BETWEEN '2000' AND 2024"; do
        # shellcheck disable=SC2086
        assert_equal "$where, $form, $from" 1 "$(tail_mysql --tables conds.t $from --binary "$form" --where "$where" | ids)"
      done
    done
  done
  expect_status 64 tail_quiet --tables conds.t --from now --until now --where "d = 'abc'"
  assert_contains "not of the type" "compares column \"d\" of table \"conds.t\" with 'abc'" "$ERRORS"
  assert_contains "the type" 'its type is decimal(20,4)' "$ERRORS"
}

# What was asked for and cannot be is said.
test_what_is_not_there_is_said() {
  mysql_sql "CREATE DATABASE notthere; CREATE TABLE notthere.t (id INT PRIMARY KEY, hidden INT DEFAULT 5 INVISIBLE); INSERT INTO notthere.t VALUES (1); CREATE VIEW notthere.v AS SELECT * FROM notthere.t"
  expect_status 66 tail_quiet --tables notthere.v
  assert_contains "a view" '"notthere.v" is a view' "$ERRORS"
  assert_contains "what to capture" 'capture the tables that it selects from' "$ERRORS"
  connector() { printf '%s\n' name=n "database.hostname=$MYSQL_HOST" "database.port=$MYSQL_PORT" "database.user=$MYSQL_USER" \
    'database.password=${MYSQL_PASSWORD}' topic.prefix=p "$@" >c.properties; }
  export MYSQL_PASSWORD
  connector 'table.include.list=notthere\\.v'
  expect_status 66 binlog-tail --quiet --connector c.properties --until now >/dev/null
  assert_contains "a view alone" '"notthere.v" is a view' "$ERRORS"
  connector 'table.include.list=notthere\\.(t|v)' 'snapshot.include.collection.list=notthere\\.u,notthere\\.t'
  binlog-tail --connector c.properties --until now >out 2>said
  assert_contains "a list that matches nothing" 'no captured table matches "notthere\.u" of c.properties:8: property "snapshot.include.collection.list"' "$(cat said)"
  connector 'table.include.list=notthere\\.t' snapshot.select.statement.overrides=notthere.t 'snapshot.select.statement.overrides.notthere.t=SELECT * FROM notthere.t'
  expect_status 78 binlog-tail --quiet --connector c.properties --until now >/dev/null
  assert_contains "a column that * leaves out" 'lacks columns of the table: "hidden" (INVISIBLE)' "$ERRORS"
  connector 'table.include.list=notthere\\.t' snapshot.select.statement.overrides=notthere.t 'snapshot.select.statement.overrides.notthere.t=SELECT *, hidden FROM notthere.t'
  assert_equal "with it" '{"id":1,"hidden":5}' "$(binlog-tail --quiet --connector c.properties --until now | grep '^{"op"' | jq -c .after)"
  expect_status 64 tail_quiet --tables notthere.t --from now --snapshot initial
  assert_contains "two beginnings" '--from and --snapshot initial exclude each other' "$ERRORS"
  expect_status 78 timeout 20 "${TAIL[@]}" --until 0-1-5
  assert_contains "GTIDs of another kind" "is MySQL, and the GTID set MariaDB's" "$ERRORS"
}

# Records of heartbeats can come no more often than the server's own.
test_heartbeats_of_the_connector() {
  printf '%s\n' name=n "database.hostname=$MYSQL_HOST" "database.port=$MYSQL_PORT" "database.user=$MYSQL_USER" \
    'database.password=${MYSQL_PASSWORD}' topic.prefix=p snapshot.mode=no_data heartbeat.interval.ms=150 >c.properties
  export MYSQL_PASSWORD
  binlog-tail --quiet --connector c.properties --server-id 4790 >out &
  local reader=$!
  several() { [ "$(grep -c '"@cdc":"heartbeat"' out)" -ge 3 ]; }
  await 60 "heartbeats" several
  kill "$reader"
  wait "$reader"
  binlog-tail --quiet --connector c.properties --heartbeat-ms 3000 --until now >/dev/null 2>said
  assert_contains "both are named" 'c.properties:8: property "heartbeat.interval.ms" is 150, but --heartbeat-ms 3000' "$(cat said)"
}

# An attempt to connect takes no longer than what is left of the patience.
test_a_connect_that_hangs() {
  local reader begin
  start_proxy
  "${TAIL[@]}" --port "$PROXY_PORT" --from now --heartbeat-ms 200 --retry-seconds 3 --server-id 4712 >out 2>said &
  reader=$!
  has_heartbeat() { grep -q heartbeat out; }
  await 60 "a heartbeat" has_heartbeat
  # The proxy stands still: connections are taken by the system, and nobody answers.
  kill -STOP "$PROXY"
  noticed() { grep -q 'connecting again' said; }
  await 60 "the loss" noticed
  begin=$SECONDS
  local status=0
  wait "$reader" || status=$?
  assert_equal "status" 69 "$status"
  [ $((SECONDS - begin)) -le 8 ] || fail "it took $((SECONDS - begin)) s"
  assert_contains "for how long" 'tried to connect again for 3 s' "$(cat said)"
  kill -CONT "$PROXY"
  kill "$PROXY"
}

test_view_for_people() {
  mysql_sql "CREATE DATABASE people; CREATE TABLE people.t (id INT PRIMARY KEY, s VARCHAR(200), n DECIMAL(5,2)); INSERT INTO people.t VALUES (1, 'one', 1.5)"
  local begin
  begin=$(end_of_log)
  mysql_sql "UPDATE people.t SET n = 2.25; INSERT INTO people.t VALUES (2, 'a\nb', NULL); DELETE FROM people.t WHERE id = 1; TRUNCATE TABLE people.t"
  cat >expected <<'VIEW'
~ t id=1 n: 1.50 → 2.25
+ t id=2 s=a\x0Ab n=NULL
- t id=1 s=one n=2.25
- t (all rows)
VIEW
  tail_mysql --tables people.t --from "$begin" --until now --view short >out
  grep -qE '^[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3} ~ t ' out || fail "$(cat out)"
  assert_same_file "short lines" expected <(cut -d' ' -f2- out)
  # A terminal is shown the same, in colour.
  script -qec "${TAIL[*]} --tables people.t --from $begin --until now" /dev/null </dev/null | tr -d '\r' >coloured
  assert_equal "colours" 4 "$(grep -c $'\033\\[3[0-9]m.*\033\\[0m$' coloured)"
  mysql_sql "INSERT INTO people.t VALUES (3, 'x', 3)"
  assert_equal "snapshot" '= t id=3 s=x n=3.00' "$(tail_mysql --tables people.t --snapshot initial_only --view short | cut -d' ' -f2-)"
}

# What the original connector keeps as its offset is a position here, also inside a transaction.
test_offsets_of_the_connector() {
  mysql_sql 'FLUSH BINARY LOGS; CREATE DATABASE offsets; CREATE TABLE offsets.t (id INT PRIMARY KEY); INSERT INTO offsets.t VALUES (1), (2)'
  local file pos gtids inside
  IFS=: read -r file pos < <(end_of_log)
  gtids=$(tail_mysql --from now --until now | tail -n 1 | jq -r .pos.gtids)
  mysql_sql 'INSERT INTO offsets.t VALUES (3), (4), (5); INSERT INTO offsets.t VALUES (6)'
  inside=$(mysql_sql "SHOW BINLOG EVENTS IN '$file' FROM $pos LIMIT 2" | awk -F '\t' 'NR == 2 {print $2}')
  offset() { jq -nc '{transaction_id: null, ts_sec: 1, file: $file, pos: $pos, server_id: 1} + $more' --arg file "$file" --argjson pos "$1" --argjson more "$2"; }
  from() { tail_mysql --tables offsets.t --until now --from "$(offset "$@")" | ids; }
  assert_equal "with GTIDs" 5,6 "$(from "$inside" "{\"gtids\":\"$gtids\",\"row\":2,\"event\":2}")"
  assert_equal "inside a transaction" 5,6 "$(from "$inside" '{"row":2,"event":2}')"
  assert_equal "behind all of its rows" 6 "$(from "$inside" '{"row":3,"event":2}')"
  assert_equal "before all of its rows" 3,4,5,6 "$(from "$inside" '{"row":0,"event":2}')"
  expect_status 66 tail_quiet --tables offsets.t --until now --from "$(offset "$inside" '{"row":4,"event":2}')"
  assert_contains "more rows than it has" "has fewer events or rows" "$ERRORS"
  expect_status 66 tail_quiet --tables offsets.t --until now --from "$(offset "$inside" '{"row":0,"event":99}')"
  assert_equal "between transactions" 3,4,5,6 "$(from "$pos" '{}')"
  # Of several events, with the statements between them, and all in one compressed event.
  local options
  for options in 'binlog_rows_query_log_events = ON' 'binlog_transaction_compression = ON'; do
    mysql_sql 'DELETE FROM offsets.t'
    IFS=: read -r file pos < <(end_of_log)
    gtids=$(tail_mysql --from now --until now | tail -n 1 | jq -r .pos.gtids)
    mysql_sql "SET SESSION $options; BEGIN; INSERT INTO offsets.t VALUES (1); INSERT INTO offsets.t VALUES (2), (3); COMMIT"
    # BEGIN, [statement,] map, rows, [statement,] map; then the rows event of which one was told.
    local events=4
    [[ $options != *rows_query* ]] || events=6
    assert_equal "$options" 3 "$(from "$pos" "{\"gtids\":\"$gtids\",\"row\":1,\"event\":$events}")"
    assert_equal "$options, the first" 2,3 "$(from "$pos" "{\"gtids\":\"$gtids\",\"row\":1,\"event\":$((events / 2))}")"
  done
  expect_status 66 tail_quiet --until now --from "$(offset "$pos" '{"snapshot":"INITIAL"}')"
  assert_contains "an unfinished snapshot" '--snapshot initial' "$ERRORS"
}

# A connector is taken over: its offset lies before a change that makes today's names those of other columns, and only its
# schema history knows the old ones. Records of the original, and those that ours writes.
test_schema_history_of_the_connector() {
  need_tools cdc-encode
  mysql_sql 'CREATE DATABASE taken; CREATE TABLE taken.t (id INT PRIMARY KEY, a INT, b INT)'
  cat >connector.properties <<CONF
name=taken
connector.class=io.debezium.connector.mysql.MySqlConnector
database.hostname=$MYSQL_HOST
database.port=$MYSQL_PORT
database.user=$MYSQL_USER
database.password=\${MYSQL_PASSWORD}
topic.prefix=taken
table.include.list=taken\\.t
snapshot.mode=no_data
schema.history.internal=io.debezium.storage.file.history.FileSchemaHistory
schema.history.internal.file.filename=$PWD/history
CONF
  export MYSQL_PASSWORD
  binlog-tail --quiet --connector connector.properties --until now >lines
  cdc-encode --quiet --connector connector.properties <lines >/dev/null
  mysql_sql 'ALTER TABLE taken.t ADD COLUMN last INT AFTER id; INSERT INTO taken.t VALUES (1, 9, 10, 20)'
  local begin end
  begin=$(tail -n 1 lines | jq -c .pos)
  binlog-tail --quiet --connector connector.properties --from "$begin" --until now >lines
  cdc-encode --quiet --connector connector.properties <lines >/dev/null
  grep -q 'ADD COLUMN last' history || fail "the history has no ALTER: $(cat history)"
  end=$(tail -n 1 lines | jq -c .pos)
  mysql_sql 'INSERT INTO taken.t VALUES (2, 9, 10, 20); ALTER TABLE taken.t RENAME COLUMN a TO b, RENAME COLUMN b TO a; INSERT INTO taken.t VALUES (3, 9, 10, 20)'
  from() { binlog-tail --quiet --connector connector.properties --from "$1" --until now; }
  rows() { from "$1" | grep '^{"op"' | jq -c .after; }
  assert_equal "rows by the history's names" $'{"id":2,"last":9,"a":10,"b":20}\n{"id":3,"last":9,"b":10,"a":20}' "$(rows "$end")"
  # From before the ALTER of the history: the log's own is applied, not that of the history as well.
  assert_equal "from the history's middle" $'{"id":1,"last":9,"a":10,"b":20}\n{"id":2,"last":9,"a":10,"b":20}\n{"id":3,"last":9,"b":10,"a":20}' "$(rows "$begin")"
  # An offset without GTIDs.
  assert_equal "by file and position" "$(rows "$end")" "$(rows "$(jq -c 'del(.gtids, .server_uuid)' <<<"$end")")"
  mv history kept
  expect_status 66 from "$end" >/dev/null
  # Of another connector, or no history.
  sed 's/"server":"taken"/"server":"other"/' kept >history
  expect_status 66 from "$end" >/dev/null
  echo '{"no":"record"}' >history
  expect_status 66 from "$end" >/dev/null
  assert_contains "a history that is none" "history:1: no record of a schema history" "$ERRORS"
}

# Transactions of a server that the connector is told to disregard.
test_gtid_sources() {
  local other=aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa errant=bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb before
  cat >connector.properties <<CONF
name=sources
database.hostname=$MYSQL_HOST
database.port=$MYSQL_PORT
database.user=$MYSQL_USER
database.password=\${MYSQL_PASSWORD}
topic.prefix=sources
table.include.list=sources.t
CONF
  export MYSQL_PASSWORD
  mysql_sql 'CREATE DATABASE sources; CREATE TABLE sources.t (id INT PRIMARY KEY)'
  before=$(tail_mysql --from now --until now | tail -n 1 | jq -c .pos)
  mysql_sql "SET GTID_NEXT='$other:1'; INSERT INTO sources.t VALUES (1); SET GTID_NEXT=AUTOMATIC; INSERT INTO sources.t VALUES (2)"
  from() { binlog-tail --quiet --connector connector.properties --from "$1" --until now "${@:2}" >lines; }
  seen() { from "$@" && ids <lines; }
  assert_equal "all" 1,2 "$(seen "$before")"
  assert_equal "but that server's" 2 "$(seen "$before" --set 'gtid.source.excludes=a{8}-.*')"
  assert_contains "its transaction is done all the same" "$other:1" "$(tail -n 1 lines | jq -r .pos.gtids)"
  assert_equal "only the own" 2 "$(seen "$before" --set "gtid.source.includes=$(mysql_sql 'SELECT @@server_uuid')")"
  assert_equal "rows of all" 1,2 "$(seen "$before" --set 'gtid.source.excludes=a.*' --set gtid.source.filter.dml.events=false)"
  expect_status 78 from "$before" --set gtid.source.includes=a --set gtid.source.excludes=b
  # What the server does not have, of a source that does not count.
  local ahead
  ahead=$(jq -c --arg errant "$errant:1-5" '.gtids += "," + $errant' <<<"$before")
  expect_status 66 from "$ahead"
  expect_status 66 from "$ahead" --set 'gtid.source.excludes=a.*'
  assert_equal "a position with others" 2 "$(seen "$ahead" --set 'gtid.source.excludes=[ab]+-.*')"
  # What is purged, likewise.
  local later
  mysql_sql 'FLUSH BINARY LOGS; DO SLEEP(0)'
  later=$(tail_mysql --from now --until now | tail -n 1 | jq -c --arg other "$other:1" '.pos | .gtids |= (split(",") | map(select(. != $other)) | join(","))')
  mysql_sql "PURGE BINARY LOGS TO '$(jq -r .file <<<"$later")'; INSERT INTO sources.t VALUES (3)"
  expect_status 66 from "$later"
  assert_equal "with a purged transaction of others" 3 "$(seen "$later" --set 'gtid.source.excludes=a.*')"
}

test_resume_from_a_sink() {
  need_tools cdc-apply
  mysql_sql 'CREATE DATABASE resume; CREATE TABLE resume.t (id INT PRIMARY KEY); INSERT INTO resume.t VALUES (1), (2)'
  local run
  rm -f out.db*
  for run in 1 2 3; do
    tail_mysql --slot s --tables resume.t --snapshot initial --resume-from sqlite:out.db --until now >lines
    grep -q "\"begins\":\"$([ "$run" = 1 ] && echo snapshot || echo position)\"" lines || fail "run $run: $(head -n 1 lines)"
    cdc-apply --quiet --slot s sqlite:out.db <lines
    mysql_sql "INSERT INTO resume.t VALUES (10 + $run)"
  done
  assert_equal "rows in the sink" '1,2,11,12' "$(sqlite3 out.db 'SELECT id FROM t ORDER BY id' | paste -sd,)"
}

# The reader is away while the table changes, twice, and the server tells nothing about before.
test_tables_are_remembered() {
  need_tools cdc-apply
  mysql_sql 'FLUSH BINARY LOGS; CREATE DATABASE keep; CREATE TABLE keep.t (id INT PRIMARY KEY, a INT, b INT); CREATE TABLE keep.u LIKE keep.t; FLUSH BINARY LOGS'
  run_once() { # --state DIR
    tail_mysql --slot k --tables 'keep.*' --snapshot initial --resume-from sqlite:out.db --until now "$@" >lines && cdc-apply --quiet --slot k sqlite:out.db <lines
  }
  run_once --state kept
  mysql_sql 'INSERT INTO keep.t VALUES (1, 2, 3); ALTER TABLE keep.t RENAME COLUMN a TO b, RENAME COLUMN b TO a; INSERT INTO keep.t VALUES (2, 4, 5);
    ALTER TABLE keep.u ADD c INT AFTER id'
  # Without what is remembered the names of the first row are not known.
  expect_status 66 tail_quiet --slot k --tables 'keep.*' --resume-from sqlite:out.db --state none --until now
  run_once --state kept
  assert_equal "rows" '{"id":1,"a":2,"b":3} {"id":2,"b":4,"a":5}' "$(grep '^{"op"' lines | jq -c .after | xargs -d '\n')"
  # The file that tells how far the run came is older than the sink, as after a crash.
  cp kept/k.catalog.reached older
  mysql_sql 'ALTER TABLE keep.t DROP a; INSERT INTO keep.t VALUES (3, 6)'
  run_once --state kept
  cp older kept/k.catalog.reached
  mysql_sql 'INSERT INTO keep.t VALUES (4, 7); INSERT INTO keep.u VALUES (1, 2, 3, 4); ALTER TABLE keep.t CHANGE b z INT; DROP TABLE keep.u'
  run_once --state kept
  assert_equal "rows after the second ALTER" '{"id":4,"b":7} {"id":1,"c":2,"a":3,"b":4}' "$(grep '^{"op"' lines | jq -c .after | xargs -d '\n')"
  # A definition that the server gave for a start in the past, then changed, then asked for by the next run.
  mysql_sql 'CREATE TABLE keep.w (id INT PRIMARY KEY, a INT, b INT); FLUSH BINARY LOGS; INSERT INTO keep.t VALUES (20, 20)'
  local early
  early=$(tail_mysql --from now --until now | tail -n 1 | jq -c .pos)
  mysql_sql 'INSERT INTO keep.t VALUES (21, 21)'
  "${TAIL[@]}" --slot w --tables keep.t,keep.w --state kept --from "$early" >out 2>said &
  local late=$!
  read_all() { grep -q '"id":21' out; }
  await 60 "the row of the past" read_all
  mysql_sql 'INSERT INTO keep.t VALUES (22, 22); ALTER TABLE keep.w RENAME COLUMN a TO b, RENAME COLUMN b TO a; INSERT INTO keep.t VALUES (23, 23)'
  read_more() { grep -q '"id":23' out; }
  await 60 "the row after the change" read_more
  kill "$late"
  wait "$late"
  early=$(tail -n 1 out | jq -c .pos)
  mysql_sql 'INSERT INTO keep.w VALUES (1, 2, 3); ALTER TABLE keep.w RENAME COLUMN a TO b, RENAME COLUMN b TO a'
  assert_equal "the changed definition" '{"id":1,"b":2,"a":3}' "$(tail_mysql --slot w --tables keep.t,keep.w --state kept --from "$early" --until now | grep '"table":"w".*"after"' | jq -c .after)"
  mysql_sql 'DROP TABLE keep.w'
  run_once --state kept
  # A second reader of the slot goes without, and says so.
  "${TAIL[@]}" --slot k --tables 'keep.*' --state kept --from now >out 2>said &
  local reader=$!
  started() { [ -s out ]; }
  await 60 "the start" started
  tail_mysql --slot k --server-id 78 --tables 'keep.*' --state kept --from now --until now >/dev/null 2>warned
  assert_contains "second reader" 'goes without' "$(cat warned)"
  kill "$reader"
  wait "$reader" || true
  # Damage is no more than a loss of memory; a newer format is left alone.
  mysql_sql 'INSERT INTO keep.t VALUES (5, 8)'
  printf '{"@cdc":"table",\n' >>kept/k.catalog
  run_once --state kept 2>warned || fail "$(cat warned)"
  assert_contains "damage" "kept/k.catalog:$(wc -l <kept/k.catalog.damaged): " "$(cat warned)"
  assert_contains "where it is kept" 'it is kept as kept/k.catalog.damaged' "$(cat warned)"
  # Any one line, however it does not read.
  local damage
  for damage in '$s/"@cdc":"[a-z]*"/"@cdc":"other"/' '1s/"pos":{/"pos":[/' '$s/"query":"/"query":"\xff/'; do
    tail_mysql --slot k --tables 'keep.*' --state kept --from "$(tail -n 1 lines | jq -c .pos)" --until now >/dev/null
    mysql_sql 'ALTER TABLE keep.t ALTER z SET DEFAULT 1'
    run_once --state kept
    mysql_sql 'INSERT INTO keep.t (id) SELECT MAX(id) + 1 FROM keep.t'
    LC_ALL=C sed -i "$damage" kept/k.catalog
    run_once --state kept 2>warned || fail "$damage: $(cat warned)"
    grep -qE 'kept/k.catalog:[0-9]+: ' warned || fail "$damage: $(cat warned)"
  done
  mysql_sql 'INSERT INTO keep.t VALUES (6, 8)'
  sed -i '1s/"v":1/"v":9/' kept/k.catalog
  cp kept/k.catalog before
  expect_status 78 run_once --state kept
  assert_same_file "the newer file" before kept/k.catalog
}

test_xa_over_a_restart() {
  need_tools cdc-apply
  mysql_sql 'CREATE DATABASE xa; CREATE TABLE xa.t (id INT PRIMARY KEY); INSERT INTO xa.t VALUES (1)'
  rm -f out.db*
  local run
  for run in 1 2 3; do
    case $run in
      1) ;;
      2) mysql_sql "XA START 'branch'; INSERT INTO xa.t VALUES (2); XA END 'branch'; XA PREPARE 'branch'"; mysql_sql 'INSERT INTO xa.t VALUES (3)' ;;
      3) mysql_sql "XA COMMIT 'branch'" ;;
    esac
    tail_mysql --slot s --tables xa.t --snapshot initial --resume-from sqlite:out.db --until now >lines
    cdc-apply --quiet --slot s sqlite:out.db <lines
    [ "$run" != 2 ] || assert_equal "before the commit" 1,3 "$(sqlite3 out.db 'SELECT id FROM t ORDER BY id' | paste -sd,)"
  done
  assert_equal "after the commit" 1,2,3 "$(sqlite3 out.db 'SELECT id FROM t ORDER BY id' | paste -sd,)"
}

test_mariadb_alter_in_two_phases() {
  $MARIADB_CLIENT -f <<'SQL' 2>/dev/null || true
CREATE DATABASE two; CREATE TABLE two.t (id INT PRIMARY KEY, a INT); SET binlog_alter_two_phase = ON; INSERT INTO two.t VALUES (1, 2);
ALTER TABLE two.t ADD b INT FIRST, RENAME COLUMN id TO a, RENAME COLUMN a TO id; INSERT INTO two.t VALUES (3, 4, 5);
ALTER TABLE two.t DROP b, ADD FOREIGN KEY (a) REFERENCES nope (x);
INSERT INTO two.t VALUES (6, 7, 8);
DROP TABLE two.t;
SQL
  [ "$($MARIADB_CLIENT -N -e 'SELECT @@binlog_alter_two_phase' 2>/dev/null)" = 0 ] || skip "this MariaDB logs an ALTER in one phase"
  "${TAIL_MARIADB[@]}" --tables two.t --from beginning --until now >out
  assert_equal "rows" '{"id":1,"a":2} {"b":3,"a":4,"id":5} {"b":6,"a":7,"id":8}' "$(grep '^{"op"' out | jq -c .after | xargs -d '\n')"
  assert_equal "statements" 1 "$(grep -c '"@cdc":"ddl","query":"ALTER TABLE two' out)"
}

test_mariadb_types() {
  $MARIADB_CLIENT -e "SET GLOBAL mysql56_temporal_format=OFF; CREATE DATABASE kinds; CREATE TABLE kinds.t (id INT PRIMARY KEY, t0 TIME, t1 TIME(1), t3 TIME(3),
    t6 TIME(6), d0 DATETIME, d2 DATETIME(2), d3 DATETIME(3), d5 DATETIME(5), s0 TIMESTAMP NULL, s1 TIMESTAMP(1) NULL, s6 TIMESTAMP(6) NULL, u UUID, i INET6,
    c VARCHAR(300) COMPRESSED, b BLOB COMPRESSED, n BIGINT UNSIGNED, x ENUM('a','b')); SET time_zone='+00:00';
    INSERT INTO kinds.t VALUES (1,'-12:34:56','-12:34:56.7','838:59:58.999','01:02:03.456789','2024-02-29 13:14:15','2024-02-29 13:14:15.67',
    '9999-12-31 23:59:59.999','1000-01-01 00:00:00.00001','2024-02-29 13:14:15','2024-02-29 13:14:15.6','2024-02-29 13:14:15.678901',
    '12345678-1234-5678-9abc-def012345678','::1',REPEAT('xy',100),'short',18446744073709551615,'b'),
    (2,NULL,'00:00:00','-838:59:59.999','-00:00:00.000001','0000-00-00',NULL,NULL,NULL,NULL,NULL,NULL,NULL,'fe80::1:0','','',0,'a');
    SET GLOBAL mysql56_temporal_format=ON" || skip "this MariaDB lacks one of the types"
  "${TAIL_MARIADB[@]}" --tables kinds.t --from beginning --until now | grep '^{"op"' | jq -c .after >logged
  "${TAIL_MARIADB[@]}" --tables kinds.t --snapshot initial_only | grep '^{"op"' | jq -c .after >stored
  assert_equal "rows" 2 "$(wc -l <logged)"
  assert_same_file "values" stored logged
}

run_tests
