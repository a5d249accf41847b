# shellcheck shell=bash
# Sourced by tests that kill cdc-apply: a stream that can be begun anywhere, and its end at a random moment.

# A bank whose sum is the same after each transaction, and a table that grows, from transaction N on; for ever, or up to LAST.
bank() { # FROM [LAST]
  python3 -u - "$@" <<'PYTHON'
import glob, json, os, pickle, random, sys
first = int(sys.argv[1])
last = int(sys.argv[2]) if len(sys.argv) > 2 else 10**9
accounts = 50
# What came before is not computed again: it is kept now and then, as of transaction N in bank.at.N.
kept = max((n for n in (int(name.rsplit(".", 1)[1]) for name in glob.glob("bank.at.[0-9]*")) if n <= first), default=0)
if kept:
    balance, state = pickle.load(open("bank.at.%d" % kept, "rb"))
    random.setstate(state)
else:
    balance = {i: 100 for i in range(accounts)}
    random.seed(7)
out = sys.stdout
def line(**fields): out.write(json.dumps(fields, separators=(",", ":")) + "\n")
def position(n): return {"file": "b.000001", "pos": 100 + n}
line(**{"@cdc": "hello", "v": 1, "tool": "t", "slot": "bank", "source": {"kind": "file"}, "begins": "x", "pos": position(first)})
for name, columns in (("account", (("id", "int"), ("balance", "decimal(12,2)"))), ("transfer", (("id", "int"), ("debit", "int"), ("credit", "int")))):
    line(**{"@cdc": "table", "db": "d", "table": name, "at": "start", "columns": [{"name": c, "type": t, "null": c != "id"} for c, t in columns], "key": ["id"], "create": "x"})
def row(op, table, n, before=None, after=None):
    fields = {"op": op, "db": "d", "table": table}
    if before: fields["before"] = before
    if after: fields["after"] = after
    fields.update(ts_us=1700000000000000 + n, file="b.000001", pos=n, row=0, server_id=1)
    line(**fields)
def account(i): return {"id": i, "balance": "%d.00" % balance[i]}
number = 0
for n in range(kept + 1, last + 1):
    show = n > first
    if n == first + 1: open("bank.begun", "w").close()
    if show:
        number += 1
        line(**{"@cdc": "begin", "n": number, "pos": position(n)})
    rows = 0
    if n == 1:
        for i in balance:
            if show: row("c", "account", n, after=account(i))
            rows += 1
    else:
        debit, credit, amount = random.randrange(accounts), random.randrange(accounts), random.randrange(1, 50)
        for i, change in ((debit, -amount), (credit, amount)):
            before = account(i)
            balance[i] += change
            if show: row("u", "account", n, before, account(i))
        if show: row("c", "transfer", n, after={"id": n, "debit": debit, "credit": credit})
        rows += 3
        if n % 7 == 0:
            if show: row("d", "transfer", n, {"id": n - 5, "debit": 0, "credit": 0})
            rows += 1
    if show: line(**{"@cdc": "mark", "n": number, "rows": rows, "ts_us": 1, "pos": position(n)})
    if n % 2000 == 0 and not os.path.exists("bank.at.%d" % n):
        with open("bank.at.tmp.%d" % os.getpid(), "wb") as file: pickle.dump((balance, random.getstate()), file)
        os.rename("bank.at.tmp.%d" % os.getpid(), "bank.at.%d" % n)
line(**{"@cdc": "end", "reason": "until", "exit": 0})
PYTHON
}

bank_position() { # TARGET: the transaction that it has
  local pos
  pos=$(cdc-apply --print-position --slot bank "$1" | jq .pos)
  echo $((${pos:-100} - 100))
}

bank_until_killed() { # TARGET OPTION...
  rm -f bank.begun
  set -m
  # One job, whose number is that of its group.
  { bank "$(bank_position "$1")" 2>/dev/null | cdc-apply --quiet --commit-interval 0.02 "$@" 2>>errors; } &
  local group=$!
  set +m
  # Not before there is anything to apply, however slow the machine is.
  await 60 "the stream" test -e bank.begun
  # The moment is the test's input, not a wait for a condition.
  local milliseconds=$((RANDOM % ${KILL_WITHIN_MS:-300}))
  read -rt "$((milliseconds / 1000)).$(printf %03d $((milliseconds % 1000)))" <> <(:) || true
  kill -KILL -- "-$group" 2>/dev/null || true
  wait "$group" 2>/dev/null || true
}
