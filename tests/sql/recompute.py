#!/usr/bin/env python3
"""Random changes go through cdc-sql; after each step what its output adds up to is compared with the same query computed
anew, by SQLite over the rows that are there then, or here in Python for windows of time.

  recompute.py CDC-SQL [--seed N] [--steps N] [--memory SIZE]

--memory: of state, whose rest is on disk; it fails then as well if nothing of a query got there.

A row that is taken away and was not there, or a result that differs, fails the test; the seed is printed.
"""
import argparse, collections, json, random, sqlite3, subprocess, sys, tempfile

TABLES = """
CREATE TABLE t (id INT, k STRING, v INT, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'kafka', 'topic' = 't', 'format' = 'debezium-json');
CREATE TABLE u (id INT, k STRING, x INT, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'kafka', 'topic' = 'u', 'format' = 'debezium-json');
"""
RANKED = "(SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC, id) AS rn FROM t)"
# One text for both, or a pair: for cdc-sql, for SQLite.
CHANGING = [
    "SELECT id, k, v, rn FROM " + RANKED + " AS r WHERE rn <= 2",
    "SELECT id, k, v FROM " + RANKED + " AS r WHERE rn <= 2",
    "SELECT id, v FROM " + RANKED + " AS r WHERE rn = 1",
    "SELECT id, rn FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY v, id DESC) AS rn FROM t) AS r WHERE rn BETWEEN 2 AND 4",
    "SELECT id, v FROM t ORDER BY v, id LIMIT 3",
    "SELECT k FROM t ORDER BY id DESC LIMIT 2 OFFSET 1",
    "SELECT k, v, SUM(v) OVER (PARTITION BY k ORDER BY id) AS s, COUNT(*) OVER (PARTITION BY k ORDER BY id) AS n FROM t",
    "SELECT id, MAX(v) OVER (ORDER BY v ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS m FROM t WHERE v IS NOT NULL",
    "SELECT id, SUM(id) OVER (ORDER BY k) AS s FROM t",
    "SELECT id FROM t WHERE k IN (SELECT k FROM u)",
    "SELECT id FROM t WHERE k IN (SELECT k FROM u WHERE u.x < t.v)",
    "SELECT id FROM t WHERE k NOT IN (SELECT k FROM u)",
    "SELECT id FROM t WHERE v NOT IN (SELECT x FROM u WHERE u.k = t.k)",
    "SELECT id, v FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.k = t.k AND u.x > t.v)",
    "SELECT id, v FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.k = t.k)",
    "SELECT id, v FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.k = t.k AND u.x >= t.v) AND v > 0",
    "SELECT id, (SELECT MAX(x) FROM u WHERE u.k = t.k) AS m FROM t",
    "SELECT id, (SELECT COUNT(*) FROM u WHERE u.k = t.k AND x > 0) AS n FROM t",
    "SELECT id FROM t WHERE v > (SELECT AVG(x) FROM u WHERE u.k = t.k AND x = 2)",
    "SELECT k FROM t INTERSECT SELECT k FROM u",
    "SELECT k FROM t EXCEPT SELECT k FROM u",
    ("SELECT k FROM t EXCEPT ALL SELECT k FROM u",
     "SELECT k FROM (SELECT k, ROW_NUMBER() OVER (PARTITION BY k) AS i FROM t) AS a WHERE NOT EXISTS (SELECT 1 FROM "
     "(SELECT k, ROW_NUMBER() OVER (PARTITION BY k) AS i FROM u) AS b WHERE b.k IS a.k AND b.i = a.i)"),
    ("SELECT k FROM t INTERSECT ALL SELECT k FROM u",
     "SELECT a.k FROM (SELECT k, ROW_NUMBER() OVER (PARTITION BY k) AS i FROM t) AS a JOIN "
     "(SELECT k, ROW_NUMBER() OVER (PARTITION BY k) AS i FROM u) AS b ON b.k IS a.k AND b.i = a.i"),
    "SELECT k FROM t UNION SELECT k FROM u",
    "SELECT t.id, u.id AS uid FROM t CROSS JOIN u",
    "SELECT t.id, u.id AS uid FROM t JOIN u ON t.v < u.x",
    "SELECT t.id, u.id AS uid FROM t LEFT JOIN u ON t.v < u.x AND t.k = u.k",
    "SELECT t.id, u.id AS uid FROM t, u WHERE t.k = u.k AND t.v + u.x > 1",
    ("SELECT t.id, u.id AS uid FROM t JOIN u ON t.k IS NOT DISTINCT FROM u.k", "SELECT t.id, u.id AS uid FROM t JOIN u ON t.k IS u.k"),
    ("SELECT k, v, COUNT(*) AS n, GROUPING(k) AS g FROM t GROUP BY GROUPING SETS ((k, v), (k), (v))",
     "SELECT k, v, COUNT(*) AS n, 0 AS g FROM t GROUP BY k, v UNION ALL SELECT k, NULL, COUNT(*), 0 FROM t GROUP BY k "
     "UNION ALL SELECT NULL, v, COUNT(*), 1 FROM t GROUP BY v"),
    ("SELECT k, x FROM t CROSS JOIN UNNEST(ARRAY[v, id]) AS e (x)", "SELECT k, v AS x FROM t UNION ALL SELECT k, id FROM t"),
]
EVENTS = """
CREATE TABLE e (k STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' HOUR) WITH ('connector' = 'kafka', 'topic' = 'e', 'format' = 'json');
CREATE TABLE f (k STRING, x INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' HOUR) WITH ('connector' = 'kafka', 'topic' = 'f', 'format' = 'json');
"""


