#!/usr/bin/env bash
# Iceberg tables in a local warehouse, written from change lines and read back by DuckDB, which is not ours.
set -euo pipefail
. "$CDC_SOURCE/tests/pipeline/lib.sh"
. "$CDC_SOURCE/tests/pipeline/lib.bank.sh"
. "$CDC_SOURCE/tests/pipeline/lib.lines.sh"
need_tools cdc-apply
KILLS=${KILLS:-60}
read_lake() { "$CDC_SOURCE/scripts/lib/read-iceberg" lake "$@"; }

# What the build or the machine lacks is said, and is no failure.
need_lake() {
  local message
  message=$(cdc-apply iceberg:probe </dev/null 2>&1) || skip "$message"
  "$CDC_SOURCE/scripts/lib/read-iceberg" probe 'SELECT 1' >/dev/null 2>probe.err || skip "$(cat probe.err)"
}

apply() { cdc-apply --quiet "$@" "${TARGET:-iceberg:lake}"; }

test_rows_are_upserted_and_deleted() {
  need_lake
  {
    echo "$hello"
    table t id id:int name:'varchar(10)'
    transaction 1 't c {"id":1,"name":"a"}' 't c {"id":2,"name":"b"}' 't c {"id":3,"name":null}'
    echo "$end"
  } | apply
  assert_equal "the first rows" $'1\ta\n2\tb\n3\t\\N' "$(read_lake 'SELECT * FROM t ORDER BY id')"
  # The first transaction again, which the catalog's position makes harmless; then changes, also of one row twice.
  {
    echo "$hello"
    table t id id:int name:'varchar(10)'
    transaction 1 't c {"id":1,"name":"a"}' 't c {"id":2,"name":"b"}' 't c {"id":3,"name":null}'
    transaction 2 't u {"id":1,"name":"a"}>{"id":1,"name":"A"}' 't u {"id":2,"name":"b"}>{"id":7,"name":"b"}' 't d {"id":3,"name":null}' \
      't c {"id":4,"name":"x"}' 't d {"id":4,"name":"x"}' 't c {"id":5,"name":"x"}' 't u {"id":5,"name":"x"}>{"id":5,"name":"y"}'
    echo "$end"
  } | apply
  assert_equal "the rows after" $'1\tA\n5\ty\n7\tb' "$(read_lake 'SELECT * FROM t ORDER BY id')"
  assert_equal "the position" 200 "$(cdc-apply --print-position --slot demo iceberg:lake | jq .pos)"
  { echo "$hello"; table t id id:int name:'varchar(10)'; transaction 3 't t' 't c {"id":9,"name":"z"}'; echo "$end"; } | apply
  assert_equal "the rows after a truncation" $'9\tz' "$(read_lake 'SELECT * FROM t')"
  local metadata
  metadata=$(sqlite3 lake/catalog.db "SELECT substr(metadata_location, 8) FROM iceberg_tables WHERE table_name = 't'")
  assert_equal "the positions in the summaries" $'100\n200\n300' "$(jq -r '.snapshots[].summary["cdc.position"] | fromjson | .pos' "$metadata")"
}

test_other_modes() {
  need_lake
  changes() {
    echo "$hello"
    table t id id:int name:'varchar(10)'
    transaction 1 't c {"id":1,"name":"a"}' 't c {"id":2,"name":"b"}'
    transaction 2 't u {"id":1,"name":"a"}>{"id":1,"name":"A"}' 't d {"id":2,"name":"b"}'
    echo "$end"
  }
  changes | TARGET='iceberg:lake?namespace=h' apply --mode append --table-name history
  changes | apply --slot s --deletes soft --table-name soft
  changes | apply --slot i --deletes ignore --table-name ignored
  assert_equal "a history" $'1\ta\tc\t100\n2\tb\tc\t100\n2\tb\td\t200\n1\tA\tu\t200' \
    "$(read_lake 'SELECT id, name, __op, CAST(__position AS JSON).pos FROM history ORDER BY __position, __op, id')"
  assert_equal "soft deletes" $'1\tA\tfalse\n2\tb\ttrue' "$(read_lake 'SELECT * FROM soft ORDER BY id')"
  assert_equal "ignored deletes" $'1\tA\n2\tb' "$(read_lake 'SELECT * FROM ignored ORDER BY id')"
  # The tables remember it.
  local epochs
  epochs=$(sqlite3 lake/catalog.db 'SELECT slot, epoch FROM cdc_position')
  changes >input
  TARGET='iceberg:lake?namespace=h' expect_status 78 apply <input
  assert_contains "the message" 'was filled with --mode append, and now --mode upsert is asked for' "$ERRORS"
  expect_status 78 apply --slot s <input
  assert_contains "the message" 'was filled with --mode upsert --deletes soft' "$ERRORS"
  assert_equal "a copy that is refused takes no slot" "$epochs" "$(sqlite3 lake/catalog.db 'SELECT slot, epoch FROM cdc_position')"
  changes | apply --slot i --table-name ignored
}

