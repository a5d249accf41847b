#!/usr/bin/env bash
# StarRocks, whose server cannot be had here: a server of ours answers as its documentation says, and the requests are
# compared with recordings of its own client.
set -euo pipefail
. "$CDC_SOURCE/tests/pipeline/lib.sh"
. "$CDC_SOURCE/tests/pipeline/lib.bank.sh"
. "$CDC_SOURCE/tests/pipeline/lib.lines.sh"
need_tools cdc-apply
KILLS=${KILLS:-10}

# start_server [OPTION...]: sets $FE, $QUERY and $TARGET.
start_server() {
  rm -f ports requests.jsonl
  python3 "$CDC_SOURCE/tests/pipeline/starrocks_server.py" . "$@" 2>>server.log &
  SERVER=$!
  trap 'kill "$SERVER" 2>/dev/null || true' EXIT
  await 60 "the server's ports" test -f ports
  local be
  read -r FE be QUERY <ports
  : "$be"
  TARGET="starrocks://root:pw@127.0.0.1:$FE/shop?query-port=$QUERY"
  local message
  message=$(cdc-apply "$TARGET" </dev/null 2>&1) || [[ $message != *"built without StarRocks"* ]] || skip "$message"
}
stop_server() {
  kill "$SERVER"
  wait "$SERVER" 2>/dev/null || true
}
ask() { # SQL
  python3 -c 'import sys, urllib.parse, urllib.request as r; sys.stdout.write(r.urlopen("http://127.0.0.1:%s/rows?%s" % (sys.argv[1], urllib.parse.quote(sys.argv[2]))).read().decode())' "$FE" "$1"
}
apply() { cdc-apply --quiet "$@" "$TARGET"; }
position() { cdc-apply --print-position --slot demo "$TARGET" | jq .pos; }

# The transactions of 4.0 and later, and those before.
each_version() { # FUNCTION
  local version
  for version in 4.0.2 3.3.5; do
    mkdir -p "$version"
    (
      cd "$version"
      start_server --version "$version"
      "$1"
    ) || fail "with version $version"
  done
}

changes() {
  { echo "$hello"; table t id id:int name:'varchar(10)'; table w k k:int v:int; transaction 1 't c {"id":1,"name":"a"}' 't c {"id":2,"name":"b"}' 'w c {"k":1,"v":1}' 't c {"id":3,"name":null}'; echo "$end"; } | apply
  assert_equal "the first rows" $'1\ta\n2\tb\n3\t\\N' "$(ask 'SELECT * FROM t ORDER BY id')"
  assert_equal "a second table" $'1\t1' "$(ask 'SELECT * FROM w')"
  {
    echo "$hello"
    table t id id:int name:'varchar(10)'
    transaction 1 't c {"id":1,"name":"a"}' 't c {"id":2,"name":"b"}' 't c {"id":3,"name":null}'
    transaction 2 't u {"id":1,"name":"a"}>{"id":1,"name":"A"}' 't u {"id":2,"name":"b"}>{"id":7,"name":"b"}' 't d {"id":3,"name":null}' \
      't c {"id":4,"name":"x"}' 't d {"id":4,"name":"x"}' 't c {"id":5,"name":"x"}' 't u {"id":5,"name":"x"}>{"id":5,"name":"y"}'
    table t id id:int name:'varchar(10)' 'new column:int'
    transaction 3 't c {"id":8,"name":"n","new column":5}'
    echo "$end"
  } | apply
  assert_equal "the rows after" $'1\tA\t\\N\n5\ty\t\\N\n7\tb\t\\N\n8\tn\t5' "$(ask 'SELECT * FROM t ORDER BY id')"
  assert_equal "the position" 300 "$(position)"
  { echo "$hello"; table t id id:int name:'varchar(10)'; transaction 4 't t' 't c {"id":9,"name":"z"}'; echo "$end"; } | apply
  assert_equal "the rows after a truncation" $'9\tz\t\\N' "$(ask 'SELECT * FROM t')"
  {
    echo "$hello"
    echo '{"@cdc":"snapshot","state":"begin","tables":1}'
    table t id id:int name:'varchar(10)'
    echo '{"@cdc":"begin","n":5,"snapshot":true,"pos":{"file":"b.000001","pos":500}}'
    echo '{"@cdc":"snapshot","state":"table","db":"d","table":"t"}'
    echo '{"op":"r","db":"d","table":"t","after":{"id":20,"name":"s"},"ts_us":1,"file":"b.000001","pos":90,"row":0,"server_id":1}'
    echo '{"@cdc":"mark","n":5,"rows":1,"ts_us":1,"pos":{"file":"b.000001","pos":500}}'
    echo "$end"
  } | apply
  assert_equal "the rows of a snapshot" $'20\ts\t\\N' "$(ask 'SELECT * FROM t')"
  assert_equal "a table that it does not name" $'1\t1' "$(ask 'SELECT * FROM w')"
  changed() { echo "$hello"; table t id id:int name:'decimal(5,2)'; transaction 6 't c {"id":9,"name":"1.50"}'; echo "$end"; }
  changed >input
  expect_status 78 apply <input
  assert_contains "a changed type" 'the source has made column "name" DECIMAL(5,2)' "$ERRORS"
}
test_every_change() { each_version changes; }

