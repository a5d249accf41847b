#!/usr/bin/env bash
# Files of rows while cdc-apply is killed at any moment: nothing is lost, nothing doubled, no half transaction is seen.
set -euo pipefail
. "$CDC_SOURCE/tests/pipeline/lib.sh"
. "$CDC_SOURCE/tests/pipeline/lib.bank.sh"
need_tools cdc-apply
KILLS=${KILLS:-60}

# The rows in the order of their files, without their positions.
rows() { cat out/"$1"/*.ndjson | sed 's/,"__position".*//'; }

test_killed_at_random_moments_nothing_is_lost_or_doubled() {
  local seed=${SEED:-$RANDOM} round n
  echo "seed $seed, $KILLS kills"
  RANDOM=$seed
  for round in $(seq "$KILLS"); do bank_until_killed file:out; done
  n=$(bank_position file:out)
  echo "$round kills, $n transactions"
  ((n > KILLS)) || fail "the runs were too short: $n transactions"
  bank "$n" $((n + 100)) | cdc-apply --quiet file:out
  [ "$(find out/.cdc -name '*~*' | wc -l)" = 0 ] || fail "unfinished files are left: $(ls out/.cdc)"
  # What the stream makes of them in one go.
  mkdir once
  bank 0 $((n + 100)) | (cd once && cdc-apply --quiet file:out)
  for table in account transfer; do
    rows "$table" >found
    (cd once && rows "$table") >expected
    assert_same_file "$table" expected found
  done
}

run_tests