test_a_snapshot_fills_its_tables_whatever_the_position_is() {
  need_lake
  marked_snapshot() { # POSITION ID...
    local pos='"pos":{"file":"b.000001","pos":'"$1"'},"snapshot":true' id
    echo '{"@cdc":"begin","n":1,'"$pos"'}'
    for id in "${@:2}"; do echo '{"op":"r","db":"d","table":"t","after":{"id":'"$id"'},"ts_us":1,"file":"b.000001","pos":90,"row":0,"server_id":0}'; done
    echo '{"@cdc":"mark","n":1,"rows":'"$(($# - 1))"',"ts_us":1,'"$pos"'}'
  }
  stream() { # LINES OF THE SNAPSHOT, THEN TRANSACTIONS...
    echo "$hello"; table t id id:int
    cat
    local n
    for n in "$@"; do transaction "$n" "t c {\"id\":$n}"; done
    echo "$end"
  }
  ids() { read_lake "SELECT string_agg(CAST(id AS VARCHAR), ' ' ORDER BY id) FROM t"; }
  local mode
  for mode in upsert append; do
    rm -rf lake
    marked_snapshot 100 11 12 | stream | apply --mode "$mode"
    marked_snapshot 100 11 12 | stream | apply --mode "$mode"
    assert_equal "$mode: at the same position" "$([ "$mode" = upsert ] && echo 11 12 || echo 11 11 12 12)" "$(ids)"
  done
  rm -rf lake
  marked_snapshot 100 11 | stream 2 3 | apply
  marked_snapshot 100 11 | stream 2 3 4 | apply
  assert_equal "one of before with what follows it" "2 3 4 11" "$(ids)"
  marked_snapshot 300 11 | stream | apply
  assert_equal "one of before" "11" "$(ids)"
  assert_equal "its position" 300 "$(cdc-apply --print-position --slot demo iceberg:lake | jq .pos)"
}

# Under the same name and of the same type: old files know the column by another number. The statement may be of an earlier
# run, and where the table is partitioned by the column it is not followed.
test_a_column_that_is_made_anew() {
  need_lake
  first() {
    echo "$hello"
    table t id id:int c:int d:int
    transaction 1 't c {"id":1,"c":1,"d":1}' 't c {"id":2,"c":2,"d":2}'
    statement 2 'ALTER TABLE t DROP c, ADD c INT AFTER id, DROP d, ADD d VARCHAR(9) DEFAULT 5'
  }
  { first; echo "$end"; } | apply
  assert_equal "before the next row" $'1\t1\t1\n2\t2\t2' "$(read_lake 'SELECT id, c, d FROM t ORDER BY id')"
  { first; table t id id:int c:int d:'varchar(9)'; transaction 3 't c {"id":3,"c":3,"d":"x"}'; echo "$end"; } | apply 2>errors
  assert_equal "rows" $'1\t\\N\t\\N\n2\t\\N\t\\N\n3\t3\tx' "$(read_lake 'SELECT id, c, d FROM t ORDER BY id')"
  assert_equal "what is told" 'column "d" of table "t" is new' "$(grep -o 'column .* is new' errors)"
  { echo "$hello"; table t id id:int c:int d:'varchar(9)'; transaction 4 't c {"id":4,"c":4,"d":"y"}'; echo "$end"; } | apply
  assert_equal "rows of later" $'3\t3\tx\n4\t4\ty' "$(read_lake 'SELECT id, c, d FROM t WHERE id > 2 ORDER BY id')"
  {
    echo "$hello"
    table p id id:int c:int
    transaction 1 'p c {"id":1,"c":1}'
    statement 2 'ALTER TABLE p DROP c, ADD c INT'
    transaction 3 'p c {"id":2,"c":2}'
    echo "$end"
  } >input
  TARGET='iceberg:parts?partition.p=c' expect_status 78 apply --slot p <input
  assert_contains "a partition" 'table "p" is partitioned by column "c", which the source has dropped and added anew' "$ERRORS"
}

