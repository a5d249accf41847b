#!/usr/bin/env bash
# cdc-apply killed 100 times a target at random moments, with the scripts that do it a few times otherwise: nothing lost,
# nothing doubled, no half transaction. SEED repeats a run; each script prints its own.
set -euo pipefail
export KILLS=${KILLS:-100} KILL_WITHIN_MS=${KILL_WITHIN_MS:-900}
skipped=0
# SCRIPT TEST
while read -r script test; do
  echo "# $script: $test, $KILLS kills"
  status=0
  folder=$TMPDIR/${script%.sh}
  mkdir -p "$folder"
  TMPDIR=$folder TESTS=$test "$CDC_SOURCE/tests/pipeline/$script" </dev/null || status=$?
  [ "$status" != 77 ] || skipped=$((skipped + 1))
  [ "$status" = 0 ] || [ "$status" = 77 ] || exit "$status"
done <<'END'
sqlite_kill.sh test_killed_at_random_moments_nothing_is_lost_or_doubled
files_kill.sh test_killed_at_random_moments_nothing_is_lost_or_doubled
iceberg.sh test_killed_at_random_moments_nothing_is_lost_or_doubled
starrocks.sh test_killed_at_random_moments_nothing_is_lost_or_doubled
server_targets.sh test_random_kills
lanes.sh test_killed_at_random_moments_nothing_is_lost
END
# Of these each is a target and a mode.
TMPDIR=$TMPDIR KILLS=$((KILLS / 5)) "$CDC_SOURCE/tests/pipeline/modes_kill.sh" </dev/null
[ "$skipped" = 0 ] || echo "$skipped scripts were skipped"
