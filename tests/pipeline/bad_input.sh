#!/usr/bin/env bash
# What users get wrong: each ends with one message that says what, where, why and what to do, and with the right status.
set -euo pipefail
# shellcheck source=tests/pipeline/lib.sh
. "$(dirname "$0")/lib.sh"
need_tools binlog-tail cdc-encode cdc-apply cdc-sql kcat-produce kcat-consume
with_servers mysql kafka

# refused STATUS WORD... -- COMMAND...: it ends with one "COMMAND: error:", whose text holds the words. INPUT: its input.
INPUT=/dev/null
refused() {
  local expected=$1 words=() status=0 errors word
  shift
  while [ "$1" != -- ]; do words+=("$1"); shift; done
  shift
  "$@" <"$INPUT" >/dev/null 2>stderr || status=$?
  errors=$(cat stderr)
  assert_equal "status of $*"$'\n'"$errors"$'\n' "$expected" "$status"
  assert_equal "number of error messages of $*"$'\n'"$errors"$'\n' 1 "$(grep -c "^$1: error: " stderr)"
  for word in "${words[@]}"; do assert_contains "message of $*" "$word" "$errors"; done
}
# The same of binlog-tail on the server: STATUS WORD... -- USER PASSWORD ARG...
refused_tail() {
  local before=()
  while [ "$1" != -- ]; do before+=("$1"); shift; done
  shift
  local user=$1 password=$2
  shift 2
  MYSQL_PWD=$password refused "${before[@]}" -- binlog-tail --quiet --host "$MYSQL_HOST" --port "$MYSQL_PORT" --user "$user" "$@"
}

test_wrong_password() {
  refused_tail 77 "$MYSQL_HOST:$MYSQL_PORT" "$MYSQL_USER" 'hint: ' -- "$MYSQL_USER" wrong --until now
}

test_missing_grant() {
  $MYSQL_CLIENT -e "CREATE USER poor@'%' IDENTIFIED BY 'poor'; GRANT SELECT ON *.* TO poor@'%'"
  refused_tail 77 'REPLICATION SLAVE' 'GRANT' -- poor poor --until now
}

test_no_such_server() {
  MYSQL_PORT=1 refused_tail 69 '127.0.0.1:1' -- "$MYSQL_USER" "$MYSQL_PASSWORD" --until now
  MYSQL_HOST=no-such-host.invalid refused_tail 69 'no-such-host.invalid' -- "$MYSQL_USER" "$MYSQL_PASSWORD" --until now
}

test_unknown_table() {
  refused_tail 66 'nowhere.nothing' 'hint: ' -- "$MYSQL_USER" "$MYSQL_PASSWORD" --tables nowhere.nothing --snapshot initial --until now
}

test_binlog_format_not_row() {
  env -u SANDBOX_DIR "$CDC_SOURCE/scripts/sandbox" --quiet mysql --mysql-option binlog_format=STATEMENT -- \
    env TESTS=inner_binlog_format "$(readlink -f "$0")" >inner || { cat inner; exit 1; }
}
inner_binlog_format() { refused_tail 78 'binlog_format' 'STATEMENT' 'ROW' -- "$MYSQL_USER" "$MYSQL_PASSWORD" --until now; }

test_log_bin_off() {
  env -u SANDBOX_DIR "$CDC_SOURCE/scripts/sandbox" --quiet mysql --mysql-option skip-log-bin -- \
    env TESTS=inner_log_bin_off "$(readlink -f "$0")" >inner || { cat inner; exit 1; }
}
inner_log_bin_off() { refused_tail 78 'log_bin' 'hint: ' -- "$MYSQL_USER" "$MYSQL_PASSWORD" --until now; }

test_purged_position() {
  refused_tail 66 'binlog.000099' -- "$MYSQL_USER" "$MYSQL_PASSWORD" --from binlog.000099:4 --until now
}

