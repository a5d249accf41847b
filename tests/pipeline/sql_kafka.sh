#!/usr/bin/env bash
# cdc-sql --kafka: reads the tables' topics through kcat-consume, from a real Kafka.
set -euo pipefail
# shellcheck source=tests/pipeline/lib.sh
. "$(dirname "$0")/lib.sh"
need_tools cdc-sql kcat-produce kcat-consume
with_servers kafka

# script TOPIC [OPTION...]: a job that sums the rows of a topic, on stdout.
script() {
  local topic=$1 option
  shift
  echo "CREATE TABLE orders (id INT, city STRING, amount DECIMAL(10, 2), PRIMARY KEY (id) NOT ENFORCED) WITH ("
  echo "  'connector' = 'kafka', 'topic' = '$topic', 'format' = 'debezium-json',"
  for option; do echo "  $option,"; done
  echo "  'scan.startup.mode' = 'earliest-offset', 'properties.bootstrap.servers' = '$KAFKA_BOOTSTRAP');"
  echo "SELECT city, COUNT(*) AS n, SUM(amount) AS total FROM orders GROUP BY city;"
}
# order OP ID CITY AMOUNT: a record line.
order() {
  local row="{\"id\":$2,\"city\":\"$3\",\"amount\":\"$4\"}"
  case $1 in
    c) echo "{\"topic\":\"shop.orders\",\"key\":{\"id\":$2},\"payload\":{\"before\":null,\"after\":$row,\"op\":\"c\"}}" ;;
    d) echo "{\"topic\":\"shop.orders\",\"key\":{\"id\":$2},\"payload\":{\"before\":$row,\"after\":null,\"op\":\"d\"}}" ;;
  esac
}
children_of() { ps -o pid= --ppid "$1" | xargs; }
gone() { ! kill -0 "$1" 2>/dev/null; }

test_a_job_over_a_topic() {
  { order c 1 Oslo 10.50; order c 2 Rome 3.00; order c 3 Oslo 4.50; order d 2 Rome 3.00; } |
    kcat-produce --quiet -b "$KAFKA_BOOTSTRAP"
  script shop.orders "'scan.bounded.mode' = 'latest-offset'" >job.sql
  cdc-sql --kafka --quiet --output changelog-json -f job.sql >found
  cat >expected <<'LINES'
{"op":"+I","row":{"city":"Oslo","n":1,"total":10.50}}
{"op":"+I","row":{"city":"Rome","n":1,"total":3.00}}
{"op":"-U","row":{"city":"Oslo","n":1,"total":10.50}}
{"op":"+U","row":{"city":"Oslo","n":2,"total":15.00}}
{"op":"-D","row":{"city":"Rome","n":1,"total":3.00}}
LINES
  assert_same_file "changelog" expected found
  # The same from records that are piped in.
  kcat-consume --quiet -b "$KAFKA_BOOTSTRAP" --until end shop.orders | cdc-sql --quiet --step record --output changelog-json -f job.sql >piped
  assert_same_file "changelog of the pipe" expected piped
}

test_specific_offsets() {
  for i in 0 1 2 3 4 5; do echo "{\"topic\":\"offsets\",\"payload\":{\"i\":$i}}"; done | kcat-produce --quiet -b "$KAFKA_BOOTSTRAP"
  echo "CREATE TABLE o (i INT) WITH ('connector' = 'kafka', 'topic' = 'offsets', 'format' = 'json',
    'properties.bootstrap.servers' = '$KAFKA_BOOTSTRAP', 'scan.startup.mode' = 'specific-offsets',
    'scan.startup.specific-offsets' = 'partition:0,offset:2', 'scan.bounded.mode' = 'specific-offsets',
    'scan.bounded.specific-offsets' = 'partition:0,offset:4'); SELECT i FROM o;" >offsets.sql
  printf '{"op":"+I","row":{"i":%d}}\n' 2 3 >expected
  cdc-sql --kafka --quiet --output changelog-json -f offsets.sql >found
  assert_same_file "records between the offsets" expected found
}

