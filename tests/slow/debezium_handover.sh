#!/usr/bin/env bash
# A job goes from the real Debezium connector to ours and back, with no more than its file: each reads the other's offset
# and schema history, changes of tables happen while nobody reads, and no row is lost or told twice.
# shellcheck disable=SC2317 # the tests are called by name
set -euo pipefail
# Clients of Kafka 4 cannot read a schema history back for Debezium 3.0.
export CONNECT_VERSION=3.9.1
# shellcheck source=tests/pipeline/lib.sh
. "$CDC_SOURCE/tests/pipeline/lib.sh"
need_tools binlog-tail cdc-encode kcat-produce kcat-consume
command -v java >/dev/null || { echo "Java is missing"; exit 77; }
with_servers mysql kafka
SCRIPTS=$CDC_SOURCE/scripts
# shellcheck source=scripts/lib/debezium.sh
. "$SCRIPTS/lib/debezium.sh"
fetch_debezium || { echo "Debezium cannot be fetched"; exit 77; }

sql() { $MYSQL_CLIENT -N -e "$1"; }
# rest METHOD PATH [JSON]: asks Connect.
rest() {
  python3 -c '
import sys, urllib.request
method, url, body = sys.argv[1], sys.argv[2], (sys.argv[3:] or [None])[0]
request = urllib.request.Request(url, body and body.encode(), {"Content-Type": "application/json"}, method=method)
sys.stdout.write(urllib.request.urlopen(request, timeout=90).read().decode())' "$1" "http://127.0.0.1:$REST_PORT$2" "${@:3}" 2>/dev/null
}

# start_connect: a worker that keeps its offsets where kcat-produce keeps positions.
start_connect() {
  REST_PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  cat >worker.properties <<CONF
bootstrap.servers=$KAFKA_BOOTSTRAP
group.id=$NAME
listeners=http://127.0.0.1:$REST_PORT
key.converter=org.apache.kafka.connect.json.JsonConverter
value.converter=org.apache.kafka.connect.json.JsonConverter
key.converter.schemas.enable=false
value.converter.schemas.enable=false
offset.storage.topic=debezium_offsets
offset.storage.replication.factor=1
config.storage.topic=$NAME-configs
config.storage.replication.factor=1
status.storage.topic=$NAME-status
status.storage.replication.factor=1
offset.flush.interval.ms=1000
plugin.path=$DEBEZIUM_HOME/plugins
CONF
  java -Xmx700m -XX:+UseSerialGC -cp "$DEBEZIUM_HOME/connect/*" org.apache.kafka.connect.cli.ConnectDistributed worker.properties >>connect.log 2>&1 </dev/null &
  CONNECT=$!
  await 90 "Connect" rest GET /connectors || { tail -n 20 connect.log; false; }
}
# A worker that is stopped in order has written its offsets.
stop_connect() {
  kill "$CONNECT"
  wait "$CONNECT" || true
}

records() { kcat-consume --quiet --until end --brokers "$KAFKA_BOOTSTRAP" "$NAME.$NAME.t" 2>/dev/null | grep '^{"@len".*"topic":"' | jq -c 'select(.payload != null) | .payload' || true; }
last_id() { [ "$(records | tail -n 1 | jq .after.id)" = "$1" ]; }
# The original, until a row has come.
debezium_until() { # ID
  start_connect
  rest PUT "/connectors/$NAME/config" "$(jq -c .config connector.json)" >/dev/null || fail "Connect refuses the connector: $(tail -n 5 connect.log)"
  await 90 "row $1 from Debezium" last_id "$1" || { grep -E 'ERROR|WARN' connect.log | tail -n 20; false; }
  stop_connect
}
ours() {
  binlog-tail --quiet --connector connector.json --resume-from kafka:kafka.conf --until now |
    cdc-encode --quiet --connector connector.json | kcat-produce --quiet --connector connector.json --config kafka.conf
}

