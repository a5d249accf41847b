# shellcheck shell=bash
# Sourced by tests of cdc-apply: change lines of a stream that is written by hand.

# shellcheck disable=SC2034
hello='{"@cdc":"hello","v":1,"tool":"t","slot":"demo","source":{"kind":"file"},"begins":"beginning","pos":{"file":"b.000001","pos":4}}'
end='{"@cdc":"end","reason":"eof","exit":0,"pos":null}'

# table NAME KEY COLUMN:TYPE...
table() {
  local name=$1 key=$2 columns='' column
  shift 2
  for column in "$@"; do columns+=",{\"name\":\"${column%%:*}\",\"type\":\"${column#*:}\",\"null\":true}"; done
  echo '{"@cdc":"table","db":"d","table":"'"$name"'","at":"change","columns":['"${columns#,}"'],"key":['"${key:+\"$key\"}"'],"create":"x"}'
}
# transaction N LINE...: LINE is the text after "d":{…}'s table, such as t c {"id":1}
transaction() {
  local n=$1 rows=0 line name op row
  shift
  echo '{"@cdc":"begin","n":'"$n"',"pos":{"file":"b.000001","pos":'"$n"'00}}'
  for line in "$@"; do
    read -r name op row <<<"$line"
    case $op in
      c) echo '{"op":"c","db":"d","table":"'"$name"'","after":'"$row"',"ts_us":1,"file":"b.000001","pos":90,"row":0,"server_id":1}' ;;
      u) echo '{"op":"u","db":"d","table":"'"$name"'","before":'"${row%%>*}"',"after":'"${row#*>}"',"ts_us":1,"file":"b.000001","pos":90,"row":0,"server_id":1}' ;;
      d) echo '{"op":"d","db":"d","table":"'"$name"'","before":'"$row"',"ts_us":1,"file":"b.000001","pos":90,"row":0,"server_id":1}' ;;
      t) echo '{"op":"t","db":"d","table":"'"$name"'","ts_us":1,"file":"b.000001","pos":90,"row":0,"server_id":1}' ;;
    esac
    rows=$((rows + 1))
  done
  echo '{"@cdc":"mark","n":'"$n"',"rows":'"$rows"',"ts_us":1,"pos":{"file":"b.000001","pos":'"$n"'00}}'
}
# statement N SQL: a transaction of its own, in database d
statement() {
  echo '{"@cdc":"begin","n":'"$1"',"pos":{"file":"b.000001","pos":'"$1"'00}}'
  echo '{"@cdc":"ddl","query":"'"$2"'","db":"d","sql_mode":0,"pos":{"file":"b.000001","pos":'"$1"'00}}'
  echo '{"@cdc":"mark","n":'"$1"',"rows":0,"ts_us":1,"pos":{"file":"b.000001","pos":'"$1"'00}}'
}
# A source transaction that memory does not hold, in which keys are changed again: big_transaction ROWS
big_transaction() {
  echo "$hello"
  table big id id:int text:'varchar(2000)'
  python3 - "$@" <<'PYTHON'
import json, sys
rows = int(sys.argv[1])
def row(op, before, after):
    fields = {"op": op, "db": "d", "table": "big"}
    if before is not None: fields["before"] = before
    if after is not None: fields["after"] = after
    return json.dumps(dict(fields, ts_us=1, file="b.000001", pos=90, row=0, server_id=1))
def text(i, c): return c * 900 + str(i)
print(json.dumps({"@cdc": "begin", "n": 2, "pos": {"file": "b.000001", "pos": 200}}))
lines = [row("c", None, {"id": i, "text": text(i, "x")}) for i in range(rows)]
lines += [row("d", {"id": i, "text": text(i, "x")}, None) for i in range(0, rows, 3)]
lines += [row("u", {"id": i, "text": text(i, "x")}, {"id": i, "text": text(i, "y")}) for i in range(1, rows, 3)]
lines += [row("u", {"id": 2, "text": text(2, "x")}, {"id": rows + 5, "text": "moved"})]
lines += [row("c", None, {"id": 0, "text": "again"})]
sys.stdout.write("\n".join(lines) + "\n")
print(json.dumps({"@cdc": "mark", "n": 2, "rows": len(lines), "ts_us": 1, "pos": {"file": "b.000001", "pos": 200}}))
PYTHON
}