test_columns_come_go_and_grow() {
  need_lake
  {
    echo "$hello"
    table t id id:int price:'decimal(6,2)' gone:int
    transaction 1 't c {"id":1,"price":"1.50","gone":7}' 't c {"id":2,"price":"2.50","gone":8}'
    table t id id:int price:'decimal(12,2)' 'new:varchar(5)'
    transaction 2 't u {"id":1,"price":"1.50","new":null}>{"id":1,"price":"1234567890.25","new":"n"}' 't c {"id":3,"price":null,"new":"m"}'
    echo "$end"
  } | apply
  assert_equal "rows of three shapes" $'1\t1234567890.25\t\\N\tn\n2\t2.50\t8\t\\N\n3\t\\N\t\\N\tm' "$(read_lake 'SELECT * FROM t ORDER BY id')"
  changed() { echo "$hello"; table t id id:int price:text; transaction 3 't c {"id":4,"price":"free"}'; echo "$end"; }
  changed >input
  expect_status 78 apply <input
  assert_contains "the message" 'column "price" is decimal(12, 2), and Iceberg cannot make it string' "$ERRORS"
  # What the field's type does not show is told.
  retyped() { # N FLOAT-TYPE TEXT-TYPE
    echo "$hello"
    table f id id:int "x:$2" "v:$3"
    transaction "$1" 'f c {"id":'"$1"',"x":0.5,"v":"a"}'
    echo "$end"
  }
  retyped 4 float 'varchar(5)' | apply 2>errors
  retyped 5 float 'varchar(9)' | apply 2>>errors
  assert_equal "nothing to tell" '' "$(cat errors)"
  retyped 6 double 'char(9)' | apply 2>errors
  assert_contains "a number" 'has altered column "x" of table "f" from float to double' "$(cat errors)"
  assert_contains "a text" 'has altered column "v" of table "f" from varchar(9) to char(9)' "$(cat errors)"
  retyped 7 double 'char(9)' | apply 2>errors
  assert_equal "told once" '' "$(cat errors)"
}

