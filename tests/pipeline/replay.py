#!/usr/bin/env python3
"""Applies change lines to an empty copy of a table, strictly, and compares it with the server's rows.

usage: replay.py LINES TABLE < rows     (rows: id, v, s by tabs, as the mysql client prints them)

Strictly: a row that is inserted must not be there, one that is updated or deleted must be there as its before image has
it. So a snapshot whose position does not fit its rows is found out, whichever way it is off.
"""
import json
import sys

rows, faults, counts = {}, [], {}
for number, line in enumerate(open(sys.argv[1]), 1):
    change = json.loads(line)
    if change.get("table") != sys.argv[2] or "op" not in change:
        continue
    op, before, after = change["op"], change.get("before"), change.get("after")
    counts[op] = counts.get(op, 0) + 1
    if before is not None and rows.pop(before["id"], None) != before:
        faults.append("line %d: the row before is not what is there: %s" % (number, line[:200]))
    if after is not None:
        if after["id"] in rows:
            faults.append("line %d: the row is there already: %s" % (number, line[:200]))
        rows[after["id"]] = after
expected = {}
for line in sys.stdin:
    identity, value, text = line.rstrip("\n").split("\t")
    expected[int(identity)] = {"id": int(identity), "v": int(value), "s": text}
for identity in sorted(set(rows) | set(expected)):
    if rows.get(identity) != expected.get(identity):
        faults.append("row %s is %s, the server has %s" % (identity, rows.get(identity), expected.get(identity)))
print("\n".join(faults[:10]))
print(" ".join("%s:%d" % pair for pair in sorted(counts.items())))
sys.exit(1 if faults else 0)
