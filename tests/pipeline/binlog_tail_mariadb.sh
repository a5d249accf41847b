#!/usr/bin/env bash
# binlog-tail against MariaDB: what MySQL does not have, and a log without names.
# shellcheck disable=SC2317 # the tests are called by name
set -euo pipefail
# shellcheck source=tests/pipeline/lib.sh
. "$CDC_SOURCE/tests/pipeline/lib.sh"
need_tools binlog-tail
with_servers mariadb

printf '%s\n' "$MARIADB_PASSWORD" >"$TEST_FOLDER/mariadb.password"
TAIL=(binlog-tail --host "$MARIADB_HOST" --port "$MARIADB_PORT" --user "$MARIADB_USER" --password-file "$TEST_FOLDER/mariadb.password" --quiet)
sql() { $MARIADB_CLIENT -N -e "$1" "${@:2}"; }
metadata() { sql "SET GLOBAL binlog_row_metadata=$1"; }
gtids() { sql 'SELECT @@gtid_binlog_pos'; }
rows() { grep '^{"op"' "$1" | jq -c '[.op, .table, .before, .after]' || true; }
# stream ARGUMENT...: begins to read at the end of the log, into the file out.
stream() {
  rm -f out # of the stream before: the shell empties it only when the reader starts
  "${TAIL[@]}" --from now --heartbeat-ms 200 "$@" >out 2>said &
  READER=$!
  started() { [ -s out ]; }
  await 60 "the start" started
}
# stop_at TEXT: ends it once its output has the text.
stop_at() {
  local text=$1
  read_it() { grep -q "$text" out || ! kill -0 "$READER"; }
  await 60 "$text" read_it
  kill "$READER" 2>/dev/null || true
  wait "$READER" || fail "the reader ended with $?: $(cat said)"
  grep -q "$text" out || fail "no $text in: $(tail -n 3 out)"
}

# What InnoDB does for a foreign key is not in the log.
test_cascades_are_told() {
  sql 'CREATE DATABASE cascades; CREATE TABLE cascades.parent (id INT PRIMARY KEY);
    CREATE TABLE cascades.child (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES cascades.parent (id) ON DELETE CASCADE);
    CREATE TABLE cascades.stays (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES cascades.parent (id))'
  "${TAIL[@]}" --from now --until now --tables 'cascades\..*' >out 2>said
  assert_contains "warning" 'do not come: cascades.child' "$(cat said)"
  "${TAIL[@]}" --from now --until now --tables 'cascades\.stays' >out 2>said
  assert_equal "warnings of tables that are not captured" '' "$(cat said)"
  # Once a key, also one that is made later.
  stream --tables 'cascades\..*'
  sql 'CREATE TABLE cascades.later (id INT PRIMARY KEY, p INT REFERENCES cascades.parent (id) ON DELETE SET NULL, q INT);
    ALTER TABLE cascades.later ADD FOREIGN KEY (q) REFERENCES cascades.parent (id) ON UPDATE CASCADE, ADD r INT;
    ALTER TABLE cascades.stays ADD FOREIGN KEY (id) REFERENCES cascades.parent (id) ON DELETE RESTRICT;
    ALTER TABLE cascades.child ADD CONSTRAINT again FOREIGN KEY (p) REFERENCES cascades.parent (id) ON DELETE CASCADE;
    CREATE TABLE cascades.last (id INT PRIMARY KEY)'
  stop_at '"query":"CREATE TABLE cascades.last'
  assert_equal "warnings of later keys" 'child later later' "$(grep -o 'do not come: .*' said | sed 's/.*\.//' | paste -sd' ')"
  sql 'DROP DATABASE cascades'
}

