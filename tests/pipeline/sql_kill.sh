#!/usr/bin/env bash
# MySQL → cdc-sql with aggregates and joins → SQLite while any stage is killed at any moment: at the end the views are
# what the server gives for the same queries, and no reader ever sees half a transaction.
set -euo pipefail
. "$CDC_SOURCE/tests/pipeline/lib.sh"
. "$CDC_SOURCE/tests/pipeline/lib.mysql_bank.sh"
need_tools binlog-tail cdc-encode cdc-sql cdc-apply
with_servers mysql
export MYSQL_PWD=$MYSQL_PASSWORD
KILLS=${KILLS:-40}
ACCOUNTS=120

make_bank() {
  sql -e "CREATE DATABASE bank; USE bank;
    CREATE TABLE account (id INT PRIMARY KEY, branch INT NOT NULL, balance DECIMAL(12,2) NOT NULL);
    CREATE TABLE transfer (id BIGINT PRIMARY KEY AUTO_INCREMENT, debit INT, credit INT, amount DECIMAL(12,2));"
  add_accounts "id, branch, balance" "i, i % 7, 100"
}

# Transfers money for ever, and moves accounts from branch to branch: the sum of all balances stays the same.
write_for_ever() {
  python3 -u - "$ACCOUNTS" <<'PYTHON' | sql bank
import random, sys
accounts, n = int(sys.argv[1]), 0
while True:
    n += 1
    debit, credit, amount = random.randint(1, accounts), random.randint(1, accounts), random.randint(1, 5000) / 100
    print("BEGIN;")
    print(f"UPDATE account SET balance = balance - {amount} WHERE id = {debit};")
    print(f"INSERT INTO transfer (debit, credit, amount) VALUES ({debit}, {credit}, {amount});")
    print(f"UPDATE account SET balance = balance + {amount} WHERE id = {credit};")
    if n % 5 == 0:
        print("DELETE FROM transfer WHERE id < (SELECT * FROM (SELECT MAX(id) - 200 FROM transfer) m) LIMIT 20;")
    if n % 9 == 0:
        print(f"UPDATE account SET branch = {random.randint(0, 6)} WHERE id = {credit};")
    print("ROLLBACK;" if n % 13 == 0 else "COMMIT;")
PYTHON
}
write_job() {
  cat >job.sql <<'SQL'
CREATE TABLE account (id INT, branch INT, balance DECIMAL(12, 2), PRIMARY KEY (id) NOT ENFORCED)
  WITH ('connector' = 'kafka', 'topic' = 'm.bank.account', 'format' = 'debezium-json');
CREATE TABLE transfer (id BIGINT, debit INT, credit INT, amount DECIMAL(12, 2), PRIMARY KEY (id) NOT ENFORCED)
  WITH ('connector' = 'kafka', 'topic' = 'm.bank.transfer', 'format' = 'debezium-json');
CREATE TABLE total (branch INT, accounts BIGINT, money DECIMAL(12, 2), poorest DECIMAL(12, 2), PRIMARY KEY (branch) NOT ENFORCED)
  WITH ('connector' = 'jdbc');
CREATE TABLE flow (src INT, dst INT, n BIGINT, money DECIMAL(12, 2), PRIMARY KEY (src, dst) NOT ENFORCED) WITH ('connector' = 'jdbc');
CREATE TABLE detail (id BIGINT, amount DECIMAL(12, 2), branch INT, balance DECIMAL(12, 2), PRIMARY KEY (id) NOT ENFORCED)
  WITH ('connector' = 'jdbc');
INSERT INTO total SELECT branch, COUNT(*), SUM(balance), MIN(balance) FROM account GROUP BY branch;
INSERT INTO flow SELECT a.branch, b.branch, COUNT(*), SUM(amount) FROM transfer
  JOIN account a ON debit = a.id JOIN account b ON credit = b.id GROUP BY a.branch, b.branch;
INSERT INTO detail SELECT t.id, amount, branch, balance FROM transfer t LEFT JOIN account a ON t.credit = a.id ON CONFLICT DO DEDUPLICATE;
SQL
}

