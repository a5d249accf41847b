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
  "${TAIL[@]}" --from now "$@" >out 2>said &
  READER=$!
  started() { [ -s out ]; }
  await 10 "the start" started
}
# stop_at TEXT: ends it once its output has the text.
stop_at() {
  local text=$1
  read_it() { grep -q "$text" out || ! kill -0 "$READER"; }
  await 10 "$text" read_it
  kill "$READER" 2>/dev/null || true
  wait "$READER" || fail "the reader ended with $?: $(cat said)"
  grep -q "$text" out || fail "no $text in: $(tail -n 3 out)"
}

# Without names in the log a start in the past looks the log through: that must not end the reader's own dump.
test_a_look_into_the_log_beside_the_stream() {
  metadata NO_LOG
  sql 'CREATE DATABASE beside; CREATE TABLE beside.a (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(500)); CREATE TABLE beside.b LIKE beside.a'
  local begin i
  begin=$(gtids)
  for i in $(seq 30); do
    sql "INSERT INTO a (v) SELECT REPEAT('x', 400) FROM seq_1_to_300; INSERT INTO b (v) SELECT REPEAT('x', 400) FROM seq_1_to_300" beside
  done
  for i in 1 2 3; do
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

run_tests