test_modes() {
  start_server
  rows() { echo "$hello"; table t id id:int name:'varchar(10)'; transaction 1 't c {"id":1,"name":"a"}' 't c {"id":2,"name":"b"}'; transaction 2 't u {"id":1,"name":"a"}>{"id":1,"name":"A"}' 't d {"id":2,"name":"b"}'; echo "$end"; }
  rows | apply --mode append --table-name history
  assert_equal "a history" $'1\ta\tc\n1\tA\tu\n2\tb\tc\n2\tb\td' "$(ask 'SELECT id, name, _op FROM history ORDER BY id, _op')"
  rows | apply --slot s --deletes soft --table-name soft
  assert_equal "soft deletes" $'1\tA\t0\n2\tb\t1' "$(ask 'SELECT * FROM soft ORDER BY id')"
  keyless() { echo "$hello"; table k '' a:int; transaction 1 'k c {"a":1}' 'k c {"a":1}'; transaction 2 'k d {"a":1}'; echo "$end"; }
  keyless >input
  expect_status 65 apply --slot k <input
  assert_contains "a row without a key" 'has no key, is to be changed' "$ERRORS"
  assert_equal "the transaction before it" $'1\n1' "$(ask 'SELECT * FROM k')"
}

large() {
  { echo "$hello"; table big id id:int text:'varchar(2000)'; transaction 1 'big c {"id":-1,"text":"first"}' 'big c {"id":5,"text":"old"}'; echo "$end"; } | apply
  big_transaction 24000 | head -n 40000 | apply 2>/dev/null || [ "$?" = 75 ] || fail "status $?"
  assert_equal "after half of it" $'-1\tfirst\n5\told' "$(ask 'SELECT * FROM big ORDER BY CAST(id AS INT)')"
  { big_transaction 24000; echo "$end"; } | apply
  { big_transaction 24000; echo "$end"; } | cdc-apply --quiet sqlite:model.db
  sqlite3 model.db "INSERT INTO big VALUES (-1, 'first')"
  local sums='SELECT COUNT(*), SUM(CAST(id AS INT)), SUM(LENGTH(text)), COUNT(DISTINCT text) FROM big'
  assert_equal "count and sums" "$(sqlite3 -separator $'\t' model.db "$sums")" "$(ask "$sums")"
  (($(jq -c 'select(.path == "/api/transaction/load" and .headers.table == "big")' requests.jsonl | wc -l) > 3)) || fail "it was sent at once"
}
test_a_transaction_larger_than_memory_is_whole() { each_version large; }