test_unreachable_broker() {
  refused 69 '127.0.0.1:1' -- kcat-consume --quiet --brokers 127.0.0.1:1 --connect-timeout-ms 1000 topic
  echo '{"topic":"t","key":null,"payload":{"a":1}}' >record
  INPUT=record refused 69 '127.0.0.1:1' -- kcat-produce --quiet --brokers 127.0.0.1:1 --connect-timeout-ms 1000 --no-transactions
  # Nothing to deliver is no reason to find all well.
  local lines
  for lines in '' '{"@cdc":"end","reason":"until","exit":0}' \
    '{"@cdc":"hello","v":1,"tool":"t","slot":"s","source":{"kind":"file"},"begins":"beginning","pos":{"file":"b.1","pos":4}}\n{"@cdc":"end","reason":"until","exit":0}'; do
    printf "%b" "${lines:+$lines\n}" >record
    INPUT=record refused 69 '127.0.0.1:1' -- kcat-produce --quiet --brokers 127.0.0.1:1 --connect-timeout-ms 1000
  done
}

test_missing_topic() {
  refused 66 'topic "nowhere"' 'hint: ' -- kcat-consume --quiet --brokers "$KAFKA_BOOTSTRAP" --until end nowhere
  echo '{"topic":"somewhere","key":null,"payload":{"a":1}}' | kcat-produce --quiet --brokers "$KAFKA_BOOTSTRAP"
  refused 66 'topic "nowhere"' 'somewhere' -- kcat-consume --quiet --brokers "$KAFKA_BOOTSTRAP" --group g --until end nowhere
  refused 66 '"^no"' 'somewhere' -- kcat-consume --quiet --brokers "$KAFKA_BOOTSTRAP" --group g --until end '^no'
}

test_missing_group() {
  refused 66 'group "nobody"' -- kcat-consume --quiet --brokers "$KAFKA_BOOTSTRAP" --lag nobody
}

test_malformed_line() {
  local tool
  echo 'no json' >bad
  for tool in 'cdc-encode --topic-prefix p' 'cdc-apply -' 'cdc-apply sqlite:x.db'; do
    # shellcheck disable=SC2086 # words
    INPUT=bad refused 65 'line 1' 'no json' -- $tool
  done
  printf 'CREATE TABLE t (id INT) WITH (%s); SELECT * FROM t;\n' "'connector'='kafka','topic'='t','format'='json'" >job.sql
  INPUT=bad refused 65 'line 1' 'no json' -- cdc-sql -f job.sql
}
test_unknown_option() {
  local tool
  for tool in binlog-tail cdc-encode kcat-produce kcat-consume cdc-sql cdc-apply; do
    refused 64 'unknown option --verbos' '--verbose' -- "$tool" --verbos
  done
}

test_unknown_property() {
  printf '%s\n' name=x connector.class=io.debezium.connector.mysql.MySqlConnector database.hostname=h database.user=u topic.prefix=p \
    decimal.handling.mod=string >c.properties
  refused 78 'c.properties:6' 'decimal.handling.mode' -- cdc-encode --connector c.properties
  refused 78 'c.properties:6' 'decimal.handling.mode' -- binlog-tail --connector c.properties
  printf '%s\n' name=x connector.class=io.debezium.connector.mysql.MySqlConnector database.hostname=h database.user=u topic.prefix=p \
    tabel.include.list=a.b >d.properties
  refused 78 'd.properties:6' 'table.include.list' -- cdc-encode --connector d.properties
  refused 78 'd.properties:6' 'table.include.list' -- binlog-tail --connector d.properties
}

test_connector_file_that_is_not_there() {
  refused 66 'nothing.json' -- cdc-encode --connector nothing.json
  refused 66 'nothing.json' -- binlog-tail --connector nothing.json
}

test_environment_variable_that_is_not_set() {
  local status=0
  env -u MYSQL_USER binlog-tail --connector "$CDC_SOURCE/scripts/examples/mysql-connector.json" 2>stderr || status=$?
  assert_equal "status" 78 "$status"
  assert_contains "message" MYSQL_USER "$(cat stderr)"
}

test_sql_that_is_refused() {
  echo 'SELECT nam FROM t;' >bad.sql
  refused 78 'bad.sql:1' -- cdc-sql -f bad.sql
  echo 'SELEC 1;' >worse.sql
  refused 78 'worse.sql:1:1' -- cdc-sql -f worse.sql
}

test_target_that_is_refused() {
  refused 64 'nosuch:x' -- cdc-apply nosuch:x
  refused 73 'no/such/folder' -- cdc-apply sqlite:no/such/folder/x.db
}

run_tests