pipeline() {
  binlog-tail --quiet --host "$MYSQL_HOST" --port "$MYSQL_PORT" --user "$MYSQL_USER" --tables 'bank\..*' --slot bank --snapshot initial \
    --resume-from checkpoint:state,sqlite:bank.db "$@" |
    cdc-encode --quiet --topic-prefix m --no-schemas --set decimal.handling.mode=string |
    cdc-sql --quiet --checkpoint state --checkpoint-interval "${INTERVAL:-1}" -f job.sql |
    cdc-apply --quiet sqlite:bank.db
}

check_sum() {
  [ -f bank.db ] || return 0
  local sum
  sum=$(sqlite3 -cmd '.timeout 5000' bank.db "SELECT CAST(ROUND(SUM(money) * 100) AS INTEGER), SUM(accounts) FROM total" 2>/dev/null || true)
  [ "${sum:-|}" = '|' ] || assert_equal "sum of the balances in SQLite, and accounts" "$((ACCOUNTS * 10000))|$ACCOUNTS" "$sum"
}

compare() {
  sql bank -e "SELECT branch, COUNT(*), SUM(balance), MIN(balance) FROM account GROUP BY branch ORDER BY branch" >total.mysql
  sqlite3 -separator $'\t' bank.db "SELECT branch, accounts, printf('%.2f', money), printf('%.2f', poorest) FROM total ORDER BY branch" >total.sqlite
  assert_same_file "total" total.mysql total.sqlite
  sql bank -e "SELECT a.branch, b.branch, COUNT(*), SUM(amount) FROM transfer JOIN account a ON debit = a.id JOIN account b ON credit = b.id
    GROUP BY 1, 2 ORDER BY 1, 2" >flow.mysql
  sqlite3 -separator $'\t' bank.db "SELECT src, dst, n, printf('%.2f', money) FROM flow ORDER BY src, dst" >flow.sqlite
  assert_same_file "flow" flow.mysql flow.sqlite
  sql bank -e "SELECT t.id, amount, branch, balance FROM transfer t LEFT JOIN account a ON t.credit = a.id ORDER BY t.id" >detail.mysql
  sqlite3 -separator $'\t' bank.db "SELECT id, printf('%.2f', amount), branch, printf('%.2f', balance) FROM detail ORDER BY id" >detail.sqlite
  assert_same_file "detail" detail.mysql detail.sqlite
  if [ ! -s total.mysql ] || [ ! -s flow.mysql ] || [ ! -s detail.mysql ]; then fail "nothing was compared"; fi
}

test_killed_at_random_moments_the_views_are_what_the_server_gives() {
  local seed=${SEED:-$RANDOM} round group writer complaints=0
  echo "seed $seed, $KILLS kills"
  RANDOM=$seed
  make_bank
  write_job
  start_writer
  for round in $(seq "$KILLS"); do
    set -m
    INTERVAL=$((RANDOM % 2)) pipeline 2>>errors &
    group=$!
    set +m
    # The moment is the test's input, not a wait for a condition.
    read -rt "$((RANDOM % 2)).$((RANDOM % 10))$((RANDOM % 10))" <> <(:) || true
    kill_one_of "$group" binlog-tail cdc-encode cdc-sql cdc-apply
    check_sum
  done
  stop_writer
  echo "$round kills; $(find state -name 'checkpoint-*' | wc -l) checkpoints are there; said: $(sort errors | uniq -c | sort -rn | head -n 5)"
  # Nothing but the ends of neighbours may have been complained about.
  complaints=$(grep -cE 'has no checkpoint|no whole checkpoint|another query|damaged|at or before' errors || true)
  assert_equal "complaints about checkpoints ($(grep -E 'has no checkpoint|no whole checkpoint|another query|damaged|at or before' errors | head -n 3))" 0 "$complaints"
  pipeline --until now
  compare
}

test_a_stop_in_order_and_a_start_go_on_where_it_was() {
  local group
  cp -r ../test_killed_at_random_moments_the_views_are_what_the_server_gives/{bank.db*,state,job.sql} .
  set -m
  pipeline &
  group=$!
  set +m
  sql bank -e "INSERT INTO account VALUES (9001, 3, 0)"
  await 60 "the new account arrives" sh -c "[ \"\$(sqlite3 -cmd '.timeout 5000' bank.db 'SELECT SUM(accounts) FROM total')\" = $((ACCOUNTS + 1)) ]"
  pkill -TERM -g "$group" -x binlog-tail
  wait "$group" || fail "status $? after SIGTERM"
  sql bank -e "UPDATE account SET branch = 8 WHERE id = 9001; INSERT INTO transfer (debit, credit, amount) VALUES (9001, 1, 0)"
  pipeline --until now
  compare
}