# Nor do settings that it has for all sessions decide what is read; and a snapshot has a time.
test_settings_of_the_server() {
  sql 'CREATE DATABASE settings; USE settings; CREATE TABLE settings.t (a INT PRIMARY KEY, b INT, c INT, d INT); INSERT INTO settings.t SELECT seq, 1, 2, 3 FROM seq_1_to_5;
    CREATE TABLE settings.u LIKE settings.t; INSERT INTO settings.u VALUES (6, 1, 2, 3);
    SET GLOBAL sql_select_limit = 2; SET GLOBAL autocommit = 0; SET GLOBAL completion_type = CHAIN'
  local begin
  begin=$(date +%s)
  "${TAIL[@]}" --tables 'settings\..*' --snapshot initial_only >out || fail "status $?"
  sql 'SET GLOBAL sql_select_limit = 18446744073709551615; SET GLOBAL autocommit = 1; SET GLOBAL completion_type = NO_CHAIN; DROP DATABASE settings'
  assert_equal "rows" '[1,1,2,3] [2,1,2,3] [3,1,2,3] [4,1,2,3] [5,1,2,3] [6,1,2,3]' "$(grep '^{"op"' out | jq -c '.after | [.a, .b, .c, .d]' | xargs -d '\n')"
  assert_equal "begin and mark without a time" 0 "$(jq -c --argjson begin "$begin" 'select((."@cdc" == "begin" or ."@cdc" == "mark") and .snapshot and .ts_us < $begin * 1000000)' out | wc -l)"
  assert_equal "begin and mark with a time" 2 "$(jq -c 'select((."@cdc" == "begin" or ."@cdc" == "mark") and .snapshot and .ts_us > 0)' out | wc -l)"
}

# The server says nothing by itself until the first heartbeat; where the stream begins is known before.
test_hello_comes_before_anything_happens() {
  "${TAIL[@]}" --from now --heartbeat-ms 60000 >out 2>said &
  READER=$!
  hello() { grep -q '^{"@cdc":"hello"' out; }
  await 60 "hello" hello
  kill "$READER"
  wait "$READER"
  assert_equal "how it began" position "$(head -n 1 out | jq -r .begins)"
}

# Without names in the log a start in the past looks the log through: that must not end the reader's own dump.
test_a_look_into_the_log_beside_the_stream() {
  metadata NO_LOG
  sql 'CREATE DATABASE beside; CREATE TABLE beside.a (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(500)); CREATE TABLE beside.b LIKE beside.a'
  local begin
  begin=$(gtids)
  for _ in $(seq 30); do
    sql "INSERT INTO a (v) SELECT REPEAT('x', 400) FROM seq_1_to_300; INSERT INTO b (v) SELECT REPEAT('x', 400) FROM seq_1_to_300" beside
  done
  for _ in 1 2 3; do
    expect_status 0 "${TAIL[@]}" --tables 'beside\..*' --from "$begin" --until now --retry-seconds 0 >out
    assert_equal "rows" 18000 "$(rows out | wc -l)"
    assert_equal "what was said" '' "$ERRORS"
  done
  # Nor does the search for a time end another reader, or the check.
  stream --tables 'beside\..*' --server-id 4711 --retry-seconds 0
  "${TAIL[@]}" --check --tables 'beside\..*' --server-id 4711 --from @2020-01-01T00:00:00Z >checked 2>&1 || true
  sql "INSERT INTO beside.a VALUES (90001, 'last')"
  stop_at '"id":90001'
  metadata FULL
}

# Without names in the log: what a statement of the stream declares is what the server makes of it.
test_json_of_tables_made_in_the_stream() {
  metadata NO_LOG
  sql 'CREATE DATABASE js'
  stream --tables 'js\..*'
  sql "CREATE TABLE js.a (id INT PRIMARY KEY, j JSON); INSERT INTO js.a VALUES (1, '{\"é\":1}'); ALTER TABLE js.a ADD k JSON AFTER id;
    INSERT INTO js.a VALUES (2, '[2]', '3')" --default-character-set=utf8mb4
  stop_at '"id":2'
  metadata FULL
  assert_equal "rows" '["c","a",null,{"id":1,"j":"{\"é\":1}"}] ["c","a",null,{"id":2,"k":"[2]","j":"3"}]' "$(rows out | xargs -d '\n')"
  assert_equal "the column" '"longtext" "utf8mb4_bin"' "$(jq -r 'select(."@cdc" == "table") | .columns[-1] | "\"\(.type)\" \"\(.collation)\""' out | tail -n 1)"
}