class Run:
    """cdc-sql over a stream of steps; `result` is what its output adds up to."""

    memory = None

    def __init__(self, tool, sql, *options):
        if self.memory is not None:
            options += "--memory", self.memory, "--stats", "0"
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([tool, "--quiet", "-e", sql, *options], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.errors, text=True)
        self.send('{"@cdc":"hello","v":1,"tool":"t","slot":"s","source":{"kind":"file"},"begins":"empty","pos":{"file":"b","pos":4}}')
        self.result, self.number, self.last = collections.Counter(), 0, None

    def send(self, line):
        self.process.stdin.write(line + "\n")

    def step(self, records):
        self.number += 1
        position = '{"ts_sec":1,"file":"b","pos":%d}' % (self.number * 10)
        self.send('{"@cdc":"begin","n":%d,"pos":%s}' % (self.number, position))
        for topic, payload in records:
            self.send(json.dumps({"topic": topic, "key": None, "payload": payload}))
        self.send('{"@cdc":"mark","n":%d,"rows":%d,"ts_us":1,"pos":%s}' % (self.number, len(records), position))
        self.process.stdin.flush()
        return self.read("mark")

    def end(self):
        self.send('{"@cdc":"end","reason":"eof","exit":0}')
        self.process.stdin.close()
        problem = self.read("end")
        self.process.wait()
        self.errors.seek(0)
        errors = self.errors.read()
        self.errors.close()
        if self.process.returncode != 0:
            return "exit status %d: %s" % (self.process.returncode, errors)
        # An operator whose state may be on disk says how many keys it has; with no room in memory they are there.
        if self.memory == "0" and any(" keys" in line and " on disk " not in line for line in errors.splitlines()):
            return "state stayed in memory:\n" + errors
        return problem

    def read(self, until):
        for line in self.process.stdout:
            line = json.loads(line)
            if line.get("@cdc") == until:
                return None
            if "payload" not in line:
                continue
            before, after = line["payload"]["before"], line["payload"]["after"]
            for image, weight in ((before, -1), (after, 1)):
                if image is None:
                    continue
                row = tuple(image.values())
                self.result[row] += weight
                if self.result[row] == 0:
                    del self.result[row]
        negative = [row for row, count in self.result.items() if count < 0]
        return "it stopped" if until == "mark" else ("taken away but not there: %s" % negative[0] if negative else None)


def differs(result, wanted):
    if result == wanted:
        return None
    return "got %s, wanted %s" % (dict(result - wanted) or dict(result), dict(wanted - result))


