#!/usr/bin/env bash
# cdc-apply --lanes: several sessions write the rows of a slot, and the target is what a single one makes of it, also after
# kill -9 at any moment.
set -euo pipefail
# shellcheck source=tests/pipeline/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/pipeline/lib.bank.sh
. "$(dirname "$0")/lib.bank.sh"
# shellcheck source=tests/pipeline/lib.lines.sh
. "$(dirname "$0")/lib.lines.sh"
# shellcheck source=tests/pipeline/lib.targets.sh
. "$(dirname "$0")/lib.targets.sh"
need_tools binlog-tail cdc-apply
with_servers mysql mariadb postgresql --mysql-option binlog_row_metadata=FULL
export MYSQL_PWD=$MYSQL_PASSWORD

targets=(mysql mariadb postgresql)
new_databases() {
  $MYSQL_CLIENT -e 'DROP DATABASE IF EXISTS app; CREATE DATABASE app'
  local target
  for target in "${targets[@]}"; do new_target "$target"; done
}
catch_up() { # TARGET OPTION...: with lanes
  binlog-tail --quiet --host "$MYSQL_HOST" --port "$MYSQL_PORT" --user "$MYSQL_USER" --tables 'app\..*' --slot app --snapshot initial \
    --resume-from "$(target_url "$1")" --until now | cdc-apply --quiet --lanes 4 "${@:2}" "$(target_url "$1")"
}
catch_up_all() { for target in "${targets[@]}"; do catch_up "$target"; done; }
assert_rows() { # SQL: the same answer everywhere
  local target expected
  expected=$($MYSQL_CLIENT -BN app -e "$1")
  for target in "${targets[@]}"; do assert_equal "$target: $1" "$expected" "$(ask "$target" "$1")"; done
}

# Statements that touch the same few rows again and again, and move some to other keys.
random_changes() { # SEED COUNT
  python3 - "$@" <<'PYTHON'
import random, sys
random.seed(int(sys.argv[1]))
for step in range(int(sys.argv[2])):
    print("BEGIN;")
    for _ in range(random.randint(1, 12)):
        i, j, v = random.randrange(400), random.randrange(400), random.randrange(10**6)
        print(random.choice([
            f"REPLACE INTO account VALUES ({i}, {v});", f"UPDATE account SET balance = {v} WHERE id = {i};",
            f"DELETE FROM account WHERE id = {i};", f"UPDATE IGNORE account SET id = {i} WHERE id = {j};",
            f"REPLACE INTO word VALUES ('w{i}', {i % 7}, {v});", f"DELETE FROM word WHERE name = 'w{i}';",
            f"UPDATE IGNORE word SET name = 'W{i}' WHERE name = 'w{i}';", f"INSERT INTO visit VALUES ({i % 5}, {v});",
            f"DELETE FROM visit WHERE account = {i % 5} LIMIT 1;", f"DELETE FROM account WHERE id BETWEEN {i} AND {i + 20};"]))
    print(random.choice(["COMMIT;", "COMMIT;", "COMMIT;", "ROLLBACK;"]))
PYTHON
}

test_the_target_is_as_with_one_session() {
  local seed=${SEED:-$RANDOM} target
  echo "  seed $seed"
  new_databases
  $MYSQL_CLIENT app -e "
    CREATE TABLE account (id INT PRIMARY KEY, balance INT);
    CREATE TABLE word (name VARCHAR(20) COLLATE utf8mb4_bin, n INT, v INT, PRIMARY KEY (name, n));
    CREATE TABLE visit (account INT, v INT)"
  random_changes "$seed" 400 | $MYSQL_CLIENT app
  catch_up_all
  random_changes $((seed + 1)) 600 | $MYSQL_CLIENT app
  catch_up_all
  assert_rows 'SELECT * FROM account ORDER BY id'
  assert_rows "SELECT name, n, v FROM word ORDER BY v, n, name"
  assert_rows 'SELECT account, COUNT(*), SUM(v) FROM visit GROUP BY account ORDER BY account'
}

test_tables_that_change() {
  local target
  new_databases
  $MYSQL_CLIENT app -e "CREATE TABLE t (id INT PRIMARY KEY, v INT); INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)"
  catch_up_all
  $MYSQL_CLIENT app -e "UPDATE t SET v = 10 WHERE id = 1; ALTER TABLE t ADD COLUMN w VARCHAR(10) DEFAULT 'x'; INSERT INTO t VALUES (4, 4, 'y');
    BEGIN; INSERT INTO t VALUES (5, 5, 'z'); UPDATE t SET v = 11 WHERE id = 1; COMMIT; ALTER TABLE t MODIFY COLUMN v BIGINT; UPDATE t SET v = 5000000000 WHERE id = 2"
  catch_up_all
  assert_rows 'SELECT id, v FROM t ORDER BY id'
  $MYSQL_CLIENT app -e "TRUNCATE t; INSERT INTO t VALUES (7, 7, 'seven')"
  catch_up_all
  assert_rows 'SELECT * FROM t ORDER BY id'
  $MYSQL_CLIENT app -e "DROP TABLE t; CREATE TABLE t (id INT, part INT, v INT, PRIMARY KEY (id, part)); INSERT INTO t VALUES (1, 1, 1), (1, 2, 2); UPDATE t SET part = 3 WHERE part = 2"
  catch_up_all
  assert_rows 'SELECT id, part, v FROM t ORDER BY id, part'
  # A snapshot over what is there.
  $MYSQL_CLIENT app -e "INSERT INTO t VALUES (2, 1, 5); CREATE TABLE u (id INT PRIMARY KEY); INSERT INTO u VALUES (1), (2)"
  for target in "${targets[@]}"; do
    binlog-tail --quiet --host "$MYSQL_HOST" --port "$MYSQL_PORT" --user "$MYSQL_USER" --tables 'app\..*' --slot app --snapshot initial --until now |
      cdc-apply --quiet --lanes 3 "$(target_url "$target")"
  done
  assert_rows 'SELECT id, part, v FROM t ORDER BY id, part'
  assert_rows 'SELECT id FROM u ORDER BY id'
}