# A versioned table is its current rows: history that the server logs beside them is none of it.
versioned_rows() { # METADATA DATABASE
  metadata "$1"
  sql "CREATE DATABASE $2; CREATE TABLE $2.old (id INT PRIMARY KEY, v INT) WITH SYSTEM VERSIONING"
  local tables="$2\\..*" begin
  begin=$(gtids)
  stream --tables "$tables"
  sql "USE $2; CREATE TABLE new (id INT PRIMARY KEY, v INT) WITH SYSTEM VERSIONING;
    CREATE TABLE period (id INT PRIMARY KEY, v INT, s TIMESTAMP(6) GENERATED ALWAYS AS ROW START, e TIMESTAMP(6) GENERATED ALWAYS AS ROW END INVISIBLE,
      PERIOD FOR SYSTEM_TIME (s, e)) WITH SYSTEM VERSIONING;
    CREATE TABLE later (id INT PRIMARY KEY, v INT)"
  for table in old new period later; do
    sql "USE $2; INSERT INTO $table (id, v) VALUES (1, 1), (2, 2); UPDATE $table SET v = 3 WHERE id = 1; DELETE FROM $table WHERE id = 2"
  done
  sql "USE $2; SET system_versioning_alter_history = KEEP; ALTER TABLE later ADD SYSTEM VERSIONING; UPDATE later SET v = 4; DELETE FROM later; ALTER TABLE later DROP SYSTEM VERSIONING;
    INSERT INTO later VALUES (5, 5); ALTER TABLE new ADD w INT DEFAULT 7 AFTER id; UPDATE new SET v = 8; DELETE HISTORY FROM new; DELETE FROM new; INSERT INTO old VALUES (9, 9)"
  stop_at '"id":9'
  metadata FULL
  simple() { grep '^{"op"' "$1" | jq -c 'def s: if . then del(.s, .e) else . end; [.op, .table, (.before | s), (.after | s)]' | grep "\"$2\""; }
  for table in old new period later; do
    simple out "$table" | head -n 4 >found
    printf '%s\n' "[\"c\",\"$table\",null,{\"id\":1,\"v\":1}]" "[\"c\",\"$table\",null,{\"id\":2,\"v\":2}]" "[\"u\",\"$table\",{\"id\":1,\"v\":1},{\"id\":1,\"v\":3}]" "[\"d\",\"$table\",{\"id\":2,\"v\":2},null]" >expected
    assert_same_file "rows of $table with $1" expected found
  done
  assert_equal "a table that is versioned for a while" '["u","later",{"id":1,"v":3},{"id":1,"v":4}] ["d","later",{"id":1,"v":4},null] ["c","later",null,{"id":5,"v":5}]' \
    "$(simple out later | tail -n +5 | xargs -d '\n')"
  assert_equal "a versioned table that is altered" '["u","new",{"id":1,"w":7,"v":3},{"id":1,"w":7,"v":8}] ["d","new",{"id":1,"w":7,"v":8},null]' "$(simple out new | tail -n +5 | xargs -d '\n')"
  assert_equal "keys" '["id"]' "$(jq -c 'select(."@cdc" == "table") | .key' out | sort -u)"
  # A snapshot, and a start in the past, say the same of the tables.
  columns() { jq -c 'select(."@cdc" == "table" and .table != "later" and .table != "new") | [.table, .key, [.columns[] | [.name, .type, .null, .invisible]]]' "$1" | sort -u; }
  columns out >expected
  "${TAIL[@]}" --tables "$tables" --snapshot initial_only >snapshot
  assert_equal "rows of the snapshot" '1 9' "$(grep '^{"op"' snapshot | jq -r 'select(.table == "old") | .after.id' | xargs)"
  columns snapshot >found
  sed 's/int(11)/int/g; s/bigint(20)/bigint/g' -i expected found
  assert_same_file "definitions" expected found
  "${TAIL[@]}" --tables "$2\\.(old|period)" --from "$begin" --until now >again
  assert_equal "from the past" "$(rows out | grep -E '"(old|period)"')" "$(rows again)"
}
test_system_versioned_tables() { versioned_rows FULL versions; }
test_system_versioned_tables_without_names() { versioned_rows NO_LOG namelessversions; }