def changing(tool, query, seed, steps, option):
    ours, sqlite = query if isinstance(query, tuple) else (query, query)
    rng, database = random.Random(seed), sqlite3.connect(":memory:")
    database.execute("CREATE TABLE t (id INT PRIMARY KEY, k TEXT, v INT)")
    database.execute("CREATE TABLE u (id INT PRIMARY KEY, k TEXT, x INT)")
    run, rows, ids = Run(tool, TABLES + ours, "--step", option), {"t": {}, "u": {}}, 0
    for step in range(steps):
        records = []
        for _ in range(rng.randint(1, 4)):
            table = rng.choice("tu")
            name = "v" if table == "t" else "x"
            kind = rng.choice("cud") if rows[table] else "c"
            key = rng.choice(list(rows[table])) if kind != "c" else (ids := ids + 1)
            old = rows[table].get(key)
            new = None if kind == "d" else {"id": key, "k": rng.choice(["a", "b", "c", None]), name: rng.choice([-2, 0, 1, 2, 3, None])}
            records.append((table, {"before": old, "after": new, "op": kind}))
            database.execute(f"DELETE FROM {table} WHERE id = ?", (key,))
            rows[table].pop(key, None)
            if new:
                rows[table][key] = new
                database.execute(f"INSERT INTO {table} VALUES (?, ?, ?)", tuple(new.values()))
        wanted = collections.Counter(database.execute(sqlite).fetchall())
        problem = run.step(records) or differs(run.result, wanted)
        if problem:
            return f"step {step + 1}: {problem}"
    return run.end()


