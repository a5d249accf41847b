#!/usr/bin/env bash
# A server with 100,000 tables: how long a start takes, and how much memory. CDC_TABLES: another number.
# shellcheck disable=SC2317 # the test is called by name
set -euo pipefail
# shellcheck source=tests/pipeline/lib.sh
. "$CDC_SOURCE/tests/pipeline/lib.sh"
need_tools binlog-tail
with_servers mysql

test_many_tables() {
  local tables=${CDC_TABLES:-100000} begin
  python3 -c 'import sys
for i in range(int(sys.argv[1])):
    if i % 1000 == 0: print("CREATE DATABASE d%d; USE d%d;" % (i // 1000, i // 1000))
    print("CREATE TABLE t%d (id INT PRIMARY KEY, name VARCHAR(20), amount DECIMAL(10,2)) ENGINE=MyISAM;" % i)' "$tables" | $MYSQL_CLIENT
  begin=$(now_ms)
  MYSQL_PWD=$MYSQL_PASSWORD python3 "$CDC_SOURCE/tests/pipeline/peak.py" peak binlog-tail --quiet --host "$MYSQL_HOST" --port "$MYSQL_PORT" \
    --user "$MYSQL_USER" --from now --until now >out
  echo "  $tables tables: $(($(now_ms) - begin)) ms, $(($(cat peak) / 1024)) MB"
  assert_equal "tables" "$tables" "$(grep -c '"@cdc":"table"' out)"
  # Some 3 KB a table.
  [ "$(cat peak)" -le $(((32 << 10) + tables * 4)) ] || fail "peak: $(cat peak) KB"
}

run_tests