# A sequence is no table, whether it was there before or is made in the stream.
test_sequences() {
  local mode
  for mode in NO_LOG FULL; do
    metadata "$mode"
    sql "CREATE DATABASE seq$mode; USE seq$mode; CREATE SEQUENCE before_it; CREATE TABLE t (id INT PRIMARY KEY DEFAULT NEXTVAL(before_it))"
    local begin
    begin=$(gtids)
    stream --tables "seq$mode\\..*"
    sql "USE seq$mode; INSERT INTO t VALUES (DEFAULT); CREATE OR REPLACE SEQUENCE made START WITH 50; SELECT NEXTVAL(made); INSERT INTO t VALUES (2);
      RENAME TABLE made TO moved; SELECT NEXTVAL(moved), SETVAL(moved, 5000); INSERT INTO t VALUES (3)" >values
    stop_at '"id":3'
    assert_equal "rows with $mode" '1 2 3' "$(rows out | jq .[3].id | xargs)"
    expect_status 0 "${TAIL[@]}" --tables "seq$mode\\..*" --from "$begin" --until now >out
    assert_equal "rows of the past with $mode" '1 2 3' "$(rows out | jq .[3].id | xargs)"
    expect_status 66 "${TAIL[@]}" --tables "seq$mode.before_it" --from now --until now >out
    sql "DROP SEQUENCE seq$mode.moved"
  done
}

# SET STATEMENT … FOR and ANALYZE stand before statements that do their work all the same.
test_statements_behind_a_prefix() {
  metadata NO_LOG
  sql 'CREATE DATABASE prefix; CREATE TABLE prefix.t (id INT PRIMARY KEY, a INT, b INT)'
  local begin
  begin=$(gtids)
  sql 'USE prefix; SET STATEMENT lock_wait_timeout = 5 FOR ALTER TABLE t RENAME COLUMN a TO c, RENAME COLUMN b TO a; INSERT INTO t VALUES (2, 10, 20);
    SET STATEMENT lock_wait_timeout = 5, max_statement_time = (1 + 1) FOR TRUNCATE TABLE t; INSERT INTO t VALUES (3, 1, 2)'
  expect_status 0 "${TAIL[@]}" --tables prefix.t --from "$begin" --until now >out
  assert_equal "operations" '{"id":2,"c":10,"a":20} t {"id":3,"c":1,"a":2}' "$(grep '^{"op"' out | jq -r 'if .op == "t" then .op else (.after | tojson) end' | xargs -d '\n')"
  local statement
  for statement in 'SET STATEMENT lock_wait_timeout = 5 FOR INSERT INTO t VALUES (4, 1, 2)' 'ANALYZE UPDATE t SET a = a + 1' \
    'ANALYZE FORMAT = JSON DELETE FROM t' 'CREATE TABLE t2 AS SELECT 1 AS id'; do
    begin=$(gtids)
    sql "SET SESSION binlog_format = STATEMENT; USE prefix; $statement" >/dev/null
    expect_status 65 "${TAIL[@]}" --tables 'prefix\..*' --from "$begin" --until now >out
    assert_contains "$statement" 'logged as text' "$ERRORS"
  done
  metadata FULL
}

# The head of MariaDB's transaction does not tell where it ends; to go on behind the statement is to go on behind that.
test_behind_a_statement_in_a_transaction() {
  sql 'CREATE DATABASE behind; CREATE TABLE behind.t (id INT PRIMARY KEY); FLUSH BINARY LOGS'
  local begin next file reader
  begin=$(gtids)
  sql 'USE behind; SET SESSION binlog_format = STATEMENT; BEGIN; INSERT INTO t VALUES (2); INSERT INTO t VALUES (3); COMMIT; SET SESSION binlog_format = ROW;
    INSERT INTO t VALUES (4)'
  file=$MARIADB_DATA/$(sql 'SHOW MASTER STATUS' | cut -f 1)
  for reader in server file; do
    local tail=("${TAIL[@]}" --tables behind.t) end=(--until now)
    [ "$reader" = server ] || tail=(binlog-tail --quiet --tables behind.t) end=("$file")
    expect_status 65 "${tail[@]}" --from "$begin" "${end[@]}" >out
    assert_contains "why, $reader" 'logged as text: INSERT INTO t VALUES (2)' "$ERRORS"
    next=$(sed -n "s/.*--from '\(.*\)'/\1/p" <<<"$ERRORS")
    assert_equal "behind the transaction, $reader" '["c","t",null,{"id":4}]' "$(rows <("${tail[@]}" --from "$next" "${end[@]}"))"
  done
}

