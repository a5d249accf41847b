#!/usr/bin/env bash
# kcat-produce and kcat-consume against a real Kafka.
set -euo pipefail
. "$CDC_SOURCE/tests/pipeline/lib.sh"
need_tools kcat-produce kcat-consume cdc-apply
with_servers kafka

# stream SLOT FIRST LAST [ROWS]: a marked stream with the source transactions FIRST..LAST, each of ROWS rows.
stream() {
  python3 - "$@" <<'PYTHON'
import sys
slot, first, last, rows = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]) if len(sys.argv) > 4 else 2
print('{"@cdc":"hello","v":1,"tool":"t","slot":"%s","source":{"kind":"file"},"begins":"position","pos":{"file":"b.000001","pos":4}}' % slot)
for n in range(first, last + 1):
    position = '{"ts_sec":%d,"file":"b.000001","pos":%d}' % (n, n * 100)
    print('{"@cdc":"begin","n":%d,"pos":%s}' % (n, position))
    for row in range(rows):
        print('{"topic":"%s.rows","key":{"id":%d},"payload":{"id":%d,"transaction":%d}}' % (slot, n * 1000 + row, n * 1000 + row, n))
    print('{"@cdc":"mark","n":%d,"rows":%d,"ts_us":1,"pos":%s,"offset":{"key":"[\\"%s\\",{\\"server\\":\\"s\\"}]","value":"%s"}}'
          % (n, rows, position, slot, position.replace('"', '\\"')))
print('{"@cdc":"end","reason":"until","exit":0}')
PYTHON
}
payloads() { kcat-consume -b "$KAFKA_BOOTSTRAP" --until end "$@" | jq -c 'select(.payload?) | .payload'; }

test_bytes_come_back_as_they_were() {
  cat >in <<'LINES'
{"topic":"bytes","key":{"id":1},"payload":{"a": 1}}
{"topic":"bytes","headers":["h","v","n",null],"key":"k","payload":null}
{"topic":"bytes","key":null,"payload":"plain \"text\"\n"}
{"topic":"bytes","key":{"@base64":"/w=="},"payload":""}
LINES
  kcat-produce --quiet -b "$KAFKA_BOOTSTRAP" <in
  kcat-consume -b "$KAFKA_BOOTSTRAP" --until end bytes >out
  grep '"topic"' out | sed -E 's/"@len":[^]]*],//; s/"partition".*"ts":[0-9]+,//' >lines
  assert_same_file "lines" in lines
  assert_equal "control lines" "hello begin mark end" "$(jq -r 'select(has("@cdc")) | ."@cdc"' out | xargs)"
}

test_transactions_carry_the_position_and_replays_are_dropped() {
  stream orders 1 3 | kcat-produce -b "$KAFKA_BOOTSTRAP"
  echo "bootstrap.servers=$KAFKA_BOOTSTRAP" >kafka.conf
  assert_equal "position" '{"ts_sec":3,"file":"b.000001","pos":300}' "$(kcat-produce --slot orders --print-position kafka:kafka.conf)"
  stream orders 2 5 | kcat-produce -b "$KAFKA_BOOTSTRAP"
  assert_equal "transactions" "1 1 2 2 3 3 4 4 5 5" "$(payloads orders.rows | jq .transaction | xargs)"
  assert_equal "key of the position" '["orders",{"server":"s"}]' \
    "$(kcat-consume -b "$KAFKA_BOOTSTRAP" --until end debezium_offsets | jq -c 'select(.topic? and .key[0] == "orders") | .key' | tail -n 1)"
}