test_every_type_comes_back() {
  need_lake
  {
    echo "$hello"
    table t id id:bigint u:'bigint unsigned' dec:'decimal(38,10)' wide:'decimal(65,30)' f:float d:double flag:'bit(3)' s:text b:blob da:date ti:'time(3)' dt:'datetime(6)' ts:'timestamp(6)' j:json e:"enum('a','b')" y:year
    transaction 1 \
      't c {"id":-9223372036854775808,"u":18446744073709551615,"dec":"-1234567890123456789012345678.0123456789","wide":"12345678901234567890123456789012345.123456789012345678901234567890","f":0.1,"d":-1.5e300,"flag":"BQ==","s":"é\"\n","b":"AAH/","da":"0001-01-01","ti":"-838:59:58.999","dt":"9999-12-31 23:59:59.999999","ts":"1970-01-01 00:00:01.000001","j":{"a":[1,2.5e0,"x"]},"e":"b","y":2155}' \
      't c {"id":9223372036854775807,"u":0,"dec":"0.0000000000","wide":null,"f":null,"d":null,"flag":null,"s":"","b":"","da":"2024-02-29","ti":"00:00:00.000","dt":"1000-01-01 00:00:00.000000","ts":"2038-01-19 03:14:07.999999","j":null,"e":null,"y":null}'
    echo "$end"
  } | apply
  read_lake 'SELECT * FROM t ORDER BY id' >found
  printf '%s\n' \
    $'-9223372036854775808\t18446744073709551615\t-1234567890123456789012345678.0123456789\t12345678901234567890123456789012345.123456789012345678901234567890\t0.1\t-1.5e+300\t0x05\té"\n\t0x0001ff\t0001-01-01\t-838:59:58.999\t9999-12-31 23:59:59.999999\t1970-01-01 00:00:01.000001+00:00\t{"a":[1,2.5,"x"]}\tb\t2155' \
    $'9223372036854775807\t0\t0E-10\t\\N\t\\N\t\\N\t\\N\t\t0x\t2024-02-29\t00:00:00.000\t1000-01-01 00:00:00\t2038-01-19 03:14:07.999999+00:00\t\\N\t\\N\t\\N' >expected
  assert_same_file "values" expected found
  zero() { echo "$hello"; table z id id:int da:date; transaction 2 'z c {"id":1,"da":"0000-00-00"}' 'z c {"id":2,"da":"2024-01-01"}'; echo "$end"; }
  zero >input
  expect_status 65 apply <input
  apply --slot d --table-name letters --dead-letters dead <input 2>/dev/null
  assert_equal "the row that was not refused" $'2\t2024-01-01' "$(read_lake 'SELECT * FROM letters')"
  assert_equal "the letter" 1 "$(jq 'select(.op).after.id' dead)"
  sed 's/"da":"0000-00-00"/"da":"2000-01-01"/' dead | apply --table-name letters 2>/dev/null
  assert_equal "the row, mended" $'1\t2000-01-01\n2\t2024-01-01' "$(read_lake 'SELECT * FROM letters ORDER BY id')"
  assert_contains "the message" 'which a date of the target cannot hold' "$ERRORS"
}

test_partitions_hold_their_rows() {
  need_lake
  local target='iceberg:lake?partition.t=day(at),bucket(4,id),truncate(2,name)&partition.k=id'
  {
    echo "$hello"
    table t id id:int at:'datetime(0)' name:'varchar(9)'
    table k id id:int v:int
    transaction 1 't c {"id":1,"at":"2024-01-31 23:59:59","name":"abc"}' 't c {"id":2,"at":"1969-12-31 00:00:00","name":"é€x"}' 't c {"id":3,"at":null,"name":null}' \
      'k c {"id":1,"v":1}' 'k c {"id":2,"v":2}'
    echo "$end"
  } | TARGET=$target apply
  {
    echo "$hello"
    table t id id:int at:'datetime(0)' name:'varchar(9)'
    table k id id:int v:int
    # The row moves to another partition: the delete must reach the old one.
    transaction 2 't u {"id":1,"at":"2024-01-31 23:59:59","name":"abc"}>{"id":1,"at":"2025-01-01 00:00:00","name":"xyz"}' 't d {"id":2,"at":"1969-12-31 00:00:00","name":"é€x"}' \
      'k u {"id":1,"v":1}>{"id":1,"v":3}' 'k d {"id":2,"v":2}'
    echo "$end"
  } | TARGET=$target apply
  assert_equal "the moved row" $'1\t2025-01-01 00:00:00\txyz\n3\t\\N\t\\N' "$(read_lake 'SELECT * FROM t ORDER BY id')"
  assert_equal "the rows by key" $'1\t3' "$(read_lake 'SELECT * FROM k ORDER BY id')"
  # The folders' names are what the transforms give: 1 → bucket 0 and 2 → bucket 0 of 4, by the specification's hash.
  assert_equal "the folders" $'at_day=1969-12-31\nat_day=2024-01-31\nat_day=2025-01-01\nat_day=null' "$(cd lake/default/t/data && find . -maxdepth 1 -name 'at_*' -printf '%f\n' | sort)"
  # A name that is nearly a table's.
  { echo "$hello"; table orders1 id id:int; table orders2 id id:int; transaction 1 'orders1 c {"id":1}' 'orders2 c {"id":2}'; echo "$end"; } >input
  local wrong
  for wrong in order1 Orders2; do
    expect_status 64 cdc-apply --quiet "iceberg:near?partition.$wrong=id" <input
    assert_contains "$wrong" "did you mean partition.orders" "$ERRORS"
  done
  TARGET='iceberg:near?partition.orders2=id' apply <input
  # Whichever of two such tables comes first; one that had rows before the run is none that was meant.
  pair() { echo "$hello"; table user id id:int; table users id id:int; transaction 1 "$1 c {\"id\":1}" "$2 c {\"id\":2}"; echo "$end"; }
  local first
  for first in 'user users' 'users user'; do
    # shellcheck disable=SC2086
    pair $first >input
    expect_status 64 cdc-apply --quiet "iceberg:pair?partition.users=id" <input
    assert_contains "$first" "table \"user\" is made" "$ERRORS"
  done
  { echo "$hello"; table users id id:int; transaction 1 'users c {"id":1}'; echo "$end"; } | TARGET='iceberg:pair?partition.users=id' apply
  { echo "$hello"; table user id id:int; transaction 2 'user c {"id":1}'; echo "$end"; } | TARGET='iceberg:pair?partition.users=id' apply
}