# A file and position do not tell what came before, which the position of a transaction behind them has to.
test_the_set_behind_a_file_and_position() {
  sql 'CREATE DATABASE whole; SET SESSION gtid_domain_id = 7; CREATE TABLE whole.t (id INT PRIMARY KEY)'
  local place
  place=$(sql 'SHOW MASTER STATUS' | awk -F '\t' '{print $1 ":" $2}')
  sql 'INSERT INTO whole.t VALUES (1)'
  expect_status 0 timeout 20 "${TAIL[@]}" --tables whole.t --from "$place" --until now >out
  assert_equal "the set" "$(gtids)" "$(grep '^{"@cdc":"mark"' out | tail -n 1 | jq -r .pos.gtids)"
}

# What is said has to work on this server.
test_hints_are_of_mariadb() {
  metadata NO_LOG
  sql 'CREATE DATABASE hints; CREATE TABLE hints.t (id INT PRIMARY KEY, a INT, b INT)'
  local begin
  begin=$(gtids)
  sql 'INSERT INTO hints.t VALUES (1, 2, 3); ALTER TABLE hints.t RENAME COLUMN a TO b, RENAME COLUMN b TO a'
  expect_status 66 "${TAIL[@]}" --tables hints.t --from "$begin" --until now >out
  assert_contains "the hint" 'SET GLOBAL binlog_row_metadata=FULL' "$ERRORS"
  metadata FULL
}

# A place in its log where no transaction begins: in an event, or between two of one transaction.
test_positions_inside_transactions() {
  sql 'CREATE DATABASE inside; CREATE TABLE inside.t (id INT PRIMARY KEY, s TEXT)'
  local file first last at
  read -r file first <<<"$(sql 'SHOW MASTER STATUS')"
  sql "INSERT INTO inside.t VALUES (1, REPEAT('x', 300))"
  last=$(sql 'SHOW MASTER STATUS' | cut -f 2)
  for at in $(sql "SHOW BINLOG EVENTS IN '$file' FROM $first LIMIT 1, 4" | cut -f 2) $((first + 1)) $((last - 40)) $((last - 1)); do
    expect_status 66 timeout 20 "${TAIL[@]}" --tables inside.t --from "$file:$at" --until now >out
    assert_contains "what is wrong with $at" "position $file:$at is inside a" "$ERRORS"
    assert_contains "where to begin, $at" "begin there: --from $file:$first" "$ERRORS"
    expect_status 66 binlog-tail --quiet --tables inside.t --from "$file:$at" "$MARIADB_DATA/$file" >out
    assert_contains "of files, $at" "is inside the transaction from $first to $last" "$ERRORS"
  done
}

# Files of a log with several domains and servers, whole and with one missing.
test_a_lost_file_of_several_domains() {
  metadata FULL
  sql 'CREATE DATABASE gap; CREATE TABLE gap.t (id INT PRIMARY KEY); FLUSH BINARY LOGS'
  local first files=()
  first=$(sql 'SHOW MASTER STATUS' | cut -f 1)
  sql 'INSERT INTO gap.t VALUES (1); SET gtid_domain_id = 1; INSERT INTO gap.t VALUES (2); FLUSH BINARY LOGS;
    SET gtid_domain_id = 2; SET server_id = 9; INSERT INTO gap.t VALUES (3); SET gtid_domain_id = 0; INSERT INTO gap.t VALUES (4); FLUSH BINARY LOGS; INSERT INTO gap.t VALUES (5)'
  while read -r file; do
    [[ $file < $first ]] || files+=("$MARIADB_DATA/$file")
  done < <(sql 'SHOW BINARY LOGS' | cut -f 1)
  ids() { grep '^{"op"' | jq -r .after.id | paste -sd,; }
  assert_equal "of the server" 1,2,3,4,5 "$("${TAIL[@]}" --tables gap.t --from "$first:4" --until now | ids)"
  assert_equal "of the files" 1,2,3,4,5 "$(binlog-tail --quiet --tables gap.t "${files[@]}" | ids)"
  expect_status 66 binlog-tail --quiet --tables 'nothing.*' "${files[0]}" "${files[2]}" >out
  assert_contains "domains" 'transactions are missing: 0-9-' "$ERRORS"
  assert_contains "another domain" ',2-9-1 stood in the log before' "$ERRORS"
  metadata NO_LOG
}

run_tests