# What only the end of the input brings is behind the last transaction, at the same place: whoever has that may lack it.
test_what_the_end_brings_is_there_once() {
  stream ended 1 3 >all
  # The third one is that of the end.
  sed -E 's/("pos":\{"ts_sec":3,"file":"b.000001","pos":300)/"pos":{"ts_sec":2,"file":"b.000001","pos":200,"end":1/; /"n":3/s/,"offset".*/}/' all >in
  assert_equal "places of the end" 2 "$(grep -c '"pos":200,"end":1' in)"
  head -n "$(($(grep -n '"n":3' in | head -n 1 | cut -d: -f1) + 1))" in >killed
  expect_status 75 kcat-produce -b "$KAFKA_BOOTSTRAP" <killed
  assert_equal "after a kill" "1 1 2 2" "$(payloads ended.rows | jq .transaction | xargs)"
  kcat-produce -b "$KAFKA_BOOTSTRAP" <in
  kcat-produce -b "$KAFKA_BOOTSTRAP" <in
  assert_equal "sent twice more" "1 1 2 2 3 3" "$(payloads ended.rows | jq .transaction | xargs)"
  echo "bootstrap.servers=$KAFKA_BOOTSTRAP" >kafka.conf
  assert_equal "position" '{"ts_sec":2,"file":"b.000001","pos":200,"end":1}' "$(kcat-produce --slot ended --print-position kafka:kafka.conf)"
  stream ended 1 4 | kcat-produce -b "$KAFKA_BOOTSTRAP"
  assert_equal "what comes when it goes on" "1 1 2 2 3 3 3 3 4 4" "$(payloads ended.rows | jq .transaction | xargs)"
}

# Debezium reads a schema history up to the topic's end, where it must not find the marker of a transaction.
test_topics_that_are_ahead_of_transactions() {
  { printf '%s\n' '{"@cdc":"schema","topic":"ahead.history","shape":"other","ahead":true,"columns":[]}' | cat <(stream ahead 1 2 | head -n 1) - <(stream ahead 1 2 | tail -n +2); } |
    sed -E 's/^(.*)ahead\.rows(.*"id":[0-9]+1,.*)$/\1ahead.history\2/' >in
  kcat-produce --quiet -b "$KAFKA_BOOTSTRAP" <in
  # Two records, and no marker behind them.
  assert_equal "offsets" "ahead.history 0 0 2" "$(kcat-consume -b "$KAFKA_BOOTSTRAP" --list | grep '^ahead.history' | xargs)"
  assert_equal "records" "1 2" "$(payloads ahead.history | jq .transaction | xargs)"
  kcat-produce --quiet -b "$KAFKA_BOOTSTRAP" <in
  assert_equal "what is there is dropped" "1 2" "$(payloads ahead.history | jq .transaction | xargs)"
}

test_an_upstream_that_died_leaves_whole_transactions() {
  # Two whole transactions and a half.
  stream died 1 3 2 >whole
  head -n 10 whole >in
  expect_status 75 kcat-produce -b "$KAFKA_BOOTSTRAP" <in
  assert_equal "transactions" "1 1 2 2" "$(payloads died.rows | jq .transaction | xargs)"
  # A large one was already being written when it died: aborted.
  stream died 3 3 120000 >whole
  head -n 100000 whole >in
  expect_status 75 kcat-produce -b "$KAFKA_BOOTSTRAP" <in
  assert_equal "transactions" "1 1 2 2" "$(payloads died.rows | jq .transaction | xargs)"
  stream died 3 3 2 | kcat-produce -b "$KAFKA_BOOTSTRAP"
  assert_equal "transactions" "1 1 2 2 3 3" "$(payloads died.rows | jq .transaction | xargs)"
}

test_a_malformed_line_keeps_what_came_before() {
  stream malformed 1 2 >whole
  { head -n 9 whole; echo 'no line'; } >in
  expect_status 65 kcat-produce -b "$KAFKA_BOOTSTRAP" <in
  assert_contains "message" "stdin line 10: not a line of a change stream" "$ERRORS"
  assert_equal "transactions" "1 1 2 2" "$(payloads malformed.rows | jq .transaction | xargs)"
}

