#!/usr/bin/env bash
# What servers make of sessions and rows beside the usual, in every SQL target: clocks that are put back, statements that
# the server ends, settings that the server has for all.
set -euo pipefail
# shellcheck source=tests/pipeline/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/pipeline/lib.lines.sh
. "$(dirname "$0")/lib.lines.sh"
# shellcheck source=tests/pipeline/lib.targets.sh
. "$(dirname "$0")/lib.targets.sh"
need_tools cdc-apply
with_servers mysql mariadb postgresql
targets=(sqlite mysql mariadb postgresql)

# apply TARGET OPTION...: the file stream; status in $status, what is said in the file said
apply() {
  status=0
  cdc-apply --quiet "${@:2}" "$(target_url "$1")" <stream 2>said || status=$?
}

test_no_version_ends_before_it_began() {
  local target
  for target in "${targets[@]}"; do
    new_target "$target"
    {
      echo "$hello"
      table t id id:int v:int
      transaction 1 't c {"id":1,"v":1}' | sed 's/"ts_us":1,/"ts_us":9000000,/'
      transaction 2 't u {"id":1,"v":1}>{"id":1,"v":2}' | sed 's/"ts_us":1,/"ts_us":5000000,/'
      echo "$end"
    } >stream
    apply "$target" --mode scd2
    assert_equal "$target: status" 0 "$status"
    assert_equal "$target: versions" 2 "$(ask "$target" 'SELECT COUNT(*) FROM t')"
    assert_equal "$target: that end before they begin" 0 "$(ask "$target" 'SELECT COUNT(*) FROM t WHERE __valid_to < __valid_from')"
    assert_equal "$target: the valid one" 2 "$(ask "$target" 'SELECT v FROM t WHERE __valid_to IS NULL')"
  done
}

run_tests
