#!/usr/bin/env bash
# Each stage against what cdc-stream(5) asks of all of them.
set -uo pipefail
failed=0
stage() {
  local name=$1
  shift
  "$CDC_SOURCE/tests/conformance.py" "$@" | sed -E "s/^(ok|not ok) - /&$name: /"
  ((PIPESTATUS[0] == 0)) || failed=1
}
stage cdc-encode --reads change -- cdc-encode --topic-prefix p
stage "cdc-encode without schemas" --reads change -- cdc-encode --topic-prefix p --no-schemas
stage "cdc-apply sqlite" --writes nothing -- cdc-apply 'sqlite:{tmp}/t.db'
stage "cdc-apply sqlite, change lines" --reads change --writes nothing -- cdc-apply 'sqlite:{tmp}/t.db'
stage "cdc-apply -" --writes nothing -- cdc-apply -
table="CREATE TABLE t (id INT, v STRING, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'kafka', 'topic' = 'p.d.t',
  'properties.bootstrap.servers' = 'x', 'format' = 'debezium-json');"
stage "cdc-sql" -- cdc-sql -e "$table" -e 'SELECT id, v FROM t WHERE id > 0;'
stage "cdc-sql with state" -- cdc-sql -e "$table" -e 'SELECT v, COUNT(*) FROM t GROUP BY v;'
exit "$failed"
