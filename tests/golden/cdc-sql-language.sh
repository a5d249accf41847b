#!/usr/bin/env bash
# cdc-sql: the cases recorded with Flink that are equal, scripts of commands with what they print, and results under random
# changes against the same queries computed anew.
set -euo pipefail
tool=$(command -v cdc-sql) || { echo "cdc-sql is not built"; exit 77; }
folder=$CDC_SOURCE/tests/sql
failed=0

check() { # NAME COMMAND...
  local name=$1 output
  shift
  if output=$("$@" 2>&1); then
    echo "ok - $name"
  else
    tail -n 40 <<<"$output"
    echo "not ok - $name"
    failed=1
  fi
}

check flink-cases python3 "$CDC_SOURCE/scripts/parity-flink" --cdc-sql "$tool" --must-equal "$folder/flink_equal.txt" "$CDC_SOURCE/tests/data/flink/cases.tar.gz"
for script in "$folder"/*.test; do
  check "$(basename "$script" .test)" python3 "$folder/run_script.py" "$script" "$tool"
done
check recompute python3 "$folder/recompute.py" "$tool"
exit "$failed"