hand_over() { # NAME, PROPERTY=VALUE... of the schema history
  NAME=$1
  shift
  # Names in the log would make the schema history dispensable.
  sql "SET GLOBAL binlog_row_metadata = MINIMAL; CREATE DATABASE $NAME; CREATE TABLE $NAME.t (id INT PRIMARY KEY, a VARCHAR(9)); INSERT INTO $NAME.t VALUES (1, 'one')"
  jq -n --arg name "$NAME" '{name: $name, config: ({
    "connector.class": "io.debezium.connector.mysql.MySqlConnector", "database.hostname": env.MYSQL_HOST, "database.port": env.MYSQL_PORT,
    "database.user": env.MYSQL_USER, "database.password": env.MYSQL_PASSWORD, "database.server.id": "7654", "topic.prefix": $name,
    "database.include.list": $name, "driver.allowPublicKeyRetrieval": "true", "key.converter": "org.apache.kafka.connect.json.JsonConverter",
    "value.converter": "org.apache.kafka.connect.json.JsonConverter", "key.converter.schemas.enable": "false", "value.converter.schemas.enable": "false"
    } + ($ARGS.positional | map(split("=") | {(.[0]): .[1]}) | add))}' --args "$@" >connector.json
  echo "bootstrap.servers=$KAFKA_BOOTSTRAP" >kafka.conf

  debezium_until 1
  # While nobody reads the columns change their order and names: only a history tells which row has which.
  sql "INSERT INTO $NAME.t VALUES (2, 'two'); ALTER TABLE $NAME.t ADD b VARCHAR(9) FIRST; INSERT INTO $NAME.t VALUES ('b3', 3, 'three');
    ALTER TABLE $NAME.t RENAME COLUMN a TO b, RENAME COLUMN b TO a; INSERT INTO $NAME.t VALUES ('a4', 4, 'b4'); CREATE TABLE $NAME.other (id INT PRIMARY KEY)"
  ours
  sql "INSERT INTO $NAME.t VALUES ('a5', 5, 'b5'); INSERT INTO $NAME.other VALUES (1); ALTER TABLE $NAME.t ADD c INT DEFAULT 7 AFTER id; INSERT INTO $NAME.t (id, a) VALUES (6, 'a6')"
  ours
  sql "INSERT INTO $NAME.t (id, a) VALUES (7, 'a7'); ALTER TABLE $NAME.t DROP COLUMN b;
    BEGIN; UPDATE $NAME.t SET c = c + 1 WHERE id IN (6, 7); INSERT INTO $NAME.t VALUES ('a8', 8, 70); COMMIT"
  debezium_until 8
  sql "ALTER TABLE $NAME.t ADD d INT FIRST; INSERT INTO $NAME.t VALUES (90, 'a9', 9, 71)"
  ours
  records | jq -c '[.op, .after]' >rows
  cat >expected <<'ROWS'
["r",{"id":1,"a":"one"}]
["c",{"id":2,"a":"two"}]
["c",{"b":"b3","id":3,"a":"three"}]
["c",{"a":"a4","id":4,"b":"b4"}]
["c",{"a":"a5","id":5,"b":"b5"}]
["c",{"a":"a6","id":6,"c":7,"b":null}]
["c",{"a":"a7","id":7,"c":7,"b":null}]
["u",{"a":"a6","id":6,"c":8}]
["u",{"a":"a7","id":7,"c":8}]
["c",{"a":"a8","id":8,"c":70}]
["c",{"d":90,"a":"a9","id":9,"c":71}]
ROWS
  assert_same_file "rows" expected rows
  assert_equal "rows of a table that was made while ours read" 1 "$(kcat-consume --quiet --until end --brokers "$KAFKA_BOOTSTRAP" "$NAME.$NAME.other" 2>/dev/null | grep -c '^{"@len"' || true)"
}

test_with_the_history_in_kafka() {
  hand_over kafkahist "schema.history.internal.kafka.topic=kafkahist-history" "schema.history.internal.kafka.bootstrap.servers=$KAFKA_BOOTSTRAP"
}
test_with_the_history_in_a_file() {
  hand_over filehist schema.history.internal=io.debezium.storage.file.history.FileSchemaHistory "schema.history.internal.file.filename=$PWD/history"
}

run_tests