test_set_names_the_servers() {
  script shop.orders "'scan.bounded.mode' = 'latest-offset'" | sed "s/, 'properties.bootstrap.servers' = '[^']*'//" >job.sql
  expect_status 78 cdc-sql --kafka -f job.sql
  assert_contains "message" "the table 'orders' names no server" "$ERRORS"
  cdc-sql --kafka --quiet --set properties.bootstrap.servers="$KAFKA_BOOTSTRAP" --output changelog-json -f job.sql >found
  assert_equal "changes" 5 "$(wc -l <found)"
}

test_a_topic_that_is_not_there() {
  script no.such.topic "'scan.bounded.mode' = 'latest-offset'" >job.sql
  expect_status 66 cdc-sql --kafka -f job.sql >found
  assert_contains "message" "no.such.topic" "$ERRORS"
  # Control lines may come: the end, with its status.
  assert_equal "rows" 0 "$(grep -vc '^{"@cdc"' found || true)"
}

test_a_broker_that_does_not_answer() {
  # Nobody listens on port 1.
  script shop.orders "'properties.socket.connection.setup.timeout.ms' = '1000'" | sed "s/$KAFKA_BOOTSTRAP/127.0.0.1:1/" >job.sql
  expect_status 69 cdc-sql --kafka -f job.sql >found
  assert_contains "message" "127.0.0.1:1" "$ERRORS"
}

test_a_signal_ends_reader_and_job() {
  local signal job reader status
  script shop.orders >job.sql
  for signal in TERM INT; do
    rm -f found # what the run before found is no sign of life of this one
    # An interactive shell's rule: a job in the background ignores INT unless it is started with it reset.
    env --default-signal=INT cdc-sql --kafka --output changelog-json -f job.sql >found 2>errors &
    job=$!
    await 60 "first results" grep -q '"-D"' found
    reader=$(children_of "$job")
    assert_contains "child" "kcat-consume" "$(ps -o args= -p "$reader")"
    kill "-$signal" "$job"
    status=0
    wait "$job" || status=$?
    assert_equal "status after $signal ($(cat errors))" 0 "$status"
    await 60 "end of the reader" gone "$reader"
  done
}

test_a_reader_that_is_killed_is_told() {
  local job status=0
  script shop.orders >job.sql
  rm -f found
  cdc-sql --kafka --output changelog-json -f job.sql >found 2>errors &
  job=$!
  await 60 "first results" grep -q '"-D"' found
  kill -9 "$(children_of "$job")"
  wait "$job" || status=$?
  assert_equal "status" 75 "$status"
  assert_contains "message" "the tool before this one died" "$(cat errors)"
}

# The records of customers, each with the same key as all others of it, so that a partition holds all of a customer.
payment() { # NUMBER
  echo "{\"topic\":\"payments\",\"key\":{\"customer\":$(($1 % 23))},\"payload\":{\"before\":null,\"after\":{\"id\":$1,\"customer\":$(($1 % 23)),\"amount\":$(($1 * 7 % 50))},\"op\":\"c\"}}"
}
pay() { # FIRST LAST
  local i
  for ((i = $1; i <= $2; i++)); do payment "$i"; done | tee -a paid | kcat-produce --quiet --config kafka.conf
}
share() { # NAME [PARTITIONS]: up to the end of the topic as it is
  cdc-sql --kafka --quiet --checkpoint "state-$1" --slot "$1" --resume-from kafka:kafka.conf ${2:+--partitions "$2"} --as totals -f payments.sql |
    kcat-produce --quiet --config kafka.conf
}