test_another_query_is_refused_until_rebuild() {
  cp -r ../test_a_stop_in_order_and_a_start_go_on_where_it_was/{bank.db*,state,job.sql} .
  sed -i 's/MIN(balance)/MAX(balance)/' job.sql
  local status=0
  pipeline --until now 2>errors || status=$?
  [ "$status" != 0 ] || fail "it was taken"
  assert_contains "message" "is of another query" "$(cat errors)"
  assert_contains "message" "--rebuild" "$(cat errors)"
  cdc-sql --quiet --checkpoint state --rebuild
  pipeline --until now
  sql bank -e "SELECT branch, MAX(balance) FROM account GROUP BY branch ORDER BY branch" >total.mysql
  sqlite3 -separator $'\t' bank.db "SELECT branch, printf('%.2f', poorest) FROM total ORDER BY branch" >total.sqlite
  assert_same_file "total" total.mysql total.sqlite
  # And it goes on from there, without another snapshot.
  sql bank -e "DELETE FROM account WHERE id = 9001"
  pipeline --until now
  assert_equal "branches" 7 "$(sqlite3 bank.db "SELECT COUNT(*) FROM total")"
}

test_lost_checkpoints_are_told_and_nothing_is_made_up() {
  local status=0
  cp -r ../test_another_query_is_refused_until_rebuild/{bank.db*,state,job.sql} .
  rm -r state
  sqlite3 bank.db "SELECT * FROM total ORDER BY 1" >before
  pipeline --until now 2>errors || status=$?
  [ "$status" != 0 ] || fail "it was taken"
  assert_contains "message" "no checkpoint in state is at or before the position that sqlite:bank.db holds" "$(cat errors)"
  sqlite3 bank.db "SELECT * FROM total ORDER BY 1" >after
  assert_same_file "the sink" before after
}

# A row of its own is seen in the view.
arrives() { # BRANCH
  sql bank -e "INSERT INTO account VALUES ($((9100 + $1)), $1, 0)"
  await 60 "branch $1 in the view ($(tail -n 3 "$CDC_RUN_STATE/bank/log"))" \
    sh -c "[ \"\$(sqlite3 -cmd '.timeout 5000' bank.db 'SELECT accounts FROM total WHERE branch = $1' 2>/dev/null)\" = 1 ]"
}
stage_pid() { cdc-run status bank | sed -n "s/^  stage $1: process \([0-9]*\),.*/\1/p"; }
restarts() { [ "$(cat "$CDC_RUN_STATE/bank/restarts")" -ge "$1" ]; }

test_a_job_goes_on_after_a_restart_and_begins_after_a_cold_start() {
  export CDC_RUN_STATE=$PWD/run
  write_job
  cat >bank.job <<JOB
backoff 1 1
stage binlog-tail --host $MYSQL_HOST --port $MYSQL_PORT --user $MYSQL_USER --tables 'bank\\..*' --slot bank --snapshot initial \\
  --resume-from checkpoint:state,sqlite:bank.db
stage cdc-encode --topic-prefix m --no-schemas --set decimal.handling.mode=string
stage cdc-sql --checkpoint state --checkpoint-interval 1 -f job.sql
stage cdc-apply sqlite:bank.db
JOB
  cdc-run start bank.job
  arrives 21
  cdc-run restart bank
  arrives 22
  kill -KILL "$(stage_pid 3)"
  await 60 "the watch starts all stages again" restarts 1
  arrives 23
  cdc-run stop bank
  assert_equal "snapshots taken" 0 "$(grep -c 'begins anew' "$CDC_RUN_STATE/bank/log" || true)"
  compare
  # Everything is gone: it begins with a snapshot.
  rm -r bank.db* state
  cdc-run start bank.job
  arrives 24
  cdc-run stop bank
  compare
}

run_tests