test_killed_at_any_moment_nothing_is_lost_or_doubled() {
  local round=0 before=0 seed=$RANDOM milliseconds producer
  echo "seed $seed"
  RANDOM=$seed
  stream killed 1 100000 3 >in
  # The moments spread out from round to round, so that a slow machine comes to its first commit too.
  while ((round < 12 || (before == 0 && round < 60))); do
    round=$((round + 1))
    milliseconds=$((300 + RANDOM % (300 * round)))
    kcat-produce --quiet -b "$KAFKA_BOOTSTRAP" <in 2>killed.err &
    producer=$! # what is waited with below is another background process
    # The moment is the test's input, not a wait for a condition.
    read -rt "$(printf '%d.%03d' $((milliseconds / 1000)) $((milliseconds % 1000)))" <> <(:) || true
    kill -9 "$producer" 2>/dev/null || true
    wait "$producer" || true
    # Before the first commit there may be no topic yet.
    ((round < 12)) || before=$(payloads killed.rows 2>killed.err | wc -l) || before=0
  done
  echo "killed in $round rounds, $before records so far"
  ((before > 0)) || fail "no kill came after the first commit"
  kcat-produce --quiet -b "$KAFKA_BOOTSTRAP" <in
  payloads killed.rows | jq .id >found
  grep -o '"payload":{"id":[0-9]*' in | grep -o '[0-9]*$' >expected
  assert_same_file "ids, in order" expected found
}

test_ranges_and_groups() {
  local n
  for n in $(seq 10); do echo "{\"topic\":\"numbers\",\"key\":null,\"payload\":$n}"; done | kcat-produce --quiet -b "$KAFKA_BOOTSTRAP"
  assert_equal "last three" "8 9 10" "$(payloads --from -3 numbers | xargs)"
  assert_equal "from an offset, counted" "5 6" "$(payloads --from 4 --count 2 numbers | xargs)"
  assert_equal "up to an offset" "1 2 3" "$(kcat-consume -b "$KAFKA_BOOTSTRAP" --until 3 numbers | jq -c 'select(.payload?) | .payload' | xargs)"
  assert_equal "since a time" "10" "$(payloads --from @1000 numbers | wc -l)"
  assert_equal "before a time" "0" "$(kcat-consume -b "$KAFKA_BOOTSTRAP" --until @1000 numbers | grep -c '"topic"' || true)"
  assert_equal "group, first" "10" "$(payloads --group g numbers | wc -l)"
  assert_equal "group, again" "0" "$(payloads --group g numbers | wc -l)"
  assert_equal "lag" "numbers 0 10 10 0" "$(kcat-consume -b "$KAFKA_BOOTSTRAP" --lag g | grep numbers | xargs)"
  assert_contains "list" "numbers	0	0	10" "$(kcat-consume -b "$KAFKA_BOOTSTRAP" --list)"
  assert_equal "expression" "10" "$(payloads '^num(?=b)' | wc -l)"
  expect_status 64 kcat-consume -b "$KAFKA_BOOTSTRAP" '^num['
  assert_contains "no expression" 'topic "^num[" is no regular expression' "$ERRORS"
}

test_it_ends_with_its_reader_though_nothing_comes() {
  echo '{"topic":"quiet","key":null,"payload":1}' | kcat-produce --quiet -b "$KAFKA_BOOTSTRAP"
  local status=0
  # The reader has what there is, and goes: no record comes that could not be written.
  timeout 60 kcat-consume --quiet -b "$KAFKA_BOOTSTRAP" quiet > >(grep -m 1 '"payload":1' >/dev/null) || status=$?
  assert_equal "status" 141 "$status"
}

