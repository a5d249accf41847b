#!/usr/bin/env bash
# binlog-tail and a MySQL server without GTIDs: places in its log are files and positions.
# shellcheck disable=SC2317 # the tests are called by name
set -euo pipefail
# shellcheck source=tests/pipeline/lib.sh
. "$CDC_SOURCE/tests/pipeline/lib.sh"
need_tools binlog-tail
with_servers --mysql-option gtid_mode=OFF --mysql-option enforce_gtid_consistency=OFF mysql

printf '%s\n' "$MYSQL_PASSWORD" >"$TEST_FOLDER/mysql.password"
TAIL=(binlog-tail --host "$MYSQL_HOST" --port "$MYSQL_PORT" --user "$MYSQL_USER" --password-file "$TEST_FOLDER/mysql.password" --quiet)
mysql_sql() { $MYSQL_CLIENT -N -e "$1" "${@:2}"; }
end_of_log() { { mysql_sql 'SHOW BINARY LOG STATUS' 2>/dev/null || mysql_sql 'SHOW MASTER STATUS'; } | awk -F '\t' '{print $1 ":" $2}'; }
ids() { grep '^{"op"' | jq -r .after.id | paste -sd,; }
# First and last byte of the transaction that a statement makes.
positions_of() { # SQL
  FILE=$(end_of_log)
  FIRST=${FILE#*:} FILE=${FILE%:*}
  mysql_sql "$1"
  LAST=$(end_of_log)
  LAST=${LAST#*:}
}

# It would never be reached.
test_an_end_by_gtid_is_refused() {
  expect_status 78 timeout 20 "${TAIL[@]}" --until 3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5
  assert_contains "why" 'has no GTIDs (gtid_mode is not ON): a GTID set is no position there' "$ERRORS"
  assert_contains "what instead" '--until now, FILE:POS or @TIME' "$ERRORS"
  expect_status 78 "${TAIL[@]}" --from 3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5 --until now
}

test_positions_inside_events() {
  mysql_sql 'CREATE DATABASE inside; CREATE TABLE inside.t (id INT PRIMARY KEY, s TEXT)'
  local at
  positions_of "INSERT INTO inside.t VALUES (1, REPEAT('x', 300))"
  mysql_sql 'INSERT INTO inside.t VALUES (2, NULL)'
  for at in $(seq $((FIRST + 1)) 13 $((LAST - 1))) $((LAST - 31)) $((LAST - 1)); do
    expect_status 66 timeout 20 "${TAIL[@]}" --tables inside.t --from "$FILE:$at" --until now >out
    assert_contains "what is wrong with $at" "position $FILE:$at is inside a" "$ERRORS"
    assert_contains "where to begin, $at" "begin there: --from $FILE:$FIRST" "$ERRORS"
  done
  assert_equal "rows from there" 1,2 "$("${TAIL[@]}" --tables inside.t --from "$FILE:$FIRST" --until now | ids)"
  assert_equal "rows from behind" 2 "$("${TAIL[@]}" --tables inside.t --from "$FILE:$LAST" --until now | ids)"
  # The same of files.
  for at in $((FIRST + 1)) $((LAST - 31)) $((LAST - 1)); do
    expect_status 66 binlog-tail --quiet --tables inside.t --from "$FILE:$at" "$MYSQL_DATA/$FILE" >out
    assert_contains "of files, $at" "position $FILE:$at is inside the transaction from $FIRST to $LAST" "$ERRORS"
  done
}

# Their heads tell nothing, also where GTIDs come and go.
test_files_without_gtids() {
  mysql_sql 'SET GLOBAL binlog_row_metadata = FULL; CREATE DATABASE heads; CREATE TABLE heads.t (id INT PRIMARY KEY); INSERT INTO heads.t VALUES (1); FLUSH BINARY LOGS'
  local first mode
  first=$(end_of_log)
  mysql_sql 'INSERT INTO heads.t VALUES (2); FLUSH BINARY LOGS; INSERT INTO heads.t VALUES (3); SET GLOBAL enforce_gtid_consistency = ON'
  for mode in OFF_PERMISSIVE ON_PERMISSIVE ON; do
    mysql_sql "SET GLOBAL gtid_mode = $mode; INSERT INTO heads.t SELECT MAX(id) + 1 FROM heads.t; FLUSH BINARY LOGS"
  done
  mysql_sql 'INSERT INTO heads.t VALUES (7)'
  for mode in ON_PERMISSIVE OFF_PERMISSIVE; do
    mysql_sql "SET GLOBAL gtid_mode = $mode; INSERT INTO heads.t SELECT MAX(id) + 1 FROM heads.t; FLUSH BINARY LOGS"
    assert_equal "rows of the server, $mode" "$(mysql_sql 'SELECT GROUP_CONCAT(id ORDER BY id) FROM heads.t WHERE id > 1')" "$("${TAIL[@]}" --tables heads.t --from "$first" --until now | ids)"
  done
  mysql_sql 'SET GLOBAL gtid_mode = OFF; INSERT INTO heads.t SELECT MAX(id) + 1 FROM heads.t; FLUSH BINARY LOGS'
  local files=()
  while read -r file; do
    [[ $file < ${first%:*} ]] || files+=("$MYSQL_DATA/$file")
  done < <(mysql_sql 'SHOW BINARY LOGS' | cut -f 1)
  mysql_sql 'SET GLOBAL enforce_gtid_consistency = OFF'
  binlog-tail --quiet --tables heads.t "${files[@]}" >out
  assert_equal "rows of the files" 2,3,4,5,6,7,8,9,10 "$(ids <out)"
}

gtid_modes() {
  local mode
  for mode in "$@"; do mysql_sql "SET GLOBAL gtid_mode = $mode"; done
}

# A position has a set only where that is of all transactions before: those of an earlier time with GTIDs are in it.
test_gtids_come_during_a_tail() {
  mysql_sql 'SET GLOBAL binlog_row_metadata = FULL, GLOBAL enforce_gtid_consistency = ON; CREATE DATABASE come; CREATE TABLE come.t (id INT PRIMARY KEY)'
  gtid_modes OFF_PERMISSIVE ON_PERMISSIVE ON
  mysql_sql 'INSERT INTO come.t VALUES (1); INSERT INTO come.t VALUES (2)'
  gtid_modes ON_PERMISSIVE OFF_PERMISSIVE OFF
  local reader begin next old
  begin=$(end_of_log)
  "${TAIL[@]}" --from now --tables come.t >out 2>said &
  reader=$!
  started() { [ -s out ]; }
  await 60 "the start" started
  mysql_sql 'INSERT INTO come.t VALUES (3)'
  gtid_modes OFF_PERMISSIVE ON_PERMISSIVE ON
  mysql_sql 'INSERT INTO come.t VALUES (4)'
  came() { [ "$(ids <out)" = 3,4 ] && grep -c '^{"@cdc":"mark"' out | grep -q 2; }
  await 60 "the rows" came
  # A reconnect has to find the position good.
  mysql_sql "KILL $(mysql_sql "SELECT id FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%'")"
  mysql_sql 'INSERT INTO come.t VALUES (5)'
  again() { [ "$(ids <out)" = 3,4,5 ] || ! kill -0 "$reader"; }
  await 60 "the row behind" again
  kill "$reader"
  wait "$reader" || fail "the reader ended with $?: $(cat said)"
  next=$(grep '^{"@cdc":"mark"' out | tail -n 1 | jq -c .pos)
  assert_equal "the set" "$(mysql_sql 'SELECT @@global.gtid_executed')" "$(jq -r .gtids <<<"$next")"
  old=$(grep '^{"@cdc":"mark"' out | head -n 1 | jq -c .pos)
  assert_equal "the set without a GTID" null "$(jq -r .gtids <<<"$old")"
  mysql_sql 'INSERT INTO come.t VALUES (6)'
  assert_equal "rows from there" 6 "$("${TAIL[@]}" --tables come.t --from "$next" --until now | ids)"
  # The same of files.
  local files=() file
  while read -r file; do
    [[ $file < ${begin%:*} ]] || files+=("$MYSQL_DATA/$file")
  done < <(mysql_sql 'SHOW BINARY LOGS' | cut -f 1)
  assert_equal "the set of files" "$(jq -r .gtids <<<"$next")" "$(binlog-tail --quiet --tables come.t --from "$old" "${files[@]}" | grep '^{"@cdc":"mark"' | sed -n 2p | jq -r .pos.gtids)"
  # With ON the server itself gives out no transaction without a GTID.
  gtid_modes ON_PERMISSIVE OFF_PERMISSIVE
  assert_equal "rows from the one before" 4,5,6 "$("${TAIL[@]}" --tables come.t --from "$old" --until now | ids)"
  gtid_modes OFF
  mysql_sql 'SET GLOBAL enforce_gtid_consistency = OFF'
}

run_tests
