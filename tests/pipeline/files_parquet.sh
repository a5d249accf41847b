#!/usr/bin/env bash
# Parquet files: every type comes back from DuckDB, which is not ours, and half a transaction leaves nothing.
set -euo pipefail
. "$CDC_SOURCE/tests/pipeline/lib.sh"
. "$CDC_SOURCE/tests/pipeline/lib.lines.sh"
need_tools cdc-apply
# With a folder that holds no tables; only the statement counts.
duck() { "$CDC_SOURCE/scripts/lib/read-iceberg" probe "$1"; }
need_parquet() {
  local message
  message=$(cdc-apply iceberg:probe </dev/null 2>&1) || skip "$message"
  duck 'SELECT 1' >/dev/null 2>probe.err || skip "$(cat probe.err)"
}

test_types_and_columns() {
  need_parquet
  {
    echo "$hello"
    table t id id:int u:'bigint unsigned' dec:'decimal(38,10)' d:double s:text b:blob da:date ti:'time(3)' dt:'datetime(6)' ts:'timestamp(6)' j:json
    transaction 1 't c {"id":1,"u":18446744073709551615,"dec":"-1234567890123456789012345678.0123456789","d":-1.5e300,"s":"é\"\n","b":"AAH/","da":"0001-01-01","ti":"-838:59:58.999","dt":"9999-12-31 23:59:59.999999","ts":"1970-01-01 00:00:01.000001","j":{"a":[1,2.5e0,"x"]}}' \
      't c {"id":2,"u":null,"dec":null,"d":null,"s":null,"b":null,"da":null,"ti":null,"dt":null,"ts":null,"j":null}'
    table t id id:int more:int
    transaction 2 't u {"id":1}>{"id":1,"more":7}'
    echo "$end"
  } | cdc-apply --quiet 'file:out?format=parquet'
  assert_equal "files" 2 "$(find out/t -name '*.parquet' | wc -l)"
  assert_equal "the first" $'1\t18446744073709551615\t-1234567890123456789012345678.0123456789\t-1.5e+300\té"\n\t0x0001ff\t0001-01-01\t-838:59:58.999\t9999-12-31 23:59:59.999999\t1970-01-01 00:00:01.000001+00:00\t{"a":[1,2.5,"x"]}\tc' \
    "$(duck "SELECT * EXCLUDE (__position) FROM 'out/t/demo-000000000001.parquet' WHERE id = 1")"
  assert_equal "NULL" 1 "$(duck "SELECT COUNT(*) FROM 'out/t/demo-000000000001.parquet' WHERE id = 2 AND COALESCE(u, dec, d, NULL) IS NULL AND s IS NULL AND j IS NULL")"
  assert_equal "the second" $'1\t7\tu\t{"file":"b.000001","pos":200}' "$(duck "SELECT * FROM 'out/t/demo-000000000002.parquet'")"
}

# As on a full disk: the error tells the system's words, and a file that is not whole is not left.
test_a_file_that_may_not_grow() {
  need_parquet
  local i status=0
  {
    echo "$hello"
    table t id id:int b:blob
    for i in 1 2 3; do transaction "$i" "t c {\"id\":$i,\"b\":\"$(head -c 30000 /dev/urandom | base64 -w0)\"}"; done
    echo "$end"
  } >input
  (
    ulimit -f 20
    exec cdc-apply --quiet 'file:small?format=parquet' <input 2>errors
  ) || status=$?
  assert_equal "status" 74 "$status"
  assert_contains "what is said" "File too large" "$(cat errors)"
  assert_equal "files" "" "$(find small -name '*.parquet')"
}

test_half_a_transaction_leaves_nothing() {
  need_parquet
  {
    echo "$hello"
    table t id id:int
    transaction 1 't c {"id":1}' 't c {"id":2}'
    transaction 2 't c {"id":3}' 't c {"id":4}' | head -n 2
  } | cdc-apply --quiet 'file:out?format=parquet' 2>/dev/null || [ "$?" = 75 ] || fail "status $?"
  assert_equal "rows" $'1\n2' "$(duck "SELECT id FROM 'out/t/*.parquet' ORDER BY id")"
  { echo "$hello"; table t id id:int; transaction 1 't c {"id":1}' 't c {"id":2}'; transaction 2 't c {"id":3}' 't c {"id":4}'; echo "$end"; } | cdc-apply --quiet 'file:out?format=parquet'
  assert_equal "rows, once each" $'1\n2\n3\n4' "$(duck "SELECT id FROM 'out/t/*.parquet' ORDER BY id")"
  assert_equal "unfinished files" 0 "$(find out/.cdc -name '*~*' | wc -l)"
  zero() { echo "$hello"; table z id id:int da:date; transaction 3 'z c {"id":1,"da":"0000-00-00"}'; echo "$end"; }
  zero >input
  expect_status 65 cdc-apply --quiet 'file:out?format=parquet' <input
}

run_tests