test_a_sink_resumes_from_its_own_position() {
  local n
  for n in 1 2 3; do echo "{\"topic\":\"app.users\",\"key\":{\"id\":$n},\"payload\":{\"id\":$n}}"; done | kcat-produce --quiet -b "$KAFKA_BOOTSTRAP"
  kcat-consume -b "$KAFKA_BOOTSTRAP" --slot view --resume-from sqlite:view.db --until end app.users | cdc-apply sqlite:view.db
  assert_equal "position" '{"kafka":{"app.users":{"0":3}}}' "$(cdc-apply --slot view --print-position sqlite:view.db)"
  echo '{"topic":"app.users","key":{"id":4},"payload":{"id":4}}' | kcat-produce --quiet -b "$KAFKA_BOOTSTRAP"
  kcat-consume -b "$KAFKA_BOOTSTRAP" --slot view --resume-from sqlite:view.db --until end app.users >again
  assert_equal "records read again" "1" "$(grep -c '"topic"' again)"
  kcat-consume -b "$KAFKA_BOOTSTRAP" -o '{"kafka":{"others":{"0":1}}}' --until end app.users >of_others 2>warning
  assert_equal "records from the beginning" "4" "$(grep -c '"topic"' of_others)"
  assert_contains "a position of other topics" 'has none of the topics that are read' "$(cat warning)"
  kcat-consume -b "$KAFKA_BOOTSTRAP" --until '{"kafka":{"others":{"0":1}}}' app.users >of_others 2>warning
  assert_equal "records up to the end of others" "0" "$(grep -c '"topic"' of_others)"
  assert_contains "an end in other topics" 'has none of the topics that are read, and ends before' "$(cat warning)"
  kcat-consume -b "$KAFKA_BOOTSTRAP" --from '{"kafka":{"app.users":{"0":3}}}' --until '{"kafka":{"app.users":{"0":1}}}' --from beginning --until 3 app.users >last
  assert_equal "of several the last counts" "3" "$(grep -c '"topic"' last)"
  cdc-apply sqlite:view.db <again
  assert_equal "rows" "1 2 3 4" "$(sqlite3 view.db 'SELECT id FROM users ORDER BY id' | xargs)"
}

test_what_is_wrong_is_said_with_its_status() {
  { printf '{"topic":"big","key":"k1","payload":"'; head -c 3000000 /dev/zero | tr '\0' x; printf '"}\n'; } >big
  expect_status 65 kcat-produce -b "$KAFKA_BOOTSTRAP" <big
  assert_contains "a record too large" 'the record has key k1 and a value of 3000000 bytes' "$ERRORS"
  assert_contains "a record too large" 'max.message.bytes' "$ERRORS"
  echo '{"name":"c","config":{"schema.history.internal.kafka.bootstrap.servers":"127.0.0.1:1"}}' >connector.json
  expect_status 0 kcat-produce --connector connector.json --set "schema.history.internal.kafka.bootstrap.servers=$KAFKA_BOOTSTRAP" <<<'{"topic":"set","key":"k","payload":"v"}'
  expect_status 64 kcat-produce --set a=b -b "$KAFKA_BOOTSTRAP" </dev/null
  expect_status 66 kcat-consume -b "$KAFKA_BOOTSTRAP" missing
  assert_contains "message" 'topic "missing" does not exist' "$ERRORS"
  expect_status 66 kcat-consume -b "$KAFKA_BOOTSTRAP" --from 999 numbers
  assert_contains "message" 'offset 999 of topic "numbers" partition 0 is not there' "$ERRORS"
  expect_status 69 kcat-consume -b 127.0.0.1:1 --connect-timeout-ms 500 numbers
  assert_contains "message" "could not reach Kafka at 127.0.0.1:1" "$ERRORS"
  expect_status 69 kcat-produce -b 127.0.0.1:1 --connect-timeout-ms 500 <<<'{"topic":"t","payload":1}'
  expect_status 78 kcat-produce -b "$KAFKA_BOOTSTRAP" -X no.such=1 <<<'{"topic":"t","payload":1}'
  assert_contains "message" 'unknown Kafka property "no.such"' "$ERRORS"
  expect_status 64 kcat-consume -b "$KAFKA_BOOTSTRAP"
  expect_status 64 kcat-consume -b "$KAFKA_BOOTSTRAP" --form end numbers
  assert_contains "hint" "did you mean --from?" "$ERRORS"
  expect_status 65 kcat-produce -b "$KAFKA_BOOTSTRAP" -X message.max.bytes=2000 <<<"{\"topic\":\"t\",\"payload\":\"$(head -c 5000 /dev/zero | tr '\0' x)\"}"
  expect_status 65 kcat-produce -b "$KAFKA_BOOTSTRAP" -X buffer.memory=1024 <<<"{\"topic\":\"t\",\"payload\":\"$(head -c 5000 /dev/zero | tr '\0' x)\"}"
  assert_contains "message" "is larger than the producer's queue" "$ERRORS"
}

run_tests