test_one_process_becomes_two_and_one_again() {
  echo "bootstrap.servers=$KAFKA_BOOTSTRAP" >kafka.conf
  "$KAFKA_TOOLS/kafka-topics.sh" --bootstrap-server "$KAFKA_BOOTSTRAP" --create --topic payments --partitions 5 >/dev/null
  cat >payments.sql <<SQL
CREATE TABLE payments (id INT, customer INT, amount INT) WITH ('connector' = 'kafka', 'topic' = 'payments', 'format' = 'debezium-json',
  'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset', 'properties.bootstrap.servers' = '$KAFKA_BOOTSTRAP');
SELECT customer, COUNT(*) AS n, SUM(amount) AS total FROM payments GROUP BY customer;
SQL
  pay 1 100
  share whole
  pay 101 200
  share first 1/2
  share second 2/2
  # Each has read its share: the second one nothing of the first's.
  for set in 1/2 2/2; do kcat-consume --quiet --config kafka.conf --until end --partitions "$set" payments | jq -r 'select(has("topic")) | .partition' | sort -u >"of-${set%/*}"; done
  assert_equal "partitions of both" "" "$(comm -12 of-1 of-2)"
  assert_equal "partitions read" "5" "$(cat of-1 of-2 | wc -l)"
  pay 201 300
  share second 2/2
  share first 1/2
  pay 301 400
  share whole
  cdc-sql --quiet --output table -f payments.sql <paid | sort >expected
  kcat-consume --quiet --config kafka.conf --until end totals | jq -c 'select(has("topic")) | .payload.after' | python3 -c '
import json, sys
last = {}
for line in sys.stdin:
    row = json.loads(line)
    last[row["customer"]] = row
for row in last.values():
    print("| {customer:>11} | {n:>20} | {total:>11} |".format(**row))' >found.rows
  grep -E '^\| +[0-9]' expected >expected.rows
  sort -o found.rows found.rows
  assert_same_file "totals" expected.rows found.rows
  # A folder serves the partitions that it was made for.
  expect_status 78 cdc-sql --kafka --quiet --checkpoint state-first --slot first --partitions 2/2 --as totals -f payments.sql >other
  expect_status 64 cdc-sql --partitions 1/2 -f payments.sql </dev/null
  expect_status 64 kcat-consume --config kafka.conf --partitions 3/2 payments
}

# ticks PARTITION FIRST LAST: a row a second, in order, in one partition.
ticks() {
  local i
  for ((i = $2; i <= $3; i++)); do
    printf '{"topic":"%s","partition":%d,"payload":{"v":%d,"ts":"2024-01-01 00:%02d:%02d"}}\n' "$TICKS" "$1" "$i" "$((i / 60))" "$((i % 60))"
  done | kcat-produce --quiet --keep-partition -b "$KAFKA_BOOTSTRAP"
}
# ticks_job OPTION...: counts them in windows.
ticks_job() {
  "$KAFKA_TOOLS/kafka-topics.sh" --bootstrap-server "$KAFKA_BOOTSTRAP" --create --topic "$TICKS" --partitions 3 >/dev/null
  cat >ticks.sql <<SQL
CREATE TABLE ticks (v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'kafka', 'topic' = '$TICKS', 'format' = 'json',
  'scan.startup.mode' = 'earliest-offset', $1, 'properties.bootstrap.servers' = '$KAFKA_BOOTSTRAP');
SELECT window_start, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE ticks, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end;
SQL
}

test_another_query_is_refused_where_the_sink_would_keep_the_old_results() {
  cp ../test_one_process_becomes_two_and_one_again/{payments.sql,kafka.conf} .
  sed -i 's/SUM(amount)/MAX(amount)/' payments.sql
  expect_status 78 cdc-sql --kafka --quiet --checkpoint state --rebuild --slot whole --resume-from kafka:kafka.conf -f payments.sql
  assert_contains "message" 'holds results for slot "whole"' "$ERRORS"
}

test_ordered_partitions_lose_no_rows() {
  TICKS=ticks
  ticks_job "'scan.bounded.mode' = 'latest-offset'"
  ticks 0 0 599
  ticks 1 0 599
  cdc-sql --kafka --output changelog-json -f ticks.sql >found 2>errors
  assert_equal "rows in windows" 1200 "$(jq -s "map(.row.n) | add" found)"
  assert_equal "late rows" "" "$(grep 'too late' errors || true)"
}

test_a_partition_without_rows_holds_back_until_it_is_idle() {
  local job next=600
  TICKS=idle.ticks
  ticks_job "'scan.watermark.idle-timeout' = '500 ms'"
  ticks 0 0 599
  cdc-sql --kafka --quiet --output changelog-json -f ticks.sql >found 2>errors &
  job=$!
  # It is looked at when rows come.
  a_row_more() {
    ticks 0 "$next" "$next"
    next=$((next + 1))
    grep -q '"window_start":"2024-01-01 00:09:00","n":10' found
  }
  await 60 "windows" a_row_more
  kill "$job"
  wait "$job"
}

run_tests
