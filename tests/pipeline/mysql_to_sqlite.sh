#!/usr/bin/env bash
# MySQL to SQLite through the whole pipe: equal rows after changes of all kinds, after kill -9 of any stage at any moment,
# and with the servers that there are.
set -euo pipefail
# shellcheck source=tests/pipeline/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/pipeline/lib.connector.sh
. "$(dirname "$0")/lib.connector.sh"
need_tools binlog-tail cdc-encode cdc-apply sqlite3
with_servers mysql

# app_connector NAME PROPERTY=VALUE...: of database "app".
app_connector() { write_connector "$1" topic.prefix=p 'table.include.list=app.*' "${@:2}"; }
source_stage() { exec binlog-tail --quiet --connector connector.properties --resume-from sqlite:copy.db "$@"; }
encode_stage() { exec cdc-encode --quiet --connector connector.properties; }
apply_stage() { exec cdc-apply --quiet sqlite:copy.db; }
# Runs the pipe up to where the server is now.
catch_up() { (source_stage --until now) | (encode_stage) | (apply_stage); }

new_database() {
  $MYSQL_CLIENT -e "DROP DATABASE IF EXISTS app; CREATE DATABASE app;
    CREATE TABLE app.account (id INT PRIMARY KEY, owner VARCHAR(30) NOT NULL, balance DECIMAL(12,2) NOT NULL);
    CREATE TABLE app.note (a INT, b VARCHAR(10), text TEXT, at DATETIME(6), PRIMARY KEY (a, b));
    INSERT INTO app.account VALUES (1, 'one', 100), (2, 'two', 100), (3, 'three', 100), (4, 'four', 100)"
}
account_query='SELECT id, owner, balance FROM account ORDER BY id'
# Trailing zeros of a decimal are SQLite's own affair.
in_sqlite() { sqlite3 -readonly -separator $'\t' -nullvalue NULL copy.db "$1" | sed -E 's/(\.[0-9]*[1-9])0+$/\1/; s/\.0+$//'; }
on_server() { $MYSQL_CLIENT -BN app -e "$1" | sed -E 's/(\.[0-9]*[1-9])0+$/\1/; s/\.0+$//'; }
assert_same_rows() {
  assert_equal "rows of account" "$(on_server "$account_query")" "$(in_sqlite "$account_query")"
  # A table is made with its first row.
  local rows
  rows=$(in_sqlite "SELECT name FROM sqlite_schema WHERE name = 'note'")
  [ -z "$rows" ] || rows=$(in_sqlite 'SELECT a, b, text, at FROM note ORDER BY a, b')
  assert_equal "rows of note" "$(on_server 'SELECT a, b, text, at FROM note ORDER BY a, b')" "$rows"
}

test_snapshot_and_changes() {
  new_database
  app_connector plain
  catch_up
  $MYSQL_CLIENT app -e "
    INSERT INTO note VALUES (1, 'x', 'Zoë', '2024-02-29 12:00:00.000001'), (1, 'y', NULL, NULL), (2, 'x', '', '9999-12-31 23:59:59.999999');
    UPDATE account SET balance = balance - 0.01 WHERE id IN (1, 2);
    UPDATE note SET a = 7 WHERE b = 'y';
    DELETE FROM account WHERE id = 3;
    BEGIN; UPDATE account SET balance = 0; ROLLBACK;
    REPLACE INTO account VALUES (4, 'FOUR', -1.50)"
  catch_up
  assert_same_rows
  # Nothing new: nothing changes.
  catch_up
  assert_same_rows
}

test_truncate_and_new_table() {
  new_database
  # The connector skips truncations unless told.
  app_connector tables skipped.operations=none
  catch_up
  $MYSQL_CLIENT app -e "TRUNCATE account; INSERT INTO account VALUES (9, 'nine', 9);
    CREATE TABLE later (id INT PRIMARY KEY, v INT); INSERT INTO later VALUES (1, 2)"
  catch_up
  assert_same_rows
  assert_equal "rows of a table made meanwhile" $'1\t2' "$(in_sqlite 'SELECT id, v FROM later')"
}

test_table_made_anew() {
  new_database
  app_connector anew
  catch_up
  # Under another key and other types, in one go and with a stop between the two statements; and under the same key.
  $MYSQL_CLIENT app -e "DROP TABLE account; CREATE TABLE account (owner VARCHAR(30) PRIMARY KEY, id VARCHAR(9), balance DECIMAL(12,2));
    INSERT INTO account VALUES ('ten', '010', 10)"
  catch_up
  assert_same_rows
  $MYSQL_CLIENT app -e "DROP TABLE account"
  catch_up
  assert_equal "rows of a table that was only dropped" 1 "$(in_sqlite 'SELECT COUNT(*) FROM account')"
  $MYSQL_CLIENT app -e "CREATE TABLE IF NOT EXISTS account (id INT PRIMARY KEY, owner VARCHAR(30), balance DECIMAL(12,2));
    INSERT INTO account VALUES (5, 'five', 5), (6, 'six', 6)"
  catch_up
  assert_same_rows
  $MYSQL_CLIENT app -e "CREATE TABLE IF NOT EXISTS account (a INT); DROP TABLE account; CREATE TABLE account LIKE note; DROP TABLE account;
    CREATE TABLE account (id INT PRIMARY KEY, owner VARCHAR(30), balance DECIMAL(12,2)); INSERT INTO account VALUES (7, 'seven', 7)"
  catch_up
  assert_same_rows
  # Another key for the same rows.
  $MYSQL_CLIENT app -e "ALTER TABLE account DROP PRIMARY KEY, MODIFY id VARCHAR(9) NOT NULL, ADD PRIMARY KEY (id, owner); INSERT INTO account VALUES ('07', 'seven', 8)"
  catch_up
  assert_same_rows
}