test_every_type_comes_back() {
  start_server
  {
    echo "$hello"
    table t id id:bigint u:'bigint unsigned' dec:'decimal(38,10)' wide:'decimal(65,30)' f:float d:double flag:'bit(3)' s:text b:blob da:date ti:'time(3)' dt:'datetime(6)' ts:'timestamp(6)' j:json e:"enum('a','b')" y:year
    transaction 1 \
      't c {"id":-9223372036854775808,"u":18446744073709551615,"dec":"-1234567890123456789012345678.0123456789","wide":"12345678901234567890123456789012345.123456789012345678901234567890","f":0.1,"d":-1.5e300,"flag":"BQ==","s":"é\"\n","b":"AAH/","da":"0001-01-01","ti":"-838:59:58.999","dt":"9999-12-31 23:59:59.999999","ts":"1970-01-01 00:00:01.000001","j":{"a":[1,2.5e0,"x"]},"e":"b","y":2155}'
    table k d d:'decimal(5,2)' b:'varbinary(4)' v:int
    transaction 2 'k c {"d":"1.50","b":"AA==","v":1}' 'k u {"d":"1.50","b":"AA==","v":1}>{"d":"1.50","b":"AA==","v":2}'
    echo "$end"
  } | apply
  printf '%s\n' $'-9223372036854775808\t18446744073709551615\t-1234567890123456789012345678.0123456789\t12345678901234567890123456789012345.123456789012345678901234567890\t0.1\t-1.5e+300\tBQ==\té"\n\tAAH/\t0001-01-01\t-838:59:58.999\t9999-12-31 23:59:59.999999\t1970-01-01 00:00:01.000001\t{"a":[1,2.5,"x"]}\tb\t2155' >expected
  ask 'SELECT * FROM t' >found
  assert_same_file "values" expected found
  assert_equal "a DECIMAL key" $'1.50\tAA==\t2' "$(ask 'SELECT * FROM k')"
  zero() { echo "$hello"; table z id id:int da:date; transaction 3 'z c {"id":1,"da":"0000-00-00"}'; echo "$end"; }
  zero >input
  expect_status 65 apply <input
  assert_contains "a zero date" 'StarRocks cannot hold this date' "$ERRORS"
  # What only StarRocks knows: its message is told, with what its log says.
  # shellcheck disable=SC2016
  ask 'CREATE TABLE `narrow` (`id` BIGINT NOT NULL, `name` VARCHAR(3) NULL) PRIMARY KEY (`id`) DISTRIBUTED BY HASH (`id`)'
  wide() { echo "$hello"; table narrow id id:int name:'varchar(9)'; transaction 4 'narrow c {"id":1,"name":"four"}'; echo "$end"; }
  wide >input
  expect_status 65 apply <input
  assert_contains "its message" 'too many filtered rows' "$ERRORS"
  assert_contains "its log" 'longer than VARCHAR(3)' "$ERRORS"
  assert_equal "the position" 200 "$(position)"
}

# The rows of the recordings.
orders() {
  echo "$hello"
  table orders id id:int name:'varchar(20)' price:'decimal(10,2)'
  transaction 1 'orders c {"id":1,"name":"Ann","price":"9.50"}' 'orders d {"id":2,"name":null,"price":"3.25"}'
  echo "$end"
}

test_requests_are_those_of_the_official_client() {
  start_server --version 3.3.5
  orders | apply
  python3 "$CDC_SOURCE/tests/pipeline/starrocks_requests.py" "$CDC_SOURCE/tests/data/starrocks/txn-json.txt.gz" requests.jsonl
  stop_server
  start_server --version 3.3.5 --redirect-transactions
  orders | apply
  python3 "$CDC_SOURCE/tests/pipeline/starrocks_requests.py" "$CDC_SOURCE/tests/data/starrocks/txn-json-redirect.txt.gz" requests.jsonl
  # A plain load, which the slot's row is stored by: as recorded but for the row.
  jq -c 'select(.path | endswith("_stream_load"))' requests.jsonl >plain
  assert_equal "a plain load is sent to the front end, then to the back end" $'fe 0\nbe 1' "$(head -n 2 plain | jq -r '"\(.to) \(if .body then 1 else 0 end)"')"
  assert_equal "its headers" "$(gzip -dc "$CDC_SOURCE/tests/data/starrocks/json.txt.gz" | sed -n '3,/^Host/p' | sed 's/:.*//' | tr '[:upper:]' '[:lower:]' | sort | uniq | grep -v '^>>>')" \
    "$(head -n 1 plain | jq -r '.headers | keys[] | ascii_downcase' | grep -vxE 'user-agent|accept|timezone|strict_mode|max_filter_ratio' | sort)"
}

test_the_password_goes_to_allowed_hosts_only() {
  start_server --version 3.3.5 --redirect-host localhost
  orders >input
  expect_status 78 apply <input
  assert_contains "the message" 'allow-redirect-to=localhost' "$ERRORS"
  assert_equal "requests at the back end" 0 "$(grep -c '"to": "be"' requests.jsonl || true)"
  TARGET+="&allow-redirect-to=other,localhost"
  apply <input
  assert_equal "the row" $'1\tAnn\t9.50' "$(ask 'SELECT * FROM orders')"
  TARGET=${TARGET/pw@/wrong@}
  expect_status 77 apply <input
}

test_a_front_end_that_hangs() {
  start_server
  { echo "$hello"; table t id id:int v:int; transaction 1 't c {"id":1,"v":1}'; echo "$end"; } >input
  echo "hang load" >fault
  stops_while_it_waits '! test -f fault' cdc-apply "$TARGET" <input
  echo "hang load" >fault
  expect_status 69 cdc-apply --quiet "$TARGET&request-timeout=1" <input
  assert_contains "the message" "Timeout was reached" "$ERRORS"
  apply <input
  assert_equal "rows, once" $'1\t1' "$(ask 'SELECT * FROM t')"
}

