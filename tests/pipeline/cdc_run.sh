#!/usr/bin/env bash
# The job runner, with small shell stages in place of the tools.
# shellcheck disable=SC2016 # the shells of the stages expand what is in single quotes
set -euo pipefail
# shellcheck source=tests/pipeline/lib.sh
. "$(dirname "$0")/lib.sh"
export CDC_RUN_STATE=$TEST_FOLDER/state

# A source that counts until it is ended, and then says so in its stream.
counting='trap "echo end; exit 0" TERM; i=0; while :; do i=$((i + 1)); echo $i; sleep 0.02; done'
job() { # NAME LINE...
  printf '%s\n' "${@:2}" >"$1.job"
}
has_lines() { [ "$(wc -l <"$1")" -ge "$2" ]; }
stage_pid() { cdc-run status "$1" | sed -n "s/^  stage $2: process \([0-9]*\),.*/\1/p"; }
no_process_of() { ! pgrep -f "$1"; }

test_start_status_stop() {
  job counter "stage $counting" 'stage cat' 'stage cat >out'
  cdc-run start counter.job
  await 60 "output" has_lines out 3
  assert_contains "status" "counter: running" "$(cdc-run status counter)"
  assert_contains "status of a stage" "stage 3: process" "$(cdc-run status counter.job)"
  cdc-run stop counter
  assert_equal "the end of the stream came through the pipe" end "$(tail -n 1 out)"
  expect_status 3 cdc-run status counter
  # A job whose file is gone hides no other.
  job gone 'stage sleep 100' 'stage cat >/dev/null'
  cdc-run start gone.job || true
  cdc-run stop gone
  rm gone.job
  assert_contains "status without its file" "gone: its job file" "$(cdc-run status)"
  assert_contains "status of the others" "counter: stopped" "$(cdc-run status)"
}

# A stage may hold the URL of a target. Neither the log nor the status tells its password.
test_passwords_of_stages() {
  job url 'stage sleep 100' 'stage cat >/dev/null; : mysql://me:secret@h/db'
  cdc-run start url.job
  assert_contains "status" 'mysql://me:***@h/db' "$(cdc-run status url)"
  kill "$(stage_pid url 2)"
  has_ended() { grep -q 'stage 2 ended' "$CDC_RUN_STATE/url/log"; }
  await 60 "the end of the stage" has_ended
  cdc-run stop url
  assert_contains "log" 'mysql://me:***@h/db' "$(cat "$CDC_RUN_STATE/url/log")"
  ! grep -r secret "$CDC_RUN_STATE/url" || fail "the password is kept"
}

test_start_lets_go_of_the_callers_output() {
  job longer 'stage sleep 60' 'stage cat'
  # A reader of what start says must see its end while the job runs.
  timeout 10 sh -c 'cdc-run start longer.job 2>&1 | cat >said' || fail "the job holds its starter's output"
  assert_contains "said" "longer" "$(cat said)"
  cdc-run stop longer
}

test_start_twice_is_one_job() {
  job twice "stage $counting" 'stage cat >out'
  cdc-run start twice.job
  local before
  before=$(stage_pid twice 1)
  cdc-run start twice.job 2>said
  assert_contains "second start" "runs already" "$(cat said)"
  assert_equal "same process" "$before" "$(stage_pid twice 1)"
  expect_status 75 cdc-run run twice.job
  cdc-run stop twice
}

test_a_job_that_ends_is_done() {
  job short "stage seq 1000" 'stage cat >out'
  cdc-run run short.job
  assert_equal "lines" 1000 "$(wc -l <out)"
  expect_status 3 cdc-run status short
}

test_restart_after_temporary_failure() {
  job retry 'backoff 1 2' 'stage echo x >>tries; [ "$(wc -l <tries)" -ge 3 ] || exit 69; seq 3' 'stage cat >out'
  cdc-run run retry.job 2>said
  assert_equal "tries" 3 "$(wc -l <tries)"
  assert_equal "output" 3 "$(wc -l <out)"
  assert_contains "message" "status 69; again in 1 s" "$(cat said)"
}

test_cause_before_echo() {
  # The sink says 75 since its source died of 69; the job's status is the cause.
  job cause 'restart never' 'stage exit 69' 'stage cat >out; exit 75'
  expect_status 69 cdc-run run cause.job
}

test_a_killed_stage_counts_as_temporary_failure() {
  # The last stage has none below it that would say 75 of it.
  job sink 'restart never' "stage $counting" 'stage kill -KILL $$'
  expect_status 75 cdc-run run sink.job
  job source 'restart never' 'stage kill -KILL $$' 'stage cat >out; exit 75'
  expect_status 75 cdc-run run source.job
  # What forbids another try does so beside it.
  job both 'restart never' 'stage exit 78' 'stage cat >out; kill -KILL $$'
  expect_status 78 cdc-run run both.job
}