# Transfers between accounts keep the sum; each also writes a note, so that a lost or doubled transaction shows.
write_transfers() {
  local i
  for ((i = 1; i <= $1; i++)); do
    echo "BEGIN; UPDATE account SET balance = balance - $((i % 7)) WHERE id = $((i % 4 + 1));
      UPDATE account SET balance = balance + $((i % 7)) WHERE id = $(((i + 1) % 4 + 1));
      INSERT INTO note VALUES ($i, 't', 'transfer', NOW(6)); COMMIT;"
  done
}
sum_in_sqlite() { sqlite3 -readonly copy.db 'SELECT SUM(balance) FROM account' 2>/dev/null || true; }

# start_pipe: the stages in the background, their process numbers in SOURCE, ENCODE, APPLY.
start_pipe() {
  rm -f one two
  mkfifo one two
  (source_stage) >one 2>>errors & SOURCE=$!
  (encode_stage) <one >two 2>>errors & ENCODE=$!
  (apply_stage) <two 2>>errors & APPLY=$!
}

test_random_kills() {
  new_database
  app_connector kills
  local seed=${SEED:-$RANDOM} kills=${KILLS:-50} i sum victim writer
  echo "  seed $seed, $kills kills"
  RANDOM=$seed
  : >errors
  write_transfers 100000 | $MYSQL_CLIENT app &
  writer=$!
  for ((i = 0; i < kills; i++)); do
    start_pipe
    victim=$((RANDOM % 3))
    # A moment between the start and 0.4 s; it is the moment that is drawn, not a wait for something.
    sleep "0.$(printf %03d $((RANDOM % 400)))"
    case $victim in 0) victim=$SOURCE ;; 1) victim=$ENCODE ;; 2) victim=$APPLY ;; esac
    kill -KILL "$victim" 2>/dev/null || true
    # The rest of the pipe ends by itself, the source at its next write at the latest.
    kill -TERM "$SOURCE" 2>/dev/null || true
    wait "$SOURCE" "$ENCODE" "$APPLY" 2>/dev/null || true
    sum=$(sum_in_sqlite)
    [ -z "$sum" ] || assert_equal "the sum of all accounts after kill $i" 400 "${sum%.0}"
  done
  kill "$writer" 2>/dev/null || true
  wait "$writer" 2>/dev/null || true
  catch_up
  assert_same_rows
  (($(on_server 'SELECT COUNT(*) FROM note') > 500)) || fail "only $(on_server 'SELECT COUNT(*) FROM note') transfers were made"
}

test_stop_in_order() {
  new_database
  app_connector stop
  : >errors
  start_pipe
  is_copied() { [ "$(sqlite3 -readonly copy.db 'SELECT COUNT(*) FROM account' 2>/dev/null)" = 4 ]; }
  await 60 "snapshot" is_copied
  kill -TERM "$SOURCE"
  wait "$SOURCE" || fail "binlog-tail: $?"
  wait "$ENCODE" || fail "cdc-encode: $?"
  wait "$APPLY" || fail "cdc-apply: $?"
  assert_same_rows
}

test_server_restarts() {
  new_database
  app_connector restart
  catch_up
  $MYSQL_CLIENT app -e "INSERT INTO note VALUES (1, 'a', 'before', NULL)"
  "$CDC_SOURCE/scripts/sandbox" --quiet restart mysql KILL
  $MYSQL_CLIENT app -e "INSERT INTO note VALUES (2, 'a', 'after', NULL)"
  catch_up
  assert_same_rows
}

# on_other_server SANDBOX-WORDS... -- TEST...: tests of this file, on a server of their own.
on_other_server() {
  local words=()
  while [ "$1" != -- ]; do words+=("$1"); shift; done
  shift
  mkdir other
  env -u SANDBOX_DIR "$CDC_SOURCE/scripts/sandbox" --quiet "${words[@]}" -- env TESTS="$*" TMPDIR="$PWD/other" "$(readlink -f "$0")" |
    sed 's/^\(not \)\{0,1\}ok - /  &/'
}

test_without_gtids() {
  on_other_server mysql --mysql-option gtid_mode=OFF -- test_snapshot_and_changes test_truncate_and_new_table test_server_restarts
}

test_mariadb() {
  on_other_server mariadb -- test_snapshot_and_changes test_truncate_and_new_table test_stop_in_order
}

run_tests
