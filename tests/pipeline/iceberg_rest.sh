#!/usr/bin/env bash
# Iceberg tables behind a REST catalog and in S3, both by a server of ours that checks what it gets and fails when it is told
# to; read back by DuckDB. tests/slow/iceberg_servers.sh does the same with real ones.
set -euo pipefail
. "$CDC_SOURCE/tests/pipeline/lib.sh"
. "$CDC_SOURCE/tests/pipeline/lib.bank.sh"
. "$CDC_SOURCE/tests/pipeline/lib.lines.sh"
need_tools cdc-apply
KILLS=${KILLS:-10}

start_server() { # WAREHOUSE [PARAMETERS]
  local message
  mkdir -p server/s3/lake probe
  message=$(cdc-apply iceberg:probe </dev/null 2>&1) || skip "$message"
  "$CDC_SOURCE/scripts/lib/read-iceberg" probe 'SELECT 1' >/dev/null 2>probe.err || skip "$(cat probe.err)"
  python3 "$CDC_SOURCE/tests/pipeline/iceberg_server.py" server "$1" >>server.log 2>&1 &
  SERVER=$!
  # shellcheck disable=SC2064
  trap "kill $SERVER 2>/dev/null || true" EXIT
  await 60 "the server's port" test -f server/port
  export AWS_ACCESS_KEY_ID=key AWS_SECRET_ACCESS_KEY=secret/with+signs AWS_REGION=us-east-1
  export ICEBERG_CREDENTIAL='me:s:cret'
  URL=http://127.0.0.1:$(cat server/port)
  ENDPOINT="s3.endpoint=$URL"
  TARGET="iceberg:$URL?namespace=shop${2:-}"
  message=$(cdc-apply --slot x --print-position "$TARGET" 2>&1) || [[ $message != *"built without HTTP"* ]] || skip "$message"
}
apply() { cdc-apply --quiet "$@" "$TARGET"; }
read_tables() { AWS_ENDPOINT_URL_S3=$URL "$CDC_SOURCE/scripts/lib/read-iceberg" "${FOLDER:-server/tables}" "$@"; }
position() { cdc-apply --print-position --slot "${1:-demo}" "$TARGET" | jq .pos; }
fail_next() { echo "$1" >server/fail; }

first() { echo "$hello"; table t id id:int name:'varchar(10)'; table u id id:int; transaction 1 't c {"id":1,"name":"a"}' 't c {"id":2,"name":"b"}' 'u c {"id":1}'; echo "$end"; }
second() {
  echo "$hello"; table t id id:int name:'varchar(10)'; table u id id:int
  transaction 1 't c {"id":1,"name":"a"}' 't c {"id":2,"name":"b"}' 'u c {"id":1}'
  transaction 2 't u {"id":1,"name":"a"}>{"id":1,"name":"A"}' 't d {"id":2,"name":"b"}' 'u c {"id":2}'
  echo "$end"
}

test_a_catalog_of_one_table_at_a_time() {
  start_server s3://lake/w
  first | apply
  assert_equal "the first rows" $'1\ta\n2\tb' "$(read_tables 'SELECT * FROM t ORDER BY id')"
  assert_equal "the position" 100 "$(position)"
  second | apply
  assert_equal "the rows after" $'1\tA' "$(read_tables 'SELECT * FROM t ORDER BY id')"
  assert_equal "those of the other table" $'1\n2' "$(read_tables 'SELECT * FROM u ORDER BY id')"
  assert_equal "the position after" 200 "$(position)"
  assert_equal "positions of the tables" $'200\n200' "$(jq -r '.properties["cdc.position"] | fromjson | .pos' server/tables/{t,u}.metadata.json)"
  # A slot of its own beside it.
  first | apply --slot other --table-name '{table}_2'
  assert_equal "positions of two slots" "200 100" "$(position) $(position other)"
  assert_equal "snapshots of the slots" 2 "$(jq '.snapshots | length' server/tables/cdc_position.metadata.json)"
  assert_equal "a transaction was asked for" 0 "$(grep -c transactions/commit server/requests || true)"
}

