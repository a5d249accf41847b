#!/usr/bin/env bash
# Iceberg tables behind Iceberg's own REST catalog and in a real S3 server, read back by Iceberg's own Java, by DuckDB and,
# where there are no equality deletes, by pyiceberg.
set -euo pipefail
. "$CDC_SOURCE/tests/pipeline/lib.sh"
. "$CDC_SOURCE/tests/pipeline/lib.bank.sh"
. "$CDC_SOURCE/tests/pipeline/lib.lines.sh"
SCRIPTS=$CDC_SOURCE/scripts
# shellcheck source=scripts/lib/lakehouse_servers.sh
. "$SCRIPTS/lib/lakehouse_servers.sh"
need_tools cdc-apply
KILLS=${KILLS:-50} # for each of two kinds of commits
export AWS_ACCESS_KEY_ID=cdc AWS_SECRET_ACCESS_KEY=secretsecret AWS_REGION=us-east-1

stop_all() {
  local file
  for file in */pid; do [ ! -f "$file" ] || stop_process "$file"; done
}
need_iceberg() {
  local message
  message=$(cdc-apply iceberg:probe </dev/null 2>&1) || skip "$message"
  fetch_iceberg || skip "Iceberg's Java cannot be had"
  trap stop_all EXIT
}
need_s3() {
  fetch_seaweedfs || skip "SeaweedFS cannot be had"
  start_seaweedfs s3
  S3_ENDPOINT=http://127.0.0.1:$(cat s3/port)
  export S3_ENDPOINT
}
start_catalog() { # WAREHOUSE
  start_iceberg_rest rest "$1"
  URL=http://127.0.0.1:$(cat rest/port)
  TARGET="iceberg:$URL?namespace=shop${S3_ENDPOINT:+&s3.endpoint=$S3_ENDPOINT}"
}
apply() { cdc-apply --quiet "$@" "$TARGET"; }
in_java() { iceberg_java "$SCRIPTS/lib/ReadIceberg.java" "$@"; }
position() { cdc-apply --print-position --slot demo "$TARGET" | jq .pos; }

first() { echo "$hello"; table t id id:int name:'varchar(10)'; table u id id:int; transaction 1 't c {"id":1,"name":"a"}' 't c {"id":2,"name":"b"}' 'u c {"id":1}'; echo "$end"; }
second() {
  echo "$hello"; table t id id:int name:'varchar(10)' more:'decimal(9,2)'; table u id id:int
  transaction 2 't u {"id":1,"name":"a","more":null}>{"id":1,"name":"A","more":"1.50"}' 't d {"id":2,"name":"b","more":null}' 'u c {"id":2}' 't c {"id":3,"name":null,"more":null}' 't d {"id":3,"name":null,"more":null}'
  echo "$end"
}
follow_a_table() {
  first | apply
  second | apply
  assert_equal "the position" 200 "$(position)"
  assert_equal "as Java reads it" $'# shop.t\n1\tA\t1.50\n# shop.u\n1\n2' "$(in_java "$URL" shop.t shop.u)"
  cdc-apply --compact "$TARGET" >compacted
  assert_contains "what was compacted" "compacted t: 2 files" "$(cat compacted)"
  assert_equal "the same after" $'# shop.t\n1\tA\t1.50\n# shop.u\n1\n2' "$(in_java "$URL" shop.t shop.u)"
  cdc-apply --expire-snapshots --older-than 0s "$TARGET" >expired
  assert_contains "what has expired" "expired t: 2 snapshots" "$(cat expired)"
  assert_equal "and after that" $'# shop.t\n1\tA\t1.50\n# shop.u\n1\n2' "$(in_java "$URL" shop.t shop.u)"
  assert_equal "the position still" 200 "$(position)"
  { echo "$hello"; table t id id:int name:'varchar(10)' more:'decimal(9,2)'; transaction 3 't d {"id":1,"name":"A","more":"1.50"}'; echo "$end"; } | apply
  assert_equal "changes go on" "# shop.t" "$(in_java "$URL" shop.t)"
}

test_a_rest_catalog_over_local_files() {
  need_iceberg
  start_catalog "file://$PWD/warehouse"
  follow_a_table
  assert_equal "a table at a time" 300 "$(TARGET+='&transactions=per-table'; first | apply --slot one --table-name '{table}_one'; position)"
}

