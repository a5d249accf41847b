#!/usr/bin/env bash
# Plain names of --tables and of columns that no table of the files has.
set -uo pipefail
. "$CDC_SOURCE/tests/pipeline/lib.sh"
gzip -dc "$CDC_SOURCE/tests/data/binlog/mysql-9.7/keys.binlog.gz" >"$TEST_FOLDER/keys.binlog"
LOG=$TEST_FOLDER/keys.binlog
read_log() { binlog-tail --quiet --view lines "$@" "$LOG"; }
# A table of the log with rows, and one of its columns.
NAME=$(read_log | grep -m1 '^{"op":"c"' | jq -r '.db + "." + .table')
COLUMN=$(read_log | grep -m1 '^{"op":"c"' | jq -r '.after | keys_unsorted[0]')

test_a_table_that_is_not_there() {
  read_log --tables "$NAME" >out
  grep -q '^{"op"' out || fail "no rows of $NAME"
  expect_status 66 read_log --tables "${NAME}x" >out
  assert_contains "the name" "the log has no table \"${NAME}x\"" "$ERRORS"
  assert_contains "the nearest" "the nearest name in it is \"$NAME\"" "$ERRORS"
  assert_equal "the end" error "$(tail -n 1 out | jq -r .reason)"
  expect_status 66 read_log --tables "$NAME,no.such" >out
  # An expression may match nothing; so may a name where only part of the log was asked for.
  read_log --tables "${NAME}x.*" >out || fail "an expression"
  read_log --tables "${NAME}x" --count 1 --until @2001-01-01T00:00:00Z >out || fail "another end"
  binlog-tail --view lines --tables "${NAME}x" --from @2031-01-01T00:00:00Z "$LOG" >out 2>said || fail "$(cat said)"
  assert_contains "a warning" "the log has no table \"${NAME}x\" from the position on" "$(cat said)"
  # A log that has only begun.
  head -c 198 "$LOG" >begun
  binlog-tail --view lines --tables no.such begun >out 2>said || fail "$(cat said)"
  assert_contains "another warning" 'the log has no table "no.such": it names none at all' "$(cat said)"
}

test_a_column_that_is_not_there() {
  read_log --tables "$NAME" --columns "$NAME.$COLUMN" >out || fail "a column that is there"
  expect_status 64 read_log --tables "$NAME" --columns "$NAME.${COLUMN}x" >out
  assert_contains "the nearest" "the nearest name is \"$COLUMN\"" "$ERRORS"
  expect_status 64 read_log --tables "$NAME" --exclude-columns "$NAME.${COLUMN}x" >out
  read_log --tables "$NAME" --exclude-columns "$NAME.${COLUMN}x.*" >out || fail "an expression"
}

run_tests
