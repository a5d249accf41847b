#!/usr/bin/env bash
# scripts/parity-debezium on recordings of the original: a capture that is stopped and goes on, a snapshot, and what it says
# where something differs.
set -euo pipefail
# shellcheck source=tests/pipeline/lib.sh
. "$CDC_SOURCE/tests/pipeline/lib.sh"
need_tools binlog-tail cdc-encode
with_servers mysql

parity() { "$CDC_SOURCE/scripts/parity-debezium" --build "$CDC_BUILD" "$@"; }

test_a_capture_that_is_stopped_and_goes_on() {
  parity --variant '^restart/' --out out >said || fail "$(cat said)"
  assert_contains "closing line" 'equal 115 of 115, 9 on purpose' "$(tail -n 1 said)"
  assert_equal "records kept" 124 "$(grep -cv '^{"@cdc"' out/restart/stream/keys.ndjson)"
}

test_snapshot_and_stream() {
  parity --variant '^default/(snapshot|stream)/unique_keys$' >said || fail "$(cat said)"
  assert_equal "recordings" 2 "$(grep -c '^default/.*: equal' said)"
}

test_a_difference_is_shown() {
  mkdir -p recorded/plain/stream recorded/sql
  cp "$CDC_SOURCE/tests/data/debezium/sql/unique_keys.sql" recorded/sql/
  cp "$CDC_SOURCE/tests/data/debezium/default/config.json" recorded/plain/
  zcat "$CDC_SOURCE/tests/data/debezium/default/stream/unique_keys.ndjson.gz" | sed '0,/"op\\":\\"c/s//"op\\":\\"x/' | gzip >recorded/plain/stream/unique_keys.ndjson.gz
  expect_status 1 parity --recorded recorded >said
  assert_contains "the place" 'payload.payload.op' "$(cat said)"
  echo '{"failed":"it died"}' >recorded/plain/stream/unique_keys.status.json
  expect_status 66 parity --recorded recorded >said
  assert_contains "left out" 'left out, the original failed' "$(cat said)"
}

run_tests