lost_answers() {
  local operation
  for operation in begin load commit prepare stream_load; do
    # What is sent again after a start is what the start asks for.
    { echo "$hello"; table t id id:int v:int; transaction 1 't c {"id":1,"v":1}'; echo "$end"; } | apply
    { echo "$hello"; table t id id:int v:int; transaction 1 't c {"id":1,"v":1}'; transaction 2 "t c {\"id\":2,\"v\":1}" 't d {"id":1,"v":1}'; echo "$end"; } >input
    echo "lose-answer $operation" >fault
    # Where the connection was used before, the client asks once more over a new one.
    apply <input 2>errors || [[ $? = 69 || $? = 75 ]] || fail "a lost answer to $operation: $(cat errors)"
    rm -f fault
    apply <input
    assert_equal "rows after a lost answer to $operation" $'2\t1' "$(ask 'SELECT * FROM t')"
    assert_equal "the position" 200 "$(position)"
    ask 'DROP TABLE t'
    ask 'DROP TABLE cdc_position'
  done
}
test_an_answer_that_is_lost() { each_version lost_answers; }

left_out() {
  { echo "$hello"; table t id id:int v:int; transaction 1 't c {"id":1,"v":1}' 't c {"id":2,"v":1}'; echo "$end"; } >input
  local operation
  for operation in "$@"; do
    echo "leave-out $operation" >fault
    expect_status 65 apply <input
    assert_contains "the answer to $operation" 'StarRocks left out rows of ' "$ERRORS"
    [ ! -e fault ] || fail "no $operation was asked for"
  done
}
test_rows_that_are_left_out() {
  mkdir -p 4 3
  (cd 4; start_server --version 4.0.2; left_out commit 'commit second')
  (cd 3; start_server --version 3.3.5; left_out prepare stream_load; assert_equal "the position" "" "$(position)")
}

fencing() {
  mkfifo first
  apply --commit-interval 0.01 <first 2>errors &
  local older=$!
  exec 9>first
  { echo "$hello"; table t id id:int v:int; transaction 1 't c {"id":1,"v":1}'; } >&9
  await 60 "the first row" sh -c "[ \"\$(cdc-apply --print-position --slot demo '$TARGET' | jq .pos)\" = 100 ]"
  { echo "$hello"; table t id id:int v:int; transaction 2 't c {"id":2,"v":2}'; echo "$end"; } | apply
  transaction 2 't c {"id":2,"v":2}' >&9
  local status=0
  wait "$older" || status=$?
  exec 9>&-
  assert_equal "the older copy's status" 75 "$status"
  assert_contains "what it says" "taken over by another cdc-apply" "$(cat errors)"
  assert_equal "the rows" $'1\t1\n2\t2' "$(ask 'SELECT * FROM t ORDER BY id')"
}
test_an_older_copy_is_fenced() { each_version fencing; }

killed() {
  local seed=${SEED:-$RANDOM} round n sum
  echo "seed $seed, $KILLS kills"
  RANDOM=$seed
  for round in $(seq "$KILLS"); do
    KILL_WITHIN_MS=600 bank_until_killed "$TARGET"
    # Before 4.0 the tables of a transaction appear one after the other, but each is whole.
    sum=$(ask 'SELECT CAST(ROUND(SUM(balance)) AS INT) FROM account HAVING COUNT(*) > 0')
    [[ $sum = *'no such table'* || -z $sum ]] || assert_equal "the sum of the balances" 5000 "$sum"
  done
  n=$(bank_position "$TARGET")
  echo "$round kills, $n transactions"
  ((n > KILLS)) || fail "the runs were too short: $n transactions"
  bank "$n" $((n + 100)) | apply
  bank 0 $((n + 100)) | cdc-apply --quiet sqlite:once.db
  local table
  for table in account transfer; do
    ask "SELECT * FROM $table ORDER BY CAST(id AS INT)" >found
    sqlite3 -separator $'\t' once.db "SELECT $([ "$table" = account ] && echo "id, printf('%.2f', balance)" || echo '*') FROM $table ORDER BY id" >expected
    assert_same_file "$table" expected found
  done
}
test_killed_at_random_moments_nothing_is_lost_or_doubled() { each_version killed; }

run_tests
