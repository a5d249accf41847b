#!/usr/bin/env bash
# The sandbox itself: two side by side, nothing left behind, one message when something cannot be had.
# shellcheck disable=SC2016 # the commands of the sandbox expand what is in single quotes
set -euo pipefail
# shellcheck source=tests/pipeline/lib.sh
. "$(dirname "$0")/lib.sh"
unset SANDBOX_DIR
sandbox() { "$CDC_SOURCE/scripts/sandbox" --quiet "$@"; }
no_scratch() { [ -z "$(find "$TMPDIR" -maxdepth 1 -name 'cdc-sandbox.*')" ]; }

test_two_side_by_side() {
  sandbox mysql -- bash -c 'echo "$MYSQL_PORT" >one; read -rt 60 _ <>go || true; $MYSQL_CLIENT -BNe "SELECT @@port" >one.answer' &
  local first=$! second
  mkfifo go
  second=$(sandbox mysql -- bash -c '$MYSQL_CLIENT -BNe "SELECT @@port"; echo >go')
  wait "$first"
  assert_equal "the first server after the second has gone" "$(cat one)" "$(cat one.answer)"
  [ "$second" != "$(cat one)" ] || fail "both on port $second"
}

test_status_of_the_command() {
  expect_status 7 sandbox mysql -- sh -c 'exit 7'
  await 60 "no scratch directory left" no_scratch
}

test_killed_script_leaves_nothing() {
  "$CDC_SOURCE/scripts/sandbox" --quiet mysql -- bash -c 'cat "$SANDBOX_DIR/mysql/pid" >pid; exec sleep 1000' &
  local script=$! server
  await 60 "the server" test -s pid
  read -r server _ <pid
  kill -KILL "$script"
  is_gone() { ! kill -0 "$server" 2>/dev/null || [ "$(process_start_time "$server" || echo gone)" = gone ]; }
  await 60 "the end of the server" is_gone
  await 60 "no scratch directory left" no_scratch
}

test_term_ends_command_and_servers() {
  "$CDC_SOURCE/scripts/sandbox" --quiet mysql -- bash -c 'trap "echo ended >said; exit 3" TERM; touch ready; while :; do sleep 0.1; done' &
  local script=$! status=0
  await 60 "the command" test -f ready
  kill -TERM "$script"
  wait "$script" || status=$?
  assert_equal "status" 3 "$status"
  assert_equal "the command got the signal" ended "$(cat said)"
  await 60 "no scratch directory left" no_scratch
}

test_servers_that_stay() {
  sandbox --name "test$$" start mysql >said
  assert_contains "start" "mysql: running" "$(cat said)"
  (
    eval "$(sandbox --name "test$$" env)"
    $MYSQL_CLIENT -e 'CREATE DATABASE kept'
    # The shell has the addresses; whose servers a call means is still said by --name alone.
    assert_equal "status of the default set" "no servers" "$(sandbox --name "none$$" status)"
    expect_status 66 sandbox --name "none$$" env
    TMPDIR=$PWD expect_status 66 sandbox restart mysql
    sandbox --name "test$$" restart mysql KILL
    assert_equal "data after a restart" kept "$($MYSQL_CLIENT -BNe 'SHOW DATABASES LIKE "kept"')"
  )
  sandbox --name "test$$" stop
  assert_equal "status after stop" "no servers" "$(sandbox --name "test$$" status)"
}

test_postgresql_starts_again_after_kill() {
  local client='"$POSTGRESQL_CLIENT"'
  sandbox --quiet postgresql -- bash -c "
    set -e
    $client -c 'CREATE TABLE kept (v INT); INSERT INTO kept VALUES (1)'
    sandbox --quiet restart postgresql KILL
    sandbox --quiet restart postgresql KILL
    $client -tAc 'SELECT v FROM kept' >found" || fail "it does not start"
  assert_equal "rows after the restarts" 1 "$(cat found)"
}

test_what_is_refused() {
  expect_status 64 sandbox oracle -- true
  assert_contains "message" 'unknown server "oracle"' "$ERRORS"
  expect_status 69 sandbox mysql --mysql-option nonsense=1 -- true
  assert_contains "message" "nonsense" "$ERRORS"
}

test_missing_mirror_is_one_message() {
  mkdir empty bin
  printf '#!/bin/sh\nexit 100\n' >bin/apt-get
  chmod +x bin/apt-get
  expect_status 69 env XDG_CACHE_HOME="$PWD/empty" PATH="$PWD/bin:$PATH" SANDBOX_MYSQL=unstable "$CDC_SOURCE/scripts/sandbox" --quiet mysql -- true
  assert_contains "message" "no MySQL server can be had" "$ERRORS"
  [ ! -d empty/cdcutils/mysql-unstable ] || fail "half a tree was kept"
}

run_tests