def clock(seconds):
    return "2024-01-01 %02d:%02d:%02d" % (seconds // 3600, seconds // 60 % 60, seconds % 60)


def window_rows(events, windows):
    groups = collections.defaultdict(list)
    for event in events:
        for start, end in windows(event["s"]):
            groups[(start, end, event["k"])].append(event["v"])
    return collections.Counter(
        (clock(s), clock(e), k, len(vs), sum(v for v in vs if v is not None) if any(v is not None for v in vs) else None)
        for (s, e, k), vs in groups.items())


def sessions(events, gap):
    groups = collections.defaultdict(list)
    for event in events:
        groups[event["k"]].append(event)
    result = collections.Counter()
    for key, members in groups.items():
        members.sort(key=lambda event: event["s"])
        while members:
            session = [members.pop(0)]
            while members and members[0]["s"] <= session[-1]["s"] + gap:
                session.append(members.pop(0))
            vs = [event["v"] for event in session if event["v"] is not None]
            result[(clock(session[0]["s"]), clock(session[-1]["s"] + gap), key, len(session), sum(vs) if vs else None)] += 1
    return result


GROUPED = "SELECT window_start, window_end, k, COUNT(*) AS n, SUM(v) AS s FROM TABLE({}) GROUP BY window_start, window_end, k"
TIMED = [
    (GROUPED.format("TUMBLE(TABLE e, DESCRIPTOR(ts), INTERVAL '10' SECOND)"),
     lambda e, f: window_rows(e, lambda s: [(s // 10 * 10, s // 10 * 10 + 10)])),
    (GROUPED.format("HOP(TABLE e, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '15' SECOND)"),
     lambda e, f: window_rows(e, lambda s: [(b, b + 15) for b in range(s // 5 * 5 - 10, s // 5 * 5 + 5, 5) if b >= 0])),
    (GROUPED.format("CUMULATE(TABLE e, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '20' SECOND)"),
     lambda e, f: window_rows(e, lambda s: [(s // 20 * 20, x) for x in range(s // 5 * 5 + 5, s // 20 * 20 + 25, 5)])),
    (GROUPED.format("SESSION(TABLE e PARTITION BY k, DESCRIPTOR(ts), INTERVAL '3' SECOND)"), lambda e, f: sessions(e, 3)),
    ("SELECT e.k, v, x FROM e JOIN f ON e.k = f.k AND e.ts BETWEEN f.ts - INTERVAL '5' SECOND AND f.ts + INTERVAL '2' SECOND",
     lambda e, f: collections.Counter((a["k"], a["v"], b["x"]) for a in e for b in f
                                      if a["k"] == b["k"] and -5 <= a["s"] - b["s"] <= 2)),
    ("SELECT e.k, v, x FROM e LEFT JOIN f ON e.k = f.k AND e.ts BETWEEN f.ts - INTERVAL '3' SECOND AND f.ts",
     lambda e, f: collections.Counter(
         (a["k"], a["v"], x) for a in e
         for x in ([b["x"] for b in f if a["k"] == b["k"] and -3 <= a["s"] - b["s"] <= 0] or [None]))),
    ("SELECT k, v, COUNT(*) OVER (PARTITION BY k ORDER BY ts RANGE BETWEEN INTERVAL '6' SECOND PRECEDING AND CURRENT ROW) AS n FROM e",
     lambda e, f: collections.Counter(
         (a["k"], a["v"], sum(1 for b in e if b["k"] == a["k"] and a["s"] - 6 <= b["s"] <= a["s"])) for a in e)),
    ("SELECT ts, k, v FROM e ORDER BY ts", lambda e, f: collections.Counter((clock(a["s"]), a["k"], a["v"]) for a in e)),
    ("SELECT a.k, a.v, b.x, a.window_start FROM (SELECT * FROM TABLE(TUMBLE(TABLE e, DESCRIPTOR(ts), INTERVAL '10' SECOND))) a FULL JOIN "
     "(SELECT * FROM TABLE(TUMBLE(TABLE f, DESCRIPTOR(ts), INTERVAL '10' SECOND))) b "
     "ON a.k = b.k AND a.window_start = b.window_start AND a.window_end = b.window_end",
     lambda e, f: collections.Counter(
         [(a["k"], a["v"], x, clock(a["s"] // 10 * 10)) for a in e
          for x in ([b["x"] for b in f if b["k"] == a["k"] and b["s"] // 10 == a["s"] // 10] or [None])] +
         [(None, None, b["x"], None) for b in f if not any(a["k"] == b["k"] and a["s"] // 10 == b["s"] // 10 for a in e)])),
    ("SELECT window_start, k, s FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY s DESC, k) AS rn FROM "
     "(SELECT window_start, window_end, k, COUNT(*) AS s FROM TABLE(TUMBLE(TABLE e, DESCRIPTOR(ts), INTERVAL '10' SECOND)) "
     "GROUP BY window_start, window_end, k) AS g) AS r WHERE rn <= 2",
     lambda e, f: collections.Counter(
         (clock(w * 10), k, n) for w in {a["s"] // 10 for a in e}
         for k, n in sorted(collections.Counter(a["k"] for a in e if a["s"] // 10 == w).items(), key=lambda p: (-p[1], p[0]))[:2])),
]


def timed(tool, query, seed, steps, option):
    sql, oracle = query
    rng = random.Random(seed)
    run, e, f = Run(tool, EVENTS + sql, "--step", option), [], []
    for _ in range(steps):
        records = []
        for _ in range(rng.randint(1, 4)):
            s, k = 60 + rng.randint(0, 90), rng.choice("abc")
            if rng.random() < 0.6:
                e.append({"k": k, "v": rng.choice([1, 2, 3, None]), "s": s})
                records.append(("e", {"k": k, "v": e[-1]["v"], "ts": clock(s)}))
            else:
                f.append({"k": k, "x": rng.randint(1, 5), "s": s})
                records.append(("f", {"k": k, "x": f[-1]["x"], "ts": clock(s)}))
        problem = run.step(records)
        if problem:
            return problem
    return run.end() or differs(run.result, oracle(e, f))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tool")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--memory", default=None)
    arguments = parser.parse_args()
    print("seed", arguments.seed)
    Run.memory = arguments.memory
    failed = 0
    for kind, queries in ((changing, CHANGING), (timed, TIMED)):
        for number, query in enumerate(queries):
            for option in ("transaction", "record"):
                problem = kind(arguments.tool, query, arguments.seed + number, arguments.steps, option)
                text = query if isinstance(query, str) else query[0]
                if problem:
                    failed += 1
                    print(f"not ok - --step {option}: {text}\n  {problem}")
    print("failed: %d" % failed if failed else "ok")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