test_a_catalog_of_transactions() {
  start_server s3://lake/w '&warehouse=multi'
  first | apply
  second | apply
  assert_equal "rows" $'1\tA' "$(read_tables 'SELECT * FROM t ORDER BY id')"
  assert_equal "the position" 200 "$(position)"
  assert_equal "commits of a table alone" 0 "$(grep -cE '^POST /v1/p/namespaces/shop/tables/[tu] ' server/requests || true)"
  assert_equal "transactions" 2 "$(grep -c '^POST /v1/p/transactions/commit ' server/requests)"
}

# Each, once at each kind of catalog: the rows are there once.
test_answers_that_are_lost() {
  local kind how
  for kind in single multi; do
    for how in lost-commit error-commit conflict busy expired expired-keys; do
      (
        mkdir "$kind-$how" && cd "$kind-$how"
        start_server s3://lake/w "&warehouse=$kind"
        first | apply --mode append
        fail_next "$how"
        second | apply --mode append
        [ ! -e server/fail ] || fail "$kind, $how: nothing asked for it"
        assert_equal "$kind, $how: rows" $'1\ta\tc\n1\tA\tu\n2\tb\tc\n2\tb\td' "$(read_tables 'SELECT id, name, __op FROM t ORDER BY id, __op')"
        assert_equal "$kind, $how: the position" 200 "$(position)"
      )
    done
  done
}

# The second try of a commit leaves files of the first one; that they cannot be removed is no failure of it.
test_files_that_cannot_be_removed() {
  start_server s3://lake/w '&warehouse=multi'
  first | apply
  fail_next conflict-and-no-deletes
  second >input
  expect_status 0 cdc-apply --verbose "$TARGET" <input
  assert_contains "what is said" 'files of earlier tries of a commit are left: ' "$ERRORS"
  assert_equal "rows" $'1\tA' "$(read_tables 'SELECT * FROM t ORDER BY id')"
  assert_equal "the position" 200 "$(position)"
}

test_a_copy_that_was_taken_over_commits_nothing() {
  start_server s3://lake/w
  local old status=0
  mkfifo pipe
  cdc-apply --quiet --commit-interval 1 "$TARGET" <pipe 2>errors &
  old=$!
  exec 3>pipe
  { echo "$hello"; table t id id:int; transaction 1 't c {"id":1}'; } >&3
  is_at() { [ "$(position)" = "$1" ]; }
  await 60 "its first commit" is_at 100
  { echo "$hello"; table t id id:int; transaction 1 't c {"id":1}'; transaction 2 't c {"id":2}'; echo "$end"; } | apply
  { transaction 2 't c {"id":2}'; echo "$end"; } >&3
  exec 3>&-
  wait "$old" || status=$?
  assert_equal "status ($(cat errors))" 75 "$status"
  assert_equal "rows" "1 2" "$(read_tables 'SELECT id FROM t ORDER BY id' | xargs)"
}

test_a_large_file_goes_in_parts() {
  start_server s3://lake/w
  big() { big_transaction 70000 || true; echo "$end"; }
  big >input
  python3 -c '
import json, os, sys
for line in open("input"):
    if line.startswith("{\"op\""):
        change = json.loads(line)
        for image in ("before", "after"):
            if image in change: change[image]["text"] = os.urandom(700).hex() if image == "after" else change[image]["text"]
        line = json.dumps(change) + "\n"
    sys.stdout.write(line)' <input >incompressible
  fail_next lost-complete
  apply --mode append <incompressible
  [ ! -e server/fail ] || fail "nothing was sent in parts"
  assert_equal "rows" "$(grep -c '^{"op"' input)" "$(read_tables 'SELECT COUNT(*) FROM big')"
  assert_equal "files that wait" 0 "$(find "${TMPDIR:-/tmp}" -maxdepth 1 -name 'cdc-apply-*' | wc -l)"
}