test_a_copy_that_was_taken_over_commits_nothing() {
  need_lake
  local old status=0
  mkfifo pipe
  cdc-apply --quiet --commit-interval 1 iceberg:lake <pipe 2>errors &
  old=$!
  exec 3>pipe
  { echo "$hello"; table t id id:int; transaction 1 't c {"id":1}'; } >&3
  await 60 "its first commit" has_come_to 100
  { echo "$hello"; table t id id:int; transaction 1 't c {"id":1}'; transaction 2 't c {"id":2}'; echo "$end"; } | cdc-apply --quiet iceberg:lake
  { transaction 2 't c {"id":3}'; echo "$end"; } >&3
  exec 3>&-
  wait "$old" || status=$?
  assert_equal "status ($(cat errors))" 75 "$status"
  assert_contains "message" "was taken over by another cdc-apply" "$(cat errors)"
  assert_equal "rows" "1 2" "$(read_lake 'SELECT id FROM t ORDER BY id' | xargs)"
}
has_come_to() { [ "$(cdc-apply --print-position --slot demo iceberg:lake | jq .pos)" = "$1" ]; }

test_a_transaction_larger_than_memory_is_whole() {
  need_lake
  { echo "$hello"; table big id id:int text:'varchar(2000)'; transaction 1 'big c {"id":-1,"text":"first"}' 'big c {"id":5,"text":"old"}'; echo "$end"; } | apply
  local rows=60000 memory
  # Dies within it: nothing of it is seen, and no file of it is left.
  big_transaction "$rows" | head -n 90000 | apply 2>/dev/null || [ "$?" = 75 ] || fail "status $?"
  assert_equal "after half of it" $'-1\tfirst\n5\told' "$(read_lake 'SELECT * FROM big ORDER BY id')"
  assert_equal "files that are left" 1 "$(find lake/default/big/data -name '*.parquet' | wc -l)"
  { big_transaction "$rows"; echo "$end"; } >input
  memory=$(python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' cdc-apply --quiet iceberg:lake <input)
  echo "$(wc -c <input) bytes in one transaction, $memory KiB of memory"
  cdc-apply --quiet sqlite:model.db <input
  sqlite3 model.db "INSERT INTO big VALUES (-1, 'first')"
  assert_equal "count and sums" "$(sqlite3 -separator $'\t' model.db 'SELECT COUNT(*), SUM(id), SUM(LENGTH(text)), COUNT(DISTINCT text) FROM big')" \
    "$(read_lake 'SELECT COUNT(*), SUM(id), SUM(LENGTH(text)), COUNT(DISTINCT text) FROM big')"
  assert_equal "rows that changed in it" $'-1\tfirst\n0\tagain\n60005\tmoved' "$(read_lake "SELECT * FROM big WHERE id IN (-1, 0, 2, 3, 60005) ORDER BY id")"
  ((memory < 400 * 1024)) || fail "it took $memory KiB"
}

# Another writer commits to the same table all the time, as any does: a new metadata file, and the catalog's row is
# changed if it is still what was read.
test_commits_of_another_writer_are_kept() {
  need_lake
  { echo "$hello"; table t id id:int; transaction 1 't c {"id":1}'; echo "$end"; } | apply
  python3 - lake/catalog.db <<'PYTHON' >commits &
import json, os, random, signal, sqlite3, sys, time, uuid
stop = []
signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
done = 0
catalog = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
while not stop:
    (old,) = catalog.execute("SELECT metadata_location FROM iceberg_tables WHERE table_name = 't'").fetchone()
    metadata = json.load(open(old[len("file://"):]))
    metadata["properties"]["other"] = str(done + 1)
    new = os.path.join(os.path.dirname(old), "99999-%s.metadata.json" % uuid.uuid4())
    json.dump(metadata, open(new[len("file://"):], "w"))
    changed = catalog.execute("UPDATE iceberg_tables SET metadata_location = ?, previous_metadata_location = ? WHERE table_name = 't' AND metadata_location = ?", (new, old, old)).rowcount
    done += changed
    time.sleep(random.uniform(0, 0.1))  # the rate
print(done)
PYTHON
  local other=$! n
  # shellcheck disable=SC2064
  trap "kill $other 2>/dev/null || true" EXIT
  {
    echo "$hello"
    table t id id:int
    for n in $(seq 2 40); do transaction "$n" "t c {\"id\":$n}"; sleep 0.02; done
    echo "$end"
  } | cdc-apply --verbose --commit-interval 0.01 iceberg:lake 2>errors
  kill -TERM "$other"
  wait "$other"
  echo "$(cat commits) commits of the other writer, $(grep -c 'is made anew on top of it' errors || true) of ours were made anew"
  assert_equal "rows" "40 820" "$(read_lake 'SELECT COUNT(*), SUM(id) FROM t' | xargs)"
  local metadata
  metadata=$(sqlite3 lake/catalog.db "SELECT substr(metadata_location, 8) FROM iceberg_tables WHERE table_name = 't'")
  assert_equal "the other's last commit" "$(cat commits)" "$(jq -r .properties.other "$metadata")"
  (($(cat commits) > 2)) || fail "the other writer was too slow"
  grep -q 'is made anew on top of it' errors || fail "the two did not meet"
}

# name, partitions, and changes of several commits, also of keys and types.
history_of_changes() { # SEED
  python3 - "$1" <<'PYTHON'
import json, random, sys
random.seed(int(sys.argv[1]))
def line(**fields): print(json.dumps(fields, separators=(",", ":")))
line(**{"@cdc": "hello", "v": 1, "tool": "t", "slot": "demo", "source": {"kind": "file"}, "begins": "x", "pos": {"file": "b.000001", "pos": 4}})
def table(digits):
    for name in ("p", "q"):
        line(**{"@cdc": "table", "db": "d", "table": name, "at": "change", "key": ["id"], "create": "x",
                "columns": [{"name": "id", "type": "int", "null": False}, {"name": "part", "type": "varchar(9)", "null": True}, {"name": "v", "type": "decimal(%d,2)" % digits, "null": True}]})
table(6)
rows = {"p": {}, "q": {}}
for n in range(1, 41):
    if n == 20: table(12)
    line(**{"@cdc": "begin", "n": n, "pos": {"file": "b.000001", "pos": 100 * n}})
    count = random.randrange(1, 40)
    for _ in range(count):
        name = random.choice("pq")
        held = rows[name]
        change = {"db": "d", "table": name}
        i = random.randrange(60)
        new = {"id": i, "part": random.choice(["a", "b", None]), "v": "%d.25" % random.randrange(10 ** (4 if n < 20 else 9))}
        if i not in held:
            line(op="c", **change, after=new, ts_us=1, file="b.000001", pos=90, row=0, server_id=1)
            held[i] = new
        elif random.random() < 0.3:
            line(op="d", **change, before=held.pop(i), ts_us=1, file="b.000001", pos=90, row=0, server_id=1)
        else:
            line(op="u", **change, before=held[i], after=new, ts_us=1, file="b.000001", pos=90, row=0, server_id=1)
            held[i] = new
    line(**{"@cdc": "mark", "n": n, "rows": count, "ts_us": 1, "pos": {"file": "b.000001", "pos": 100 * n}})
line(**{"@cdc": "end", "reason": "eof", "exit": 0})
PYTHON
}
files_of() { find "lake/default/$1" -type f | sort; }

test_compaction_changes_no_row() {
  need_lake
  local seed=${SEED:-$RANDOM} table before
  echo "seed $seed"
  history_of_changes "$seed" | TARGET='iceberg:lake?partition.p=part' apply --commit-interval 0
  history_of_changes "$seed" | cdc-apply --quiet sqlite:model.db
  for table in p q; do
    sqlite3 -separator $'\t' -nullvalue '\N' model.db "SELECT id, part, printf('%.2f', v) FROM $table ORDER BY id" >"$table.expected"
    read_lake "SELECT * FROM $table ORDER BY id" >"$table.found"
    assert_same_file "rows of $table before" "$table.expected" "$table.found"
  done
  before=$(files_of p | wc -l)
  cdc-apply --compact iceberg:lake >compacted
  cat compacted
  assert_equal "tables" 2 "$(grep -c '^compacted [pq]: ' compacted)"
  cdc-apply --expire-snapshots --older-than 0s iceberg:lake >expired
  cat expired
  for table in p q; do
    read_lake "SELECT * FROM $table ORDER BY id" >"$table.found"
    assert_same_file "rows of $table after" "$table.expected" "$table.found"
  done
  assert_equal "files of deletes" 0 "$(files_of q | grep -c deletes || true)"
  assert_equal "data files of q" 1 "$(files_of q | grep -c 'data/.*parquet')"
  assert_equal "data files of p: one a partition" 3 "$(files_of p | grep -c 'data/.*parquet')"
  (($(files_of p | wc -l) < before / 2)) || fail "files of p: $(files_of p | wc -l) of $before"
  # Nothing is left to do, and nothing is done.
  assert_equal "once more" "" "$(cdc-apply --compact --expire-snapshots --older-than 0s iceberg:lake)"
  # Those that are read by no snapshot went, and no other.
  local metadata
  metadata=$(sqlite3 lake/catalog.db "SELECT substr(metadata_location, 8) FROM iceberg_tables WHERE table_name = 'q'")
  assert_equal "snapshots" 1 "$(jq '.snapshots | length' "$metadata")"
  assert_equal "manifest lists" 1 "$(files_of q | grep -c '/snap-')"
  assert_equal "the position" 4000 "$(cdc-apply --print-position --slot demo iceberg:lake | jq .pos)"
  # A row that is older than the files that hold it now is still deleted by its key.
  { echo "$hello"; table q id id:int part:'varchar(9)' v:'decimal(12,2)'; transaction 41 't c {"id":1}' "q d {\"id\":$(head -n 1 q.expected | cut -f1),\"part\":null,\"v\":null}"; echo "$end"; } | sed '/"table":"t"/d; s/"rows":2/"rows":1/' | apply
  read_lake "SELECT * FROM q ORDER BY id" >q.found
  sed -i 1d q.expected
  assert_same_file "rows of q after one more deletion" q.expected q.found
}

test_snapshots_that_are_kept_can_be_read() {
  need_lake
  local n metadata
  for n in 1 2 3 4 5; do { echo "$hello"; table t id id:int v:int; transaction "$n" "t c {\"id\":$n,\"v\":1}" "t c {\"id\":10$n,\"v\":1}" "t d {\"id\":1,\"v\":1}"; echo "$end"; } | apply; done
  cdc-apply --compact --expire-snapshots --older-than 0s --keep-last 3 iceberg:lake >said
  metadata=$(sqlite3 lake/catalog.db "SELECT substr(metadata_location, 8) FROM iceberg_tables WHERE table_name = 't'")
  assert_equal "snapshots" 3 "$(jq '.snapshots | length' "$metadata")"
  # jq knows no integers of 64 bits.
  grep -oE '"snapshot-id":[0-9]+,"parent' "$metadata" | grep -oE '[0-9]+' >ids
  while read -r n; do read_lake "SELECT COUNT(*) FROM iceberg_scan('$metadata', snapshot_from_id = $n)"; done <ids >counts
  assert_equal "rows of each" "7 9 9" "$(xargs <counts)"
  assert_equal "nothing young enough expires" "" "$(cdc-apply --expire-snapshots iceberg:lake)"
  expect_status 64 cdc-apply --compact sqlite:x.db
  expect_status 64 cdc-apply --expire-snapshots --older-than 5 iceberg:lake
  expect_status 64 cdc-apply --expire-snapshots --keep-last 0 iceberg:lake
}

test_compaction_beside_a_writer() {
  need_lake
  local round
  cdc-apply --quiet --commit-interval 0.2 iceberg:lake 2>errors < <(bank 0 2>/dev/null) &
  local writer=$!
  # shellcheck disable=SC2064
  trap "kill $writer 2>/dev/null || true" EXIT
  goes_on() { (($(bank_position iceberg:lake) > 10)); }
  await 60 "the first commits" goes_on
  for round in 1 2 3; do
    cdc-apply --verbose --compact --expire-snapshots --older-than 0s iceberg:lake >>said 2>>compact.err || fail "round $round: $(tail -n 3 compact.err)"
    read_lake 'SELECT CAST(SUM(balance) AS BIGINT), COUNT(*) FROM account' >sum 2>read.err || continue  # its files may expire meanwhile
    assert_equal "sum and accounts" $'5000\t50' "$(cat sum)"
  done
  kill -TERM "$writer" || fail "the writer has ended: $(cat errors)"
  wait "$writer" || fail "the writer ended with $?: $(cat errors)"
  grep -q '^compacted account: ' said || fail "nothing was compacted: $(cat said)"
  echo "$(grep -c '^compacted' said) compactions, $(grep -c 'on top of it' compact.err || true) of them made again on top of a commit"
  # Tries that another writer was quicker than leave nothing.
  local n table metadata
  for table in account transfer; do
    metadata=$(sqlite3 lake/catalog.db "SELECT substr(metadata_location, 8) FROM iceberg_tables WHERE table_name = '$table'")
    assert_equal "manifest lists of $table" "$(jq -r '.snapshots[]."manifest-list"' "$metadata" | sed 's|.*/||' | sort)" \
      "$(find "$(dirname "$metadata")" -name 'snap-*' -printf '%f\n' | sort)"
  done
  n=$(bank_position iceberg:lake)
  bank 0 "$n" | cdc-apply --quiet sqlite:model.db
  sqlite3 -separator $'\t' model.db "SELECT id, printf('%.2f', balance) FROM account ORDER BY id" 'SELECT * FROM transfer ORDER BY id' >expected
  read_lake 'SELECT * FROM account ORDER BY id' 'SELECT * FROM transfer ORDER BY id' >found
  assert_same_file "the rows" expected found
}

test_killed_at_random_moments_nothing_is_lost_or_doubled() {
  need_lake
  local seed=${SEED:-$RANDOM} round n sum
  echo "seed $seed, $KILLS kills"
  RANDOM=$seed
  for round in $(seq "$KILLS"); do
    bank_until_killed iceberg:lake
    if ((round % (KILLS < 40 ? 10 : KILLS / 4) == 0)); then
      n=$(bank_position iceberg:lake)
      ((n > 0)) || continue  # there are no tables yet
      sum=$(read_lake 'SELECT CAST(SUM(balance) AS BIGINT), COUNT(*) FROM account' "SELECT COUNT(*), COUNT(DISTINCT id), MAX(id) FROM transfer" | xargs)
      ((n < 2)) || assert_equal "after $n transactions: balances, accounts, transfers" "5000 50 $((n - 1 - n / 7)) $((n - 1 - n / 7)) $n" "$sum"
      # Readers take minutes for what many runs leave.
      cdc-apply --quiet --compact iceberg:lake
    fi
  done
  n=$(bank_position iceberg:lake)
  echo "$round kills, $n transactions"
  ((n > KILLS)) || fail "the runs were too short: $n transactions"
  bank "$n" $((n + 100)) | apply
  # What the lake is to hold is what the stream makes of an SQLite database in one go.
  bank 0 $((n + 100)) | cdc-apply --quiet sqlite:model.db
  sqlite3 -separator $'\t' model.db "SELECT id, printf('%.2f', balance) FROM account ORDER BY id" 'SELECT * FROM transfer ORDER BY id' >expected
  read_lake 'SELECT * FROM account ORDER BY id' 'SELECT * FROM transfer ORDER BY id' >found
  assert_same_file "the rows" expected found
}

run_tests
