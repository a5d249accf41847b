# shellcheck shell=bash
# Sourced by the tests here. A test is a function test_NAME, run by run_tests; it fails when a command in it fails.
# Each is reported as "ok - NAME", "not ok - NAME" or "skip - NAME"; the script fails when one of them did.

# shellcheck source=scripts/lib/common.sh
. "$CDC_SOURCE/scripts/lib/common.sh"
TEST_FOLDER=${TMPDIR:-/tmp}

# fail MESSAGE...: ends the test.
fail() {
  echo "  failed: $*"
  exit 1
}
# skip REASON...: ends the test; it is counted apart.
skip() {
  echo "  skipped: $*"
  # Not the status alone: a tool that was refused by a server ends with 77 as well.
  : >"$TEST_FOLDER/skipped"
  exit 77
}
assert_equal() { # WHAT EXPECTED FOUND
  [ "$2" = "$3" ] || fail "$1"$'\n'"  expected: $2"$'\n'"  found:    $3"
}
assert_contains() { # WHAT TEXT FOUND
  [[ $3 == *"$2"* ]] || fail "$1"$'\n'"  expected, somewhere: $2"$'\n'"  found: $3"
}
assert_same_file() { # WHAT EXPECTED FOUND
  diff -u "$2" "$3" >"$TEST_FOLDER/diff" || fail "$1"$'\n'"$(head -n 40 "$TEST_FOLDER/diff")"
}
# expect_status STATUS COMMAND...: runs it, keeps what it says on stderr in $ERRORS.
expect_status() {
  local expected=$1 status=0
  shift
  "$@" 2>"$TEST_FOLDER/stderr" || status=$?
  ERRORS=$(cat "$TEST_FOLDER/stderr")
  [ "$status" = "$expected" ] || fail "status of $*"$'\n'"  expected: $expected"$'\n'"  found:    $status"$'\n'"$ERRORS"
}
# Waits for a condition of this test.
await() { # SECONDS WHAT COMMAND...
  local seconds=$1 what=$2
  shift 2
  wait_for "$seconds" "$@" || fail "$what: not within $seconds s"
}

# stops_while_it_waits IT-WAITS COMMAND...: runs it until IT-WAITS, a command that may name $process, succeeds, and ends it
# with TERM: it has to stop as at the end of its input, although what it waits for never comes.
stops_while_it_waits() {
  local waits=$1 process status=0 since
  shift
  "$@" <&0 2>"$TEST_FOLDER/stderr" &
  process=$!
  await 60 "the wait without an end" eval "$waits"
  since=$SECONDS
  kill -TERM "$process"
  wait "$process" || status=$?
  ERRORS=$(cat "$TEST_FOLDER/stderr")
  assert_equal "status after TERM" 0 "$status"
  ((SECONDS - since <= 3)) || fail "it took $((SECONDS - since)) s to stop"
  assert_contains "what is said" "when the stop was asked for" "$ERRORS"
}

# with_servers SERVER-WORDS...: runs the rest of the script with servers of its own, once.
with_servers() {
  [ -z "${SANDBOX_DIR:-}" ] || return 0
  exec "$CDC_SOURCE/scripts/sandbox" --quiet "$@" -- "$(readlink -f "$0")"
}

need_tools() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || { echo "$tool is not built"; exit 77; }
  done
}

# Kills one of the stages of a pipe that runs as a process group, or all at once; what is left of it ends too.
kill_one_of() { # GROUP STAGE...
  local group=$1 victims=("${@:2}" '') victim
  victim=${victims[RANDOM % ${#victims[@]}]}
  if [ -z "$victim" ] || ! pkill -KILL -g "$group" -x "$victim"; then kill -KILL -- "-$group" 2>/dev/null || true; fi
  wait "$group" || true
  kill -KILL -- "-$group" 2>/dev/null || true
}

# Runs test_* in the order of the file, or those of TESTS.
run_tests() {
  local name status failed=0
  for name in ${TESTS:-$(grep -oE '^test_[a-z0-9_]+' "$0")}; do
    status=0
    mkdir -p "$TEST_FOLDER/$name"
    # A function in a condition would lose set -e, so it runs in a background job.
    (set -euo pipefail; cd "$TEST_FOLDER/$name"; "$name") &
    wait $! || status=$?
    [ "$status" != 77 ] || [ -e "$TEST_FOLDER/skipped" ] || status=1
    rm -f "$TEST_FOLDER/skipped"
    case $status in
      0) echo "ok - $name" ;;
      77) echo "skip - $name" ;;
      *) echo "not ok - $name"; failed=1 ;;
    esac
  done
  exit "$failed"
}