test_a_rest_catalog_over_s3() {
  need_iceberg
  need_s3
  start_catalog s3://lake/warehouse
  follow_a_table
}

test_history_is_read_by_pyiceberg() {
  need_iceberg
  need_s3
  fetch_pyiceberg || skip "pyiceberg cannot be had"
  start_catalog s3://lake/warehouse
  { first | grep -v '"@cdc":"end"'; second | sed 1d; } | apply --mode append
  PYTHONPATH=$PYICEBERG_FOLDER python3 - "$URL" "$S3_ENDPOINT" >found <<'PYTHON'
import sys
from pyiceberg.catalog import load_catalog
catalog = load_catalog("rest", uri=sys.argv[1], **{"s3.endpoint": sys.argv[2], "s3.access-key-id": "cdc", "s3.secret-access-key": "secretsecret", "s3.region": "us-east-1"})
for row in sorted(catalog.load_table("shop.t").scan().to_arrow().to_pylist(), key=str):
    print(row["id"], row["name"], row["more"], row["__op"])
PYTHON
  printf '%s\n' '1 A 1.50 u' '1 a None c' '2 b None c' '2 b None d' '3 None None c' '3 None None d' >expected
  assert_same_file "rows" expected found
}

test_a_file_that_goes_in_parts() {
  need_iceberg
  need_s3
  start_catalog s3://lake/warehouse
  python3 - >input <<'PYTHON'
import json, os
def line(**fields): print(json.dumps(fields, separators=(",", ":")))
line(**{"@cdc": "hello", "v": 1, "tool": "t", "slot": "demo", "source": {"kind": "file"}, "begins": "x", "pos": {"file": "b.000001", "pos": 4}})
line(**{"@cdc": "table", "db": "d", "table": "big", "at": "start", "columns": [{"name": "id", "type": "int", "null": False}, {"name": "text", "type": "text", "null": True}], "key": ["id"], "create": "x"})
line(**{"@cdc": "begin", "n": 1, "pos": {"file": "b.000001", "pos": 100}})
for i in range(90000): line(op="c", db="d", table="big", after={"id": i, "text": os.urandom(1000).hex()}, ts_us=1, file="b.000001", pos=90, row=0, server_id=1)
line(**{"@cdc": "mark", "n": 1, "rows": 90000, "ts_us": 1, "pos": {"file": "b.000001", "pos": 100}})
line(**{"@cdc": "end", "reason": "eof", "exit": 0})
PYTHON
  apply <input
  in_java "$URL" shop.big | tail -n +2 | sort >found
  grep '^{"op"' input | jq -r '.after | "\(.id)\t\(.text)"' | sort >expected
  cmp expected found || fail "rows are others"
}

test_killed_at_random_moments_nothing_is_lost_or_doubled() {
  need_iceberg
  start_catalog "file://$PWD/warehouse"
  local seed=${SEED:-$RANDOM} round n last kind
  echo "seed $seed, $KILLS kills"
  RANDOM=$seed
  for kind in multi per-table; do
    TARGET="iceberg:$URL?namespace=$kind&transactions=$kind"
    for ((round = 0; round < KILLS; round++)); do KILL_WITHIN_MS=3000 bank_until_killed "$TARGET" --mode append; done
    n=$(bank_position "$TARGET")
    echo "$kind: $round kills, $n transactions"
    ((n > KILLS)) || fail "the runs were too short: $n transactions"
    # Further than any table can have come, also by what the server did for a killed one after it told its position.
    last=$((n + 20000))
    bank "$n" "$last" | apply --mode append
    bank 0 "$last" | cdc-apply --quiet --mode append sqlite:"$kind.db"
    sqlite3 -separator $'\t' "$kind.db" 'SELECT id, debit, credit, __op FROM transfer' 'SELECT id, printf("%.2f", balance), __op FROM account' | sort >expected
    in_java "$URL" "$kind.transfer" "$kind.account" | grep -v '^#' | sed 's/\t{[^\t]*$//' | sort >found
    assert_same_file "$kind: the rows" expected found
  done
}

run_tests
