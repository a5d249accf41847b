#!/usr/bin/env bash
# State several times as large as the memory that cdc-sql may take for it.
set -euo pipefail
# shellcheck source=tests/pipeline/lib.sh
. "$CDC_SOURCE/tests/pipeline/lib.sh"
need_tools cdc-sql
cdc-sql --quiet --memory 1M -e 'SELECT 1 AS a' >"$TEST_FOLDER/out" 2>&1 || { cat "$TEST_FOLDER/out"; exit 77; }

ROWS=${CDC_SPILL_ROWS:-20000000}
MEMORY=$((ROWS / 78125)) # MB; a quarter or less of what the state takes
SUM="SELECT COUNT(*) AS found, SUM(n) AS records, SUM(s) AS total, MAX(n) AS most FROM"

numbers() { # NAME ROWS KEYS
  echo "CREATE TABLE $1 (k BIGINT, v INT) WITH ('connector' = 'datagen', 'number-of-rows' = '$2', 'rows-per-second' = '100000000', 'fields.k.kind' = 'sequence',
    'fields.k.start' = '1', 'fields.k.end' = '$2', 'fields.v.kind' = 'sequence', 'fields.v.start' = '1', 'fields.v.end' = '$2');
    CREATE VIEW $1_keys AS SELECT (k * 7919) % $3 AS k, v FROM $1;"
}

# measured NAME SQL OPTION...: the result, and the peak in MB.
measured() {
  local name=$1 sql=$2
  shift 2
  local begun=$SECONDS
  python3 "$CDC_SOURCE/tests/pipeline/peak.py" "$TEST_FOLDER/peak" cdc-sql --quiet --output table "$@" -e "$sql" 2>"$TEST_FOLDER/stderr" >"$TEST_FOLDER/$name" || fail "$(cat "$TEST_FOLDER/stderr")"
  PEAK=$(($(cat "$TEST_FOLDER/peak") / 1024))
  echo "  $name: $PEAK MB, $((SECONDS - begun)) s"
}

# The peak is near the limit: the program takes some memory besides, and what state takes is an estimate.
check_spilled() { # SQL
  measured whole "$1"
  local whole=$PEAK
  measured spilled "$1" --memory "${MEMORY}M" --spill "$TEST_FOLDER" --stats 0
  assert_same_file "the result" "$TEST_FOLDER/whole" "$TEST_FOLDER/spilled"
  assert_contains "the statistics" "on disk" "$(cat "$TEST_FOLDER/stderr")"
  [ "$PEAK" -lt $((MEMORY * 5 / 4 + 40)) ] || fail "$PEAK MB with --memory ${MEMORY}M; all in memory it is $whole MB"
  [ "$whole" -gt $((MEMORY * 3)) ] || fail "all in memory it is $whole MB: the state is too small for this test"
  [ -z "$(find "$TEST_FOLDER" -name 'cdc-sql-spill-*')" ] || fail "there is something left on disk"
}

test_aggregate() {
  check_spilled "$(numbers t "$ROWS" $((ROWS / 2)))
    $SUM (SELECT k, COUNT(*) AS n, SUM(v) AS s FROM t_keys GROUP BY k)"
}

test_join() {
  check_spilled "$(numbers t $((ROWS / 4)) $((ROWS / 4))) $(numbers u $((ROWS / 4)) $((ROWS / 4)))
    $SUM (SELECT t_keys.k, 1 AS n, t_keys.v + u_keys.v AS s FROM t_keys JOIN u_keys ON t_keys.k = u_keys.k)"
}

# A kill leaves the folder; the next start with the same place removes it.
test_kill() {
  local sql
  sql="$(numbers t "$ROWS" "$ROWS") SELECT k, COUNT(*) AS n FROM t_keys GROUP BY k"
  mkdir "$TEST_FOLDER/disk"
  cdc-sql --quiet --memory 4M --spill "$TEST_FOLDER/disk" -e "$sql" >/dev/null &
  local running=$!
  await 30 "nothing went to disk" compgen -G "$TEST_FOLDER/disk/*/*.sst" >/dev/null
  kill -9 "$running"
  wait "$running" || true
  compgen -G "$TEST_FOLDER/disk/cdc-sql-spill-*" >/dev/null || fail "the kill came too late"
  cdc-sql --quiet --memory 4M --spill "$TEST_FOLDER/disk" -e "SELECT 1 AS a" >/dev/null
  assert_equal "what is left" "" "$(ls "$TEST_FOLDER/disk")"
}

# A signal ends it in order.
test_signal() {
  mkdir -p "$TEST_FOLDER/signal"
  cdc-sql --quiet --memory 4M --spill "$TEST_FOLDER/signal" -e "$(numbers t "$ROWS" "$ROWS") SELECT k, COUNT(*) AS n FROM t_keys GROUP BY k" >/dev/null &
  local running=$! status=0
  await 30 "nothing went to disk" compgen -G "$TEST_FOLDER/signal/*/*.sst" >/dev/null
  kill -TERM "$running"
  wait "$running" || status=$?
  assert_equal "the status" 0 "$status"
  assert_equal "what is left" "" "$(ls "$TEST_FOLDER/signal")"
}

# A disk that is full: 74, and no results that lack state.
test_full_disk() {
  unshare -rm true 2>/dev/null || skip "no name space for a small disk"
  mkdir -p "$TEST_FOLDER/small"
  # shellcheck disable=SC2016 # of the inner shell
  expect_status 74 unshare -rm sh -c 'mount -t tmpfs -o size=8m none "$0" && exec timeout 120 cdc-sql --quiet --memory 4M --spill "$0" -e "$1"' \
    "$TEST_FOLDER/small" "$(numbers t "$ROWS" "$ROWS") SELECT k, COUNT(*) AS n FROM t_keys GROUP BY k" >/dev/null
  assert_contains "the message" "No space left on device" "$ERRORS"
}

run_tests