# Of such a transaction rows are on the server before its mark; a table that first comes then is one session's.
test_a_transaction_larger_than_memory() {
  local target
  new_databases
  $MYSQL_CLIENT app -e "CREATE TABLE t (id INT PRIMARY KEY, pad TEXT); INSERT INTO t VALUES (0, 'first')"
  catch_up_all
  $MYSQL_CLIENT app -e "SET cte_max_recursion_depth = 100000; CREATE TABLE late (id INT PRIMARY KEY, v INT);
    BEGIN; INSERT INTO t WITH RECURSIVE n AS (SELECT 1 i UNION ALL SELECT i + 1 FROM n WHERE i < 90000) SELECT i, REPEAT('x', 2000) FROM n;
    INSERT INTO late VALUES (1, 1), (2, 2); UPDATE t SET pad = CONCAT('y', id) WHERE id % 2 = 0; DELETE FROM t WHERE id % 3 = 0; COMMIT;
    UPDATE late SET v = 3 WHERE id = 1; UPDATE t SET pad = 'last' WHERE id = 1"
  catch_up_all
  assert_rows "SELECT COUNT(*), SUM(LENGTH(pad)), MIN(id), MAX(id) FROM t"
  assert_rows 'SELECT * FROM late ORDER BY id'
}

killed() { # TARGET
  local url round n
  url=$(target_url "$1")
  new_target "$1"
  for round in $(seq "$KILLS"); do KILL_WITHIN_MS=500 bank_until_killed "$url" --lanes 3; done
  n=$(bank_position "$url")
  echo "  $1: $round kills, $n transactions"
  # Further than any lane can have come.
  local last=$((n + 20000))
  bank "$n" "$last" | cdc-apply --quiet --lanes 2 "$url"
  assert_equal "$1: the sum of all accounts" 5000 "$(ask "$1" 'SELECT SUM(balance) FROM account' | sed 's/\.00$//')"
  bank 0 "$last" | cdc-apply --quiet --slot once --table-name '{table}_once' "$url"
  assert_as_once "$1" "$1"
}

test_killed_at_random_moments_nothing_is_lost() {
  local seed=${SEED:-$RANDOM} target
  KILLS=${KILLS:-4}
  echo "  seed $seed, $KILLS kills a target"
  RANDOM=$seed
  for target in "${targets[@]}"; do killed "$target"; done
}

test_a_newer_copy_takes_over() {
  local target url
  for target in "${targets[@]}"; do
    new_target "$target"
    url=$(target_url "$target")
    mkfifo held
    cdc-apply --quiet --lanes 3 "$url" <held 2>errors &
    exec 8>held
    bank 0 60 >stream
    local first
    first=$(grep -n '"@cdc":"mark","n":50,' stream | cut -d: -f1)
    head -n "$first" stream >&8
    has_all() { [ "$(bank_position "$url")" = 50 ]; }
    await 60 "$target: the first copy's rows" has_all
    bank 50 60 | cdc-apply --quiet --lanes 2 "$url"
    tail -n "+$((first + 1))" stream >&8
    exec 8>&-
    local status=0
    wait $! || status=$?
    assert_equal "$target: the older copy" 75 "$status"
    assert_contains "$target" "taken over" "$(cat errors)"
    assert_equal "$target: position" 60 "$(bank_position "$url")"
    rm held
  done
}

test_refusals() {
  local end='{"@cdc":"end","status":0}'
  expect_status 64 cdc-apply --lanes 2 sqlite:copy.db <<<"$end"
  assert_contains "sqlite" "has no --lanes" "$ERRORS"
  expect_status 64 cdc-apply --lanes 2 --mode append "$POSTGRESQL_URL" <<<"$end"
  expect_status 64 cdc-apply --lanes 2 --dead-letters refused "$POSTGRESQL_URL" <<<"$end"
  expect_status 64 cdc-apply --lanes 0 "$POSTGRESQL_URL" <<<"$end"
  expect_status 64 cdc-apply --lanes many "$POSTGRESQL_URL" <<<"$end"
}

run_tests
