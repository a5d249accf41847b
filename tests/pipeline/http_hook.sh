#!/usr/bin/env bash
# Batches for a server that takes each key once: whole, and each row once, while cdc-apply is killed at any moment.
set -euo pipefail
. "$CDC_SOURCE/tests/pipeline/lib.sh"
. "$CDC_SOURCE/tests/pipeline/lib.bank.sh"
. "$CDC_SOURCE/tests/pipeline/lib.lines.sh"
need_tools cdc-apply
KILLS=${KILLS:-15}

# Each new key's body is added to the file "taken"; the file "status", if it is there, is what to answer once instead. While
# "hang" is there nothing is answered or taken, and "reached" tells that a request came.
start_server() {
  python3 - >>server.log 2>&1 <<'PYTHON' &
import http.server, os, threading
keys = set()
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    def do_POST(self):
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:  # the client died in the midst
            self.close_connection = True
            return
        if os.path.exists("hang"):
            open("reached", "w").close()
            threading.Event().wait()
        status = 200
        if os.path.exists("status"):
            status = int(open("status").read())
            os.unlink("status")
        elif self.headers["Idempotency-Key"] not in keys:
            keys.add(self.headers["Idempotency-Key"])
            with open("taken", "ab") as taken:
                taken.write(body)
        with open("requests", "a") as requests:
            print(status, self.path, self.headers["Content-Type"], self.headers["Authorization"], self.headers["Idempotency-Key"], sep="\t", file=requests)
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open("port.new", "w") as file:
    file.write(str(server.server_address[1]))
os.rename("port.new", "port")
server.serve_forever()
PYTHON
  SERVER=$!
  trap 'kill "$SERVER" 2>/dev/null || true' EXIT
  await 60 "the server's port" test -f port
  TARGET="http://127.0.0.1:$(cat port)/hook?of=me"
  local message
  message=$(cdc-apply "$TARGET" </dev/null 2>&1) || [[ $message != *"built without HTTP"* ]] || skip "$message"
}

test_batches_are_posted() {
  start_server
  rows() { echo "$hello"; table t id id:int v:int; transaction 1 't c {"id":1,"v":1}' 't c {"id":2,"v":2}'; echo "$end"; }
  rows >input
  cdc-apply --quiet "${TARGET/127/me:s%20t@127}" <input
  assert_equal "rows" '1 2' "$(jq -r .row.id taken | xargs)"
  assert_equal "the request" $'200\t/hook?of=me\tapplication/x-ndjson\tBasic bWU6cyB0\tdemo/1/{"file":"b.000001","pos":100}' "$(cat requests)"
  local status
  for status in "503 69" "429 69" "400 65" "401 77"; do
    echo "${status% *}" >status
    expect_status "${status#* }" cdc-apply --quiet --slot "s${status% *}" --table-name "{table}${status% *}" "$TARGET" <input
    assert_contains "the message" "did not take a batch: status ${status% *}" "$ERRORS"
    cdc-apply --quiet --slot "s${status% *}" --table-name "{table}${status% *}" "$TARGET" <input
  done
  assert_equal "rows of all five" 10 "$(wc -l <taken)"
}

test_the_position_is_of_scheme_host_port_and_path() {
  start_server
  rows() { echo "$hello"; table t id id:int v:int; local n; for n in $(seq "$1"); do transaction "$n" "t c {\"id\":$n,\"v\":1}"; done; echo "$end"; }
  export XDG_STATE_HOME=$PWD/state
  local place folder=state/cdcutils/cdc-apply former
  place=http://127.0.0.1:$(cat port)/hook
  at() { cdc-apply --slot demo --print-position "$1" | jq .pos; }
  rows 1 | cdc-apply --quiet "${place/127/me:old@127}?of=me"
  rows 2 | cdc-apply --quiet "${place/127/me:new@127}?of=others"
  assert_equal "rows" '1 2' "$(jq -r .row.id taken | xargs)"
  assert_equal "no password is kept" "" "$(grep -rl 'old\|new@' state || true)"
  assert_equal "another path" "" "$(at "${place}s")"
  # What an earlier version kept under the whole URL is found, with the batch that was under way.
  echo 503 >status
  rows 3 >input
  expect_status 69 cdc-apply --quiet "$place" <input
  former=$folder/demo-01234567
  mv "$folder"/demo-????????.json "$former.json"
  mv "$folder"/demo-????????.batch "$former.batch"
  jq -c --arg url "${place/127/me:old@127}?of=me" '.target = $url | del(.names)' "$former.json" >renamed
  mv renamed "$former.json"
  assert_equal "the former position" 200 "$(at "$place")"
  rows 3 | cdc-apply --quiet "${place/127/me:newer@127}"
  assert_equal "rows after" '1 2 3' "$(jq -r .row.id taken | xargs)"
  assert_equal "the position after" 300 "$(at "$place")"
  [ ! -e "$former.json" ] || fail "the former file is still there"
  # A second pipeline of an earlier version, whose own state waits under the name of its URL.
  local url=${place/127/you:old@127}
  former=$folder/demo-$(printf %s "$url" | gzip -c | tail -c 8 | od -An -tx4 -N4 --endian=little | tr -d ' ')
  jq -c --arg url "$url" '.target = $url | del(.names) | .position.pos = 100' "$folder"/demo-????????.json >other
  mv other "$former.json"
  rows 4 >input
  expect_status 78 cdc-apply --quiet "$url#request-timeout=9" <input
  assert_contains "the message" 'has two positions, of two URLs' "$ERRORS"
  expect_status 0 cdc-apply --quiet "$place#request-timeout=9" <input
  assert_equal "rows of the first" '1 2 3 4' "$(jq -r .row.id taken | xargs)"
}

