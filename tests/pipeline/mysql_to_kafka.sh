#!/usr/bin/env bash
# MySQL to Kafka with the position in Kafka, killed at random moments: every change is in the topic once. Kafka to SQLite.
set -euo pipefail
# shellcheck source=tests/pipeline/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/pipeline/lib.connector.sh
. "$(dirname "$0")/lib.connector.sh"
need_tools binlog-tail cdc-encode kcat-produce kcat-consume cdc-apply sqlite3
with_servers mysql kafka

write_files() {
  write_connector "$1" "topic.prefix=$1" 'table.include.list=app.*'
  echo "bootstrap.servers=$KAFKA_BOOTSTRAP" >kafka.conf
}
source_stage() { exec binlog-tail --quiet --connector connector.properties --resume-from kafka:kafka.conf "$@"; }
encode_stage() { exec cdc-encode --quiet --connector connector.properties; }
produce_stage() { exec kcat-produce --quiet --connector connector.properties --config kafka.conf; }
catch_up() { (source_stage --until now) | (encode_stage) | (produce_stage); }
# The payloads of a topic that a reader of whole transactions sees.
payloads() { kcat-consume --quiet --config kafka.conf --until end "$1" | jq -c 'select(has("topic")) | .payload'; }

test_random_kills() {
  local seed=${SEED:-$RANDOM} kills=${KILLS:-15} i victim writer pids
  echo "  seed $seed, $kills kills"
  RANDOM=$seed
  write_files kills
  $MYSQL_CLIENT -e "CREATE DATABASE app; CREATE TABLE app.note (id INT PRIMARY KEY, half INT NOT NULL)"
  catch_up
  # Each transaction inserts one row and updates it.
  for ((i = 1; i <= 100000; i++)); do
    echo "BEGIN; INSERT INTO app.note VALUES ($i, $i); UPDATE app.note SET half = $i DIV 2 WHERE id = $i; COMMIT;"
  done | $MYSQL_CLIENT &
  writer=$!
  for ((i = 0; i < kills; i++)); do
    rm -f one two
    mkfifo one two
    pids=()
    (source_stage) >one 2>>errors & pids+=($!)
    (encode_stage) <one >two 2>>errors & pids+=($!)
    (produce_stage) <two 2>>errors & pids+=($!)
    victim=${pids[RANDOM % 3]}
    # A moment between the start and 1 s; it is the moment that is drawn, not a wait for something.
    sleep "0.$(printf %03d $((RANDOM % 1000)))"
    kill -KILL "$victim" 2>/dev/null || true
    kill -TERM "${pids[0]}" 2>/dev/null || true
    wait "${pids[@]}" 2>/dev/null || true
  done
  kill "$writer" 2>/dev/null || true
  wait "$writer" 2>/dev/null || true
  catch_up
  local rows
  rows=$($MYSQL_CLIENT -BNe 'SELECT COUNT(*) FROM app.note')
  payloads kills.app.note >payloads.json
  echo "  $rows rows"
  assert_equal "inserts" "$rows" "$(jq -c 'select(.op == "c") | .after.id' payloads.json | wc -l)"
  assert_equal "inserts, each once" "$rows" "$(jq -c 'select(.op == "c") | .after.id' payloads.json | sort -u | wc -l)"
  assert_equal "updates" "$rows" "$(jq -c 'select(.op == "u") | .after.id' payloads.json | sort -u | wc -l)"
  assert_equal "records" $((rows * 2)) "$(wc -l <payloads.json)"
  ((rows > 100)) || fail "only $rows transactions were made"
  kcat-consume --quiet --config kafka.conf --until end kills.app.note | cdc-apply --quiet sqlite:copy.db
  assert_equal "the copy in SQLite" "$($MYSQL_CLIENT -BNe 'SELECT COUNT(*), SUM(half) FROM app.note')" \
    "$(sqlite3 -separator $'\t' copy.db 'SELECT COUNT(*), SUM(half) FROM note')"
}

test_the_position_is_in_kafka() {
  write_files position
  catch_up
  local before
  before=$(kcat-produce --config kafka.conf --slot position --print-position kafka:kafka.conf)
  assert_contains "position" '"gtids"' "$before"
  # From an empty start Kafka's own tools read the same offset record.
  "$KAFKA_TOOLS/kafka-console-consumer.sh" --bootstrap-server "$KAFKA_BOOTSTRAP" --topic debezium_offsets --from-beginning --timeout-ms 5000 \
    --property print.key=true --isolation-level read_committed >offsets 2>offsets.log || true
  assert_contains "offset record" '["position",{"server":"position"}]' "$(cat offsets offsets.log)"
}

# The connector's schema history in its topic names rows of before a change.
test_schema_history_in_kafka() {
  write_files taken
  sed -i 's/^table.include.list=.*/table.include.list=taken.*/' connector.properties
  cat >>connector.properties <<CONF
schema.history.internal.kafka.bootstrap.servers=$KAFKA_BOOTSTRAP
schema.history.internal.kafka.topic=schema-changes.taken
schema.history.internal.consumer.fetch.wait.max.ms=100
CONF
  $MYSQL_CLIENT -e "CREATE DATABASE taken; CREATE TABLE taken.t (id INT PRIMARY KEY, a INT, b INT); INSERT INTO taken.t VALUES (1, 2, 3)"
  export XDG_STATE_HOME=$PWD/state
  catch_up
  $MYSQL_CLIENT -e "INSERT INTO taken.t VALUES (2, 3, 4); ALTER TABLE taken.t RENAME COLUMN a TO b, RENAME COLUMN b TO a; INSERT INTO taken.t VALUES (3, 4, 5)"
  # Nothing else remembers the table.
  rm -r state
  local from
  from=$(kcat-produce --config kafka.conf --slot taken --print-position kafka:kafka.conf)
  assert_equal "rows by the history's names" $'{"id":2,"a":3,"b":4}\n{"id":3,"b":4,"a":5}' \
    "$(binlog-tail --quiet --connector connector.properties --from "$from" --until now | grep '^{"op"' | jq -c .after)"
}

run_tests
