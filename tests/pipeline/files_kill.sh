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

# Two copies of the pipeline on one slot, each killed at a random moment: one of them is fenced, or both are killed.
# A command takes each key once; it goes on when the cdc-apply that started it is killed.
two_writers() { # TARGET: prints how many transactions it has
  local round writer n jobs
  for round in $(seq $((KILLS / 4 + 1))); do
    n=$(bank_position "$1")
    jobs=()
    for writer in 1 2; do
      rm -f "pid.$writer"
      bank "$n" 2>/dev/null | { echo "$BASHPID" >"pid.$writer"; exec cdc-apply --quiet --commit-interval 0.05 "$1" 2>"errors.$writer"; } &
      jobs+=($!)
      await 60 "a copy" test -s "pid.$writer"
      # The moments are the test's input.
      read -rt "0.$((RANDOM % 4))$((RANDOM % 10))" <> <(:) || true
    done
    read -rt "0.$((RANDOM % 9))$((RANDOM % 10))" <> <(:) || true
    kill -KILL "$(cat pid.1)" "$(cat pid.2)" 2>/dev/null || true
    wait "${jobs[@]}" 2>/dev/null || true
    for writer in 1 2; do
      [ ! -s "errors.$writer" ] || assert_contains "what a copy says" "was taken over by another cdc-apply" "$(cat "errors.$writer")"
    done
  done
  bank_position "$1"
}

test_two_writers_that_are_killed() {
  local seed=${SEED:-$RANDOM} n table target
  echo "seed $seed"
  RANDOM=$seed
  # shellcheck disable=SC2016
  echo 'exec 9>lock; flock 9; grep -qxF "$CDC_KEY" keys 2>/dev/null || { cat >>taken; echo "$CDC_KEY" >>keys; }' >take
  export XDG_STATE_HOME=$PWD/state
  for target in file:out 'exec:sh take'; do
    n=$(two_writers "$target")
    ((n > KILLS)) || fail "the runs were too short: $n transactions"
    bank "$n" $((n + 100)) | cdc-apply --quiet "$target"
    # A batch that was under way is given first, and may reach further.
    n=$(bank_position "$target")
    rm -rf once
    bank 0 "$n" | cdc-apply --quiet file:once
    for table in account transfer; do
      cat once/"$table"/*.ndjson >expected
      case $target in
        file:*) cat out/"$table"/*.ndjson ;;
        *) jq -c "select(.table == \"$table\").row" taken ;;
      esac >found
      assert_same_file "$target, $table" expected found
    done
  done
}

run_tests
