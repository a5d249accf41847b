#!/usr/bin/env bash
# Transactions and rows far larger than what a tool may keep in memory, out of a log that is made up on the way.
# CDC_LARGE_MB: size of the transactions (default 200; tests/slow takes 10,240).
set -euo pipefail
# shellcheck source=tests/pipeline/lib.sh
. "$CDC_SOURCE/tests/pipeline/lib.sh"
need_tools binlog-tail cdc-encode

LARGE_MB=${CDC_LARGE_MB:-200}
peak() { python3 "$CDC_SOURCE/tests/pipeline/peak.py" "$@"; }
large_log() { python3 "$CDC_SOURCE/tests/pipeline/large_log.py" "$@"; }

# pass BYTES ROW-BYTES KIND...: the log through both tools; the rows that came out, as each has counted them.
pass() {
  [ -z "${CDC_SANITIZED:-}" ] || skip "sanitizers take memory of their own"
  large_log "$3" "$1" "$2" "${@:4}" | peak tail.peak binlog-tail --quiet - | peak encode.peak cdc-encode --quiet --topic-prefix p |
    python3 "$CDC_SOURCE/tests/pipeline/count_records.py" >counted
  local rows=$(($1 / $2 + ($1 % $2 > 0)))
  [ "$(cut -d ' ' -f 1 counted)" -ge "$rows" ] || fail "rows: expected at least $rows, found $(cat counted)"
  assert_equal "records and what the mark says" "$(cut -d ' ' -f 1 counted)" "$(cut -d ' ' -f 2 counted)"
}
# limit KB [KB]: what each of the tools, or cdc-encode alone, may have had at most.
limit() {
  [ "$(cat tail.peak)" -le "$1" ] || fail "binlog-tail: $(cat tail.peak) KB, more than $1 KB"
  [ "$(cat encode.peak)" -le "${2:-$1}" ] || fail "cdc-encode: $(cat encode.peak) KB, more than ${2:-$1} KB"
}

test_a_large_transaction() {
  pass $((LARGE_MB << 20)) 2000 plain
  limit $((32 << 10))
}

# Compressed it is one event, which is decompressed while it is read: what is held is its compressed form.
test_a_large_compressed_transaction() {
  pass $((LARGE_MB << 20)) 2000 compressed
  limit $((64 << 10))
}

# A row is there once, as it is read: in cdc-encode as text, which makes four bytes of three of a BLOB.
test_a_large_text() {
  pass $((128 << 20)) $((64 << 20)) plain
  limit $(((16 + 64) << 10))
}
test_a_large_blob() {
  pass $((128 << 20)) $((64 << 20)) plain blob
  limit $(((16 + 64) << 10)) $(((16 + 86) << 10))
}
# From a file the next line is there at once: behind a large one it takes no room of its own.
test_large_lines_of_a_file() {
  large_log plain $((192 << 20)) $((64 << 20)) blob | peak tail.peak binlog-tail --quiet - >lines
  peak encode.peak cdc-encode --quiet --topic-prefix p <lines >/dev/null
  limit $(((16 + 64) << 10)) $(((16 + 86) << 10))
}
# Of a document binlog-tail has the text too, beside its binary form of five bytes for nine.
test_a_large_json() {
  pass $((74 << 20)) $((64 << 20)) plain json
  limit $(((16 + 36 + 64) << 10)) $(((16 + 64) << 10))
}

run_tests