test_start_tells_of_a_failure() {
  local start
  job refused "stage $counting" 'stage read -r line; echo "sink: error: no such table" >&2; echo "  hint: make it" >&2; exit 78'
  expect_status 78 cdc-run start refused.job
  assert_contains "message" 'job "refused" failed at once with status 78: sink: error: no such table' "$ERRORS"
  expect_status 3 cdc-run status refused
  # Of this start, not of one before.
  job refused "stage $counting" 'stage read -r line; echo "sink: error: no such column" >&2; exit 78'
  expect_status 78 cdc-run start refused.job
  assert_contains "message" 'no such column' "$ERRORS"
  job away 'backoff 60 60' 'stage sleep 0.5; echo "source: error: no server" >&2; exit 69' 'stage cat >out'
  expect_status 69 cdc-run start away.job
  assert_contains "message" 'source: error: no server' "$ERRORS"
  assert_contains "hint" 'it is tried again' "$ERRORS"
  cdc-run stop away
  # A sign of life ends the wait.
  start=$(now_ms)
  job alive "stage $counting" 'stage cat' 'stage cat >out'
  cdc-run start alive.job
  (($(now_ms) - start < 2500)) || fail "start took $(($(now_ms) - start)) ms"
  cdc-run stop alive
}

test_no_restart_after_refusal() {
  local status
  for status in 64 65 66 70 73 74 77 78 1 139; do
    rm -f tries
    job refused 'backoff 1 1' "stage echo x >>tries; exit $status" 'stage cat >out; exit 75'
    expect_status "$status" cdc-run run refused.job
    assert_equal "tries after $status" 1 "$(wc -l <tries)"
  done
}

test_restart_never() {
  job never 'restart never' 'stage echo x >>tries; exit 75' 'stage cat >out'
  expect_status 75 cdc-run run never.job
  assert_equal "tries" 1 "$(wc -l <tries)"
}

test_death_of_the_sink_ends_an_idle_source() {
  job idle 'restart never' 'stage exec sleep 1000' 'stage cat' 'stage exit 78'
  local start
  start=$(now_ms)
  expect_status 78 cdc-run run idle.job
  (($(now_ms) - start < 5000)) || fail "it took $(($(now_ms) - start)) ms"
}

test_killed_stage_restarts_all() {
  job killed 'backoff 1 1' "stage $counting" 'stage cat' 'stage cat >>out'
  cdc-run start killed.job
  await 60 "output" has_lines out 3
  local sink source
  source=$(stage_pid killed 1) sink=$(stage_pid killed 3)
  kill -KILL "$sink"
  await 60 "a new source" bash -c 'new=$(cdc-run status killed | sed -n "s/^  stage 1: process \([0-9]*\),.*/\1/p"); [ -n "$new" ] && [ "$new" != "$1" ]' - "$source"
  assert_contains "restarts" "restarts 1" "$(cdc-run status killed)"
  cdc-run stop killed
}

test_stop_while_waiting_to_start_again() {
  job waiting 'backoff 60 60' 'stage exit 75'
  expect_status 75 cdc-run start waiting.job
  await 60 "the pause" grep -q 'again in 60 s' "$CDC_RUN_STATE/waiting/log"
  cdc-run stop waiting
  expect_status 3 cdc-run status waiting
}

test_stage_that_ignores_term_is_killed() {
  job deaf 'stop-timeout 1' 'stage trap "" TERM; touch deaf.marker; while :; do sleep 1; done' 'stage cat >out'
  cdc-run start deaf.job
  await 60 "the stage" test -f deaf.marker
  cdc-run stop deaf
  await 60 "nothing is left" no_process_of deaf.marker
}

test_log_rotation() {
  job noisy 'log-size 2K' 'log-keep 2' 'stage for i in $(seq 200); do echo "line $i with some length to it" >&2; done'
  cdc-run start noisy.job
  await 60 "the last line" grep -q 'is done' "$CDC_RUN_STATE/noisy/log"
  [ -f "$CDC_RUN_STATE/noisy/log.2" ] || fail "no second old log"
  [ ! -f "$CDC_RUN_STATE/noisy/log.3" ] || fail "a third old log"
  (($(stat -c %s "$CDC_RUN_STATE/noisy/log.1") < 2200)) || fail "log too large"
  assert_contains "logs" "is done" "$(cdc-run logs noisy)"
}

test_environment_and_directory() {
  mkdir -p elsewhere
  # shellcheck disable=SC2016 # the stage's shell expands them
  job settings 'name other' 'directory elsewhere' 'env GREETING=good day' '# a comment' '' 'stage echo "$GREETING, $CDC_JOB" \
  >out'
  cdc-run run settings.job
  assert_equal "output" "good day, other" "$(cat elsewhere/out)"
}

test_refused_job_files() {
  refused() { # MESSAGE LINE...
    job bad "${@:2}"
    expect_status 78 cdc-run check bad.job
    assert_contains "message" "$1" "$ERRORS"
  }
  refused 'bad.job:2: unknown key "stages"' 'name x' 'stages cat'
  refused 'bad.job:1: "cat" is no key and value' 'cat'
  refused 'the job has no stage' 'name x'
  refused 'restart cannot be "always"' 'restart always' 'stage cat'
  refused 'backoff needs two whole numbers' 'backoff 5 1' 'stage cat'
  refused 'backoff needs two whole numbers' 'backoff 0.3 2' 'stage cat'
  refused 'env needs NAME=VALUE' 'env x' 'stage cat'
  refused 'directory' 'directory nowhere' 'stage cat'
  refused 'log-size cannot be "10X"' 'log-size 10X' 'stage cat'
  expect_status 66 cdc-run start nothing.job
  expect_status 64 cdc-run begin bad.job
}

run_tests
