#!/usr/bin/env bash
# MySQL → SQLite while any stage is killed at any moment: nothing is lost, nothing doubled, no half transaction is seen.
set -euo pipefail
. "$CDC_SOURCE/tests/pipeline/lib.sh"
. "$CDC_SOURCE/tests/pipeline/lib.mysql_bank.sh"
need_tools binlog-tail cdc-encode cdc-apply
with_servers mysql
export MYSQL_PWD=$MYSQL_PASSWORD
KILLS=${KILLS:-50}
ACCOUNTS=200

make_bank() {
  sql -e "CREATE DATABASE bank; USE bank;
    CREATE TABLE account (id INT PRIMARY KEY, balance DECIMAL(12,2) NOT NULL, changed DATETIME(6), note VARCHAR(40));
    CREATE TABLE transfer (id BIGINT PRIMARY KEY AUTO_INCREMENT, debit INT, credit INT, amount DECIMAL(12,2), doc JSON);
    CREATE TABLE visit (account INT, at DATETIME(3), word TEXT);"
  add_accounts "id, balance" "i, 100"
}

# Transfers money for ever: the sum of all balances is the same after each transaction. visit has no key.
write_for_ever() {
  python3 -u - "$ACCOUNTS" <<'PYTHON' | sql bank
import random, sys
accounts = int(sys.argv[1])
n = 0
while True:
    n += 1
    debit, credit, amount = random.randint(1, accounts), random.randint(1, accounts), random.randint(1, 5000) / 100
    print("BEGIN;")
    print(f"UPDATE account SET balance = balance - {amount}, changed = NOW(6), note = 'é {n}' WHERE id = {debit};")
    print(f"INSERT INTO transfer (debit, credit, amount, doc) VALUES ({debit}, {credit}, {amount}, '{{\"n\": {n}, \"f\": 1.5}}');")
    print(f"UPDATE account SET balance = balance + {amount} WHERE id = {credit};")
    print(f"INSERT INTO visit VALUES ({debit}, NOW(3), 'w{n % 7}');")
    if n % 5 == 0:
        print(f"DELETE FROM transfer WHERE id < (SELECT * FROM (SELECT MAX(id) - 300 FROM transfer) m) LIMIT 20;")
    if n % 11 == 0:
        print(f"DELETE FROM visit ORDER BY at LIMIT 7;")
    print("ROLLBACK;" if n % 13 == 0 else "COMMIT;")
PYTHON
}

pipeline() {
  binlog-tail --quiet --host "$MYSQL_HOST" --port "$MYSQL_PORT" --user "$MYSQL_USER" --tables 'bank\..*' --slot bank --snapshot initial \
    --resume-from sqlite:bank.db "$@" | cdc-encode --quiet --topic-prefix m --no-schemas --set skipped.operations=none |
    cdc-apply --quiet sqlite:bank.db
}

check_sum() {
  [ -f bank.db ] || return 0
  local sum
  sum=$(sqlite3 -cmd '.timeout 5000' bank.db "SELECT CAST(ROUND(SUM(balance) * 100) AS INTEGER) FROM account" 2>/dev/null || true)
  [ -z "$sum" ] || assert_equal "sum of the balances in SQLite" "$((ACCOUNTS * 10000))" "$sum"
}

compare() {
  sql bank -e "SELECT id, balance, IFNULL(changed, ''), IFNULL(note, '') FROM account ORDER BY id" >account.mysql
  sqlite3 -separator $'\t' bank.db "SELECT id, printf('%.2f', balance), IFNULL(changed, ''), IFNULL(note, '') FROM account ORDER BY id" >account.sqlite
  assert_same_file "account" account.mysql account.sqlite
  sql bank -e "SELECT id, debit, credit, amount, doc->'$.n' FROM transfer ORDER BY id" >transfer.mysql
  sqlite3 -separator $'\t' bank.db "SELECT id, debit, credit, printf('%.2f', amount), doc->>'$.n' FROM transfer ORDER BY id" >transfer.sqlite
  assert_same_file "transfer" transfer.mysql transfer.sqlite
  sql bank -e "SELECT account, at, word, COUNT(*) FROM visit GROUP BY 1, 2, 3 ORDER BY 1, 2, 3" >visit.mysql
  sqlite3 -separator $'\t' bank.db "SELECT account, at, word, COUNT(*) FROM visit GROUP BY 1, 2, 3 ORDER BY 1, 2, 3" >visit.sqlite
  assert_same_file "visit, which has no key" visit.mysql visit.sqlite
}

test_killed_at_random_moments_nothing_is_lost_or_doubled() {
  local seed=${SEED:-$RANDOM} round group writer rows=0
  echo "seed $seed, $KILLS kills"
  RANDOM=$seed
  make_bank
  start_writer
  for round in $(seq "$KILLS"); do
    set -m
    pipeline 2>>errors &
    group=$!
    set +m
    # The moment is the test's input, not a wait for a condition.
    read -rt "0.$((RANDOM % 6))$((RANDOM % 10))" <> <(:) || true
    kill_one_of "$group" binlog-tail cdc-encode cdc-apply
    check_sum
  done
  stop_writer
  rows=$(sqlite3 bank.db 'SELECT COUNT(*) FROM transfer')
  echo "$round kills, $rows transfers in SQLite before the last run"
  pipeline --until now
  compare
}

test_a_stop_in_order_and_a_start_go_on_where_it_was() {
  cp ../test_killed_at_random_moments_nothing_is_lost_or_doubled/bank.db* .
  set -m
  pipeline &
  local group=$!
  set +m
  sql bank -e "INSERT INTO account (id, balance) VALUES (9001, 1)"
  await 60 "the row arrives" sh -c "[ \"\$(sqlite3 -cmd '.timeout 5000' bank.db 'SELECT COUNT(*) FROM account WHERE id = 9001')\" = 1 ]"
  pkill -TERM -g "$group" -x binlog-tail
  wait "$group" || fail "status $? after SIGTERM"
  sql bank -e "UPDATE account SET balance = 2 WHERE id = 9001; TRUNCATE TABLE visit; INSERT INTO visit VALUES (1, NOW(3), 'last')"
  pipeline --until now
  compare
}

run_tests
