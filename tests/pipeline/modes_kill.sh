#!/usr/bin/env bash
# Histories and versions in every SQL target while cdc-apply is killed at any moment: each row is there once, as in a run
# that nobody killed.
set -euo pipefail
# shellcheck source=tests/pipeline/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/pipeline/lib.bank.sh
. "$(dirname "$0")/lib.bank.sh"
# shellcheck source=tests/pipeline/lib.targets.sh
. "$(dirname "$0")/lib.targets.sh"
need_tools cdc-apply
with_servers mysql mariadb postgresql
KILLS=${KILLS:-2}

killed() { # TARGET OPTION...
  local url round n
  url=$(target_url "$1")
  new_target "$1"
  for round in $(seq "$KILLS"); do KILL_WITHIN_MS=500 bank_until_killed "$url" "${@:2}"; done
  n=$(bank_position "$url")
  echo "$1 ${*:2}: $round kills, $n transactions"
  bank "$n" $((n + 50)) | cdc-apply --quiet "${@:2}" "$url"
  # The server may have ended what the last one that was killed had asked of it after it told its position.
  n=$(bank_position "$url")
  bank 0 "$n" | cdc-apply --quiet "${@:2}" --slot once --table-name '{table}_once' "$url"
  assert_as_once "$1" "$1 ${*:2}"
}

test_versions_and_histories_hold_each_row_once() {
  local seed=${SEED:-$RANDOM} target
  echo "seed $seed, $KILLS kills a target and mode"
  RANDOM=$seed
  for target in sqlite mysql mariadb postgresql; do
    killed "$target" --mode scd2
    assert_equal "$target: valid versions" 50 "$(ask "$target" 'SELECT COUNT(*) FROM account WHERE __valid_to IS NULL')"
    assert_equal "$target: their sum" 5000 "$(ask "$target" 'SELECT SUM(balance) FROM account WHERE __valid_to IS NULL' | sed 's/\.00$//')"
    assert_equal "$target: versions that overlap" 0 "$(ask "$target" 'SELECT COUNT(*) FROM account a JOIN account b ON a.id = b.id AND a.__valid_from < b.__valid_from AND (a.__valid_to IS NULL OR a.__valid_to > b.__valid_from)')"
    killed "$target" --mode append
  done
}

run_tests