test_a_large_transaction_takes_no_memory() {
  start_server
  { big_transaction 60000; echo "$end"; } >input
  python3 "$CDC_SOURCE/tests/pipeline/peak.py" peak cdc-apply --quiet "$TARGET" <input
  assert_equal "rows" "$(grep -c '"op"' input)" "$(wc -l <taken)"
  echo "$(cat peak) KiB at most, of $(($(stat -c %s taken) / 1024)) KiB in a batch"
  [ -n "${CDC_SANITIZED:-}" ] || (($(cat peak) < 32768)) || fail "memory: $(cat peak) KiB"
}

test_killed_at_random_moments_each_row_comes_once() {
  start_server
  local seed=${SEED:-$RANDOM} round n table
  echo "seed $seed, $KILLS kills"
  RANDOM=$seed
  export XDG_STATE_HOME=$PWD/state
  for round in $(seq "$KILLS"); do KILL_WITHIN_MS=500 bank_until_killed "$TARGET"; done
  n=$(bank_position "$TARGET")
  echo "$round kills, $n transactions"
  ((n > KILLS)) || fail "the runs were too short: $n transactions"
  bank "$n" $((n + 5000)) | cdc-apply --quiet "$TARGET"
  bank 0 $((n + 5000)) | cdc-apply --quiet file:once
  for table in account transfer; do
    cat once/"$table"/*.ndjson >expected
    jq -c "select(.table == \"$table\").row" taken >found
    assert_same_file "$table" expected found
  done
}

test_a_server_that_hangs() {
  start_server
  { echo "$hello"; table t id id:int; transaction 1 't c {"id":1}'; echo "$end"; } >input
  touch hang
  expect_status 69 cdc-apply --quiet --slot demo "$TARGET#request-timeout=1" <input
  assert_contains "the message" "Timeout was reached" "$ERRORS"
  rm reached
  stops_while_it_waits 'test -f reached' cdc-apply "$TARGET#request-timeout=600" <input
  assert_contains "what becomes of the batch" "given again at the next start" "$ERRORS"
  rm hang
  # Parameters do not make another slot of it.
  cdc-apply --quiet "$TARGET" <input
  assert_equal "rows, and the key" $'1\tdemo/1/{"file":"b.000001","pos":100}' \
    "$(jq -r .row.id taken)"$'\t'"$(cut -f5 requests)"
  expect_status 64 cdc-apply "$TARGET#timeout=1" <input
  expect_status 64 cdc-apply "$TARGET#request-timeout=0" <input
}

test_a_slot_that_another_copy_does_not_leave() {
  start_server
  { echo "$hello"; table t id id:int; transaction 1 't c {"id":1}'; echo "$end"; } >input
  touch hang
  cdc-apply --quiet "$TARGET" <input 2>/dev/null &
  local first=$!
  await 60 "its request" test -f reached
  # shellcheck disable=SC2016
  stops_while_it_waits 'ls -l "/proc/$process/fd" | grep -q "[.]lock$"' cdc-apply --quiet "$TARGET" <input
  assert_contains "who is waited for" 'another cdc-apply had not left' "$ERRORS"
  kill -KILL "$first"
  rm hang
  cdc-apply --quiet "$TARGET" <input
  assert_equal "rows" 1 "$(jq -r .row.id taken)"
}

test_a_server_that_does_not_speak_http() {
  python3 -c 'import os, socket
server = socket.create_server(("127.0.0.1", 0))
open("port.new", "w").write(str(server.getsockname()[1]))
os.rename("port.new", "port")
while True:
    client, _ = server.accept()
    client.recv(1 << 16)
    client.sendall(b"SSH-2.0-none\r\n")
    client.close()' &
  # shellcheck disable=SC2064
  trap "kill $! 2>/dev/null || true" EXIT
  await 60 "the port" test -f port
  { echo "$hello"; table t id id:int; transaction 1 't c {"id":1}'; echo "$end"; } >input
  cdc-apply http://127.0.0.1:1/ </dev/null 2>errors || [[ $(<errors) != *"built without HTTP"* ]] || skip "$(<errors)"
  expect_status 69 cdc-apply --quiet "http://127.0.0.1:$(cat port)/" <input
  assert_contains "the message" "cannot be asked" "$ERRORS"
}

run_tests