test_a_catalog_in_a_file_and_tables_in_s3() {
  start_server s3://lake/w
  mkdir lake
  TARGET="iceberg:s3://lake/warehouse?catalog-file=lake/catalog.db&$ENDPOINT&partition.t=name"
  expect_status 64 cdc-apply "iceberg:s3://lake/warehouse" </dev/null
  first | apply
  # A folder of a partition whose name needs escapes, in the signature too.
  { echo "$hello"; table t id id:int name:'varchar(10)'; transaction 2 't c {"id":3,"name":"a=b +é%/"}'; echo "$end"; } | apply
  FOLDER=lake assert_equal "rows" $'1\ta\n2\tb\n3\ta=b +é%/' "$(FOLDER=lake read_tables 'SELECT * FROM t ORDER BY id')"
  AWS_SECRET_ACCESS_KEY=wrong expect_status 77 apply < <(second)
  assert_contains "the message" SignatureDoesNotMatch "$ERRORS"
  TARGET="iceberg:s3://nowhere/w?catalog-file=none.db&$ENDPOINT" expect_status 66 apply < <(first)
  # The same from a profile.
  printf '[p]\naws_access_key_id = key\naws_secret_access_key = secret/with+signs\n' >credentials
  (
    unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
    second | AWS_PROFILE=p AWS_SHARED_CREDENTIALS_FILE=credentials apply --slot again --table-name 'p_{table}'
    AWS_PROFILE=q AWS_SHARED_CREDENTIALS_FILE=credentials expect_status 78 apply </dev/null
  )
}

test_refusals() {
  start_server s3://lake/w
  ICEBERG_CREDENTIAL=me:wrong expect_status 77 apply < <(first)
  assert_contains "a wrong credential" "check the credential" "$ERRORS"
  ICEBERG_CREDENTIAL='' ICEBERG_TOKEN=nothing expect_status 77 apply < <(first)
  expect_status 69 cdc-apply 'iceberg:http://127.0.0.1:1' </dev/null
  expect_status 64 cdc-apply "$TARGET&colour=red" </dev/null
  expect_status 78 cdc-apply "$TARGET&prefix=other" </dev/null
}

test_a_catalog_that_hangs() {
  start_server s3://lake/w
  fail_next hang
  stops_while_it_waits '! test -f server/fail' cdc-apply "$TARGET" < <(first)
  # A commit that is not answered is looked for in the tables, and made then.
  fail_next hang
  TARGET+='&request-timeout=1' apply < <(second)
  assert_equal "the rows" $'1\tA' "$(read_tables 'SELECT * FROM t ORDER BY id')"
  assert_equal "the position" 200 "$(position)"
  expect_status 64 cdc-apply "$TARGET&request-timeout=soon" </dev/null
}

test_killed_at_random_moments_nothing_is_lost_or_doubled() {
  start_server s3://lake/w
  local seed=${SEED:-$RANDOM} round n last
  echo "seed $seed, $KILLS kills"
  RANDOM=$seed
  for round in $(seq "$KILLS"); do KILL_WITHIN_MS=${KILL_WITHIN_MS:-600} bank_until_killed "$TARGET"; done
  n=$(bank_position "$TARGET")
  echo "$round kills, $n transactions"
  ((n > KILLS)) || fail "the runs were too short: $n transactions"
  # A table may be ahead of the slot, by as much as came before one commit: 100 transactions beyond that, whose positions
  # are their numbers and 100.
  last=$(jq -r '.properties["cdc.position"] | fromjson | .pos' server/tables/{account,transfer}.metadata.json | sort -n | tail -n 1)
  bank "$n" "$last" | apply
  bank 0 "$last" | cdc-apply --quiet sqlite:model.db
  sqlite3 -separator $'\t' model.db "SELECT id, printf('%.2f', balance) FROM account ORDER BY id" 'SELECT * FROM transfer ORDER BY id' >expected
  read_tables 'SELECT * FROM account ORDER BY id' 'SELECT * FROM transfer ORDER BY id' >found
  assert_same_file "the rows" expected found
}

run_tests
